//! `GET /api/v1/ops/health`: the health of each dependency, with its last day.

use axum::extract::State;
use robotoff_app::ops::{HistoryRange, Series};
use serde::Serialize;
use utoipa::ToSchema;

use super::{require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Health of the dependencies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsHealth {
    checks: Vec<CheckHistory>,
    /// Start of the first bin of the histories.
    #[schema(format = DateTime)]
    start: String,
    step_secs: i64,
}

/// Health of a dependency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "test_connect_postgres", "passed": true,
    "output": "the database answers", "response_secs": 0.002,
    "passes": [1.0, 1.0, 0.5, null], "response_times": [0.002, 0.002, 4.0, null]}))]
pub(crate) struct CheckHistory {
    name: &'static str,
    passed: bool,
    output: String,
    response_secs: f64,
    /// Share of the checks of each bin that passed; null where there was none.
    passes: Series,
    /// Mean seconds of the checks of each bin.
    response_times: Series,
}

/// Runs the health checks, and returns their results of the last day.
#[utoipa::path(
    get,
    path = "/api/v1/ops/health",
    operation_id = "ops_health",
    tag = "operation",
    responses(
        (status = OK, body = OpsHealth),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn health(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsHealth>, ApiError> {
    require_operator(&request, &api)?;
    let is_health = |name: &str| name.starts_with("health:");
    let history = api.app.ops.history(HistoryRange::Day, is_health).await?;
    let series = |name: &str| {
        let values = history.gauges.get(name).cloned();
        values.unwrap_or_else(|| vec![None; history.bins])
    };
    let report = api.health.run().await;
    let checks = report.results.into_iter().map(|result| CheckHistory {
        name: result.checker,
        passed: result.passed,
        output: result.output,
        response_secs: result.response_time,
        passes: series(&format!("health:{}", result.checker)),
        response_times: series(&format!("health:{}:secs", result.checker)),
    });
    Ok(Json(OpsHealth {
        checks: checks.collect(),
        start: utc(history.start),
        step_secs: history.step.num_seconds(),
    }))
}
