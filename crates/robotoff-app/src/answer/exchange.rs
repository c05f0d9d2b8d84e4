//! What comes in with an answer, and what goes back.

use robotoff_core::insight::{Answer, AnswerResult as Reply, InsightId, Refusal};
use robotoff_core::vote::Voter;
use robotoff_ports::Credentials;

/// Caller of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Name for attribution, never empty; `None` for an anonymous user.
    pub username: Option<String>,
    /// Credentials that the caller's edits are made with; `None` for an anonymous user.
    pub credentials: Option<Credentials>,
    pub device_id: String,
}

impl Caller {
    /// Voter whose votes hide an insight from this caller.
    pub fn voter(&self) -> Voter {
        self.username.as_ref().map_or_else(
            || Voter::Device(self.device_id.clone()),
            |name| Voter::User(name.clone()),
        )
    }
}

/// What the person said.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    Skip,
    Answer(Answer),
}

/// An answer to an insight.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    pub insight: InsightId,
    pub said: Said,
    /// False: record it only. Votes do not decide about that.
    pub update: bool,
    pub caller: Caller,
    pub correlation_id: Option<String>,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub reply: Reply,
    /// A sentence for the caller, more exact than that of the reply.
    pub why: Option<String>,
}

impl Answered {
    /// The sentence for the caller.
    pub fn description(&self) -> &str {
        self.why.as_deref().unwrap_or(self.reply.description())
    }

    pub(super) fn because(reply: Reply, why: impl Into<String>) -> Self {
        Self {
            reply,
            why: Some(why.into()),
        }
    }
}

impl From<Reply> for Answered {
    fn from(reply: Reply) -> Self {
        Self { reply, why: None }
    }
}

impl From<Refusal> for Answered {
    fn from(refusal: Refusal) -> Self {
        Self::because(refusal.result(), refusal.to_string())
    }
}
