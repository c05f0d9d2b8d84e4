//! The speed of the job queue: jobs of 1 and 2 processes, claims beside delayed jobs,
//! counts of a large table, and what an open transaction does to all of it; on SQLite and
//! on PostgreSQL with fsync on. `cargo bench -p robotoff-store --bench queue` prints a
//! table; with names (`jobs`, `delayed`, `counts`, `held`) it measures only these. The open
//! transaction is held for 20 s; with `long` for 3 minutes, twice:
//! `cargo bench -p robotoff-store --bench queue -- held long`.
//!
//! Plain figures of one run, not statistics: the machine decides more than the code, so
//! compare two versions by turns. The bench calls itself again (`drain URL when-empty`) to work in
//! several processes.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use robotoff_ports::job::{JobKind, JobState, LeaseRequest, NewJob, Queue};
use robotoff_ports::{JobQueue, SystemClock};
use robotoff_store::{ConnectSettings, Database, migrate};
use robotoff_testbed::{Postgres, postgres_programs};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

const JOBS: u64 = 20_000;
const KEYS: u64 = 4_000;
/// Jobs in hand of one process.
const CONCURRENCY: u32 = 16;
const DELAYED: usize = 200_000;
const CLAIMS: usize = 200;
/// Rows of the table whose jobs are counted.
const ROWS: u32 = 1_000_000;
/// The time for which a transaction is held open, and the jobs that arrive a second.
const HELD: Duration = Duration::from_secs(20);
const HELD_LONG: Duration = Duration::from_secs(180);
const ARRIVE: u64 = 800;

const KIND: JobKind = JobKind {
    name: "bench",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(60),
    ordered: false,
};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, url, ends] = &arguments[..]
        && command == "drain"
    {
        return drain(url, ends == "when-empty").await;
    }
    // `cargo test --benches` runs benches too: there is no measurement then.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let is_long = arguments.iter().any(|argument| argument == "long");
    let held_for = if is_long { HELD_LONG } else { HELD };
    let names = arguments.iter();
    let names = names.filter(|name| !name.starts_with('-') && *name != "long");
    let names: Vec<&String> = names.collect();
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| *wanted == name);
    println!("| database | what | figure |\n|---|---|---|");
    let folder = tempfile::tempdir()?;
    let Some(programs) = postgres_programs() else {
        bail!("PostgreSQL is not installed");
    };
    let cluster = Postgres::start(programs, true)?;
    let mut number = 0;
    let mut new_url = |name: &str| -> Result<String> {
        number += 1;
        match name {
            "SQLite" => Ok(format!("sqlite:{}/{number}.db", folder.path().display())),
            _ => cluster.database(None),
        }
    };
    for name in ["SQLite", "PostgreSQL"] {
        if is_wanted("jobs") {
            jobs(name, &new_url(name)?, 1).await?;
            jobs(name, &new_url(name)?, 2).await?;
        }
        if is_wanted("delayed") {
            delayed(name, &new_url(name)?).await?;
        }
        if is_wanted("counts") {
            counts(name, &new_url(name)?).await?;
        }
    }
    if is_wanted("held") {
        held(&new_url("PostgreSQL")?, held_for, false).await?;
        held(&new_url("PostgreSQL")?, held_for, true).await?;
    }
    Ok(())
}

async fn open(url: &str) -> Result<Arc<Database>> {
    let settings = ConnectSettings::default();
    let database = Database::open(&url.parse()?, &settings, Arc::new(SystemClock)).await?;
    migrate::migrate(&database, |_| {}).await?;
    Ok(Arc::new(database))
}

async fn run_sql(url: &str, sql: &str) -> Result<()> {
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await?;
        connection.execute(AssertSqlSafe(sql)).await?;
    } else {
        let mut connection = PgConnection::connect(url).await?;
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

async fn number_of(url: &str, sql: &str) -> Result<i64> {
    let mut connection = PgConnection::connect(url).await?;
    Ok(sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut connection)
        .await?)
}

fn job(number: u64) -> NewJob {
    let job = NewJob::new(&KIND, json!({ "number": number }));
    job.keyed(format!("off:{}", number % KEYS))
}

/// Jobs that do nothing, drained by processes.
async fn jobs(name: &str, url: &str, processes: usize) -> Result<()> {
    let database = open(url).await?;
    let begun = Instant::now();
    for batch in 0..JOBS / 500 {
        let jobs: Vec<NewJob> = (batch * 500..(batch + 1) * 500).map(job).collect();
        database.enqueue(&jobs).await?;
    }
    let enqueued = JOBS as f64 / begun.elapsed().as_secs_f64();
    println!("| {name} | jobs enqueued in batches of 500 | {enqueued:.0}/s |");
    let begun = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..processes {
        workers.push(spawn_drain(url, true)?);
    }
    for worker in &mut workers {
        anyhow::ensure!(worker.0.wait()?.success(), "a process fails");
    }
    let drained = JOBS as f64 / begun.elapsed().as_secs_f64();
    println!("| {name} | jobs claimed and done, {processes} process(es) | {drained:.0}/s |");
    Ok(())
}

/// Ends with the bench, whatever becomes of it.
struct Drain(Child);

