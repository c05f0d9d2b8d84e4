//! `GET /api/v1/questions/random`: questions in random order (`docs/reference/api.md`
//! 2.3).

use axum::extract::State;
use robotoff_ports::store::InsightOrder;

use super::{QuestionList, QuestionsQuery, list, with_mission};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;
use crate::routes::insights::random_fraction;

/// Lists questions in random order.
#[utoipa::path(
    get,
    path = "/api/v1/questions/random",
    tag = "questions",
    params(QuestionsQuery),
    responses(
        (status = OK, body = QuestionList),
        (status = NOT_FOUND, description = "there is no such mission", body = ApiError),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
    ),
)]
pub(crate) async fn random_questions(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<QuestionList>, ApiError> {
    let request = with_mission(&api, request).await?;
    list(&api, &request, InsightOrder::Random(random_fraction())).await
}
