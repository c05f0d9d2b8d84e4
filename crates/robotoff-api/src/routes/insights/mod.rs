//! `GET /api/v1/insights`: insights by filter (`docs/reference/api.md` 2.8), and what the
//! routes below it share.

pub(crate) mod annotate;
pub(crate) mod barcode;
pub(crate) mod body;
pub(crate) mod detail;
pub(crate) mod dump;
pub(crate) mod random;

use std::str::FromStr;

use axum::extract::State;
use robotoff_app::insights::{InsightList, InsightQuery};
use robotoff_core::insight::Verdict;
use robotoff_core::prediction::PredictionKind;
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Api;
use crate::cursor::ListStart;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;
use body::InsightBody;

/// Number of types and of brands of one request; further ones are ignored (`docs/reference/api.md` 6.1).
const MAX_ITEMS: usize = 10;
/// Largest count that is determined without `count_exact`.
pub(crate) const COUNT_CAP: u64 = 100;
/// Number of countries, campaigns or languages of one request. Each is a condition, and a
/// statement has at most 32,766 of them.
const MAX_CONDITIONS: usize = 500;
/// Limit that no table reaches.
const ALL_ROWS: u64 = i64::MAX as u64;

/// InsightPage of insights.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InsightListBody {
    /// Number of matches on all pages; at most 100 unless `count_exact`.
    count: u64,
    insights: Vec<InsightBody>,
    /// `found` or `no_insights`.
    status: &'static str,
    /// Value of `after` for the next page, if the request has an `after`; null behind the
    /// last row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Option<String>>,
}

impl From<InsightList> for InsightListBody {
    fn from(list: InsightList) -> Self {
        Self {
            count: list.count,
            status: status(list.insights.is_empty()),
            insights: list.insights.into_iter().map(InsightBody::from).collect(),
            next: None,
        }
    }
}

const fn status(is_empty: bool) -> &'static str {
    if is_empty { "no_insights" } else { "found" }
}

/// Parameters of `/insights`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct InsightsQuery {
    /// Number of rows of a page.
    #[param(default = 25, minimum = 1, maximum = 500)]
    count: Option<u64>,
    #[param(default = 1, minimum = 1)]
    page: Option<u64>,
    /// Page behind a place: the `next` of the page before, or blank for the first page.
    after: Option<String>,
    /// Only these types, at most 10; separated by commas.
    insight_types: Option<String>,
    barcode: Option<String>,
    /// True: answered ones; false: open ones.
    annotated: Option<bool>,
    /// Verdict: -1, 0, 1 or 2.
    annotation: Option<i64>,
    value_tag: Option<String>,
    predictor: Option<String>,
    /// Any of these brand tags, at most 10; separated by commas.
    brands: Option<String>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// Any of these countries, by code or tag, such as fr, GB, en:france or world;
    /// separated by commas.
    countries: Option<String>,
    /// Deprecated: one country, a code or a tag such as en:france, where `countries` is
    /// absent.
    country: Option<String>,
    /// One of random, popularity, confidence.
    order_by: Option<String>,
    /// All of these campaigns; separated by commas.
    campaigns: Option<String>,
    /// Any of these languages; separated by commas.
    lc: Option<String>,
    /// Device of an anonymous user.
    device_id: Option<String>,
    /// Count all matches, not only up to 100.
    #[param(default = false)]
    count_exact: Option<bool>,
}

/// Lists insights.
#[utoipa::path(
    get,
    path = "/api/v1/insights",
    tag = "insights",
    params(InsightsQuery),
    responses(
        (status = OK, body = InsightListBody),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
    ),
)]
pub(crate) async fn insights(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<InsightListBody>, ApiError> {
    let count = request.count()?;
    let order = match request.params.filled("order_by").as_deref() {
        None => InsightOrder::Stored,
        Some(name) => order(name)?,
    };
    let start = ListStart::of(&request, count, order)?;
    let cap = count_cap(&request)?;
    let Some(filter) = filter(&request)? else {
        return Ok(Json(InsightListBody {
            next: start.next(None),
            ..InsightListBody::from(InsightList::default())
        }));
    };
    let query = InsightQuery {
        filter,
        order,
        page: InsightPage {
            limit: count,
            start: start.start.clone(),
        },
    };
    let list = api.app.insights.counted_list(&query, cap).await?;
    Ok(Json(InsightListBody {
        next: start.next(list.next),
        ..InsightListBody::from(list)
    }))
}

/// Number at which counting stops; `None` where the request wants it exact.
pub(crate) fn count_cap(request: &RequestContext) -> Result<Option<u64>, ApiError> {
    let is_exact = request.params.flag("count_exact")?.unwrap_or(false);
    Ok((!is_exact).then_some(COUNT_CAP))
}

/// Filter of the parameters; `None` when it can match no insight.
fn filter(request: &RequestContext) -> Result<Option<InsightFilter>, ApiError> {
    let params = &request.params;
    let answered = params.flag("annotated")?;
    let annotation = params.int("annotation")?;
    let verdict = annotation.map(verdict);
    let filter = InsightFilter {
        server_type: request.server_type()?,
        barcodes: request.barcodes(),
        kinds: params.list("insight_types").map(|names| kinds(&names)),
        answered,
        verdict: verdict.flatten(),
        value_tag: params.filled("value_tag"),
        predictor: params.scalar("predictor").map(std::borrow::Cow::into_owned),
        countries: request.countries()?,
        brands: params.list("brands").map(first),
        campaigns: params.list("campaigns"),
        lc: params.list("lc"),
        unseen_by: Some(request.caller()?.viewer()),
        ..InsightFilter::default()
    };
    refuse_long_lists(&filter)?;
    Ok((verdict != Some(None)).then_some(filter))
}

/// Refuses lists of more items than one statement takes.
pub(crate) fn refuse_long_lists(filter: &InsightFilter) -> Result<(), ApiError> {
    for (name, list) in [
        ("countries", &filter.countries),
        ("campaigns", &filter.campaigns),
        ("lc", &filter.lc),
    ] {
        if list
            .as_ref()
            .is_some_and(|items| items.len() > MAX_CONDITIONS)
        {
            let why = format!("may hold at most {MAX_CONDITIONS} items");
            return Err(ApiError::invalid(name, &why));
        }
    }
    Ok(())
}

fn verdict(annotation: i64) -> Option<Verdict> {
    i32::try_from(annotation).ok().and_then(Verdict::from_code)
}

/// Kinds of the first names; a name of no kind is ignored.
pub(crate) fn kinds(names: &[String]) -> Vec<PredictionKind> {
    let names = names.iter().take(MAX_ITEMS);
    names
        .filter_map(|name| PredictionKind::from_str(name).ok())
        .collect()
}

/// First items of a list.
pub(crate) fn first(mut items: Vec<String>) -> Vec<String> {
    items.truncate(MAX_ITEMS);
    items
}

/// Order of a name.
pub(crate) fn order(name: &str) -> Result<InsightOrder, ApiError> {
    match name {
        "random" => Ok(InsightOrder::Random(random_fraction())),
        "popularity" => Ok(InsightOrder::Popularity),
        "confidence" => Ok(InsightOrder::Confidence),
        other => Err(ApiError::bad_request(format!(
            "invalid `order_by`: {other:?}, expected random, popularity or confidence"
        ))),
    }
}

/// Random number from 0 to 1, exclusive.
pub(crate) fn random_fraction() -> f64 {
    const BITS: u32 = 53;
    let random = Uuid::new_v4().as_u128() as u64 & ((1 << BITS) - 1);
    random as f64 / (1_u64 << BITS) as f64
}
