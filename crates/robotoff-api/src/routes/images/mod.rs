//! `GET /api/v1/images`: known images (`docs/reference/api.md` 2.20), and what is below it.

pub(crate) mod body;
pub(crate) mod crop;
pub(crate) mod logos;
pub(crate) mod predict;

use axum::extract::State;
use robotoff_ports::store::ImageFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;
use crate::routes::lists::{PageQuery, ProjectQuery, status};
use body::ImageBody;

/// Page of images.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImageList {
    /// Number of matches on all pages.
    count: u64,
    images: Vec<ImageBody>,
    /// `found` or `no_images`.
    status: &'static str,
}

/// Parameters of `/images`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct ImagesQuery {
    /// False: only images on which no vision model was run; true: all images.
    #[param(default = false)]
    with_predictions: Option<bool>,
    barcode: Option<String>,
}

/// Lists known images, deleted ones included, by id.
#[utoipa::path(
    get,
    path = "/api/v1/images",
    tag = "images",
    params(PageQuery, ImagesQuery, ProjectQuery),
    responses(
        (status = OK, body = ImageList),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn images(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<ImageList>, ApiError> {
    let range = request.row_range()?;
    let with_predictions = request.params.flag("with_predictions")?.unwrap_or(false);
    let filter = ImageFilter {
        server_type: request.server_type()?,
        barcodes: request.barcodes(),
        without_prediction: !with_predictions,
    };
    let list = api.app.images.list(&filter, range).await?;
    let images: Vec<_> = list.rows.into_iter().map(ImageBody::from).collect();
    Ok(Json(ImageList {
        count: list.count,
        status: status(&images, "no_images"),
        images,
    }))
}
