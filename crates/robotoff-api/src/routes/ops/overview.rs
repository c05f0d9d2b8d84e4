//! `GET /api/v1/ops/overview`: everything that runs and waits, at one moment.

use std::collections::BTreeMap;

use axum::extract::State;
use robotoff_app::ops::{Attention, Overview};
use serde::Serialize;
use utoipa::ToSchema;

use super::events::OpsEvents;
use super::queues::OpsQueue;
use super::services::OpsService;
use super::{require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::health::CheckResult;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Everything that runs and waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsOverview {
    #[schema(format = DateTime)]
    at: String,
    /// Findings that an operator should act on, most urgent first.
    attention: Vec<Finding>,
    services: Vec<OpsService>,
    queues: Vec<OpsQueue>,
    /// Numbers of edits by state, each up to 1000; states without edits are left out.
    #[schema(example = json!({"accepted": 120, "unknown": 1}))]
    edits: BTreeMap<&'static str, u64>,
    events: OpsEvents,
    /// Results of the health checks.
    health: Vec<CheckResult>,
}

/// A finding that an operator should act on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"severity": "warning", "area": "jobs",
    "text": "3 jobs are dead in queue high."}))]
pub(crate) struct Finding {
    /// `critical` or `warning`.
    severity: &'static str,
    /// `services`, `jobs`, `edits`, `events` or `health`.
    area: &'static str,
    text: String,
}

impl From<Attention> for Finding {
    fn from(attention: Attention) -> Self {
        Self {
            severity: attention.severity.name(),
            area: attention.area,
            text: attention.text,
        }
    }
}

impl OpsOverview {
    pub(super) async fn read(api: &Api) -> Result<Self, ApiError> {
        let (overview, health) = tokio::join!(api.app.ops.overview(), api.health.run());
        Ok(Self::of(&overview?, health.results))
    }

    fn of(overview: &Overview, health: Vec<CheckResult>) -> Self {
        let failed = health.iter().filter(|result| !result.passed);
        let failed = failed.map(|result| Finding {
            severity: "critical",
            area: "health",
            text: format!("{} fails: {}.", result.checker, result.output),
        });
        let attention = overview.attention().into_iter().map(Finding::from);
        let edits = overview.edits.iter();
        Self {
            at: utc(overview.at),
            attention: failed.chain(attention).collect(),
            services: OpsService::all(overview),
            queues: OpsQueue::all(overview),
            edits: edits.map(|it| (it.state.name(), it.edits)).collect(),
            events: OpsEvents::of(&overview.events),
            health,
        }
    }
}

/// Returns everything that runs and waits.
#[utoipa::path(
    get,
    path = "/api/v1/ops/overview",
    operation_id = "ops_overview",
    tag = "operation",
    responses(
        (status = OK, body = OpsOverview),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn overview(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsOverview>, ApiError> {
    require_operator(&request, &api)?;
    OpsOverview::read(&api).await.map(Json)
}
