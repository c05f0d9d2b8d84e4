//! The job queue on the tables `job` and `paused_queue`.
//!
//! `claim` chooses jobs, `enqueue` adds them, `report` ends attempts; reads and pauses
//! are here.

mod claim;
mod enqueue;
mod report;

use std::time::Duration;

use async_trait::async_trait;
use robotoff_ports::job::{
    Enqueued, JobCount, JobId, JobRecord, JobState, Lease, LeaseRequest, LeaseState, LeasedJob,
    NewJob, Queue, Report,
};
use robotoff_ports::{JobQueue, PortError, PortResult};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value,
};

use crate::connect::Database;
use crate::entity::job::{Column, Entity, Model};
use crate::error::Context;

pub(crate) use enqueue::enqueue;

#[async_trait]
impl JobQueue for Database {
    async fn enqueue(&self, jobs: &[NewJob]) -> PortResult<Vec<Enqueued>> {
        let transaction = self.begin().await?;
        let enqueued = enqueue(&transaction, self.dialect, jobs, self.clock.now()).await?;
        transaction.commit().await.context("enqueue jobs")?;
        self.wakeup.call();
        Ok(enqueued)
    }

    async fn claim_jobs(&self, request: &LeaseRequest) -> PortResult<Vec<LeasedJob>> {
        self.claim_in_order(request).await
    }

    async fn heartbeat(&self, leases: &[Lease], by: Duration) -> PortResult<Vec<LeaseState>> {
        self.prolong(leases, by).await
    }

    async fn report(&self, lease: Lease, report: &Report) -> PortResult<LeaseState> {
        self.end_try(lease, report).await
    }

    async fn rescue(&self) -> PortResult<Vec<JobId>> {
        self.rescue_expired().await
    }

    async fn cancel(&self, job: JobId) -> PortResult<bool> {
        self.cancel_job(job).await
    }

    async fn retry(&self, job: JobId) -> PortResult<bool> {
        self.retry_job(job).await
    }

    async fn pause(&self, queue: Queue) -> PortResult<()> {
        let sql = "INSERT INTO paused_queue (queue) VALUES ($1) ON CONFLICT DO NOTHING";
        self.run(sql, [queue.name().into()], "pause a queue")
            .await?;
        Ok(())
    }

    async fn resume(&self, queue: Queue) -> PortResult<()> {
        let sql = "DELETE FROM paused_queue WHERE queue = $1";
        self.run(sql, [queue.name().into()], "resume a queue")
            .await?;
        self.wakeup.call();
        self.dialect.announce_jobs(&self.write).await
    }

    async fn paused(&self) -> PortResult<Vec<Queue>> {
        let rows = self
            .read
            .query_all_raw(self.statement("SELECT queue FROM paused_queue", []))
            .await
            .context("read paused queues")?;
        let names: Vec<String> = rows
            .iter()
            .map(|row| row.try_get_by_index(0).context("read a paused queue"))
            .collect::<PortResult<_>>()?;
        let paused = |queue: &Queue| names.iter().any(|name| name == queue.name());
        Ok(Queue::ALL.into_iter().filter(paused).collect())
    }

    async fn purge(&self, older_than: Duration) -> PortResult<u64> {
        let sql = "DELETE FROM job WHERE state IN ('done', 'cancelled') AND finished_at < $1";
        let before = self.clock.now() - older_than;
        self.run(sql, [before.into()], "purge finished jobs").await
    }

    async fn job(&self, job: JobId) -> PortResult<Option<JobRecord>> {
        Entity::find_by_id(job.0)
            .one(&self.read)
            .await
            .context("read a job")?
            .map(Model::into_job)
            .transpose()
    }

    async fn jobs(&self, state: JobState, limit: u64) -> PortResult<Vec<JobRecord>> {
        Entity::find()
            .filter(Column::State.eq(state.name()))
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.read)
            .await
            .context("read jobs")?
            .into_iter()
            .map(Model::into_job)
            .collect()
    }

    async fn counts(&self) -> PortResult<Vec<JobCount>> {
        let rows: Vec<(String, String, i64)> = Entity::find()
            .select_only()
            .column(Column::Queue)
            .column(Column::State)
            .column_as(Column::Id.count(), "jobs")
            .group_by(Column::Queue)
            .group_by(Column::State)
            .order_by_asc(Column::Queue)
            .order_by_asc(Column::State)
            .into_tuple()
            .all(&self.read)
            .await
            .context("count jobs")?;
        rows.into_iter()
            .map(|(queue, state, jobs)| {
                let unknown = || PortError::defect("job", format!("unknown {queue} or {state}"));
                Ok(JobCount {
                    queue: Queue::from_name(&queue).ok_or_else(unknown)?,
                    state: JobState::from_name(&state).ok_or_else(unknown)?,
                    jobs: jobs.unsigned_abs(),
                })
            })
            .collect()
    }

    async fn wait(&self, at_most: Duration) {
        self.wakeup.wait(at_most).await;
    }
}

impl Database {
    pub(crate) fn statement<const N: usize>(&self, sql: &str, values: [Value; N]) -> Statement {
        Statement::from_sql_and_values(self.dialect.backend(), sql, values)
    }

    /// Runs a statement on the writer; says how many rows it met.
    pub(crate) async fn run<const N: usize>(
        &self,
        sql: &str,
        values: [Value; N],
        doing: &str,
    ) -> PortResult<u64> {
        let ran = self
            .write
            .execute_raw(self.statement(sql, values))
            .await
            .context(doing)?;
        Ok(ran.rows_affected())
    }
}
