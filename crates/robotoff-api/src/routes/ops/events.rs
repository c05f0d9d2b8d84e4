//! `GET /api/v1/ops/events`: streams of events, how far they are stored, and their gaps.

use axum::extract::State;
use robotoff_app::ops::EventState;
use robotoff_ports::events::StreamState;
use robotoff_ports::store::StreamPosition;
use serde::Serialize;
use utoipa::ToSchema;

use super::{require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// State of the events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"has_source": true, "error": null, "lag": 3, "parked": 1,
    "streams": [{"name": "product_updates", "length": 5000, "waiting": 3, "pending": 0,
        "stored": "1764547200000-0", "stored_at": "2026-12-01T10:00:00.000Z", "gap": null}]}))]
pub(crate) struct OpsEvents {
    /// False without a source of events (`EVENTS_URL`).
    has_source: bool,
    /// Why the source does not answer.
    error: Option<String>,
    /// Events that are not stored yet; null when that is not known.
    lag: Option<u64>,
    /// Events that could not be read and wait for a decision.
    parked: u64,
    streams: Vec<OpsStream>,
}

/// A stream.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsStream {
    name: &'static str,
    length: Option<u64>,
    /// Entries that no listener has taken.
    waiting: Option<u64>,
    /// Entries that were taken and not acknowledged.
    pending: Option<u64>,
    /// Last stored entry.
    stored: Option<String>,
    #[schema(format = DateTime)]
    stored_at: Option<String>,
    gap: Option<OpsGap>,
}

/// Entries that were trimmed before they were read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsGap {
    after: String,
    /// `null` when the server cannot tell.
    lost: Option<u64>,
}

impl OpsEvents {
    pub(super) fn of(state: &EventState) -> Self {
        let position_of = |stream| state.positions.iter().find(|it| it.stream == stream);
        let known = state.streams.iter().map(|it| it.stream);
        let known: Vec<_> = known.collect();
        let silent = state.positions.iter();
        let silent = silent.filter(|position| !known.contains(&position.stream));
        let mut streams: Vec<OpsStream> = state
            .streams
            .iter()
            .map(|stream| OpsStream::of(stream, position_of(stream.stream)))
            .collect();
        streams.extend(silent.map(OpsStream::of_position));
        Self {
            has_source: state.has_source,
            error: state.error.clone(),
            lag: state.lag(),
            parked: state.parked,
            streams,
        }
    }
}

impl OpsStream {
    fn of_position(position: &StreamPosition) -> Self {
        Self {
            name: position.stream.name(),
            length: None,
            waiting: None,
            pending: None,
            stored: Some(position.last.to_string()),
            stored_at: Some(utc(position.stored_at)),
            gap: None,
        }
    }

    fn of(state: &StreamState, position: Option<&StreamPosition>) -> Self {
        Self {
            name: state.stream.name(),
            length: Some(state.length),
            waiting: state.waiting,
            pending: Some(state.pending),
            stored: position.map(|position| position.last.to_string()),
            stored_at: position.map(|position| utc(position.stored_at)),
            gap: state.gap.map(|gap| OpsGap {
                after: gap.after.to_string(),
                lost: gap.lost,
            }),
        }
    }
}

/// Returns the state of the events.
#[utoipa::path(
    get,
    path = "/api/v1/ops/events",
    operation_id = "ops_events",
    tag = "operation",
    responses(
        (status = OK, body = OpsEvents),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn events(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsEvents>, ApiError> {
    require_operator(&request, &api)?;
    let state = api.app.ops.event_state().await?;
    Ok(Json(OpsEvents::of(&state)))
}
