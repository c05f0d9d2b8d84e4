//! `GET /api/v1/questions/popular`: the most scanned products first
//! (`docs/reference/api.md` 2.4).

use axum::extract::State;
use robotoff_ports::store::InsightOrder;

use super::{QuestionList, QuestionsQuery, list, with_mission};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Lists questions, those of the most scanned products first.
#[utoipa::path(
    get,
    path = "/api/v1/questions/popular",
    tag = "questions",
    params(QuestionsQuery),
    responses(
        (status = OK, body = QuestionList),
        (status = NOT_FOUND, description = "there is no such mission", body = ApiError),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
    ),
)]
pub(crate) async fn popular_questions(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<QuestionList>, ApiError> {
    let request = with_mission(&api, request).await?;
    list(&api, &request, InsightOrder::Popularity).await
}
