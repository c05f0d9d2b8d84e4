//! Insights: claims about a product that await, or have, a verdict.
//!
//! `record.rs` holds the record. Each kind's decisions (candidates, question, edits)
//! have a file in `kinds/`; decisions that hold for every kind are in `plan.rs` and
//! `answer.rs`. Order of imports, each file using earlier ones only: record, refusal and
//! disposition, claim and facts, rules, kinds, plan and answer.

pub mod answer;
mod claim;
mod disposition;
mod facts;
#[cfg(test)]
mod fixture;
mod kinds;
mod plan;
mod record;
mod refusal;
mod rules;
pub mod wording;

pub use answer::{Decision, Tally};
pub use claim::{Candidate, Candidates, Claim, Draft};
pub use disposition::{Disposition, RejectReason};
pub use facts::Facts;
pub use kinds::is_refused_brand;
pub use plan::{InsightPlan, plan};
pub use record::{
    Insight, InsightId, InsightKind, NewClaim, Outcome, UnknownCode, UnknownInsightKind, Verdict,
};
pub use refusal::{Answer, AnswerResult, MissingPart, Refusal};
pub use rules::{Applied, InsightRules, QuestionContent, QuestionImage, QuestionMode};