impl Drop for Drain {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that claims and ends jobs until there are none, or until it is killed.
fn spawn_drain(url: &str, ends_when_empty: bool) -> Result<Drain> {
    let myself = std::env::current_exe()?;
    let mut command = Command::new(myself);
    let ends = if ends_when_empty {
        "when-empty"
    } else {
        "killed"
    };
    command.args(["drain", url, ends]).stdout(Stdio::null());
    Ok(Drain(command.spawn().context("cannot start a process")?))
}

fn request(limit: u32) -> LeaseRequest {
    LeaseRequest {
        queues: Queue::ALL.to_vec(),
        kinds: None,
        worker: format!("bench-{}", std::process::id()),
        limit,
        lease: Duration::from_secs(60),
        done: Vec::new(),
    }
}

/// Claims and ends jobs.
async fn drain(url: &str, ends_when_empty: bool) -> Result<()> {
    let database = open(url).await?;
    let mut request = request(CONCURRENCY);
    loop {
        let leased = database.claim_jobs(&request).await?;
        let had_done = !request.done.is_empty();
        request.done = leased.iter().map(|job| job.lease).collect();
        if !leased.is_empty() || had_done {
            continue;
        }
        let is_open = |state| matches!(state, JobState::Waiting | JobState::Running);
        let counts = database.counts().await?;
        if ends_when_empty && !counts.iter().any(|count| is_open(count.state)) {
            return Ok(());
        }
        database.wait(Duration::from_millis(5)).await;
    }
}

/// The cost of a claim beside many jobs that wait for their time.
async fn delayed(name: &str, url: &str) -> Result<()> {
    let database = open(url).await?;
    let due: Vec<NewJob> = (0..4000).map(job).collect();
    database.enqueue(&due).await?;
    claims(name, &database, "no delayed jobs").await?;
    let day = Duration::from_secs(86_400);
    let delayed: Vec<NewJob> = (0..DELAYED as u64)
        .map(|number| job(number + 1_000_000).after(day))
        .collect();
    for batch in delayed.chunks(1000) {
        database.enqueue(batch).await?;
    }
    database.refresh_statistics().await?;
    claims(name, &database, "200,000 delayed jobs").await
}

async fn claims(name: &str, database: &Database, what: &str) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..CLAIMS {
        let begun = Instant::now();
        let leased = database.claim_jobs(&request(4)).await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(leased.len() == 4, "too few jobs");
    }
    println!("| {name} | claim of 4 beside {what} | {} |", middle(times));
    Ok(())
}

/// The middle and the 95th of 100 of the times.
fn middle(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let (middle, slow) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    format!("{middle:.2} ms, p95 {slow:.2} ms")
}

async fn counts(name: &str, url: &str) -> Result<()> {
    let database = open(url).await?;
    database.enqueue(&[job(0)]).await?;
    for (state, share) in [
        ("done", ROWS / 10 * 9),
        ("waiting", ROWS / 20),
        ("dead", ROWS / 20),
    ] {
        let sql = format!(
            "INSERT INTO job (kind, queue, state, args, priority, run_at, attempts,
                max_attempts, timeout_ms, ordered, lease_number, cancel_asked, merged,
                enqueued_at, finished_at)
             SELECT kind, CASE WHEN i % 3 = 0 THEN 'low' ELSE 'high' END, '{state}', args,
                priority, run_at, 0, 3, 1000, false, 0, false, 0, enqueued_at, run_at
             FROM (SELECT * FROM job LIMIT 1) one,
                (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {share})
                 SELECT i FROM n) numbers"
        );
        run_sql(url, &sql).await?;
    }
    database.refresh_statistics().await?;
    let mut times = Vec::new();
    for _ in 0..50 {
        let begun = Instant::now();
        database.counts().await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    println!("| {name} | counts of {ROWS} jobs | {} |", middle(times));
    Ok(())
}

/// Jobs arrive evenly and two processes work them off, while a transaction that has read the
/// table stays open (or not, to compare): vacuum can remove no row version behind it.
async fn held(url: &str, held_for: Duration, is_held: bool) -> Result<()> {
    let database = open(url).await?;
    let mut holder = PgConnection::connect(url).await?;
    if is_held {
        let hold = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM job";
        holder.execute(hold).await?;
    }
    database.enqueue(&[job(0)]).await?;
    let _workers = [spawn_drain(url, false)?, spawn_drain(url, false)?];
    let begun = Instant::now();
    let done = "SELECT count(*) FROM job WHERE state = 'done'";
    let (mut arrived, mut last_done, mut window) = (0, 0, begun);
    let what = if is_held { "open" } else { "no open" };
    while begun.elapsed() < held_for {
        let due = (begun.elapsed().as_secs_f64() * ARRIVE as f64) as u64;
        let jobs: Vec<NewJob> = (arrived..due.max(arrived)).map(job).collect();
        arrived += jobs.len() as u64;
        database.enqueue(&jobs).await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
        if window.elapsed() >= held_for / 6 {
            let now = number_of(url, done).await?;
            let rate = (now - last_done) as f64 / window.elapsed().as_secs_f64();
            let waiting = arrived as i64 - now;
            println!(
                "| PostgreSQL | {what} transaction, after {} s | {rate:.0} jobs/s, {waiting} wait |",
                begun.elapsed().as_secs()
            );
            (last_done, window) = (now, Instant::now());
        }
    }
    let dead = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'job'";
    let dead = number_of(url, dead).await?;
    println!("| PostgreSQL | {what} transaction, dead rows at the end | {dead} |");
    Ok(())
}
