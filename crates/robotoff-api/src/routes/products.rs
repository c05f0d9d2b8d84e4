//! `/api/v1/products/dataset`: the downloaded data set of products (`docs/reference/api.md`
//! 2.19). Nothing downloads one yet, which is what the routes answer.

use axum::extract::State;
use robotoff_core::access::Role;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Version of the data set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Dataset {
    /// Null while no data set was downloaded.
    etag: Option<String>,
}

/// Reply to the request of a download.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetJob {
    /// `scheduled`.
    status: &'static str,
}

/// Returns the version of the data set.
#[utoipa::path(
    get,
    path = "/api/v1/products/dataset",
    tag = "service",
    responses((status = OK, body = Dataset)),
)]
pub(crate) async fn dataset() -> Json<Dataset> {
    Json(Dataset { etag: None })
}

/// Downloads the data set anew.
#[utoipa::path(
    post,
    path = "/api/v1/products/dataset",
    operation_id = "download_dataset",
    tag = "service",
    responses(
        (status = OK, description = "the download is scheduled", body = DatasetJob),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "nothing downloads data sets", body = ApiError),
    ),
)]
pub(crate) async fn download(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<DatasetJob>, ApiError> {
    request.require(&api, Role::Operator)?;
    Err(ApiError::missing_part("download of data sets"))
}
