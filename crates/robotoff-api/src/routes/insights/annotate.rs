//! `POST /api/v1/insights/annotate`: a person answers (`docs/reference/api.md` 2.10).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use robotoff_app::answer::{AnswerReply, AnswerRequest, Choice};
use robotoff_core::access::Role;
use robotoff_core::insight::{Answer, AnswerResult, InsightId};
use robotoff_ports::store::KeyedRequest;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Api;
use crate::caller::holder;
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
    params(
        AnswerQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "a request with the same key is answered once"),
    ),
    request_body(content(
        (AnswerForm = "application/x-www-form-urlencoded"),
        (AnswerForm = "application/json"),
    )),
    responses(
        (status = OK, body = AnswerBody),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
        (status = CONFLICT, description = "the key belongs to another request, or to one that is being processed", body = ApiError),
    ),
)]
pub(crate) async fn annotate(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Response, ApiError> {
    let request = request.with_json_members()?;
    let (insight, choice, update) = parse_answer(&request.params)?;
    let annotation = request.params.scalar("annotation").unwrap_or_default();
    request.note_subject(format!("insight {insight}, annotation {annotation}"));
    if request.identity.is_unverified() {
        // As when the edit itself cannot be sent: clients read this body.
        let reply = AnswerReply {
            result: AnswerResult::FailedUpdate,
            detail: Some("the login cannot be verified for now".to_owned()),
        };
        return Ok(Json(AnswerBody::from(reply)).into_response());
    }
    let caller = request.require(&api, Role::Anonymous)?;
    if matches!(choice, Choice::Answer(Answer::AcceptWith(_))) && caller.credentials.is_none() {
        return Err(ApiError::bad_request("`data` requires a logged-in user"));
    }
    let holder = holder(&caller);
    let fingerprint = format!("{insight} {choice:?} {update}");
    let answer = AnswerRequest {
        insight,
        choice,
        update,
        caller,
        correlation_id: Some(request.correlation_id.as_str().to_owned()),
    };
    let Some(key) = request.idempotency_key()? else {
        let body = run(&api, answer, &holder).await?;
        return Ok(Json(body).into_response());
    };
    let key = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{holder}\0{key}").as_bytes());
    let requests = &api.app.keyed_requests;
    match requests.begin(key, &fingerprint).await? {
        KeyedRequest::Done(body) => Ok(Json(body).into_response()),
        KeyedRequest::Other => Err(ApiError::conflict("the key belongs to another request")),
        KeyedRequest::Running => Err(ApiError::conflict("the request is being processed")),
        KeyedRequest::New => {
            let answered = run(&api, answer, &holder).await;
            // What may succeed when it is sent again is not remembered.
            let is_final =
                |body: &&AnswerBody| body.status_code != AnswerResult::FailedUpdate.code();
            let body = answered.as_ref().ok().filter(is_final);
            let body = body.and_then(|body| serde_json::to_value(body).ok());
            requests.end(key, body.as_ref()).await?;
            Ok(Json(answered?).into_response())
        }
    }
}

/// Answers, and ends the loan of the question.
async fn run(api: &Api, answer: AnswerRequest, holder: &str) -> Result<AnswerBody, ApiError> {
    let insight = answer.insight;
    let reply = api.app.answers.answer(answer).await?;
    if let Err(error) = api.app.lending.end(insight, holder).await {
        // It ends by itself.
        tracing::warn!(insight.id = %insight, error = format!("{error:#}"), "a loan is not ended");
    }
    Ok(AnswerBody::from(reply))
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
