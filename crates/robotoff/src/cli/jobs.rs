//! `robotoff jobs`: jobs listed, shown, tried again, cancelled, discarded.

use std::io::Write;

use anyhow::{Context, Result, bail};
use chrono::NaiveDateTime;
use clap::{Args, Subcommand};
use robotoff_app::job_changes::{ChangedJob, JobChange, change_job};
use robotoff_ports::job::{JobFilter, JobId, JobRecord, JobState, Queue};
use robotoff_ports::{Clock, JobQueue, SystemClock};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::bulk::{Age, BulkFlags, BulkReport, PAGE, check_selection, named, shortened};
use super::{ExitStatus, span};
use crate::config::Config;
use crate::database;

#[derive(Subcommand)]
pub(super) enum JobsCommand {
    /// List jobs, newest first.
    List(JobListArgs),
    /// Show one job.
    Show(JobShowArgs),
    /// Put dead or cancelled jobs back in line, with fresh attempts.
    Retry(JobChangeArgs),
    /// End waiting jobs, and ask running ones to stop.
    Cancel(JobChangeArgs),
    /// Delete jobs that wait, are dead or are cancelled: their work is given up.
    Discard(JobChangeArgs),
}

#[derive(Args)]
pub(super) struct JobFilterArgs {
    /// waiting, running, done, dead or cancelled.
    #[arg(long, value_name = "STATE", value_parser = state_named)]
    state: Option<JobState>,
    /// high, ml or low.
    #[arg(long, value_name = "QUEUE", value_parser = queue_named)]
    queue: Option<Queue>,
    /// The kind of job, such as `import_image`.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// The key of jobs that never run at the same time, such as product:off:3017620422003.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Jobs whose last error contains the text.
    #[arg(long, value_name = "TEXT")]
    error: Option<String>,
    /// Jobs enqueued longer ago: 15m, 2h, 7d.
    #[arg(long, value_name = "AGE")]
    older_than: Option<Age>,
}

#[derive(Args)]
pub(super) struct JobListArgs {
    #[command(flatten)]
    filter: JobFilterArgs,
    /// The number of jobs at most.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u64,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct JobShowArgs {
    id: i64,
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct JobChangeArgs {
    /// The numbers of the jobs.
    ids: Vec<i64>,
    #[command(flatten)]
    filter: JobFilterArgs,
    #[command(flatten)]
    bulk: BulkFlags,
}

fn state_named(text: &str) -> Result<JobState, String> {
    named(text, &JobState::ALL, JobState::name)
}

pub(super) fn queue_named(text: &str) -> Result<Queue, String> {
    named(text, &Queue::ALL, Queue::name)
}

impl JobFilterArgs {
    fn filter(&self) -> JobFilter {
        JobFilter {
            state: self.state,
            queue: self.queue,
            kind: self.kind.clone(),
            key: self.key.clone(),
            error: self.error.clone(),
            enqueued_before: self.older_than.map(Age::ago),
            below: None,
        }
    }
}

pub(super) async fn run(
    config: &Config,
    command: JobsCommand,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let done = match command {
        JobsCommand::List(arguments) => list(&database, &arguments).await,
        JobsCommand::Show(arguments) => show(&database, &arguments).await,
        JobsCommand::Retry(arguments) => {
            change(&database, JobChange::Retry, &arguments, stop).await
        }
        JobsCommand::Cancel(arguments) => {
            change(&database, JobChange::Cancel, &arguments, stop).await
        }
        JobsCommand::Discard(arguments) => {
            change(&database, JobChange::Discard, &arguments, stop).await
        }
    };
    database.close().await?;
    done
}

async fn list(queue: &dyn JobQueue, arguments: &JobListArgs) -> Result<ExitStatus> {
    let filter = arguments.filter.filter();
    let found = queue.jobs(&filter, arguments.limit);
    let jobs = found.await.context("cannot list jobs")?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let jobs: Vec<Value> = jobs.iter().map(as_json).collect();
        writeln!(out, "{}", json!({ "jobs": jobs }))?;
        return Ok(ExitStatus::Success);
    }
    if jobs.is_empty() {
        writeln!(out, "no jobs")?;
        return Ok(ExitStatus::Success);
    }
    writeln!(
        out,
        "{:>10} {:<6} {:<9} {:<16} {:<34} {:>8} {:>8}  ERROR",
        "JOB", "QUEUE", "STATE", "KIND", "KEY", "ATTEMPTS", "AGE"
    )?;
    let now = SystemClock.now();
    for job in &jobs {
        writeln!(out, "{}", row(job, now))?;
    }
    Ok(ExitStatus::Success)
}

