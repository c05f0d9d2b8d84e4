//! `GET /api/v1/annotation/collection`: logos with the runs that found them
//! (`docs/reference/api.md` 2.33).

use axum::extract::State;
use robotoff_ports::store::LogoFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::images::body::LogoBody;
use super::insights::first;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;
use crate::routes::lists::{PageQuery, ProjectQuery, status};

/// Page of logos with their runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnnotationList {
    /// Number of matches on all pages.
    count: u64,
    annotation: Vec<LogoBody>,
    /// `found` or `no_annotation`.
    status: &'static str,
}

/// Parameters of `/annotation/collection`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct CollectionQuery {
    barcode: Option<String>,
    /// Types of annotations, at most 10; separated by commas.
    types: Option<String>,
    value_tag: Option<String>,
}

/// Lists logos, annotated or not, latest run of the detector first.
#[utoipa::path(
    get,
    path = "/api/v1/annotation/collection",
    operation_id = "annotation_collection",
    tag = "logos",
    params(PageQuery, CollectionQuery, ProjectQuery),
    responses(
        (status = OK, body = AnnotationList),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn collection(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<AnnotationList>, ApiError> {
    let range = request.row_range()?;
    let filter = LogoFilter {
        server_type: request.server_type()?,
        barcodes: request.barcodes(),
        kinds: request.params.list("types").map(first),
        value_tag: request.params.filled("value_tag"),
        without_deleted_images: true,
        ..LogoFilter::default()
    };
    let list = api.app.images.collection(&filter, range).await?;
    let rows = list.rows.into_iter();
    let annotation: Vec<_> = rows
        .map(|(logo, run)| LogoBody::in_run(logo, run))
        .collect();
    Ok(Json(AnnotationList {
        count: list.count,
        status: status(&annotation, "no_annotation"),
        annotation,
    }))
}
