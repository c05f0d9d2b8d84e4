//! `/api/v1/ops/events/parked`: events that could not be read; replayed or discarded.

use axum::extract::State;
use robotoff_app::events::ReplayedEvent;
use robotoff_ports::store::{ParkedEvent, ParkedEventId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ChangeReport, MAX_CHANGED, check_expected, require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// An event that could not be read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": 4, "stream": "product_updates", "entry": "1764547200000-0",
    "fields": "{\"code\": \"x\"}", "error": "the code \"x\" is no barcode",
    "parked_at": "2026-12-01T10:00:00.000Z"}))]
pub(crate) struct OpsParkedEvent {
    id: i64,
    stream: &'static str,
    /// Id of the entry in its stream.
    entry: Option<String>,
    /// Fields of the entry, as JSON.
    fields: String,
    error: String,
    #[schema(format = DateTime)]
    parked_at: String,
}

/// A page of parked events, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsParkedEvents {
    events: Vec<OpsParkedEvent>,
    /// Value of `below` for the next page; null behind the last one.
    next: Option<i64>,
}

impl From<&ParkedEvent> for OpsParkedEvent {
    fn from(event: &ParkedEvent) -> Self {
        Self {
            id: event.id.0,
            stream: event.entry.stream.name(),
            entry: event.entry.id.map(|id| id.to_string()),
            fields: serde_json::to_string(&event.entry.fields).unwrap_or_default(),
            error: event.error.clone(),
            parked_at: utc(event.parked_at),
        }
    }
}

/// Lists events that could not be read, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/ops/events/parked",
    operation_id = "ops_parked_events",
    tag = "operation",
    params(
        ("count" = Option<u64>, Query, description = "rows of the page, 25 by default, 500 at most"),
        ("below" = Option<i64>, Query, description = "events with lower numbers: `next` of the page before"),
    ),
    responses(
        (status = OK, body = OpsParkedEvents),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn parked_events(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsParkedEvents>, ApiError> {
    require_operator(&request, &api)?;
    let count = request.count()?;
    let below = request.params.int_within("below", 0, i64::MAX)?;
    let below = below.map(ParkedEventId);
    let found = api.app.events.parked(below, count + 1).await?;
    let page = &found[..found.len().min(count as usize)];
    let has_more = found.len() > page.len();
    Ok(Json(OpsParkedEvents {
        next: page.last().filter(|_| has_more).map(|last| last.id.0),
        events: page.iter().map(OpsParkedEvent::from).collect(),
    }))
}

/// Change of parked events: of those that are named, or of all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "replay", "ids": [4, 5]}))]
pub(crate) struct ParkedEventsChange {
    /// `replay` reads them again and stores their jobs, `discard` deletes them.
    action: String,
    /// Numbers of parked events, at most 2000.
    #[serde(default)]
    #[schema(max_items = 2000)]
    ids: Vec<i64>,
    /// All of them, oldest first; needs `expected`.
    #[serde(default)]
    all: bool,
    /// Count the rows and change none.
    #[serde(default)]
    dry_run: bool,
    /// Number of rows that a dry run has found. When another number matches by now, no row is
    /// changed.
    #[serde(default)]
    expected: Option<usize>,
}

/// Replays or discards parked events.
#[utoipa::path(
    post,
    path = "/api/v1/ops/events/parked",
    operation_id = "ops_change_parked_events",
    tag = "operation",
    request_body = ParkedEventsChange,
    responses(
        (status = OK, body = ChangeReport),
        (status = BAD_REQUEST, description = "the body is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = CONFLICT, description = "another number of events is parked by now", body = ApiError),
    ),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<ChangeReport>, ApiError> {
    require_operator(&request, &api)?;
    let body: ParkedEventsChange = request.json()?;
    let replays = match &*body.action {
        "replay" => true,
        "discard" => false,
        _ => {
            let why = "`action` must be replay or discard";
            return Err(ApiError::invalid_body(why));
        }
    };
    if body.all != body.ids.is_empty() || body.ids.len() > MAX_CHANGED {
        let why = format!("either `ids`, at most {MAX_CHANGED}, or `all` is expected");
        return Err(ApiError::invalid_body(why));
    }
    let ids = match body.all {
        true => {
            let parked = api.app.events.parked(None, MAX_CHANGED as u64).await?;
            // Oldest first, as they happened.
            parked.iter().rev().map(|event| event.id.0).collect()
        }
        false => body.ids,
    };
    let mut report = ChangeReport::of(ids.len(), body.dry_run);
    if report.is_dry_run {
        return Ok(Json(report));
    }
    if body.all {
        check_expected(body.expected, ids.len())?;
    }
    for id in ids {
        report.add(id, change_one(&api, ParkedEventId(id), replays).await?);
    }
    request.note_subject(format!("{} {} events", body.action, report.changed));
    Ok(Json(report))
}

async fn change_one(
    api: &Api,
    id: ParkedEventId,
    replays: bool,
) -> Result<Result<(), String>, ApiError> {
    let unknown = || Err("it is not parked".to_owned());
    if !replays {
        return Ok(match api.app.events.discard_parked(id).await? {
            true => Ok(()),
            false => unknown(),
        });
    }
    Ok(match api.app.events.replay_parked(id).await? {
        ReplayedEvent::Done { .. } => Ok(()),
        ReplayedEvent::StillUnreadable(why) => Err(why),
        ReplayedEvent::Unknown => unknown(),
    })
}
