//! Wire form of a question (`docs/reference/api.md` 4.2).

use robotoff_app::questions::Question;
use robotoff_core::product::{Barcode, ServerType};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::image_urls::ImageUrls;

/// Question about a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionBody {
    #[schema(value_type = String)]
    barcode: Barcode,
    #[schema(value_type = String)]
    server_type: ServerType,
    /// Always `add-binary`.
    #[serde(rename = "type")]
    form: &'static str,
    /// Proposed answer.
    value: Option<String>,
    question: String,
    /// Id to send back with the answer.
    insight_id: Uuid,
    insight_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_tag: Option<String>,
    /// Reference image of the label, for comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    ref_image_url: Option<String>,
    /// Image that the question is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_image_url: Option<String>,
}

impl QuestionBody {
    pub(crate) fn new(question: Question, image_urls: &ImageUrls) -> Self {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let server_type = question.product.server_type;
        Self {
            barcode: question.product.barcode,
            server_type,
            form: "add-binary",
            value: question.value,
            question: question.sentence.to_owned(),
            insight_id: question.insight.0,
            insight_type: question.kind.name(),
            value_tag: filled(question.value_tag),
            ref_image_url: question.reference.map(|path| image_urls.logo(path)),
            source_image_url: filled(question.image)
                .map(|path| image_urls.image(server_type, &path)),
        }
    }
}
