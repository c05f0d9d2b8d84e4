//! `GET /api/v1/images/crop`: a part of an image (`docs/reference/api.md` 2.21).
//!
//! Corrected (9.4, 70): the area is cut at the borders of the image, an inverted one is an
//! error, and so is a file that is no image.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use robotoff_app::crops::Crop;
use robotoff_core::geometry::{CropArea, RelativeBox};
use utoipa::IntoParams;

use crate::Api;
use crate::error::ApiError;
use crate::params::Params;
use crate::request_context::RequestContext;
use crate::validated::ValidatedBytes;

/// Files of images keep their content: a new one has a new name.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Parameters of `/images/crop`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct CropQuery {
    /// Address of a JPEG, PNG or WebP file, on the servers of images or an allowed host.
    #[param(example = "https://images.openfoodfacts.org/images/products/300/123/456/7890/1.jpg")]
    image_url: String,
    /// Borders of the part, in fractions of the upright image, from the top left corner.
    /// Parts outside of the image are left out.
    #[param(example = 0.1)]
    y_min: f64,
    #[param(example = 0.1)]
    x_min: f64,
    #[param(example = 0.5)]
    y_max: f64,
    #[param(example = 0.5)]
    x_max: f64,
}

/// Cuts a part out of an image.
#[utoipa::path(
    get,
    path = "/api/v1/images/crop",
    operation_id = "crop_image",
    tag = "images",
    params(CropQuery),
    responses(
        (status = OK, description = "the part", body = String, content_type = "image/jpeg"),
        (status = NOT_MODIFIED, description = "`If-None-Match` names the `ETag` of this response"),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong, the host is not allowed, or the file is not there or no image", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "the image cannot be fetched or cut for now", body = ApiError),
    ),
)]
pub(crate) async fn crop(
    State(api): State<Api>,
    headers: HeaderMap,
    request: RequestContext,
) -> Result<ValidatedBytes, ApiError> {
    let params = &request.params;
    let url = params.required_text("image_url")?;
    let area = RelativeBox {
        y_min: required_float(params, "y_min")?,
        x_min: required_float(params, "x_min")?,
        y_max: required_float(params, "y_max")?,
        x_max: required_float(params, "x_max")?,
    };
    let area = CropArea::of(area).map_err(|error| ApiError::bad_request(error.to_string()))?;
    let refused = ApiError::bad_request_titled;
    match api.app.crops.crop(&url, area).await? {
        Crop::Jpeg(jpeg) => Ok(ValidatedBytes {
            body: axum::body::Bytes::from_owner(jpeg),
            media_type: HeaderValue::from_static("image/jpeg"),
            cache_control: CACHE_CONTROL,
            request: headers,
        }),
        Crop::NoCropper => Err(ApiError::missing_part("cutting of images")),
        Crop::NotAllowed => Err(refused("the host of `image_url` is not allowed")),
        Crop::Missing => Err(refused("there is no file at `image_url`")),
        Crop::Unreadable(why) => Err(refused(&format!(
            "cannot use the file of `image_url`: {why}"
        ))),
    }
}

fn required_float(params: &Params, name: &str) -> Result<f64, ApiError> {
    params.float(name)?.ok_or_else(|| ApiError::missing(name))
}