fn row(job: &JobRecord, now: NaiveDateTime) -> String {
    format!(
        "{:>10} {:<6} {:<9} {:<16} {:<34} {:>8} {:>8}  {}",
        job.id.0,
        job.queue.name(),
        job.state.name(),
        shortened(&job.kind, 16),
        shortened(job.key.as_deref().unwrap_or("-"), 34),
        format!("{}/{}", job.attempts, job.max_attempts),
        span(now - job.enqueued_at),
        shortened(job.last_error.as_deref().unwrap_or_default(), 80)
    )
}

async fn show(queue: &dyn JobQueue, arguments: &JobShowArgs) -> Result<ExitStatus> {
    let job = queue.job(JobId(arguments.id)).await?;
    let Some(job) = job else {
        bail!("there is no job {}", arguments.id);
    };
    let job = as_json(&job);
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{job}")?;
        return Ok(ExitStatus::Success);
    }
    for (name, value) in job.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::String(text) => writeln!(out, "{name:<16} {text}")?,
            value => writeln!(out, "{name:<16} {value}")?,
        }
    }
    Ok(ExitStatus::Success)
}

fn as_json(job: &JobRecord) -> Value {
    json!({
        "id": job.id.0, "kind": job.kind, "queue": job.queue.name(), "state": job.state.name(),
        "args": job.args, "priority": job.priority, "key": job.key,
        "unique_key": job.unique_key, "attempts": job.attempts,
        "max_attempts": job.max_attempts, "postponed": job.postponed,
        "enqueued_at": job.enqueued_at, "run_at": job.run_at, "worker": job.worker,
        "lease_until": job.lease_until, "finished_at": job.finished_at,
        "last_error": job.last_error, "correlation_id": job.correlation_id,
    })
}

/// Acts on the named jobs, or on those that the filter finds.
async fn change(
    queue: &dyn JobQueue,
    action: JobChange,
    arguments: &JobChangeArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let filter = arguments.filter.filter();
    let has_names = !arguments.ids.is_empty();
    if let Err(error) = check_selection(has_names, filter != JobFilter::default(), "jobs") {
        eprintln!("robotoff: {error}");
        return Ok(ExitStatus::UsageError);
    }
    let (name, done) = action.words();
    let is_dry_run = !has_names && !arguments.bulk.yes;
    let mut report = BulkReport::new(name, done, "job", is_dry_run);
    if has_names {
        for id in &arguments.ids {
            change_one(queue, action, JobId(*id), &mut report).await?;
        }
    } else {
        if let Some(state) = filter.state
            && !action.states().contains(&state)
        {
            eprintln!("robotoff: jobs that are {} cannot be {done}", state.name());
            return Ok(ExitStatus::UsageError);
        }
        for state in action.states() {
            if filter.state.is_none_or(|wanted| wanted == *state) {
                let filter = JobFilter {
                    state: Some(*state),
                    ..filter.clone()
                };
                change_found(queue, action, filter, &mut report, stop).await?;
            }
        }
    }
    report.print(arguments.bulk.json)
}

/// Goes through the pages from the newest job down: a job that is changed may leave the
/// filter or enter it again, but it is never met twice, and new jobs are above.
async fn change_found(
    queue: &dyn JobQueue,
    action: JobChange,
    mut filter: JobFilter,
    report: &mut BulkReport,
    stop: &CancellationToken,
) -> Result<()> {
    loop {
        let page = queue
            .jobs(&filter, PAGE)
            .await
            .context("cannot read jobs")?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        filter.below = Some(last.id);
        for job in &page {
            if stop.is_cancelled() {
                report.interrupted();
                return Ok(());
            }
            if report.is_dry_run {
                report.found(|| row(job, SystemClock.now()));
                continue;
            }
            change_one(queue, action, job.id, report).await?;
        }
    }
}

async fn change_one(
    queue: &dyn JobQueue,
    change: JobChange,
    id: JobId,
    report: &mut BulkReport,
) -> Result<()> {
    match change_job(queue, change, id).await? {
        ChangedJob::Done(follows) => report.done(id, follows),
        ChangedJob::Refused(why) => report.refused(id, why),
    }
    Ok(())
}
