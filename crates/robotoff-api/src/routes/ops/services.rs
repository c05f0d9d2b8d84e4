//! `GET /api/v1/ops/services`: the processes of the service on every host.

use axum::extract::State;
use chrono::NaiveDateTime;
use robotoff_app::ops::{self, Overview};
use robotoff_ports::services::{Service, ServiceState};
use serde::Serialize;
use utoipa::ToSchema;

use super::{require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// A process of the service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsService {
    id: String,
    /// `api`, `worker`, `scheduler`, `listener`, or `up` for all of them.
    #[schema(examples("worker"))]
    kind: String,
    host: String,
    process: u32,
    version: String,
    /// `running`, `stopping`, or `lost` without a heartbeat for 35 s.
    #[schema(examples("running"))]
    state: String,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    seen_at: String,
    /// Resident memory.
    memory_bytes: Option<u64>,
    jobs: Vec<OpsRunningJob>,
}

/// A job that a process runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsRunningJob {
    id: i64,
    #[schema(examples("import_image"))]
    kind: String,
    #[schema(format = DateTime)]
    since: String,
}

/// Processes, in the order of their start.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsServices {
    services: Vec<OpsService>,
}

impl OpsService {
    pub(super) fn all(overview: &Overview) -> Vec<Self> {
        let services = overview.services.iter();
        services.map(|it| Self::of(it, overview.at)).collect()
    }

    fn of(service: &Service, now: NaiveDateTime) -> Self {
        let state = match service.activity.state {
            _ if !ops::is_alive(service, now) => "lost".to_owned(),
            ServiceState::Running => "running".to_owned(),
            ServiceState::Stopping => "stopping".to_owned(),
            ServiceState::Stopped => "stopped".to_owned(),
        };
        let jobs = service.activity.jobs.iter().map(|job| OpsRunningJob {
            id: job.job.0,
            kind: job.kind.clone(),
            since: utc(job.since),
        });
        Self {
            id: service.id.clone(),
            kind: service.kind.clone(),
            host: service.host.clone(),
            process: service.process,
            version: service.version.clone(),
            state,
            started_at: utc(service.started_at),
            seen_at: utc(service.seen_at),
            memory_bytes: service.activity.memory_bytes,
            jobs: jobs.collect(),
        }
    }
}

/// Lists the processes that run, and those that were lost within the last hour.
#[utoipa::path(
    get,
    path = "/api/v1/ops/services",
    operation_id = "ops_services",
    tag = "operation",
    responses(
        (status = OK, body = OpsServices),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn services(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsServices>, ApiError> {
    require_operator(&request, &api)?;
    let overview = api.app.ops.overview().await?;
    let services = OpsService::all(&overview);
    Ok(Json(OpsServices { services }))
}
