//! Enqueueing: a job is added, or merged with a waiting one of its unique key.
//!
//! PostgreSQL gets a batch as one statement, SQLite one statement for each job: there a
//! statement is a call of a function, and a batch of JSON would cost more.

use std::collections::HashMap;
use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::job::{Enqueued, JobId, NewJob};
use robotoff_ports::{PortError, PortResult};
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use serde_json::json;

use crate::dialect::Dialect;
use crate::error::Context;

/// Jobs in one statement.
const BATCH: usize = 1000;
const DOING: &str = "enqueue jobs";

const COLUMNS: &str = "
INSERT INTO job (kind, queue, state, args, priority, key, unique_key, run_at, run_by,
    attempts, max_attempts, timeout_ms, ordered, lease_number, cancel_asked, merged,
    enqueued_at, correlation_id, scheduled)";

/// A waiting job of the same `unique_key` takes the new one in. Debounced, it
/// moves back, at most to its deadline and never forward; else it moves forward,
/// unless it waits to be tried again. `merged` counts, and tells an added row. A job that
/// moves forward stays `scheduled` until a claim finds it due.
const MERGE: &str = "
ON CONFLICT (unique_key) WHERE state = 'waiting' DO UPDATE SET
    priority = CASE WHEN excluded.priority > job.priority THEN excluded.priority ELSE job.priority END,
    run_at = CASE
        WHEN excluded.run_by IS NULL AND job.attempts = 0 AND job.postponed = 0
                AND excluded.run_at < job.run_at
            THEN excluded.run_at
        WHEN excluded.run_by IS NULL THEN job.run_at
        WHEN excluded.run_at <= job.run_at THEN job.run_at
        WHEN job.run_by IS NULL OR excluded.run_at <= job.run_by THEN excluded.run_at
        WHEN job.run_by > job.run_at THEN job.run_by
        ELSE job.run_at
    END,
    scheduled = job.scheduled OR excluded.scheduled,
    merged = job.merged + 1
RETURNING id, merged";

/// Adds the jobs in the transaction of whatever they follow from. `now` is that of
/// [`Database::own_time`](crate::Database).
pub(crate) async fn enqueue(
    transaction: &impl ConnectionTrait,
    dialect: Dialect,
    jobs: &[NewJob],
    now: Option<NaiveDateTime>,
) -> PortResult<Vec<Enqueued>> {
    match dialect {
        Dialect::Sqlite => {
            let mut enqueued = Vec::with_capacity(jobs.len());
            for job in jobs {
                enqueued.push(enqueue_one(transaction, job, now.unwrap_or_default()).await?);
            }
            Ok(enqueued)
        }
        Dialect::Postgres => enqueue_batches(transaction, jobs, now).await,
    }
}

async fn enqueue_one(
    transaction: &impl ConnectionTrait,
    job: &NewJob,
    now: NaiveDateTime,
) -> PortResult<Enqueued> {
    let sql = format!(
        "{COLUMNS} VALUES ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, 0, false,
            0, $12, $13, $14) {MERGE}"
    );
    let run_by = job.debounce.map(|debounce| now + debounce.at_most);
    let values = [
        job.kind.into(),
        job.queue.name().into(),
        job.args.clone().into(),
        job.priority.into(),
        job.key.clone().into(),
        job.unique_key.clone().into(),
        (now + job.delay).into(),
        run_by.into(),
        max_attempts(job).into(),
        timeout_ms(job).into(),
        job.ordered.into(),
        now.into(),
        job.correlation_id.clone().into(),
        (!job.delay.is_zero()).into(),
    ];
    let statement = Statement::from_sql_and_values(Dialect::Sqlite.backend(), sql, values);
    let row = transaction.query_one_raw(statement).await.context(DOING)?;
    let row = row.ok_or_else(|| PortError::defect("database", "an insert returned no row"))?;
    enqueued(&row)
}

