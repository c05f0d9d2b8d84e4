//! `/api/v1/ops/queues`: depth and age of the queues; pauses.

use std::collections::BTreeMap;

use axum::extract::State;
use robotoff_app::ops::Overview;
use robotoff_ports::job::{JobState, Queue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::require_operator;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};

/// A queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "high", "is_paused": false,
    "jobs": {"waiting": 12, "running": 4, "done": 1000, "dead": 0, "cancelled": 0},
    "capped": ["done"], "age_secs": 3}))]
pub(crate) struct OpsQueue {
    /// `high`, `ml` or `low`, most urgent first.
    name: &'static str,
    /// No further job of it starts.
    is_paused: bool,
    /// Numbers of jobs by state, each up to 1000.
    jobs: BTreeMap<&'static str, u64>,
    /// States with more than 1000 jobs.
    capped: Vec<&'static str>,
    /// Seconds for which the longest waiting job could have run already.
    age_secs: Option<i64>,
}

/// Queues, most urgent first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsQueues {
    queues: Vec<OpsQueue>,
}

/// Change of a queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"paused": true}))]
pub(crate) struct QueueChange {
    paused: bool,
}

impl OpsQueue {
    pub(super) fn all(overview: &Overview) -> Vec<Self> {
        let queues = overview.queues.iter().map(|state| {
            let mut jobs: BTreeMap<_, _> = JobState::ALL.iter().map(|it| (it.name(), 0)).collect();
            jobs.extend(state.counts.iter().map(|it| (it.state.name(), it.jobs)));
            let capped = state.counts.iter().filter(|count| count.is_capped);
            Self {
                name: state.queue.name(),
                is_paused: state.is_paused,
                jobs,
                capped: capped.map(|count| count.state.name()).collect(),
                age_secs: state.age.map(|age| age.num_seconds()),
            }
        });
        queues.collect()
    }
}

/// Lists the queues.
#[utoipa::path(
    get,
    path = "/api/v1/ops/queues",
    operation_id = "ops_queues",
    tag = "operation",
    responses(
        (status = OK, body = OpsQueues),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn queues(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsQueues>, ApiError> {
    require_operator(&request, &api)?;
    current(&api).await
}

async fn current(api: &Api) -> Result<Json<OpsQueues>, ApiError> {
    let overview = api.app.ops.overview().await?;
    let queues = OpsQueue::all(&overview);
    Ok(Json(OpsQueues { queues }))
}

/// Pauses a queue, or ends its pause. Jobs that run are not stopped.
#[utoipa::path(
    patch,
    path = "/api/v1/ops/queues/{queue}",
    operation_id = "ops_change_queue",
    tag = "operation",
    params(("queue" = String, Path, example = "low")),
    request_body = QueueChange,
    responses(
        (status = OK, body = OpsQueues),
        (status = BAD_REQUEST, description = "the body is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = NOT_FOUND, description = "there is no such queue", body = ApiError),
    ),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    PathSegment(queue): PathSegment,
    request: RequestContext,
) -> Result<Json<OpsQueues>, ApiError> {
    require_operator(&request, &api)?;
    let change: QueueChange = request.json()?;
    let queue = Queue::from_name(&queue).ok_or_else(ApiError::not_found)?;
    let jobs = &api.app.ports.queue;
    match change.paused {
        true => jobs.pause(queue).await?,
        false => jobs.resume(queue).await?,
    }
    request.note_subject(format!("paused={}", change.paused));
    current(&api).await
}
