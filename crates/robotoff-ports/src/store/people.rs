//! State that people share while they answer: missions, questions that are lent, and requests
//! that are sent again.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::insight::InsightId;
use serde_json::Value;
use uuid::Uuid;

use crate::error::PortResult;

/// A set of questions that people work on together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mission {
    /// Its name in URLs.
    pub name: String,
    pub title: String,
    /// Conditions on questions, as the query of a list of questions.
    pub filter: String,
    /// Number of answers that is aimed at.
    pub goal: Option<u32>,
    pub ends_at: Option<NaiveDateTime>,
    pub created_by: Option<String>,
    pub created_at: NaiveDateTime,
}

/// The state of a request with a key, before it is run.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyedRequest {
    /// Nobody runs it: the caller does, and then stores the response.
    New,
    /// Another process or task runs it.
    Running,
    /// It was run, with this response.
    Done(Value),
    /// The key belongs to another request.
    Other,
}

/// Missions, loans of questions, keys of requests.
#[async_trait]
pub trait PeopleStore: Send + Sync {
    /// All missions, by name.
    async fn missions(&self) -> PortResult<Vec<Mission>>;

    /// The mission of a name.
    async fn mission(&self, name: &str) -> PortResult<Option<Mission>>;

    /// Stores a new mission; false when there is one of its name.
    async fn create_mission(&self, mission: &Mission) -> PortResult<bool>;

    /// Replaces title, filter, goal and end of a mission; false when there is none of its name.
    async fn update_mission(&self, mission: &Mission) -> PortResult<bool>;

    /// Lends insights to a holder until a time; returns those that were not lent to anyone
    /// then. Of two at the same instant one gets an insight.
    async fn lend(
        &self,
        insights: &[InsightId],
        holder: &str,
        now: NaiveDateTime,
        until: NaiveDateTime,
    ) -> PortResult<Vec<InsightId>>;

    /// Ends the loan of an insight to a holder, if there is one.
    async fn end_loan(&self, insight: InsightId, holder: &str) -> PortResult<()>;

    /// Begins a request with a key: [`KeyedRequest::New`] for one caller, also when the one
    /// before it began before `stale` and has no response yet. `request` tells requests apart;
    /// keys from before `expired` are forgotten.
    async fn begin_request(
        &self,
        key: Uuid,
        request: &str,
        now: NaiveDateTime,
        stale: NaiveDateTime,
        expired: NaiveDateTime,
    ) -> PortResult<KeyedRequest>;

    /// Stores the response of a request; without one the key is free again.
    async fn end_request(&self, key: Uuid, response: Option<&Value>) -> PortResult<()>;

    /// Replaces the device of up to `limit` votes from before a time by a random value, which
    /// is the same for all votes of that device on one insight and differs between insights;
    /// deletes loans that ended before then. Returns the number of votes. The votes stay and
    /// count as before: no question that they closed is asked again, and no open one returns to
    /// the device or the addresses that have answered it. One in a thousand of the others is
    /// not asked either: what is kept fits many.
    async fn expire_personal_data(&self, before: NaiveDateTime, limit: u64) -> PortResult<u64>;
}
