//! `/api/v1/missions/{name}`: one mission, with its progress.

use axum::extract::State;
use robotoff_core::access::Role;

use super::body::{MissionBody, MissionFields, ProgressBody, checked};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};
use crate::routes::questions::filter_of_text;

/// Returns a mission and its progress.
#[utoipa::path(
    get,
    path = "/api/v1/missions/{name}",
    tag = "missions",
    params(("name" = String, Path)),
    responses(
        (status = OK, body = MissionBody),
        (status = NOT_FOUND, description = "there is no such mission", body = ApiError),
    ),
)]
pub(crate) async fn mission(
    State(api): State<Api>,
    PathSegment(name): PathSegment,
    request: RequestContext,
) -> Result<Json<MissionBody>, ApiError> {
    let mission = api.app.missions.get(&name).await?;
    let mission = mission.ok_or_else(ApiError::not_found)?;
    let filter = filter_of_text(&request, &mission.filter)?;
    let progress = api.app.missions.progress(filter).await?;
    let mut body = MissionBody::of(mission, &api.settings.access.path_prefix);
    body.progress = Some(ProgressBody::from(progress));
    Ok(Json(body))
}

/// Changes a mission; members that are absent stay, null removes goal and end.
#[utoipa::path(
    patch,
    path = "/api/v1/missions/{name}",
    operation_id = "change_mission",
    tag = "missions",
    params(("name" = String, Path)),
    request_body = MissionFields,
    responses(
        (status = OK, body = MissionBody),
        (status = BAD_REQUEST, description = "the body or the filter is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only moderators may do this", body = ApiError),
        (status = NOT_FOUND, description = "there is no such mission", body = ApiError),
    ),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    PathSegment(name): PathSegment,
    request: RequestContext,
) -> Result<Json<MissionBody>, ApiError> {
    let fields: MissionFields = request.json()?;
    request.require(&api, Role::Moderator)?;
    let former = api.app.missions.get(&name).await?;
    let former = former.ok_or_else(ApiError::not_found)?;
    let mission = checked(&request, fields, Some(former), None)?;
    if !api.app.missions.update(&mission).await? {
        return Err(ApiError::not_found());
    }
    Ok(Json(MissionBody::of(
        mission,
        &api.settings.access.path_prefix,
    )))
}
