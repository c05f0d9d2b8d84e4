//! Leasing jobs: one statement for both databases.
//!
//! The candidates are a `MATERIALIZED` query, computed once: as a plain subquery
//! PostgreSQL may compute it again for each row that it updates, skip rows that it locked
//! the first time, and lease more jobs than the limit.
//!
//! A job may run when it is due, its queue is not paused, no job of its key
//! runs, and none stands before it in the line of its key. One stands before it
//! with a higher priority, or the same and a lower id, and only while it is due
//! in a queue that is not paused, or, if its kind is ordered, while it waits to
//! be tried again. Workers that race for a key are told apart by the unique
//! index `job_running`: the one who is refused asks again.

use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::PortResult;
use robotoff_ports::job::{JobId, Lease, LeaseRequest, LeasedJob, Queue};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};

use crate::connect::Database;
use crate::error::{Context, is_taken};

/// The number of claims of a worker that lost a race for a key each time.
const TRIES: u32 = 5;

impl Database {
    /// Looks at the queues in order, until the limit is met.
    pub(super) async fn claim_in_order(
        &self,
        request: &LeaseRequest,
    ) -> PortResult<Vec<LeasedJob>> {
        let mut claimed = Vec::new();
        for queue in &request.queues {
            let room = request.limit.saturating_sub(claimed.len() as u32);
            if room == 0 {
                break;
            }
            claimed.extend(self.claim_from(*queue, request, room).await?);
        }
        Ok(claimed)
    }

    async fn claim_from(
        &self,
        queue: Queue,
        request: &LeaseRequest,
        limit: u32,
    ) -> PortResult<Vec<LeasedJob>> {
        let doing = "claim jobs";
        for _ in 0..TRIES {
            match self.claim_once(queue, request, limit).await {
                Ok(rows) => return claimed_in_line(&rows).context(doing),
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(error).context(doing),
            }
        }
        Ok(Vec::new())
    }

    async fn claim_once(
        &self,
        queue: Queue,
        request: &LeaseRequest,
        limit: u32,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let now = self.clock.now();
        let sql = format!(
            "WITH line AS MATERIALIZED (
                SELECT id FROM job j
                WHERE j.state = 'waiting' AND j.queue = $3 AND j.run_at <= $4
                  AND NOT EXISTS (SELECT 1 FROM paused_queue p WHERE p.queue = j.queue)
                  AND NOT EXISTS (SELECT 1 FROM job r WHERE r.key = j.key AND r.state = 'running')
                  AND NOT EXISTS (SELECT 1 FROM job b
                    WHERE b.key = j.key AND b.state = 'waiting'
                      AND (b.priority > j.priority OR (b.priority = j.priority AND b.id < j.id))
                      AND (b.run_at <= $4 OR (b.ordered AND b.attempts > 0))
                      AND NOT EXISTS (SELECT 1 FROM paused_queue p WHERE p.queue = b.queue))
                ORDER BY j.priority DESC, j.id LIMIT $5 {})
             UPDATE job SET state = 'running', worker = $1, lease_until = $2,
                attempts = attempts + 1, lease_number = lease_number + 1
             WHERE state = 'waiting' AND id IN (SELECT id FROM line)
             RETURNING id, lease_number, lease_until, kind, args, key, attempts, max_attempts,
                timeout_ms, correlation_id, priority",
            self.dialect.skip_locked()
        );
        let values = [
            request.worker.clone().into(),
            (now + request.lease).into(),
            queue.name().into(),
            now.into(),
            i64::from(limit).into(),
        ];
        self.write.query_all_raw(self.statement(&sql, values)).await
    }
}

/// The jobs in the order of the line: what an update returns has none.
fn claimed_in_line(rows: &[QueryResult]) -> Result<Vec<LeasedJob>, DbErr> {
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        let priority: i16 = row.try_get("", "priority")?;
        jobs.push((priority, leased_job(row)?));
    }
    jobs.sort_by_key(|(priority, job)| (-i32::from(*priority), job.lease.job));
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

fn leased_job(row: &QueryResult) -> Result<LeasedJob, DbErr> {
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
