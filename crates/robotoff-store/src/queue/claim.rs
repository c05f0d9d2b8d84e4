//! Leasing jobs, and recording those that the worker has done meanwhile.
//!
//! A job may run when it is due, its queue is not paused, no job of its key
//! runs, and none is before it in the line of its key. One is before it
//! with a higher priority, or the same and a lower id, and only while it is due
//! in a queue that is not paused, or, if its kind is ordered, while it waits to
//! be tried again. Workers that race for a key are told apart by the unique
//! index `job_running`: the one who is refused asks again.
//!
//! Jobs whose time has not come are `scheduled` and stand outside the index `job_now`, which
//! a claim reads in the order of the line; else it would step over each of them, every time.
//! So each claim first moves the jobs whose time has come into that index. The alternative,
//! an index by time, gives due jobs in the wrong order: after an outage all of them would
//! be sorted for every claim.

use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::PortResult;
use robotoff_ports::job::{JobId, Lease, LeaseRequest, LeasedJob, Queue};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use serde_json::json;

use super::claim_sql::{ClaimSql, DueJobs, Parameters};
use crate::connect::Database;
use crate::dialect::Dialect;
use crate::error::{Context, is_taken};

/// The number of claims of a worker that lost a race for a key each time.
const TRIES: u32 = 5;
/// Jobs whose time has come that one claim moves into the line. More than any claim
/// takes, and few enough for a claim of some milliseconds after an outage.
const DUE_BATCH: u32 = 1000;

impl Database {
    /// Leases jobs from the queues in their order, until the limit is met.
    pub(super) async fn claim_in_order(
        &self,
        request: &LeaseRequest,
    ) -> PortResult<Vec<LeasedJob>> {
        let jobs = match self.dialect {
            Dialect::Sqlite => self.claim_on_sqlite(request).await?,
            Dialect::Postgres => self.claim_on_postgres(request).await?,
        };
        if !request.done.is_empty() {
            // The next jobs of their keys may be ready.
            self.wakeup.call();
        }
        Ok(jobs)
    }

    async fn claim_on_sqlite(&self, request: &LeaseRequest) -> PortResult<Vec<LeasedJob>> {
        let doing = "claim jobs";
        let transaction = self.begin().await?;
        if !request.done.is_empty() {
            let finished = self.finish_all(&transaction, &request.done).await;
            finished.context(doing)?;
        }
        self.move_due(&transaction).await.context(doing)?;
        let rows = self
            .claim_once(&transaction, request, DueJobs::Moved)
            .await
            .context(doing)?;
        transaction.commit().await.context(doing)?;
        leased_in_line(&rows, &request.queues).context(doing)
    }

    /// The usual claim is one statement. Only where it finds jobs whose time has come does
    /// it take no job; these are moved into the line, and the claim is made again.
    async fn claim_on_postgres(&self, request: &LeaseRequest) -> PortResult<Vec<LeasedJob>> {
        let doing = "claim jobs";
        // A claim of no job only records what is done.
        let mut due = match request.limit {
            0 => DueJobs::Moved,
            _ => DueJobs::Unknown,
        };
        let mut tries = TRIES;
        while tries > 0 {
            match self.claim_once(&self.write, request, due).await {
                Ok(rows) if due == DueJobs::Unknown && is_due_note(&rows).context(doing)? => {
                    self.move_due(&self.write).await.context(doing)?;
                    due = DueJobs::Moved;
                }
                Ok(rows) => return leased_in_line(&rows, &request.queues).context(doing),
                Err(error) if is_taken(&error) => tries -= 1,
                Err(error) => return Err(error).context(doing),
            }
        }
        // Others were faster each time; what is done must be recorded all the same.
        for lease in &request.done {
            self.finish_in(&self.write, *lease, None)
                .await
                .context(doing)?;
        }
        Ok(Vec::new())
    }

    /// Records jobs of SQLite as done, those whose lease still holds.
    async fn finish_all(
        &self,
        connection: &impl ConnectionTrait,
        done: &[Lease],
    ) -> Result<(), DbErr> {
        let sql = "UPDATE job SET state = 'done', finished_at = $1, lease_until = NULL,
                last_error = NULL
             FROM json_each($2) AS done
             WHERE job.id = json_extract(done.value, '$.id')
               AND job.lease_number = json_extract(done.value, '$.number')
               AND job.state = 'running'";
        // As text: a JSON value would be bound as bytes, which this function reads as JSONB.
        let values = [
            self.own_time().into(),
            leases_as_json(done).to_string().into(),
        ];
        let finished = connection.execute_raw(self.statement(sql, values)).await;
        finished.map(|_| ())
    }

