//! Enqueueing: a job is added, or merged with a waiting one of its unique key.

use chrono::NaiveDateTime;
use robotoff_ports::PortResult;
use robotoff_ports::job::{Enqueued, JobId, NewJob};
use sea_orm::{ConnectionTrait, Statement};

use crate::dialect::Dialect;
use crate::error::Context;

/// A waiting job of the same `unique_key` takes the new one in. Debounced, it
/// moves back, at most to its deadline and never forward; else it moves forward,
/// unless it waits to be tried again. `merged` counts, and tells an added row.
const ENQUEUE: &str = "
INSERT INTO job (kind, queue, state, args, priority, key, unique_key, run_at, run_by,
    attempts, max_attempts, timeout_ms, ordered, lease_number, cancel_asked, merged,
    enqueued_at, correlation_id)
VALUES ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, 0, false, 0, $12, $13)
ON CONFLICT (unique_key) WHERE state = 'waiting' DO UPDATE SET
    priority = CASE WHEN excluded.priority > job.priority THEN excluded.priority ELSE job.priority END,
    run_at = CASE
        WHEN excluded.run_by IS NULL AND job.attempts = 0 AND excluded.run_at < job.run_at
            THEN excluded.run_at
        WHEN excluded.run_by IS NULL THEN job.run_at
        WHEN excluded.run_at <= job.run_at THEN job.run_at
        WHEN job.run_by IS NULL OR excluded.run_at <= job.run_by THEN excluded.run_at
        WHEN job.run_by > job.run_at THEN job.run_by
        ELSE job.run_at
    END,
    merged = job.merged + 1
RETURNING id, merged";

/// Adds the jobs in the transaction of whatever they follow from.
pub(crate) async fn enqueue(
    transaction: &impl ConnectionTrait,
    dialect: Dialect,
    jobs: &[NewJob],
    now: NaiveDateTime,
) -> PortResult<Vec<Enqueued>> {
    let doing = "enqueue a job";
    let mut enqueued = Vec::with_capacity(jobs.len());
    for job in jobs {
        let run_by = job.debounce.map(|debounce| now + debounce.at_most);
        let statement = Statement::from_sql_and_values(
            dialect.backend(),
            ENQUEUE,
            [
                job.kind.into(),
                job.queue.name().into(),
                job.args.clone().into(),
                job.priority.into(),
                job.key.clone().into(),
                job.unique_key.clone().into(),
                (now + job.delay).into(),
                run_by.into(),
                i32::try_from(job.max_attempts).unwrap_or(i32::MAX).into(),
                i64::try_from(job.timeout.as_millis())
                    .unwrap_or(i64::MAX)
                    .into(),
                job.ordered.into(),
                now.into(),
                job.correlation_id.clone().into(),
            ],
        );
        let row = transaction.query_one_raw(statement).await.context(doing)?;
        let Some(row) = row else { continue };
        let id = JobId(row.try_get("", "id").context(doing)?);
        let merged: i32 = row.try_get("", "merged").context(doing)?;
        enqueued.push(if merged == 0 {
            Enqueued::Added(id)
        } else {
            Enqueued::Merged(id)
        });
    }
    if !jobs.is_empty() {
        dialect.announce_jobs(transaction).await?;
    }
    Ok(enqueued)
}
