//! `/api/v1/missions`: sets of questions that people work on together.

mod body;
pub(crate) mod mission;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use robotoff_core::access::Role;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;
use body::{MissionBody, MissionFields, checked};

/// Missions, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MissionList {
    missions: Vec<MissionBody>,
}

/// Lists the missions, ended ones included.
#[utoipa::path(
    get,
    path = "/api/v1/missions",
    tag = "missions",
    responses((status = OK, body = MissionList)),
)]
pub(crate) async fn missions(State(api): State<Api>) -> Result<Json<MissionList>, ApiError> {
    let missions = api.app.missions.list().await?;
    let path_prefix = &api.settings.access.path_prefix;
    let bodies = missions.into_iter();
    let missions = bodies
        .map(|mission| MissionBody::of(mission, path_prefix))
        .collect();
    Ok(Json(MissionList { missions }))
}

/// Creates a mission.
#[utoipa::path(
    post,
    path = "/api/v1/missions",
    operation_id = "create_mission",
    tag = "missions",
    request_body = MissionFields,
    responses(
        (status = CREATED, body = MissionBody),
        (status = BAD_REQUEST, description = "the body or the filter is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only moderators may do this", body = ApiError),
        (status = CONFLICT, description = "there is a mission of this name", body = ApiError),
    ),
)]
pub(crate) async fn create(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Response, ApiError> {
    let fields: MissionFields = request.json()?;
    let caller = request.require(&api, Role::Moderator)?;
    let mission = checked(&request, fields, None, caller.username)?;
    if !api.app.missions.create(mission.clone()).await? {
        return Err(ApiError {
            description: Some(format!("there is a mission {:?}", mission.name)),
            ..ApiError::of(StatusCode::CONFLICT)
        });
    }
    let stored = api.app.missions.get(&mission.name).await?;
    let stored = stored.ok_or_else(ApiError::internal)?;
    Ok(
        Json(MissionBody::of(stored, &api.settings.access.path_prefix))
            .with_status(StatusCode::CREATED),
    )
}
