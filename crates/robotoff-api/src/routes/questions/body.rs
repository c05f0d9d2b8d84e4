//! A question as clients see it (`docs/reference/api.md` 4.2).

use robotoff_core::product::{Barcode, ServerType};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::pictures::PictureUrls;
use crate::service::Question;

/// A question about a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionBody {
    #[schema(value_type = String)]
    barcode: Barcode,
    #[schema(value_type = String)]
    server_type: ServerType,
    /// Always `add-binary`.
    #[serde(rename = "type")]
    form: &'static str,
    /// The answer that is proposed.
    value: Option<String>,
    question: String,
    /// To be sent back with the answer.
    insight_id: Uuid,
    insight_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_tag: Option<String>,
    /// A picture of the logo that is asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    ref_image_url: Option<String>,
    /// The picture to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_image_url: Option<String>,
}

impl QuestionBody {
    pub(crate) fn new(question: Question, pictures: &PictureUrls) -> Self {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let server_type = question.server_type;
        Self {
            barcode: question.barcode,
            server_type,
            form: "add-binary",
            value: question.value,
            question: question.question,
            insight_id: question.insight.0,
            insight_type: question.kind.name(),
            value_tag: filled(question.value_tag),
            ref_image_url: filled(question.ref_image).map(|path| pictures.logo(&path)),
            source_image_url: filled(question.source_image)
                .map(|path| pictures.image(server_type, &path)),
        }
    }
}
