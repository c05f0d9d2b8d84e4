//! `POST /api/v1/batch/import`: webhook of batch jobs (`docs/reference/api.md` 2.35).

use axum::extract::State;
use robotoff_app::enqueue::{ImportBatch, JobSpec};
use serde::Serialize;
use sha1_smol::Sha1;
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// The one type of batch job.
const JOB_TYPE: &str = "ingredients_spellcheck";

/// Reply to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchStatus {
    status: &'static str,
}

/// Imports the results of a batch job.
#[utoipa::path(
    post,
    path = "/api/v1/batch/import",
    operation_id = "import_batch",
    tag = "service",
    params(
        ("job_type" = String, Query, description = "ingredients_spellcheck"),
        ("batch_dir" = String, Query, description = "folder of the results"),
    ),
    responses(
        (status = OK, body = BatchStatus),
        (status = BAD_REQUEST, description = "a parameter or the authorization is missing or wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the token is wrong", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "nothing imports batches", body = ApiError),
    ),
)]
pub(crate) async fn import(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<BatchStatus>, ApiError> {
    let job_type = request.params.required_text("job_type")?;
    let batch_dir = request.params.required_text("batch_dir")?.into_owned();
    if job_type != JOB_TYPE {
        let why = format!("invalid `job_type` {job_type:?}, expected {JOB_TYPE}");
        return Err(ApiError::bad_request(why));
    }
    let token = bearer_token(&request)?;
    let is_right = |key: &String| is_same(key, token);
    if !api.settings.batch_token.as_ref().is_some_and(is_right) {
        return Err(ApiError::unauthorized(
            "the token is wrong, or none is configured",
        ));
    }
    if api.app.ports.parts.batches.is_none() {
        return Err(ApiError::missing_part("import of batches"));
    }
    let job = ImportBatch { batch_dir }.new_job();
    api.app.ports.queue.enqueue(&[job]).await?;
    Ok(Json(BatchStatus {
        status: "the import of the batch is enqueued",
    }))
}

fn bearer_token(request: &RequestContext) -> Result<&str, ApiError> {
    let header = request.authorization();
    let header = header.ok_or_else(|| ApiError::missing_header("Authorization"))?;
    let parts: Vec<&str> = header.split_whitespace().collect();
    match parts[..] {
        [scheme, token] if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
        _ => Err(ApiError::unauthorized(
            "invalid authentication, Bearer is expected",
        )),
    }
}

/// Compares digests, so that the time of the comparison tells nothing about the token.
fn is_same(a: &str, b: &str) -> bool {
    Sha1::from(a).digest().bytes() == Sha1::from(b).digest().bytes()
}
