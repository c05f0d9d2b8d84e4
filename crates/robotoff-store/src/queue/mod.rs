//! The job queue on the tables `job` and `paused_queue`.
//!
//! `claim` chooses jobs, `enqueue` adds them, `report` ends attempts; reads and pauses
//! are here.

mod claim;
mod claim_sql;
mod enqueue;
mod report;

use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_ports::job::{
    Enqueued, JobCount, JobFilter, JobId, JobRecord, JobState, Lease, LeaseRequest, LeaseState,
    LeasedJob, NewJob, Queue, Report,
};
use robotoff_ports::{JobQueue, PortResult};
use sea_orm::sea_query::LikeExpr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, Statement, Value,
};

use crate::connect::Database;
use crate::entity::job::{Column, Entity, Model};
use crate::error::Context;

pub(crate) use enqueue::enqueue;

/// Rows that one statement of a purge deletes: more would hold locks for seconds and run
/// into the limit of a statement, without ever getting ahead.
const PURGE_BATCH: u64 = 10_000;

#[async_trait]
impl JobQueue for Database {
    async fn enqueue(&self, jobs: &[NewJob]) -> PortResult<Vec<Enqueued>> {
        let work = async {
            let transaction = self.begin().await?;
            let now = self.own_time();
            let enqueued = enqueue(&transaction, self.dialect, jobs, now).await?;
            transaction.commit().await.context("enqueue jobs")?;
            Ok(enqueued)
        };
        let enqueued = self.limited("enqueue jobs", work).await?;
        self.wakeup.announce();
        Ok(enqueued)
    }

    async fn claim_jobs(&self, request: &LeaseRequest) -> PortResult<Vec<LeasedJob>> {
        self.limited("claim jobs", self.claim_in_order(request))
            .await
    }

    async fn heartbeat(&self, leases: &[Lease], by: Duration) -> PortResult<Vec<LeaseState>> {
        self.limited("prolong leases", self.prolong(leases, by))
            .await
    }

    async fn report(&self, lease: Lease, report: &Report) -> PortResult<LeaseState> {
        let ended = self.end_attempt(lease, report);
        self.limited("report a job", ended).await
    }

    async fn rescue(&self) -> PortResult<Vec<JobId>> {
        self.limited("rescue jobs", self.rescue_expired()).await
    }

    async fn cancel(&self, job: JobId) -> PortResult<bool> {
        self.cancel_job(job).await
    }

    async fn retry(&self, job: JobId) -> PortResult<bool> {
        self.limited("retry a job", self.retry_job(job)).await
    }

    async fn discard(&self, job: JobId) -> PortResult<bool> {
        self.discard_job(job).await
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
        self.wakeup.announce();
        Ok(())
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
        let doing = "purge finished jobs";
        let before = self.limited(doing, self.time(&self.write)).await? - older_than;
        let locked = self.dialect.skip_locked();
        let sql = format!(
            "DELETE FROM job WHERE id IN (
                SELECT id FROM job WHERE state IN ('done', 'cancelled') AND finished_at < $1
                AND id NOT IN (SELECT job_id FROM schedule WHERE job_id IS NOT NULL)
                ORDER BY finished_at LIMIT {PURGE_BATCH} {locked})"
        );
        let mut purged = 0;
        loop {
            let batch = self.run(&sql, [before.into()], doing);
            let batch = self.limited(doing, batch).await?;
            purged += batch;
            if batch < PURGE_BATCH {
                return Ok(purged);
            }
        }
    }

    async fn job(&self, job: JobId) -> PortResult<Option<JobRecord>> {
        Entity::find_by_id(job.0)
            .one(&self.read)
            .await
            .context("read a job")?
            .map(Model::into_job)
            .transpose()
    }

    async fn jobs(&self, filter: &JobFilter, limit: u64) -> PortResult<Vec<JobRecord>> {
        matching(filter)
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.read)
            .await
            .context("read jobs")
            .map(|rows| self.unreadable.readable(rows, Model::into_job))
    }

    async fn counts(&self) -> PortResult<Vec<JobCount>> {
        let doing = "count jobs";
        let statement = self.statement(&counts_sql(), []);
        let rows = self.limited(doing, async {
            self.read.query_all_raw(statement).await.context(doing)
        });
        let mut counts = Vec::new();
        for row in rows.await? {
            let queue: String = row.try_get("", "queue").context(doing)?;
            let state: String = row.try_get("", "state").context(doing)?;
            let jobs: i64 = row.try_get("", "jobs").context(doing)?;
            let jobs = jobs.unsigned_abs();
            let (Some(queue), Some(state)) =
                (Queue::from_name(&queue), JobState::from_name(&state))
            else {
                continue;
            };
            if jobs > 0 {
                counts.push(JobCount {
                    queue,
                    state,
                    jobs: jobs.min(JobCount::CAP),
                    is_capped: jobs > JobCount::CAP,
                });
            }
        }
        Ok(counts)
    }

    async fn oldest_ready(&self) -> PortResult<Vec<(Queue, NaiveDateTime)>> {
        let doing = "read the oldest ready jobs";
        let statement = self.statement(&oldest_ready_sql(), []);
        let rows = self.read.query_all_raw(statement).await.context(doing)?;
        let mut oldest = Vec::new();
        for row in rows {
            let queue: String = row.try_get("", "queue").context(doing)?;
            let since: Option<NaiveDateTime> = row.try_get("", "since").context(doing)?;
            oldest.extend(Queue::from_name(&queue).zip(since));
        }
        Ok(oldest)
    }

    async fn wait(&self, at_most: Duration) {
        self.wakeup.wait(at_most).await;
    }
}

