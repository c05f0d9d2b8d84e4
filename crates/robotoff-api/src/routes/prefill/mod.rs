//! `GET /api/v1/prefill/{barcode}`: for each field of a product, all that was read about it.

pub(crate) mod photo;

use std::collections::BTreeMap;

use axum::extract::State;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::prefill::FieldCandidate;
use robotoff_core::product::{ProductId, ServerType};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};

/// Candidates for the fields of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Prefill {
    barcode: String,
    #[schema(value_type = String)]
    server_type: ServerType,
    /// Candidates by the name of the field, best first.
    fields: BTreeMap<&'static str, Vec<CandidateBody>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CandidateBody {
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: PredictionKind,
    value: Option<String>,
    value_tag: Option<String>,
    data: Map<String, Value>,
    confidence: Option<f64>,
    /// True: it may be applied without a person.
    automatic_processing: bool,
    sources: Vec<SourceBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceBody {
    predictor: Option<String>,
    source_image_url: Option<String>,
    /// Words that it rests on: text, span, box and language.
    evidence: Value,
}

impl CandidateBody {
    fn new(candidate: FieldCandidate, url: &impl Fn(&str) -> String) -> Self {
        let sources = candidate.sources.into_iter().map(|source| SourceBody {
            predictor: source.predictor,
            source_image_url: source.image.map(|image| url(image.as_str())),
            evidence: serde_json::to_value(source.evidence).unwrap_or_default(),
        });
        Self {
            sources: sources.collect(),
            kind: candidate.kind,
            value: candidate.value,
            value_tag: candidate.value_tag,
            data: candidate.data,
            confidence: candidate.confidence,
            automatic_processing: candidate.is_automatic,
        }
    }
}

/// Lists the candidates for each field of a product, with their evidence, from its stored
/// predictions.
#[utoipa::path(
    get,
    path = "/api/v1/prefill/{barcode}",
    tag = "predictions",
    params(
        ("barcode" = String, Path, description = "barcode of the product, with or without leading zeros"),
        ("server_type" = Option<String>, Query, description = "one of off, obf, opff, opf, off_pro"),
    ),
    responses(
        (status = OK, body = Prefill),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn prefill(
    State(api): State<Api>,
    PathSegment(barcode): PathSegment,
    request: RequestContext,
) -> Result<Json<Prefill>, ApiError> {
    let server_type = request.server_type()?;
    let forms = ProductId::forms_of(&barcode, server_type)
        .map_err(|_| ApiError::invalid("barcode", "is blank"))?;
    let fields = api.app.predictions.candidates_of(&forms).await?;
    let url = |path: &str| api.image_urls.image(server_type, path);
    let fields = fields.into_iter().map(|(field, candidates)| {
        let candidates = candidates.into_iter();
        (
            field,
            candidates
                .map(|one| CandidateBody::new(one, &url))
                .collect(),
        )
    });
    Ok(Json(Prefill {
        barcode,
        server_type,
        fields: fields.collect(),
    }))
}
