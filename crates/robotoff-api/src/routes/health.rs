//! `GET /api/v1/health`: whether the parts that are configured can be used
//! (`docs/reference/api.md` 2.37, 7.1).

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::health::Findings;
use crate::json::Json;

/// The form of the existing service, which repeats its own status and headers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthBody {
    message: Findings,
    status: u16,
    headers: BTreeMap<&'static str, &'static str>,
}

/// Says which parts can be used.
#[utoipa::path(
    get,
    path = "/api/v1/health",
    tag = "service",
    responses(
        (status = OK, description = "all parts are well", body = HealthBody),
        (status = INTERNAL_SERVER_ERROR, description = "a part is not", body = HealthBody),
    ),
)]
pub(crate) async fn health(State(api): State<Api>) -> Response {
    let message = api.health.look().await;
    let status = if message.are_good() {
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
