//! `job`, ours: what is to be done (architecture, section 4).

use robotoff_ports::job::{JobId, JobRecord, JobState, Queue};
use robotoff_ports::{PortError, PortResult};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: String,
    pub queue: String,
    pub state: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub args: Json,
    pub priority: i16,
    pub key: Option<String>,
    pub unique_key: Option<String>,
    pub run_at: DateTime,
    /// A debounced job is pushed back no further.
    pub run_by: Option<DateTime>,
    pub attempts: i32,
    pub max_attempts: i32,
    /// Attempts in a row that an outage ended.
    pub postponed: i32,
    pub timeout_ms: i64,
    pub ordered: bool,
    /// Raised by every claim: tells former holders from the present one.
    pub lease_number: i32,
    pub lease_until: Option<DateTime>,
    pub worker: Option<String>,
    pub cancel_asked: bool,
    /// The number of later jobs of the unique key that were merged into this one.
    pub merged: i32,
    pub enqueued_at: DateTime,
    pub finished_at: Option<DateTime>,
    pub last_error: Option<String>,
    pub correlation_id: Option<String>,
    /// Waits for its time; a claim that finds it due takes the mark away.
    pub scheduled: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The job of the row.
    pub fn into_job(self) -> PortResult<JobRecord> {
        let row = format!("job {}", self.id);
        let state = JobState::from_name(&self.state)
            .ok_or_else(|| PortError::defect(&row, format!("unknown state {:?}", self.state)))?;
        let queue = Queue::from_name(&self.queue)
            .ok_or_else(|| PortError::defect(&row, format!("unknown queue {:?}", self.queue)))?;
        Ok(JobRecord {
            id: JobId(self.id),
            kind: self.kind,
            queue,
            state,
            args: self.args,
            priority: self.priority,
            key: self.key,
            unique_key: self.unique_key,
            attempts: u32::try_from(self.attempts).unwrap_or_default(),
            max_attempts: u32::try_from(self.max_attempts).unwrap_or_default(),
            postponed: u32::try_from(self.postponed).unwrap_or_default(),
            enqueued_at: self.enqueued_at,
            run_at: self.run_at,
            worker: self.worker,
            lease_until: self.lease_until,
            finished_at: self.finished_at,
            last_error: self.last_error,
            correlation_id: self.correlation_id,
        })
    }
}
