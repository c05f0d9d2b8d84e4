//! `GET /api/v1/predict/ingredient_list`: lists of ingredients in an OCR document
//! (`docs/reference/api.md` 2.16).

use robotoff_core::product::ServerType;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Ways in which the words of a list are joined.
const STRATEGIES: [&str; 5] = ["NONE", "SIMPLE", "FIRST", "AVERAGE", "MAX"];

/// Parameters of `/predict/ingredient_list`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct IngredientListQuery {
    ocr_url: String,
    /// Only off.
    #[param(default = "off")]
    server_type: Option<String>,
    /// One of NONE, SIMPLE, FIRST, AVERAGE, MAX.
    #[param(default = "FIRST")]
    aggregation_strategy: Option<String>,
    #[param(default = "1")]
    model_version: Option<String>,
}

/// Lists of ingredients in a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngredientLists {
    entities: Vec<Map<String, Value>>,
    text: String,
}

/// Finds lists of ingredients.
#[utoipa::path(
    get,
    path = "/api/v1/predict/ingredient_list",
    tag = "predict",
    params(IngredientListQuery),
    responses(
        (status = OK, body = IngredientLists),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "the model is not there", body = ApiError),
    ),
)]
pub(crate) async fn ingredient_list(
    request: RequestContext,
) -> Result<Json<IngredientLists>, ApiError> {
    let params = &request.params;
    params.required_text("ocr_url")?;
    if request.server_type()? != ServerType::Off {
        return Err(ApiError::bad_request_titled(
            "lists of ingredients are only found for `server_type` off",
        ));
    }
    match params.filled("aggregation_strategy").as_deref() {
        Some(name) if !STRATEGIES.contains(&name) => Err(ApiError::invalid(
            "aggregation_strategy",
            "must be NONE, SIMPLE, FIRST, AVERAGE or MAX",
        )),
        Some(_) | None => Err(ApiError::missing_part("model for lists of ingredients")),
    }
}
