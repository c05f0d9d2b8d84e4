//! `GET` and `POST /api/v1/predict/ingredients/spellcheck`: corrected ingredient lists, in the
//! form of 2020 (`docs/reference/ocr.md` 8.3.3).

use axum::extract::State;
use robotoff_app::search::{ListToCorrect, SearchUses, SpellingEngine};
use robotoff_core::product::{Barcode, Lookup, ProductId};
use robotoff_core::search::spelling::Corrected;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// The language when none is given: of 2020, when only French was corrected.
const DEFAULT_LANG: &str = "fr";

/// Parameters, in the query, as a form or as a JSON object: `text` or `barcode`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct SpellcheckQuery {
    /// The ingredient list.
    text: Option<String>,
    /// Product whose list is corrected.
    barcode: Option<String>,
    #[param(default = "fr", min_length = 1)]
    lang: Option<String>,
    #[param(default = "off")]
    server_type: Option<String>,
    /// Accepted and not used.
    index: Option<String>,
    /// Accepted and not used.
    confidence: Option<f64>,
}

/// A corrected list, or `status`: `not_found` for a product that has none.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SpellcheckResponse {
    Corrected(CorrectedList),
    NotFound { status: &'static str },
}

/// A corrected list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CorrectedList {
    corrections: Vec<ListCorrection>,
    text: String,
    /// The text itself where nothing is corrected.
    corrected: String,
}

/// A correction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListCorrection {
    term_corrections: Vec<TermCorrection>,
    /// Natural logarithm of how much likelier the corrected words are among those around.
    score: f32,
}

/// Words that are corrected; the offsets count characters of `text`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TermCorrection {
    original: String,
    correction: String,
    start_offset: usize,
    end_offset: usize,
    is_valid: bool,
}

/// Corrects an ingredient list.
#[utoipa::path(
    get,
    path = "/api/v1/predict/ingredients/spellcheck",
    tag = "predict",
    params(SpellcheckQuery),
    responses(
        (status = OK, body = SpellcheckResponse),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "search is off or cannot answer now", body = ApiError),
    ),
)]
pub(crate) async fn spellcheck(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<SpellcheckResponse>, ApiError> {
    correct(&api, request).await
}

/// Corrects an ingredient list that is sent in the body.
#[utoipa::path(
    post,
    path = "/api/v1/predict/ingredients/spellcheck",
    tag = "predict",
    params(SpellcheckQuery),
    responses(
        (status = OK, body = SpellcheckResponse),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "search is off or cannot answer now", body = ApiError),
    ),
)]
pub(crate) async fn spellcheck_of_body(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<SpellcheckResponse>, ApiError> {
    correct(&api, request).await
}

async fn correct(api: &Api, request: RequestContext) -> Result<Json<SpellcheckResponse>, ApiError> {
    let request = request.with_json_members()?;
    let params = &request.params;
    let lang = params.filled("lang");
    let lang = lang.unwrap_or_else(|| DEFAULT_LANG.to_owned());
    let text = params.text("text").filter(|text| !text.trim().is_empty());
    let barcode = params.filled("barcode");
    if text.is_none() && barcode.is_none() {
        return Err(ApiError::bad_request("`text` or `barcode` is required"));
    }
    let search = api.app.search.as_deref();
    let search = search.ok_or_else(|| ApiError::missing_part("ingredient spellcheck"))?;
    let text = match (text, barcode) {
        (Some(text), _) => Some(text.into_owned()),
        (None, Some(code)) => text_of_product(api, &request, &code, &lang).await?,
        (None, None) => None,
    };
    let Some(text) = text else {
        return Ok(Json(SpellcheckResponse::NotFound {
            status: "not_found",
        }));
    };
    let list = ListToCorrect {
        lang: lang.clone(),
        text: text.clone(),
    };
    let corrected = search
        .spellchecker
        .correct(vec![list], SpellingEngine::Words)
        .await?;
    match corrected.into_iter().flatten().next() {
        Some(corrected) => Ok(Json(SpellcheckResponse::Corrected(response(
            text, corrected,
        )))),
        None => Err(unknown_language(search).await),
    }
}

/// The list of a product in a language; `None` when there is none.
async fn text_of_product(
    api: &Api,
    request: &RequestContext,
    code: &str,
    lang: &str,
) -> Result<Option<String>, ApiError> {
    let barcode =
        Barcode::normalized(code).map_err(|_| ApiError::invalid("barcode", "may not be empty"))?;
    let id = ProductId {
        barcode,
        server_type: request.server_type()?,
    };
    let lookup = api.app.ports.products.product(&id).await?;
    Ok(match lookup {
        Lookup::Found(product) => {
            let text = product.ingredients_text.get(lang);
            text.filter(|text| !text.trim().is_empty()).cloned()
        }
        Lookup::Absent | Lookup::Moved(_) | Lookup::Unchecked => None,
    })
}

async fn unknown_language(search: &SearchUses) -> ApiError {
    let known = search.spellchecker.languages().await.unwrap_or_default();
    ApiError::invalid(
        "lang",
        &format!("has no corpus; there are {}", known.join(", ")),
    )
}

fn response(text: String, corrected: Corrected) -> CorrectedList {
    let offset = |at: usize| text[..at].chars().count();
    let corrections = corrected.edits.into_iter().map(|edit| ListCorrection {
        score: edit.score,
        term_corrections: vec![TermCorrection {
            start_offset: offset(edit.start),
            end_offset: offset(edit.end),
            original: edit.original,
            correction: edit.correction,
            is_valid: true,
        }],
    });
    CorrectedList {
        corrections: corrections.collect(),
        corrected: corrected.text,
        text,
    }
}
