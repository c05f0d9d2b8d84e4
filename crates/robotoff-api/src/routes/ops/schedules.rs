//! `/api/v1/ops/schedules`: periodic jobs with their last results; run, enabled, disabled.

use axum::extract::State;
use robotoff_app::schedule::{SCHEDULE, Schedule};
use robotoff_ports::services::ScheduleState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};

/// A periodic job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "purge_jobs", "about": "deletes finished jobs",
    "cron": "*/5 * * * *", "jitter_secs": 30, "is_enabled": true,
    "fired_at": "2026-12-01T10:00:00.000Z", "next_at": "2026-12-01T10:05:12.000Z",
    "last_job": {"id": 17, "state": "done", "error": null, "finished_at": "2026-12-01T10:00:01.000Z"}}))]
pub(crate) struct OpsSchedule {
    name: &'static str,
    /// Its work.
    about: &'static str,
    /// Times in UTC: five fields, or six with seconds first.
    cron: &'static str,
    /// Longest delay that is added.
    jitter_secs: u64,
    is_enabled: bool,
    #[schema(format = DateTime)]
    fired_at: Option<String>,
    /// `null` while it is disabled or no scheduler has run yet.
    #[schema(format = DateTime)]
    next_at: Option<String>,
    /// The job that was enqueued last.
    last_job: Option<ScheduledJob>,
}

/// Last job of a periodic job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScheduledJob {
    id: i64,
    state: &'static str,
    /// Error, or the reason why there was no work.
    error: Option<String>,
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

/// Periodic jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsSchedules {
    schedules: Vec<OpsSchedule>,
}

/// Change of a periodic job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub(crate) struct ScheduleChange {
    enabled: bool,
}

/// Job that was enqueued.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"job": 18}))]
pub(crate) struct ScheduleRun {
    job: i64,
}

/// Lists the periodic jobs.
#[utoipa::path(
    get,
    path = "/api/v1/ops/schedules",
    operation_id = "ops_schedules",
    tag = "operation",
    responses(
        (status = OK, body = OpsSchedules),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn schedules(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsSchedules>, ApiError> {
    require_operator(&request, &api)?;
    current(&api).await
}

async fn current(api: &Api) -> Result<Json<OpsSchedules>, ApiError> {
    let states = api.app.ports.services.schedules().await?;
    let mut schedules = Vec::new();
    for row in SCHEDULE {
        let state = states.iter().find(|state| state.name == row.name);
        schedules.push(listed(api, row, state).await?);
    }
    Ok(Json(OpsSchedules { schedules }))
}

async fn listed(
    api: &Api,
    row: &Schedule,
    state: Option<&ScheduleState>,
) -> Result<OpsSchedule, ApiError> {
    let last_job = match state.and_then(|state| state.last_job) {
        Some(job) => api.app.ports.queue.job(job).await?,
        None => None,
    };
    let next_at = match state.filter(|state| state.is_enabled) {
        Some(state) => Some(row.next_after(state.last_at)?),
        None => None,
    };
    Ok(OpsSchedule {
        name: row.name,
        about: row.about,
        cron: row.cron,
        jitter_secs: row.jitter.as_secs(),
        is_enabled: state.is_none_or(|state| state.is_enabled),
        fired_at: state.and_then(|state| state.fired_at).map(utc),
        next_at: next_at.map(utc),
        last_job: last_job.map(|job| ScheduledJob {
            id: job.id.0,
            state: job.state.name(),
            error: job.last_error,
            finished_at: job.finished_at.map(utc),
        }),
    })
}

fn named(name: &str) -> Result<&'static Schedule, ApiError> {
    Schedule::named(name).ok_or_else(ApiError::not_found)
}

/// Enables or disables a periodic job. Times that it missed are not caught up.
#[utoipa::path(
    patch,
    path = "/api/v1/ops/schedules/{name}",
    operation_id = "ops_change_schedule",
    tag = "operation",
    params(("name" = String, Path, example = "purge_jobs")),
    request_body = ScheduleChange,
    responses(
        (status = OK, body = OpsSchedules),
        (status = BAD_REQUEST, description = "the body is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = NOT_FOUND, description = "there is no such periodic job", body = ApiError),
    ),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    PathSegment(name): PathSegment,
    request: RequestContext,
) -> Result<Json<OpsSchedules>, ApiError> {
    require_operator(&request, &api)?;
    let ScheduleChange { enabled } = request.json()?;
    let row = named(&name)?;
    let ports = &api.app.ports;
    let now = ports.clock.now();
    ports
        .services
        .enable_schedule(row.name, enabled, now)
        .await?;
    request.note_subject(format!("enabled={enabled}"));
    current(&api).await
}

/// Runs a periodic job at once, enabled or not; its next time stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/ops/schedules/{name}/run",
    operation_id = "ops_run_schedule",
    tag = "operation",
    params(("name" = String, Path, example = "purge_jobs")),
    responses(
        (status = OK, body = ScheduleRun),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = NOT_FOUND, description = "there is no such periodic job", body = ApiError),
    ),
)]
pub(crate) async fn run(
    State(api): State<Api>,
    PathSegment(name): PathSegment,
    request: RequestContext,
) -> Result<Json<ScheduleRun>, ApiError> {
    require_operator(&request, &api)?;
    let row = named(&name)?;
    let ports = &api.app.ports;
    let now = ports.clock.now();
    let job = ports.services.run_schedule(row.name, now, (row.job)());
    let job = job.await?.0;
    request.note_subject(format!("job {job}"));
    Ok(Json(ScheduleRun { job }))
}
