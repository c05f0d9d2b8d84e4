//! `GET /api/v1/questions/{barcode}`: questions about one product
//! (`docs/reference/api.md` 2.1).

use axum::extract::State;
use robotoff_core::product::Barcode;
use robotoff_ports::store::InsightFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::body::QuestionBody;
use super::{filter, lang, mission_name, status, with_mission};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};
use crate::routes::insights::kinds;

/// Questions about a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductQuestions {
    questions: Vec<QuestionBody>,
    /// `found` or `no_questions`.
    status: &'static str,
}

/// Parameters of `/questions/{barcode}`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct ProductQuestionsQuery {
    #[param(default = 25, minimum = 1, maximum = 500)]
    count: Option<u64>,
    /// The language of questions and values.
    #[param(default = "en")]
    lang: Option<String>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// Only these types; separated by commas. By default category, label,
    /// product_weight, brand, packaging.
    insight_types: Option<String>,
    /// Device of an anonymous user.
    device_id: Option<String>,
    /// Name of a mission, whose types and project replace those of the request.
    mission: Option<String>,
}

/// Lists the questions about a product.
#[utoipa::path(
    get,
    path = "/api/v1/questions/{barcode}",
    tag = "questions",
    params(
        ("barcode" = String, Path, description = "barcode of the product, with or without leading zeros"),
        ProductQuestionsQuery,
    ),
    responses(
        (status = OK, body = ProductQuestions),
        (status = NOT_FOUND, description = "there is no such mission", body = ApiError),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
    ),
)]
pub(crate) async fn questions_about(
    State(api): State<Api>,
    PathSegment(barcode): PathSegment,
    request: RequestContext,
) -> Result<Json<ProductQuestions>, ApiError> {
    let has_mission = mission_name(&request).is_some();
    let request = with_mission(&api, request).await?;
    let barcodes = Some(Barcode::forms_of(&barcode).unwrap_or_default());
    let filter = match has_mission {
        // Reserved barcodes too, as without a mission.
        true => InsightFilter {
            barcodes,
            reserved_barcode: None,
            ..filter(&request)?
        },
        false => InsightFilter {
            server_type: request.server_type()?,
            barcodes,
            kinds: request
                .params
                .list("insight_types")
                .map(|names| kinds(&names)),
            unseen_by: Some(request.caller()?.viewer()),
            ..InsightFilter::default()
        },
    };
    let count = request.count()?;
    let lang = lang(&request);
    let questions = api.app.questions.about(filter, count, &lang).await?;
    let questions: Vec<_> = questions
        .into_iter()
        .map(|question| QuestionBody::new(question, &api.image_urls))
        .collect();
    Ok(Json(ProductQuestions {
        status: status(questions.is_empty()),
        questions,
    }))
}