/// One count for each queue and state, each along an index and up to the cap: a table of
/// millions of jobs costs no more than one of thousands.
///
/// Ended jobs are the first entries of their index from a queue and state on, of which those
/// of this queue and state are counted. The plain condition `queue = … AND state = …` costs as
/// much as the table where few rows meet it: PostgreSQL then hopes to find them soon at the
/// start of the table, and SQLite does not conclude that the index of ended jobs has them.
fn counts_sql() -> String {
    let counts = Queue::ALL.into_iter().flat_map(|queue| {
        JobState::ALL.into_iter().map(move |state| {
            let counted = counted_sql(queue.name(), state);
            let (queue, state) = (queue.name(), state.name());
            format!("SELECT '{queue}' AS queue, '{state}' AS state, count(*) AS jobs {counted}")
        })
    });
    counts.collect::<Vec<_>>().join(" UNION ALL ")
}

/// Along the index `job_now`, which has no jobs whose time has not come.
fn oldest_ready_sql() -> String {
    let limit = JobCount::CAP;
    let oldest = Queue::ALL.map(|queue| {
        let queue = queue.name();
        format!(
            "SELECT '{queue}' AS queue, min(run_at) AS since FROM
                (SELECT run_at FROM job
                 WHERE queue = '{queue}' AND state = 'waiting' AND NOT scheduled
                 ORDER BY queue, priority DESC, id LIMIT {limit}) AS ready"
        )
    });
    oldest.join(" UNION ALL ")
}

fn counted_sql(queue: &str, state: JobState) -> String {
    let limit = JobCount::CAP + 1;
    let name = state.name();
    match state {
        // The order is that of the index `job_kind`.
        JobState::Waiting => format!(
            "FROM (SELECT 1 FROM job WHERE queue = '{queue}' AND state = '{name}'
                 ORDER BY queue, scheduled, kind, priority DESC, id LIMIT {limit}) AS counted"
        ),
        JobState::Running => format!(
            "FROM (SELECT 1 FROM job WHERE queue = '{queue}' AND state = '{name}'
                 LIMIT {limit}) AS counted"
        ),
        JobState::Done | JobState::Dead | JobState::Cancelled => format!(
            "FROM (SELECT queue, state FROM job
                 WHERE state IN ('done', 'dead', 'cancelled')
                    AND (queue, state) >= ('{queue}', '{name}')
                 ORDER BY queue, state, id LIMIT {limit}) AS counted
             WHERE queue = '{queue}' AND state = '{name}'"
        ),
    }
}

/// The rows that an operator's filter lets through.
fn matching(filter: &JobFilter) -> Select<Entity> {
    let JobFilter {
        state,
        queue,
        kind,
        key,
        error,
        enqueued_before,
        below,
    } = filter;
    // An escaped pattern: `%` and `_` of the text stand for themselves.
    let like = |text: &String| {
        let text = text.replace('\\', "\\\\");
        let text = text.replace('%', "\\%").replace('_', "\\_");
        LikeExpr::new(format!("%{text}%")).escape('\\')
    };
    Entity::find()
        .apply_if(*state, |rows, state| {
            rows.filter(Column::State.eq(state.name()))
        })
        .apply_if(*queue, |rows, queue| {
            rows.filter(Column::Queue.eq(queue.name()))
        })
        .apply_if(kind.as_ref(), |rows, kind| {
            rows.filter(Column::Kind.eq(kind))
        })
        .apply_if(key.as_ref(), |rows, key| rows.filter(Column::Key.eq(key)))
        .apply_if(error.as_ref().map(like), |rows, pattern| {
            rows.filter(Column::LastError.like(pattern))
        })
        .apply_if(*enqueued_before, |rows, before| {
            rows.filter(Column::EnqueuedAt.lt(before))
        })
        .apply_if(*below, |rows, job| rows.filter(Column::Id.lt(job.0)))
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
