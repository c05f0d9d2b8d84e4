//! Request and reply of an answer.

use robotoff_core::insight::{Answer, AnswerResult, InsightId, Refusal};
use robotoff_core::vote::{Device, Viewer, Voter};
use robotoff_ports::Credentials;

/// Caller of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Name for attribution, never empty; `None` for an anonymous user.
    pub username: Option<String>,
    /// Credentials that the caller's edits are made with; `None` for an anonymous user.
    pub credentials: Option<Credentials>,
    pub device: Device,
    /// Hash of the addresses of the request, if it names a device.
    pub address_hash: Option<String>,
}

impl Caller {
    /// Person whose votes hide an insight from this caller.
    pub fn viewer(&self) -> Viewer {
        Viewer {
            username: self.username.clone(),
            device: self.device.clone(),
        }
    }

    /// The best of the identities.
    pub fn voter(&self) -> Voter {
        self.username.as_ref().map_or_else(
            || Voter::Device(self.device.id().to_owned()),
            |name| Voter::User(name.clone()),
        )
    }
}

/// Choice of a person who was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    Skip,
    Answer(Answer),
}

/// An answer to an insight.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    pub insight: InsightId,
    pub choice: Choice,
    /// False: the answer is recorded, and the product is not edited. Votes ignore it.
    pub update: bool,
    pub caller: Caller,
    pub correlation_id: Option<String>,
}

/// Reply to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerReply {
    pub result: AnswerResult,
    /// A sentence for the caller, more exact than that of the result.
    pub detail: Option<String>,
}

impl AnswerReply {
    /// Sentence for the caller.
    pub fn description(&self) -> &str {
        self.detail.as_deref().unwrap_or(self.result.description())
    }

    pub(super) fn detailed(result: AnswerResult, detail: impl Into<String>) -> Self {
        Self {
            result,
            detail: Some(detail.into()),
        }
    }
}

impl From<AnswerResult> for AnswerReply {
    fn from(result: AnswerResult) -> Self {
        Self {
            result,
            detail: None,
        }
    }
}

impl From<Refusal> for AnswerReply {
    fn from(refusal: Refusal) -> Self {
        Self::detailed(refusal.result(), refusal.to_string())
    }
}
