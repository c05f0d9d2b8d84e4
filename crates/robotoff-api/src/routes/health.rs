//! `GET /api/v1/health`: the health checks of the configured dependencies
//! (`docs/reference/api.md` 2.37, 7.1).

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::health::HealthReport;
use crate::json::Json;

/// Body of the existing service, which repeats its own status and headers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthBody {
    message: HealthReport,
    status: u16,
    headers: BTreeMap<&'static str, &'static str>,
}

/// Runs the health checks.
#[utoipa::path(
    get,
    path = "/api/v1/health",
    tag = "service",
    responses(
        (status = OK, description = "all checks passed", body = HealthBody),
        (status = INTERNAL_SERVER_ERROR, description = "a check failed", body = HealthBody),
    ),
)]
pub(crate) async fn health(State(api): State<Api>) -> Response {
    let message = api.health.run().await;
    let status = if message.is_healthy() {
        StatusCode::OK
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let body = HealthBody {
        message,
        status: status.as_u16(),
        headers: BTreeMap::from([("Content-Type", "application/json")]),
    };
    Json(body).with_status(status)
}
