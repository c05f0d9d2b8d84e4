//! `GET /api/v1/explain/{barcode}`: the disposition of each prediction about a product.

use axum::extract::State;
use robotoff_core::product::ProductId;

use super::body::ExplanationList;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};

/// Explains what became of each stored prediction about a product, and what a refresh
/// would do with its insights. Writes nothing.
#[utoipa::path(
    get,
    path = "/api/v1/explain/{barcode}",
    tag = "explanations",
    params(
        ("barcode" = String, Path, description = "barcode of the product, with or without leading zeros"),
        ("server_type" = Option<String>, Query, description = "one of off, obf, opff, opf, off_pro"),
    ),
    responses(
        (status = OK, body = ExplanationList),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = NOT_FOUND, description = "no prediction or insight is stored, and there is no such product", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "the product cannot be read for now", body = ApiError),
    ),
)]
pub(crate) async fn explain(
    State(api): State<Api>,
    PathSegment(barcode): PathSegment,
    request: RequestContext,
) -> Result<Json<ExplanationList>, ApiError> {
    let forms = ProductId::forms_of(&barcode, request.server_type()?)
        .map_err(|_| ApiError::invalid("barcode", "is blank"))?;
    let explained = api.app.explainer.explain(&forms).await?;
    if explained.is_empty() {
        return Err(ApiError::not_found());
    }
    Ok(Json(ExplanationList::from(explained)))
}
