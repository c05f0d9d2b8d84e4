//! `GET /api/v1/users/statistics/{username}`: number of answers of a user
//! (`docs/reference/api.md` 2.34).

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::PathSegment;

/// Statistics of a user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserStatistics {
    count: UserCounts,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserCounts {
    /// Insights that the user has closed, of all projects.
    annotations: u64,
}

/// Counts the insights that a user has closed; 0 for an unknown user.
#[utoipa::path(
    get,
    path = "/api/v1/users/statistics/{username}",
    operation_id = "user_statistics",
    tag = "service",
    params(("username" = String, Path)),
    responses((status = OK, body = UserStatistics)),
)]
pub(crate) async fn statistics(
    State(api): State<Api>,
    PathSegment(username): PathSegment,
) -> Result<Json<UserStatistics>, ApiError> {
    let annotations = api.app.insights.answers_of(&username).await?;
    Ok(Json(UserStatistics {
        count: UserCounts { annotations },
    }))
}
