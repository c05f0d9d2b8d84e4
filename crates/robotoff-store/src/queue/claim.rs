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
//!
//! On PostgreSQL each line is a `MATERIALIZED` query, computed once: as a plain subquery
//! PostgreSQL may compute it again for each row that it updates, skip rows that it locked
//! the first time, and lease more jobs than the limit. The jobs that are done are recorded
//! by the same statement: one round trip and one flush of the log instead of one for each.
//! It sees them as running still, so the next of their keys comes with the next claim.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::PortResult;
use robotoff_ports::job::{JobId, Lease, LeaseRequest, LeasedJob, Queue};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use serde_json::json;

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
        for lease in &request.done {
            self.finish_in(&transaction, *lease).await.context(doing)?;
        }
        self.move_due(&transaction).await.context(doing)?;
        let rows = self
            .claim_once(&transaction, request)
            .await
            .context(doing)?;
        transaction.commit().await.context(doing)?;
        leased_in_line(&rows, &request.queues).context(doing)
    }

    async fn claim_on_postgres(&self, request: &LeaseRequest) -> PortResult<Vec<LeasedJob>> {
        let doing = "claim jobs";
        self.move_due(&self.write).await.context(doing)?;
        for _ in 0..TRIES {
            match self.claim_once(&self.write, request).await {
                Ok(rows) => return leased_in_line(&rows, &request.queues).context(doing),
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(error).context(doing),
            }
        }
        // Others were faster each time; what is done must be recorded all the same.
        for lease in &request.done {
            self.finish_in(&self.write, *lease).await.context(doing)?;
        }
        Ok(Vec::new())
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
    ) -> Result<Vec<QueryResult>, DbErr> {
        let sql = claim_sql(self.dialect, &request.queues, request.limit);
        let mut values: Vec<Value> = vec![
            request.worker.clone().into(),
            self.after_now(request.lease),
            self.own_time().into(),
        ];
        if self.dialect == Dialect::Postgres {
            let done = request.done.iter();
            let done = done.map(|lease| json!({"id": lease.job.0, "number": lease.number}));
            values.push(done.collect::<serde_json::Value>().into());
        }
        let statement =
            sea_orm::Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        connection.query_all_raw(statement).await
    }
}

/// The statement for the queues: `$1` worker, `$2` end of the lease, `$3` time, `$4` the
/// leases of jobs that are done, on PostgreSQL. The limit is part of the text: with a limit
/// that it does not know PostgreSQL expects to read a tenth of the table, and plans the
/// statement anew each time (2 ms) instead of keeping its plan.
fn claim_sql(dialect: Dialect, queues: &[Queue], limit: u32) -> String {
    let (now, until) = (dialect.now("$3"), dialect.after_now("$3", "$2"));
    let (locked, index) = (dialect.skip_locked(), dialect.index_hint("job_now"));
    let mut sql = String::from("WITH ");
    if dialect == Dialect::Postgres {
        let _ = write!(
            sql,
            "finished AS (
                UPDATE job SET state = 'done', finished_at = {now}, lease_until = NULL,
                    last_error = NULL
                FROM jsonb_to_recordset($4::jsonb) AS done (id bigint, number integer)
                WHERE job.id = done.id AND job.lease_number = done.number
                  AND job.state = 'running'),"
        );
    }
    let mut limit = limit.to_string();
    for (place, queue) in queues.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let name = queue.name();
        let _ = write!(
            sql,
            "{comma} line_{place} AS MATERIALIZED (
                SELECT j.id FROM job AS j {index}
                WHERE j.state = 'waiting' AND NOT j.scheduled AND j.queue = '{name}'
                  AND j.run_at <= {now}
                  AND NOT EXISTS (SELECT 1 FROM paused_queue p WHERE p.queue = '{name}')
                  AND NOT EXISTS (SELECT 1 FROM job r WHERE r.key = j.key AND r.state = 'running')
                  AND NOT EXISTS (SELECT 1 FROM job b
                    WHERE b.key = j.key AND b.state = 'waiting'
                      AND (b.priority > j.priority OR (b.priority = j.priority AND b.id < j.id))
                      AND (b.run_at <= {now}
                        OR (b.ordered AND (b.attempts > 0 OR b.postponed > 0)))
                      AND NOT EXISTS (SELECT 1 FROM paused_queue p WHERE p.queue = b.queue))
                ORDER BY j.priority DESC, j.id LIMIT {limit} {locked})"
        );
        let _ = write!(limit, " - (SELECT count(*) FROM line_{place})");
    }
    let lines: Vec<String> = (0..queues.len())
        .map(|place| format!("SELECT id FROM line_{place}"))
        .collect();
    let lines = lines.join(" UNION ALL ");
    let _ = write!(
        sql,
        " UPDATE job SET state = 'running', worker = $1, lease_until = {until},
            attempts = attempts + 1, lease_number = lease_number + 1
         WHERE state = 'waiting' AND id IN ({lines})
         RETURNING id, lease_number, lease_until, kind, args, key, attempts, max_attempts,
            timeout_ms, correlation_id, priority, queue"
    );
    sql
}

/// The jobs in the order of the line: what an update returns has none.
fn leased_in_line(rows: &[QueryResult], queues: &[Queue]) -> Result<Vec<LeasedJob>, DbErr> {
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        let priority: i16 = row.try_get("", "priority")?;
        let queue: String = row.try_get("", "queue")?;
        let place = queues.iter().position(|name| name.name() == queue);
        jobs.push((place, priority, leased(row)?));
    }
    jobs.sort_by_key(|(place, priority, job)| (*place, -i32::from(*priority), job.lease.job));
    Ok(jobs.into_iter().map(|(_, _, job)| job).collect())
}

fn leased(row: &QueryResult) -> Result<LeasedJob, DbErr> {
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
        key: row.try_get("", "key")?,
        attempts: count("attempts")?,
        max_attempts: count("max_attempts")?,
        timeout: Duration::from_millis(timeout_ms.unsigned_abs()),
        correlation_id: row.try_get("", "correlation_id")?,
    })
}
