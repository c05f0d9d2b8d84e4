//! `POST /api/v1/insights/annotate`: a person answers (`docs/reference/api.md` 2.10).

use axum::extract::State;
use robotoff_app::answer::{AnswerReply, AnswerRequest, Choice};
use robotoff_core::insight::{Answer, InsightId};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::params::Params;
use crate::request_context::RequestContext;

/// Result of an answer. The HTTP status is 200 for all of them: clients read this body.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerBody {
    status_code: u8,
    status: &'static str,
    /// Sentence for a person.
    description: String,
}

impl From<AnswerReply> for AnswerBody {
    fn from(reply: AnswerReply) -> Self {
        Self {
            status_code: reply.result.code(),
            status: reply.result.word(),
            description: reply.description().to_owned(),
        }
    }
}

/// Answer, as a form or as a JSON object.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the members; `RequestContext` reads them"
)]
pub(crate) struct AnswerForm {
    insight_id: Uuid,
    /// 1 yes, 0 no, -1 skip, 2 yes but with the value in `data`.
    #[schema(minimum = -1, maximum = 2)]
    annotation: i64,
    /// False: record the answer without editing the product.
    #[schema(default = true)]
    update: Option<bool>,
    /// Value of the person, a JSON document.
    data: Option<String>,
    /// Device of an anonymous user.
    device_id: Option<String>,
}

/// The members of the body, which may be in the query instead.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct AnswerQuery {
    insight_id: Option<Uuid>,
    /// 1 yes, 0 no, -1 skip, 2 yes but with the value in `data`.
    #[param(minimum = -1, maximum = 2)]
    annotation: Option<i64>,
    /// False: record the answer without editing the product.
    #[param(default = true)]
    update: Option<bool>,
    /// Value of the person, a JSON document.
    data: Option<String>,
    /// Device of an anonymous user.
    device_id: Option<String>,
}

/// Answers an insight.
#[utoipa::path(
    post,
    path = "/api/v1/insights/annotate",
    tag = "insights",
    params(AnswerQuery),
    request_body(content(
        (AnswerForm = "application/x-www-form-urlencoded"),
        (AnswerForm = "application/json"),
    )),
    responses(
        (status = OK, body = AnswerBody),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
    ),
)]
pub(crate) async fn annotate(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<AnswerBody>, ApiError> {
    let request = request.with_json_members()?;
    let (insight, choice, update) = parse_answer(&request.params)?;
    let caller = request.caller()?;
    if matches!(choice, Choice::Answer(Answer::AcceptWith(_))) && caller.credentials.is_none() {
        return Err(ApiError::bad_request("`data` requires a logged-in user"));
    }
    let reply = api.app.answers.answer(AnswerRequest {
        insight,
        choice,
        update,
        caller,
        correlation_id: Some(request.correlation_id.as_str().to_owned()),
    });
    Ok(Json(AnswerBody::from(reply.await?)))
}

/// Insight, answer and `update`, checked in the order of the specification.
fn parse_answer(params: &Params) -> Result<(InsightId, Choice, bool), ApiError> {
    let insight = InsightId(params.required_uuid("insight_id")?);
    let annotation = params
        .int_within("annotation", -1, 2)?
        .ok_or_else(|| ApiError::missing("annotation"))?;
    let update = params.flag("update")?.unwrap_or(true);
    let data = params.json("data")?;
    let choice = match (annotation, data) {
        (2, None) => {
            return Err(ApiError::bad_request(
                "`data` is required when annotation is 2",
            ));
        }
        (2, Some(_)) if !update => {
            return Err(ApiError::bad_request(
                "`update` must be true when annotation is 2",
            ));
        }
        (2, Some(data)) => Choice::Answer(Answer::AcceptWith(data)),
        (_, Some(_)) => {
            return Err(ApiError::bad_request(
                "`annotation` must be 2 when `data` is given",
            ));
        }
        (1, None) => Choice::Answer(Answer::Accept),
        (0, None) => Choice::Answer(Answer::Reject),
        (_, None) => Choice::Skip,
    };
    Ok((insight, choice, update))
}
