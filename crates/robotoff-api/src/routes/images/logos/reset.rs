//! `POST /api/v1/images/logos/{logo_id}/reset`: takes an annotation back
//! (`docs/reference/api.md` 2.28).

use axum::extract::State;
use axum::http::StatusCode;
use robotoff_core::access::Role;

use super::logo::logo_id;
use crate::Api;
use crate::error::ApiError;
use crate::request_context::{PathSegment, RequestContext};

/// Removes the annotation of a logo, its predictions and its open insights.
#[utoipa::path(
    post,
    path = "/api/v1/images/logos/{logo_id}/reset",
    operation_id = "reset_logo",
    tag = "logos",
    params(("logo_id" = i32, Path)),
    responses(
        (status = NO_CONTENT, description = "the logo has no annotation now"),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
        (status = FORBIDDEN, description = "a login is required", body = ApiError),
        (status = NOT_FOUND, description = "no logo has this id", body = ApiError),
    ),
)]
pub(crate) async fn reset(
    State(api): State<Api>,
    segment: PathSegment,
    request: RequestContext,
) -> Result<StatusCode, ApiError> {
    request.require(&api, Role::User)?;
    match api.app.logos.reset(logo_id(&segment)?).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found()),
    }
}
