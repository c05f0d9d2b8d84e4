//! `GET /api/v1/insights/{barcode}`: the open insights of a product
//! (`docs/reference/api.md` 2.6).

use axum::extract::State;
use robotoff_app::insights::InsightQuery;
use robotoff_core::product::Barcode;
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::InsightBody;
use super::{ALL_ROWS, status};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};

/// Open insights of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductInsights {
    /// Absent when it is empty: clients rely on it.
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
        ("barcode" = String, Path, description = "barcode of the product, with or without leading zeros"),
        ("server_type" = Option<String>, Query, description = "one of off, obf, opff, opf, off_pro"),
    ),
    responses(
        (status = OK, body = ProductInsights),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn of_product(
    State(api): State<Api>,
    PathSegment(barcode): PathSegment,
    request: RequestContext,
) -> Result<Json<ProductInsights>, ApiError> {
    let filter = InsightFilter {
        server_type: request.server_type()?,
        barcodes: Some(Barcode::forms_of(&barcode).unwrap_or_default()),
        answered: Some(false),
        ..InsightFilter::default()
    };
    let query = InsightQuery {
        filter,
        order: InsightOrder::Stored,
        page: InsightPage::first(ALL_ROWS),
    };
    let insights = api.app.insights.list(&query).await?;
    let insights: Vec<_> = insights.into_iter().map(InsightBody::from).collect();
    Ok(Json(ProductInsights {
        status: status(insights.is_empty()),
        insights,
    }))
}
