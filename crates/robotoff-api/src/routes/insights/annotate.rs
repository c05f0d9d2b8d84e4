//! `POST /api/v1/insights/annotate`: a person answers (`docs/reference/api.md` 2.10).

use axum::extract::State;
use robotoff_core::insight::InsightId;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::params::Params;
use crate::request_context::RequestContext;
use crate::service::{AnswerRequest, Said};

/// What became of an answer. The status of the answer to the request is 200 for
/// all of them: clients read this.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerBody {
    status_code: i32,
    status: &'static str,
    /// For a person.
    description: String,
}

/// An answer, in the query, as a form or as a JSON object.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct AnswerQuery {
    insight_id: Uuid,
    /// 1 yes, 0 no, -1 skip, 2 yes but with the value in `data`.
    #[param(minimum = -1, maximum = 2)]
    annotation: i64,
    /// False: record the answer, do not edit the product.
    #[param(default = true)]
    update: Option<bool>,
    /// The person's own value, a JSON document.
    data: Option<String>,
    /// Names the device of somebody who is not logged in.
    device_id: Option<String>,
}

/// Answers an insight.
#[utoipa::path(
    post,
    path = "/api/v1/insights/annotate",
    tag = "insights",
    params(AnswerQuery),
    responses(
        (status = OK, body = AnswerBody),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
    ),
)]
pub(crate) async fn annotate(
    State(api): State<Api>,
    asked: RequestContext,
) -> Result<Json<AnswerBody>, ApiError> {
    let asked = asked.with_json_members()?;
    let (insight, said, update) = said(&asked.params)?;
    let caller = asked.identity()?;
    if matches!(said, Said::YesWith(_)) && caller.credentials.is_none() {
        return Err(ApiError::bad_request(
            "`data` can only be given by somebody who is logged in",
        ));
    }
    let request = AnswerRequest {
        insight,
        said,
        update,
        caller,
        correlation_id: asked.correlation_id.as_str().to_owned(),
    };
    let reply = api.service.answer(request).await?;
    Ok(Json(AnswerBody {
        status_code: reply.code,
        status: reply.status,
        description: reply.description,
    }))
}

/// Which insight, what the person says about it, and whether to edit the product;
/// checked in the order of the specification.
fn said(params: &Params) -> Result<(InsightId, Said, bool), ApiError> {
    let insight = InsightId(params.required_uuid("insight_id")?);
    let annotation = params
        .int_within("annotation", -1, 2)?
        .ok_or_else(|| ApiError::missing("annotation"))?;
    let update = params.flag("update")?.unwrap_or(true);
    let data = params.json("data")?;
    let said = match (annotation, data) {
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
        (2, Some(data)) => Said::YesWith(data),
        (_, Some(_)) => {
            return Err(ApiError::bad_request(
                "`annotation` must be 2 when `data` is given",
            ));
        }
        (1, None) => Said::Yes,
        (0, None) => Said::No,
        (_, None) => Said::Skip,
    };
    Ok((insight, said, update))
}