/// A statement cannot merge two jobs with the same row, so jobs of one `unique_key` go into
/// statements one after the other.
async fn enqueue_batches(
    transaction: &impl ConnectionTrait,
    jobs: &[NewJob],
    now: Option<NaiveDateTime>,
) -> PortResult<Vec<Enqueued>> {
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (place, job) in jobs.iter().enumerate() {
        let times = job
            .unique_key
            .as_deref()
            .map(|key| seen.entry(key).or_default());
        let round = times.map_or(0, |times| {
            *times += 1;
            *times - 1
        });
        if round == rounds.len() {
            rounds.push(Vec::new());
        }
        rounds[round].push(place);
    }
    let mut enqueued = vec![None; jobs.len()];
    for batch in rounds.iter().flat_map(|round| round.chunks(BATCH)) {
        let some = batch.iter().map(|place| &jobs[*place]);
        let rows = enqueue_batch(transaction, some, now).await?;
        for (place, row) in batch.iter().zip(rows) {
            enqueued[*place] = Some(row);
        }
    }
    let lost = || PortError::defect("database", "an insert returned too few rows");
    enqueued
        .into_iter()
        .map(|row| row.ok_or_else(lost))
        .collect()
}

/// Rows come back in the order of the batch: PostgreSQL inserts and returns them one by
/// one as the ordered query gives them. Ids rise in that order too.
async fn enqueue_batch(
    transaction: &impl ConnectionTrait,
    jobs: impl Iterator<Item = &NewJob>,
    now: Option<NaiveDateTime>,
) -> PortResult<Vec<Enqueued>> {
    let time = Dialect::Postgres.now("$2");
    let sql = format!(
        "{COLUMNS}
         SELECT kind, queue, 'waiting', COALESCE(args, 'null'), priority, key, unique_key,
            {time} + delay_us * interval '1 microsecond',
            {time} + debounce_us * interval '1 microsecond',
            0, max_attempts, timeout_ms, ordered, 0, false, 0, {time}, correlation_id, delay_us > 0
         FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (kind text, queue text, args jsonb,
            priority smallint, key text, unique_key text, delay_us bigint, debounce_us bigint,
            max_attempts integer, timeout_ms bigint, ordered boolean, correlation_id text))
            WITH ORDINALITY AS batch (kind, queue, args, priority, key, unique_key, delay_us,
            debounce_us, max_attempts, timeout_ms, ordered, correlation_id, place)
         ORDER BY place {MERGE}"
    );
    let rows = jobs.map(|job| {
        json!({
            "kind": job.kind, "queue": job.queue.name(), "args": job.args,
            "priority": job.priority, "key": job.key, "unique_key": job.unique_key,
            "delay_us": micros(job.delay),
            "debounce_us": job.debounce.map(|debounce| micros(debounce.at_most)),
            "max_attempts": max_attempts(job), "timeout_ms": timeout_ms(job),
            "ordered": job.ordered, "correlation_id": job.correlation_id,
        })
    });
    let rows: serde_json::Value = rows.collect();
    let values = [rows.into(), now.into()];
    let statement = Statement::from_sql_and_values(Dialect::Postgres.backend(), sql, values);
    let rows = transaction.query_all_raw(statement).await.context(DOING)?;
    rows.iter().map(enqueued).collect()
}

fn enqueued(row: &QueryResult) -> PortResult<Enqueued> {
    let id = JobId(row.try_get("", "id").context(DOING)?);
    let merged: i32 = row.try_get("", "merged").context(DOING)?;
    Ok(if merged == 0 {
        Enqueued::Added(id)
    } else {
        Enqueued::Merged(id)
    })
}

fn max_attempts(job: &NewJob) -> i32 {
    i32::try_from(job.max_attempts).unwrap_or(i32::MAX)
}

fn timeout_ms(job: &NewJob) -> i64 {
    i64::try_from(job.timeout.as_millis()).unwrap_or(i64::MAX)
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
