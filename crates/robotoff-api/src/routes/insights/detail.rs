//! `GET /api/v1/insights/detail/{insight_id}`: one insight (`docs/reference/api.md` 2.7).

use axum::extract::State;
use robotoff_core::insight::InsightId;
use uuid::Uuid;

use super::body::InsightBody;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::Segment;

/// Gives one insight.
#[utoipa::path(
    get,
    path = "/api/v1/insights/detail/{insight_id}",
    tag = "insights",
    params(("insight_id" = Uuid, Path)),
    responses(
        (status = OK, body = InsightBody),
        (status = NOT_FOUND, description = "there is none of this id", body = ApiError),
    ),
)]
pub(crate) async fn detail(
    State(api): State<Api>,
    Segment(insight_id): Segment,
) -> Result<Json<InsightBody>, ApiError> {
    let id = Uuid::parse_str(&insight_id).map_err(|_| ApiError::not_found())?;
    let insight = api.store.insight(InsightId(id)).await?;
    insight
        .map(|insight| Json(InsightBody::from(insight)))
        .ok_or_else(ApiError::not_found)
}
