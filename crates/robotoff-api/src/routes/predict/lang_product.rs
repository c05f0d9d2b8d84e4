//! `GET /api/v1/predict/lang/product`: languages on the images of a product
//! (`docs/reference/api.md` 2.18).

use axum::extract::State;
use robotoff_core::product::Barcode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Languages of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductLanguages {
    counts: Vec<LanguageCount>,
    percent: Vec<LanguagePercent>,
    /// Numbers of the images that were counted.
    image_ids: Vec<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LanguageCount {
    /// Number of words.
    count: u64,
    /// Code of the language; `null`, as a text, for words without one.
    lang: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LanguagePercent {
    percent: f64,
    lang: String,
}

/// Sums the words in each language over all images of a product.
#[utoipa::path(
    get,
    path = "/api/v1/predict/lang/product",
    tag = "predict",
    params(
        ("barcode" = String, Query, description = "barcode of the product, with or without leading zeros"),
        ("server_type" = Option<String>, Query, description = "one of off, obf, opff, opf, off_pro"),
    ),
    responses(
        (status = OK, body = ProductLanguages),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
    ),
)]
pub(crate) async fn lang_product(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<ProductLanguages>, ApiError> {
    let barcode = request.params.required_text("barcode")?;
    let barcodes = Barcode::forms_of(&barcode).unwrap_or_default();
    let server_type = request.server_type()?;
    let languages = api
        .app
        .predictions
        .languages_of(server_type, barcodes)
        .await?;
    let percent = |(lang, count): &(String, u64)| LanguagePercent {
        percent: languages.share_in_percent(*count),
        lang: lang.clone(),
    };
    Ok(Json(ProductLanguages {
        percent: languages.counts.iter().map(percent).collect(),
        image_ids: languages.images.iter().copied().collect(),
        counts: languages
            .counts
            .into_iter()
            .map(|(lang, count)| LanguageCount { count, lang })
            .collect(),
    }))
}
