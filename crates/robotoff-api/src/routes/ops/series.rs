//! `GET /api/v1/ops/series`: the history of the service, for charts.

use std::collections::BTreeMap;

use axum::extract::State;
use robotoff_app::ops::{History, HistoryRange, Series};
use serde::Serialize;
use utoipa::ToSchema;

use super::{require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Series of values, one for each bin; null where nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"range": "hour", "start": "2026-12-01T09:00:00.000Z", "step_secs": 60,
    "bins": 3, "counts": {"job:import_image:done": [12, 9, 30]},
    "gauges": {"queue:high:waiting": [0, 4, null]}, "durations": {"job:p95": [0.2, 0.3, null]}}))]
pub(crate) struct OpsSeries {
    /// `hour`, `day` or `week`.
    range: &'static str,
    #[schema(format = DateTime)]
    start: String,
    /// Length of a bin in seconds.
    step_secs: i64,
    bins: usize,
    /// Counts of what happened: `job:KIND:RESULT`, `request:2xx`, `answer:RESULT`,
    /// `edit:OUTCOME`.
    counts: BTreeMap<String, Series>,
    /// Means: `queue:NAME:waiting`, `queue:NAME:age`, `events:lag`, `edits:STATE`,
    /// `health:CHECK`.
    gauges: BTreeMap<String, Series>,
    /// Percentiles in seconds: `job:p50`, `job:KIND:p95`, `request:p99`.
    durations: BTreeMap<String, Series>,
}

impl OpsSeries {
    fn of(range: HistoryRange, history: History) -> Self {
        Self {
            range: range.name(),
            start: utc(history.start),
            step_secs: history.step.num_seconds(),
            bins: history.bins,
            counts: history.counts,
            gauges: history.gauges,
            durations: history.durations,
        }
    }
}

/// Returns series of the last hour, day or week.
#[utoipa::path(
    get,
    path = "/api/v1/ops/series",
    operation_id = "ops_series",
    tag = "operation",
    params(
        ("range" = Option<String>, Query, description = "`hour` (default), `day` or `week`", example = "day"),
        ("names" = Option<String>, Query, description = "starts of names, separated by commas; all by default", example = "queue:,job"),
    ),
    responses(
        (status = OK, body = OpsSeries),
        (status = BAD_REQUEST, description = "there is no such range", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn series(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsSeries>, ApiError> {
    require_operator(&request, &api)?;
    let range = match request.params.filled("range") {
        None => HistoryRange::Hour,
        Some(name) => HistoryRange::from_name(&name)
            .ok_or_else(|| ApiError::invalid("range", "must be hour, day or week"))?,
    };
    let names = request.params.list("names").unwrap_or_default();
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|it| name.starts_with(&**it));
    let history = api.app.ops.history(range, is_wanted).await?;
    Ok(Json(OpsSeries::of(range, history)))
}
