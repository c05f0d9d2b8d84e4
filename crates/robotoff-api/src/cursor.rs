//! Places in lists of insights, as texts: the parameter `after` and the member `next`.
//!
//! A page behind a place costs the same however far it is, and no row is missed or repeated
//! when others come or go. A text holds what the list is sorted by, a time and an id.

use std::str::FromStr;

use chrono::NaiveDateTime;
use robotoff_core::insight::InsightId;
use robotoff_ports::store::{InsightCursor, InsightOrder, PageStart};
use uuid::Uuid;

use crate::error::ApiError;
use crate::json::Time;
use crate::request_context::RequestContext;

/// Start of the page that a request wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListStart {
    pub(crate) start: PageStart,
    /// The request pages by places: its response names the next one.
    pub(crate) names_next: bool,
}

impl ListStart {
    /// Behind `after`, or by `page`. A blank `after` is the first page.
    pub(crate) fn of(
        request: &RequestContext,
        count: u64,
        order: InsightOrder,
    ) -> Result<Self, ApiError> {
        let Some(after) = request.params.scalar("after") else {
            let start = PageStart::Offset(request.offset(count)?);
            let names_next = false;
            return Ok(Self { start, names_next });
        };
        if matches!(order, InsightOrder::Random(_)) {
            let why = "needs an order that is not random";
            return Err(ApiError::invalid("after", why));
        }
        let start = match &*after {
            "" => PageStart::Offset(0),
            text => PageStart::After(place(text)?),
        };
        Ok(Self {
            start,
            names_next: true,
        })
    }

    /// Member `next` of the response; absent where the request does not page by places, null
    /// behind the last row.
    pub(crate) fn next(&self, place: Option<InsightCursor>) -> Option<Option<String>> {
        self.names_next.then(|| place.map(|place| text_of(&place)))
    }
}

/// Place of a text: of what the list is sorted by (absent in a list by time), time and id, with
/// underscores between them; each but the id may be blank.
pub(crate) fn place(text: &str) -> Result<InsightCursor, ApiError> {
    let parse = || {
        let mut parts = text.rsplitn(3, '_');
        let id = Uuid::parse_str(parts.next()?).ok()?;
        let timestamp = parsed::<NaiveDateTime>(parts.next()?)?;
        let rank = parsed::<f64>(parts.next().unwrap_or_default())?;
        let is_number = rank.is_none_or(f64::is_finite);
        is_number.then_some(InsightCursor {
            rank,
            timestamp,
            id: InsightId(id),
        })
    };
    parse().ok_or_else(|| {
        let why = "must be the `next` of a page, or a timestamp, an underscore and an id";
        ApiError::invalid("after", why)
    })
}

/// `None` for what is no such value; a blank text is none of them.
fn parsed<T: FromStr>(text: &str) -> Option<Option<T>> {
    match text {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    }
}

fn text_of(place: &InsightCursor) -> String {
    let rank = place.rank.map(|rank| rank.to_string()).unwrap_or_default();
    let time = place.timestamp.map(|at| Time(at).to_string());
    format!("{rank}_{}_{}", time.unwrap_or_default(), place.id.0)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_text_leads_back_to_its_place() {
        let at = DateTime::from_timestamp_micros(1_741_083_072_131_415).unwrap();
        let id = InsightId(Uuid::from_u128(7));
        for rank in [None, Some(0.0), Some(f64::from(0.9_f32)), Some(-3.0)] {
            for timestamp in [None, Some(at.naive_utc())] {
                let cursor = InsightCursor {
                    rank,
                    timestamp,
                    id,
                };
                let text = text_of(&cursor);
                assert_eq!(place(&text), Ok(cursor), "{text}");
            }
        }
        let short = format!("2025-03-04T10:11:12.131415_{}", id.0);
        assert_eq!(place(&short).unwrap().rank, None);
        assert_eq!(place(&format!("_{}", id.0)).unwrap().timestamp, None);
    }

    #[test]
    fn other_texts_are_no_places() {
        let id = Uuid::nil();
        for text in ["x", "_", &format!("{id}"), &format!("x_{id}")] {
            assert!(place(text).is_err(), "{text}");
        }
        for rank in ["x", "nan", "inf", "1_1"] {
            assert!(place(&format!("{rank}__{id}")).is_err(), "{rank}");
        }
    }
}
