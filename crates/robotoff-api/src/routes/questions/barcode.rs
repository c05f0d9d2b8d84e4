//! `GET /api/v1/questions/{barcode}`: questions about one product
//! (`docs/reference/api.md` 2.1).

use axum::extract::State;
use robotoff_core::product::Barcode;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::body::QuestionBody;
use super::{lang, status};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{RequestContext, Segment};
use crate::routes::insights::kinds;
use crate::service::ProductQuestionsWanted;

/// The questions about a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductQuestions {
    questions: Vec<QuestionBody>,
    /// `found` or `no_questions`.
    status: &'static str,
}

/// What can be asked about a product.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct ProductQuestionsQuery {
    #[param(default = 25, minimum = 1)]
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
    /// Names the device of somebody who is not logged in.
    device_id: Option<String>,
}

/// Asks questions about a product.
#[utoipa::path(
    get,
    path = "/api/v1/questions/{barcode}",
    tag = "questions",
    params(
        ("barcode" = String, Path, description = "the code of the product, zeros in front or not"),
        ProductQuestionsQuery,
    ),
    responses(
        (status = OK, body = ProductQuestions),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
    ),
)]
pub(crate) async fn questions_about(
    State(api): State<Api>,
    Segment(barcode): Segment,
    asked: RequestContext,
) -> Result<Json<ProductQuestions>, ApiError> {
    let kinds = asked
        .params
        .list("insight_types")
        .map(|names| kinds(&names));
    let wanted = ProductQuestionsWanted {
        server_type: asked.server_type()?,
        barcodes: Barcode::forms_of(&barcode).unwrap_or_default(),
        kinds,
        count: asked.count()?,
        lang: lang(&asked),
        unseen_by: asked.identity()?.voter(),
    };
    let questions = api.service.questions_about(&wanted).await?;
    let questions: Vec<_> = questions
        .into_iter()
        .map(|question| QuestionBody::new(question, &api.pictures))
        .collect();
    Ok(Json(ProductQuestions {
        status: status(questions.is_empty()),
        questions,
    }))
}
