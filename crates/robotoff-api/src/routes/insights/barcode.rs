//! `GET /api/v1/insights/{barcode}`: the open insights of a product
//! (`docs/reference/api.md` 2.6).

use axum::extract::State;
use robotoff_core::product::Barcode;
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};
use serde::Serialize;
use utoipa::ToSchema;

use super::ALL_ROWS;
use super::body::InsightBody;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{RequestContext, Segment};

/// The open insights of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductInsights {
    /// Absent when there is none: clients rely on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    insights: Vec<InsightBody>,
    /// `found` or `no_insights`.
    status: &'static str,
}

/// Lists the open insights of a product, automatic ones included.
#[utoipa::path(
    get,
    path = "/api/v1/insights/{barcode}",
    tag = "insights",
    params(
        ("barcode" = String, Path, description = "the code of the product, zeros in front or not"),
        ("server_type" = Option<String>, Query, description = "one of off, obf, opff, opf, off_pro"),
    ),
    responses(
        (status = OK, body = ProductInsights),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn of_product(
    State(api): State<Api>,
    Segment(barcode): Segment,
    asked: RequestContext,
) -> Result<Json<ProductInsights>, ApiError> {
    let filter = InsightFilter {
        server_type: asked.server_type()?,
        barcodes: Some(Barcode::forms_of(&barcode).unwrap_or_default()),
        answered: Some(false),
        ..InsightFilter::default()
    };
    let page = InsightPage::first(ALL_ROWS);
    let insights = api.store.insights(&filter, InsightOrder::Stored, &page);
    let insights: Vec<_> = insights.await?.into_iter().map(InsightBody::from).collect();
    Ok(Json(ProductInsights {
        status: if insights.is_empty() {
            "no_insights"
        } else {
            "found"
        },
        insights,
    }))
}
