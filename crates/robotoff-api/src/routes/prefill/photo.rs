//! `POST /api/v1/prefill`: what a photo shows of a product. Nothing is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, header};
use robotoff_app::imports::{PhotoReading, ReadPhoto};
use robotoff_app::questions::Question;
use robotoff_core::detection::ImageBarcode;
use robotoff_core::geometry::PixelBox;
use robotoff_core::insight::Insight;
use robotoff_core::ocr::{OcrResult, OrientationCount};
use robotoff_core::prefill::candidates;
use robotoff_core::product::Barcode;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::CandidateBody;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{RequestContext, bytes_of};

/// Largest photo. Those of phones have 3 to 12 MB.
const MAX_PHOTO_BYTES: usize = 16 << 20;

/// Parameters of the request.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct PhotoQuery {
    /// Code of the product, if it is known.
    barcode: Option<String>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// Language of the questions.
    #[param(default = "en")]
    lang: Option<String>,
}

/// Findings on a photo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrefillOfPhoto {
    /// Candidates for the fields of the product, best first, by the name of the field.
    fields: BTreeMap<&'static str, Vec<CandidateBody>>,
    photo: PhotoBody,
    /// Barcodes in the photo, the largest first.
    barcodes: Vec<BarcodeBody>,
    /// Questions that the photo would raise on a product without any data.
    questions: Vec<PhotoQuestion>,
}

/// The text of the photo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoBody {
    /// Size in pixels, after its Exif orientation.
    width: u32,
    height: u32,
    /// Degrees clockwise that turn it upright.
    rotation: u16,
    text: String,
    words: Vec<WordBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WordBody {
    text: String,
    /// Borders in pixels: y_min, x_min, y_max, x_max.
    bounding_box: [i32; 4],
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BarcodeBody {
    /// EAN-13, EAN-8, UPC-A or UPC-E.
    symbology: String,
    code: String,
    /// Share of the photo that its bars cover.
    area: f32,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoQuestion {
    /// Kind of the insight.
    insight_type: &'static str,
    question: &'static str,
    value: Option<String>,
    value_tag: Option<String>,
    /// True: it would be applied without a person.
    automatic_processing: bool,
}

/// Reads a photo: its text, the fields that it fills, the questions that it would raise.
/// Nothing is stored.
#[utoipa::path(
    post,
    path = "/api/v1/prefill",
    operation_id = "prefill_from_photo",
    tag = "predictions",
    params(PhotoQuery),
    request_body(content = String, content_type = "image/jpeg", description = "the photo: JPEG, PNG or WebP, at most 16 MiB"),
    responses(
        (status = OK, body = PrefillOfPhoto),
        (status = BAD_REQUEST, description = "a parameter is wrong, or the body is no image", body = ApiError),
        (status = PAYLOAD_TOO_LARGE, description = "the photo is too large", body = ApiError),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "the type of the body is not that of an image", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "no photos are read here, or too many for now", body = ApiError),
    ),
)]
pub(crate) async fn prefill_from_photo(
    State(api): State<Api>,
    request: Request,
) -> Result<Json<PrefillOfPhoto>, ApiError> {
    let (mut parts, body) = request.into_parts();
    let media_type = parts.headers.remove(header::CONTENT_TYPE);
    check_type(media_type.as_ref())?;
    let query = Request::from_parts(parts, Body::empty());
    let request = RequestContext::from_request(query, &api).await?;
    let server_type = request.server_type()?;
    let lang = request
        .params
        .text("lang")
        .unwrap_or("en".into())
        .into_owned();
    let barcode = match request.params.text("barcode") {
        Some(code) => {
            Some(Barcode::normalized(&code).map_err(|_| ApiError::invalid("barcode", "is blank"))?)
        }
        None => None,
    };
    let file = bytes_of(body, MAX_PHOTO_BYTES).await?;
    let reading = api
        .app
        .imports
        .read_photo(Arc::from(&file[..]), server_type, barcode);
    match reading.await? {
        ReadPhoto::NoReader => Err(ApiError::missing_part("reading of photos")),
        ReadPhoto::Unreadable(why) => Err(ApiError::bad_request_titled(&format!(
            "cannot use the photo: {why}"
        ))),
        ReadPhoto::Read(reading) => Ok(Json(body_of(&api, *reading, &lang).await?)),
    }
}

/// Images, and clients that do not know the type of their file.
fn check_type(media_type: Option<&HeaderValue>) -> Result<(), ApiError> {
    let media_type = media_type.map_or("", |it| it.to_str().unwrap_or("unknown"));
    match media_type.starts_with("image/") || media_type == "application/octet-stream" {
        true => Ok(()),
        false => Err(ApiError::unsupported_media_type(media_type)),
    }
}

async fn body_of(api: &Api, reading: PhotoReading, lang: &str) -> Result<PrefillOfPhoto, ApiError> {
    let PhotoReading {
        ocr,
        barcodes,
        predictions,
        insights,
    } = reading;
    // The photo has no address.
    let fields = candidates(&predictions)
        .into_iter()
        .map(|(field, candidates)| {
            let candidates = candidates.into_iter().map(|mut candidate| {
                for source in &mut candidate.sources {
                    source.image = None;
                }
                CandidateBody::new(candidate, &|path: &str| path.to_owned())
            });
            (field, candidates.collect())
        });
    let automatic: Vec<_> = insights
        .iter()
        .filter(|insight| insight.automatic_processing)
        .map(|insight: &Insight| insight.id)
        .collect();
    let questions = api.app.questions.of_unstored(insights, lang).await?;
    let questions = questions
        .into_iter()
        .map(|question: Question| PhotoQuestion {
            insight_type: question.kind.name(),
            question: question.sentence,
            automatic_processing: automatic.contains(&question.insight),
            value: question.value,
            value_tag: question.value_tag,
        });
    Ok(PrefillOfPhoto {
        fields: fields.collect(),
        photo: photo_of(&ocr),
        barcodes: barcodes.into_iter().map(barcode_of).collect(),
        questions: questions.collect(),
    })
}

fn photo_of(ocr: &OcrResult) -> PhotoBody {
    let size = ocr.image_size();
    let full = ocr.full_text.as_ref();
    let words = full.into_iter().flat_map(|full| {
        full.words.iter().filter_map(|word| {
            let PixelBox {
                y_min,
                x_min,
                y_max,
                x_max,
            } = word.area?;
            Some(WordBody {
                text: full.text.get(word.range.clone())?.trim().to_owned(),
                bounding_box: [y_min, x_min, y_max, x_max],
            })
        })
    });
    let orientations = full.into_iter().flat_map(|full| &full.words);
    let count = OrientationCount::of_words(orientations.map(|word| word.orientation));
    PhotoBody {
        width: size.map_or(0, |size| size.width),
        height: size.map_or(0, |size| size.height),
        rotation: count.majority.rotation(),
        text: full.map_or_else(String::new, |full| full.text_in_lines()),
        words: words.collect(),
    }
}

fn barcode_of(barcode: ImageBarcode) -> BarcodeBody {
    BarcodeBody {
        symbology: barcode.symbology,
        code: barcode.code,
        area: barcode.area,
    }
}
