//! `GET /api/v1/status`: the process answers. Reads neither store nor network (`docs/reference/api.md`
//! 2.36).

use serde::Serialize;
use utoipa::ToSchema;

use crate::json::Json;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    status: &'static str,
}

/// Reports that the service runs.
#[utoipa::path(
    get,
    path = "/api/v1/status",
    tag = "service",
    responses((status = OK, body = Status)),
)]
pub(crate) async fn status() -> Json<Status> {
    Json(Status { status: "running" })
}
