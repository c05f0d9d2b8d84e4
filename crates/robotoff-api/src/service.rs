//! What the routes need of the use cases, and the values that cross.

use anyhow::Result;
use async_trait::async_trait;
use robotoff_app::explain::Explanation;
use robotoff_core::insight::{InsightId, InsightKind};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_core::vote::Voter;
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};
use serde_json::Value;

use crate::identity::Identity;

/// The use cases.
#[async_trait]
pub trait Service: Send + Sync {
    /// A page of the questions about what matches. The filter says what the caller
    /// wants; that it is open, not automatic and of a kind with questions is added.
    async fn questions(&self, wanted: &QuestionsWanted) -> Result<QuestionPage>;

    /// The questions about one product, those of the weightiest kinds first.
    async fn questions_about(&self, wanted: &ProductQuestionsWanted) -> Result<Vec<Question>>;

    /// Counts or applies an answer. What the person must know is in the reply; an
    /// error means that the service itself failed, and nothing was recorded.
    async fn answer(&self, request: AnswerRequest) -> Result<Reply>;

    /// What became of the predictions about a product, which may be stored under
    /// any of these; empty when nothing is known. Writes nothing.
    async fn explain(&self, forms: &[ProductId]) -> Result<Vec<Explanation>>;
}

/// Which questions, in which order and language.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionsWanted {
    pub filter: InsightFilter,
    pub order: InsightOrder,
    pub page: InsightPage,
    pub lang: String,
    /// Counting stops here.
    pub cap: Option<u64>,
}

/// Which questions about a product.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductQuestionsWanted {
    pub server_type: ServerType,
    /// The forms under which the product may be stored.
    pub barcodes: Vec<Barcode>,
    /// Nothing: those that are asked by default.
    pub kinds: Option<Vec<PredictionKind>>,
    pub count: u64,
    pub lang: String,
    pub unseen_by: Voter,
}

/// Questions, and how many there are.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionPage {
    pub count: u64,
    pub questions: Vec<Question>,
}

/// An insight, worded for a person (`docs/reference/api.md` 4.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub insight: InsightId,
    pub kind: InsightKind,
    pub barcode: Barcode,
    pub server_type: ServerType,
    /// The answer that is proposed, in the person's language.
    pub value: Option<String>,
    pub question: String,
    pub value_tag: Option<String>,
    /// The path of the picture of a logo.
    pub ref_image: Option<String>,
    /// The path of the picture to look at.
    pub source_image: Option<String>,
}

/// What a person said.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    Skip,
    No,
    Yes,
    /// Yes, but with this value.
    YesWith(Value),
}

/// An answer to an insight.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    pub insight: InsightId,
    pub said: Said,
    /// False: record it only.
    pub update: bool,
    pub caller: Identity,
    pub correlation_id: String,
}

/// What became of an answer (`docs/reference/api.md` 2.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub code: i32,
    pub status: &'static str,
    pub description: String,
}
