//! `GET` and `POST /api/v1/predict/lang`: the language of a text (`docs/reference/api.md`
//! 2.17).

use axum::extract::State;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::params::Params;
use crate::request_context::RequestContext;

/// Parameters of `/predict/lang`, in the query, as a form or as a JSON object.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct LangQuery {
    #[param(min_length = 1)]
    text: String,
    /// Number of languages.
    #[param(default = 10, minimum = 1)]
    k: Option<u32>,
    /// Lowest confidence.
    #[param(default = 0.01, minimum = 0, maximum = 1)]
    threshold: Option<f64>,
}

/// Languages, most likely first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LangPredictions {
    predictions: Vec<LangPrediction>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LangPrediction {
    /// Code of the language.
    lang: String,
    confidence: f32,
}

/// Checked parameters.
#[derive(Debug, PartialEq)]
struct LangRequest {
    text: String,
    k: usize,
    threshold: f32,
}

/// Predicts the language of a text.
#[utoipa::path(
    get,
    path = "/api/v1/predict/lang",
    tag = "predict",
    params(LangQuery),
    responses(
        (status = OK, body = LangPredictions),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "there is no language identification", body = ApiError),
    ),
)]
pub(crate) async fn lang(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<LangPredictions>, ApiError> {
    predict(&api, request).await
}

/// Predicts the language of a text that is sent in the body.
#[utoipa::path(
    post,
    path = "/api/v1/predict/lang",
    tag = "predict",
    params(LangQuery),
    responses(
        (status = OK, body = LangPredictions),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "there is no language identification", body = ApiError),
    ),
)]
pub(crate) async fn lang_of_body(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<LangPredictions>, ApiError> {
    predict(&api, request).await
}

async fn predict(api: &Api, request: RequestContext) -> Result<Json<LangPredictions>, ApiError> {
    let request = request.with_json_members()?;
    let LangRequest { text, k, threshold } = checked(&request.params)?;
    let identifier = api.app.ports.parts.languages.as_ref();
    let identifier = identifier.ok_or_else(|| ApiError::missing_part("language identification"))?;
    let found = identifier.languages_of(&text, k, threshold).await?;
    let predictions = found.into_iter().map(|found| LangPrediction {
        lang: found.lang,
        confidence: found.confidence,
    });
    Ok(Json(LangPredictions {
        predictions: predictions.collect(),
    }))
}

/// Parameters within their bounds. All errors are of form A here.
fn checked(params: &Params) -> Result<LangRequest, ApiError> {
    let text = params.text("text").filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| ApiError::bad_request("`text` is required, and not blank"))?;
    let number = |name: &str, default: f64| match params.scalar(name) {
        None => Ok(default),
        Some(text) => text
            .trim()
            .parse()
            .map_err(|_| ApiError::bad_request(format!("`{name}` must be a number"))),
    };
    let k = number("k", 10.0)?;
    if k < 1.0 || k.fract() != 0.0 {
        return Err(ApiError::bad_request(
            "`k` must be an integer of at least 1",
        ));
    }
    let threshold = number("threshold", 0.01)?;
    if !(0.0..=1.0).contains(&threshold) {
        return Err(ApiError::bad_request("`threshold` must be from 0 to 1"));
    }
    Ok(LangRequest {
        text: text.into_owned(),
        k: k as usize,
        threshold: threshold as f32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_bounds() {
        let check = |query: &str| {
            let mut params = Params::default();
            params.add_urlencoded(query);
            checked(&params).map(|request| (request.text, request.k))
        };
        assert_eq!(check("text=a,b"), Ok(("a,b".to_owned(), 10)));
        assert_eq!(check("text=a&k=3.0"), Ok(("a".to_owned(), 3)));
        for query in [
            "",
            "text=",
            "text=a&k=0",
            "text=a&k=3.5",
            "text=a&k=x",
            "text=a&k=NaN",
            "text=a&threshold=1.1",
            "text=a&threshold=NaN",
        ] {
            assert_eq!(
                check(query).unwrap_err().title,
                "400 Bad Request",
                "{query}"
            );
        }
    }
}
