//! `GET` and `PUT /api/v1/images/logos/{logo_id}`: one logo, and its annotation
//! (`docs/reference/api.md` 2.27).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use robotoff_app::logos::{Annotated, Reannotation};
use robotoff_core::access::Role;
use robotoff_core::image::LogoId;
use robotoff_core::logo::GivenAnnotation;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::request_context::{PathSegment, RequestContext};
use crate::routes::images::body::LogoBody;
use crate::validated::Validated;

/// Id of a logo in a path. A sign, leading zeros and underscores are accepted, as by the
/// existing service; what names no logo is not found.
pub(crate) fn logo_id(PathSegment(text): &PathSegment) -> Result<LogoId, ApiError> {
    let digits = text.replace('_', "");
    let id = digits.parse().map_err(|_| ApiError::not_found())?;
    Ok(LogoId(id))
}

/// Returns one logo, also on a deleted image.
#[utoipa::path(
    get,
    path = "/api/v1/images/logos/{logo_id}",
    tag = "logos",
    params(("logo_id" = i32, Path)),
    responses(
        (status = OK, body = LogoBody),
        (status = NOT_MODIFIED, description = "`If-None-Match` names the `ETag` of this response"),
        (status = NOT_FOUND, description = "no logo has this id", body = ApiError),
    ),
)]
pub(crate) async fn logo(
    State(api): State<Api>,
    segment: PathSegment,
    request: HeaderMap,
) -> Result<Validated<LogoBody>, ApiError> {
    let logo = api.app.images.logo(logo_id(&segment)?).await?;
    let body = logo.map(LogoBody::from).ok_or_else(ApiError::not_found)?;
    Ok(Validated { body, request })
}

/// Annotation of a logo.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LogoAnnotationBody {
    /// Any text, such as brand, label or no_logo.
    #[schema(min_length = 1)]
    r#type: String,
    /// Required for brands, categories, labels and stores; labels begin with a language:
    /// en:organic.
    value: Option<String>,
}

/// Annotates a logo; a former annotation is replaced. Brands and labels become insights,
/// which are answered with the credentials of the caller.
#[utoipa::path(
    put,
    path = "/api/v1/images/logos/{logo_id}",
    operation_id = "annotate_logo",
    tag = "logos",
    params(("logo_id" = i32, Path)),
    request_body = LogoAnnotationBody,
    responses(
        (status = NO_CONTENT, description = "the logo has this annotation now"),
        (status = BAD_REQUEST, description = "the body, or the annotation, is wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
        (status = FORBIDDEN, description = "a login is required", body = ApiError),
        (status = NOT_FOUND, description = "no logo has this id", body = ApiError),
    ),
)]
pub(crate) async fn annotate(
    State(api): State<Api>,
    segment: PathSegment,
    request: RequestContext,
) -> Result<StatusCode, ApiError> {
    let body: LogoAnnotationBody = request.json()?;
    if body.r#type.is_empty() {
        return Err(ApiError::invalid_body("`type` may not be empty"));
    }
    let caller = request.require(&api, Role::User)?;
    let id = logo_id(&segment)?;
    if api.app.images.logo(id).await?.is_none() {
        return Err(ApiError::not_found());
    }
    let given = GivenAnnotation::new(&body.r#type, body.value)
        .map_err(|error| ApiError::bad_request(error.to_string()))?;
    let username = caller.username.as_deref();
    let logos = &api.app.logos;
    let given = [(id, given)];
    let annotated = logos.annotate(&given, username, Reannotation::Replace);
    match annotated.await? {
        Annotated::UnknownLogo(_) => Err(ApiError::not_found()),
        Annotated::Done(annotated) => {
            logos.follow_up(annotated, caller);
            Ok(StatusCode::NO_CONTENT)
        }
    }
}
