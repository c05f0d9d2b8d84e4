//! `GET /api/v1/insights/detail/{insight_id}`: one insight (`docs/reference/api.md` 2.7).

use axum::extract::State;
use axum::http::HeaderMap;
use robotoff_core::insight::InsightId;
use uuid::Uuid;

use super::body::InsightBody;
use crate::Api;
use crate::error::ApiError;
use crate::request_context::PathSegment;
use crate::validated::Validated;

/// Returns one insight.
#[utoipa::path(
    get,
    path = "/api/v1/insights/detail/{insight_id}",
    tag = "insights",
    params(("insight_id" = Uuid, Path)),
    responses(
        (status = OK, body = InsightBody),
        (status = NOT_MODIFIED, description = "`If-None-Match` names the `ETag` of this response"),
        (status = NOT_FOUND, description = "no insight has this id", body = ApiError),
    ),
)]
pub(crate) async fn detail(
    State(api): State<Api>,
    PathSegment(insight_id): PathSegment,
    request: HeaderMap,
) -> Result<Validated<InsightBody>, ApiError> {
    let id = Uuid::parse_str(&insight_id).map_err(|_| ApiError::not_found())?;
    let insight = api.app.insights.get(InsightId(id)).await?;
    let body = insight
        .map(InsightBody::from)
        .ok_or_else(ApiError::not_found)?;
    Ok(Validated { body, request })
}