    /// Moves jobs whose time has come into the line, those that are due longest first.
    async fn move_due(&self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        let (now, locked) = (self.dialect.now("$1"), self.dialect.skip_locked());
        let index = self.dialect.index_hint("job_later");
        let sql = format!(
            "UPDATE job SET scheduled = false WHERE id IN (
                SELECT id FROM job {index}
                WHERE state = 'waiting' AND scheduled AND run_at <= {now}
                ORDER BY run_at LIMIT {DUE_BATCH} {locked})"
        );
        let statement = self.statement(&sql, [self.own_time().into()]);
        connection.execute_raw(statement).await.map(|_| ())
    }

    async fn claim_once(
        &self,
        connection: &impl ConnectionTrait,
        request: &LeaseRequest,
        due: DueJobs,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut values: Vec<Value> = vec![
            request.worker.clone().into(),
            self.after_now(request.lease),
            self.own_time().into(),
        ];
        if self.dialect == Dialect::Postgres {
            values.push(leases_as_json(&request.done).into());
        }
        let first_kind = values.len() + 1;
        let kinds = request.kinds.iter().flatten();
        values.extend(kinds.map(|kind| Value::from(*kind)));
        let sql = ClaimSql {
            dialect: self.dialect,
            queues: &request.queues,
            kinds: request.kinds.as_ref().map(|kinds| Parameters {
                first: first_kind,
                number: kinds.len(),
            }),
            limit: request.limit,
            due,
        };
        let backend = self.dialect.backend();
        let statement = Statement::from_sql_and_values(backend, sql.text(), values);
        connection.query_all_raw(statement).await
    }
}

fn leases_as_json(leases: &[Lease]) -> serde_json::Value {
    let leases = leases.iter();
    leases
        .map(|lease| json!({"id": lease.job.0, "number": lease.number}))
        .collect()
}

/// True for the one row without a job, by which the statement tells of due jobs.
fn is_due_note(rows: &[QueryResult]) -> Result<bool, DbErr> {
    let Some(row) = rows.first() else {
        return Ok(false);
    };
    let id: Option<i64> = row.try_get("", "id")?;
    Ok(id.is_none())
}

/// The jobs in the order of the line: what an update returns has none.
fn leased_in_line(rows: &[QueryResult], queues: &[Queue]) -> Result<Vec<LeasedJob>, DbErr> {
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        let priority: i16 = row.try_get("", "priority")?;
        let queue: String = row.try_get("", "queue")?;
        let place = queues.iter().position(|name| name.name() == queue);
        // A claim names the queues, so a row is of one of them.
        let queue = Queue::from_name(&queue).unwrap_or(Queue::Low);
        jobs.push((place, priority, leased(row, queue)?));
    }
    jobs.sort_by_key(|(place, priority, job)| (*place, -i32::from(*priority), job.lease.job));
    Ok(jobs.into_iter().map(|(_, _, job)| job).collect())
}

fn leased(row: &QueryResult, queue: Queue) -> Result<LeasedJob, DbErr> {
    let count = |column: &str| -> Result<u32, DbErr> {
        let count: i32 = row.try_get("", column)?;
        Ok(count.unsigned_abs())
    };
    let timeout_ms: i64 = row.try_get("", "timeout_ms")?;
    let lease_until: Option<NaiveDateTime> = row.try_get("", "lease_until")?;
    Ok(LeasedJob {
        lease: Lease {
            job: JobId(row.try_get("", "id")?),
            number: row.try_get("", "lease_number")?,
        },
        lease_until: lease_until.unwrap_or_default(),
        kind: row.try_get("", "kind")?,
        args: row.try_get("", "args")?,
        queue,
        key: row.try_get("", "key")?,
        attempts: count("attempts")?,
        max_attempts: count("max_attempts")?,
        timeout: Duration::from_millis(timeout_ms.unsigned_abs()),
        correlation_id: row.try_get("", "correlation_id")?,
    })
}
