//! `POST /api/v1/events`: events of Product Opener for a service that reads no streams.

use axum::extract::State;
use robotoff_app::events::{IntakeMode, IntakeReport};
use robotoff_core::event::EventEntry;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;
use robotoff_core::access::Role;

/// Number of events of one request.
const MAX_EVENTS: usize = 1000;

/// Events, each with the fields of its stream.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EventsBody {
    /// At most 1000. Members: `code`, `product_type`, `flavor`, and `user_id`, `action`,
    /// `comment`, `diffs` (an object or its text) for an edit, or `image_id` for an OCR
    /// document; `id`, such as `1764547200000-0`, makes an event that is sent again known.
    #[schema(max_items = 1000)]
    events: Vec<Map<String, Value>>,
}

/// Counts of the stored events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoredEventsBody {
    /// Events that were not stored before.
    stored: u64,
    /// Events that were: their jobs are not stored again.
    known: u64,
    /// Events without consequences, among those above.
    ignored: u64,
    /// Jobs that were added.
    jobs: u64,
    /// Jobs that were merged with waiting ones.
    merged: u64,
}

impl From<IntakeReport> for StoredEventsBody {
    fn from(report: IntakeReport) -> Self {
        Self {
            stored: report.counts.new,
            known: report.counts.known,
            ignored: report.ignored,
            jobs: report.counts.jobs,
            merged: report.counts.merged,
        }
    }
}

/// Stores the jobs that follow from events, all of them or none.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    operation_id = "store_events",
    tag = "service",
    request_body = EventsBody,
    responses(
        (status = OK, body = StoredEventsBody),
        (status = BAD_REQUEST, description = "the body or an event cannot be read", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = PAYLOAD_TOO_LARGE, description = "the body is too large", body = ApiError),
    ),
)]
pub(crate) async fn store(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<StoredEventsBody>, ApiError> {
    request.require(&api, Role::Operator)?;
    let EventsBody { events } = request.json()?;
    if events.len() > MAX_EVENTS {
        let why = format!("at most {MAX_EVENTS} events may be sent at once");
        return Err(ApiError::bad_request(why));
    }
    let intake = &api.app.events;
    let mut entries = Vec::with_capacity(events.len());
    for (place, event) in events.into_iter().enumerate() {
        let unreadable = |why: String| ApiError::invalid_body(format!("event {place}: {why}"));
        let entry = EventEntry::from_members(event).map_err(|why| unreadable(why.to_string()))?;
        intake.check(&entry).map_err(unreadable)?;
        entries.push(entry);
    }
    let stored = intake.store(&entries, IntakeMode::default()).await?;
    Ok(Json(stored.into()))
}
