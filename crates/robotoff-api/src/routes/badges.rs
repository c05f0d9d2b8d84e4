//! `POST /api/v1/badges`: numbers of questions for many products or filters in one call.

use std::collections::BTreeMap;

use axum::extract::State;
use robotoff_core::product::{Barcode, ServerType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::insights::COUNT_CAP;
use super::questions::filter_of_text;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Products and filters of one request.
const MAX_BADGES: usize = 500;

/// Products and filters whose questions are counted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BadgesRequest {
    /// Codes of products; together with `filters` at most 500.
    #[serde(default)]
    barcodes: Vec<String>,
    /// Conditions, each as the query of `/questions`.
    #[serde(default)]
    #[schema(example = json!(["insight_types=label&countries=fr"]))]
    filters: Vec<String>,
    /// Project of the barcodes: one of off, obf, opff, opf, off_pro.
    #[schema(default = "off")]
    server_type: Option<String>,
}

/// Numbers of questions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Badges {
    /// By code, as it was sent; exact.
    barcodes: BTreeMap<String, u64>,
    /// In the order of the request; at most 100 each.
    filters: Vec<u64>,
}

/// Counts the questions of products and filters.
#[utoipa::path(
    post,
    path = "/api/v1/badges",
    tag = "questions",
    request_body = BadgesRequest,
    responses(
        (status = OK, body = Badges),
        (status = BAD_REQUEST, description = "the body or a filter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn badges(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<Badges>, ApiError> {
    let body: BadgesRequest = request.json()?;
    if body.barcodes.len() + body.filters.len() > MAX_BADGES {
        let why = format!("at most {MAX_BADGES} products and filters may be counted at once");
        return Err(ApiError::bad_request(why));
    }
    let server_type = match body.server_type.as_deref() {
        None => ServerType::default(),
        Some(name) => name
            .parse()
            .map_err(|_| ApiError::invalid_body("unknown `server_type`"))?,
    };
    let filters = body
        .filters
        .iter()
        .map(|text| filter_of_text(&request, text));
    let filters = filters.collect::<Result<Vec<_>, ApiError>>()?;
    let forms: Vec<(String, Vec<Barcode>)> = body
        .barcodes
        .into_iter()
        .map(|code| {
            let forms = Barcode::forms_of(&code).unwrap_or_default();
            (code, forms)
        })
        .collect();
    let all = forms.iter().flat_map(|(_, forms)| forms.clone()).collect();
    let counts = api
        .app
        .questions
        .counts_of_products(server_type, all)
        .await?;
    let count = |forms: &[Barcode]| forms.iter().filter_map(|form| counts.get(form)).sum();
    let barcodes = forms.into_iter().map(|(code, forms)| {
        let number = count(&forms);
        (code, number)
    });
    Ok(Json(Badges {
        barcodes: barcodes.collect(),
        filters: api.app.questions.counts(filters, COUNT_CAP).await?,
    }))
}
