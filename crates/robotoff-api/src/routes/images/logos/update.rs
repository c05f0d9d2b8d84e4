//! `POST /api/v1/images/logos/update`: renames an annotation wherever it is
//! (`docs/reference/api.md` 2.30).

use axum::extract::State;
use robotoff_core::access::Role;
use robotoff_core::logo::GivenAnnotation;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Parameters of `/images/logos/update`, in the query or as a form.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct LogoUpdateQuery {
    source_type: String,
    source_value: String,
    target_type: String,
    target_value: String,
}

/// Number of logos that were changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpdatedLogos {
    updated: u64,
}

/// Gives all logos with one type and value another type and value, in all projects.
#[utoipa::path(
    post,
    path = "/api/v1/images/logos/update",
    operation_id = "update_logos",
    tag = "logos",
    params(LogoUpdateQuery),
    responses(
        (status = OK, body = UpdatedLogos),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
        (status = FORBIDDEN, description = "only moderators may do this", body = ApiError),
    ),
)]
pub(crate) async fn update(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<UpdatedLogos>, ApiError> {
    let params = &request.params;
    let source_type = params.required_text("source_type")?;
    let source_value = params.required_text("source_value")?;
    let target_type = params.required_text("target_type")?;
    let target_value = params.required_text("target_value")?;
    let caller = request.require(&api, Role::Moderator)?;
    let target = GivenAnnotation::new(&target_type, Some(target_value.into_owned()))
        .map_err(|error| ApiError::bad_request(error.to_string()))?;
    let from = (&*source_type, &*source_value);
    let username = caller.username.as_deref();
    let updated = api.app.logos.update_all(from, &target, username).await?;
    Ok(Json(UpdatedLogos { updated }))
}
