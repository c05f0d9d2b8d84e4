//! `robotoff dev`: tools for developers and for tests of whole processes.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use robotoff_app::enqueue::{JobKeys, JobSpec};
use robotoff_app::jobs::{Job, JobContext, Registry};
use robotoff_app::worker::{Worker, WorkerSettings};
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobKind, JobState, NewJob, Queue};
use robotoff_store::generate;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::database;

/// Jobs that one statement adds.
const ENQUEUE_BATCH: u64 = 500;

#[derive(Subcommand)]
pub(super) enum DevCommand {
    /// Write made-up insights and votes to an empty database, for benches and try-outs.
    Generate {
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        insights: u64,
    },
    /// Enqueue probe jobs, which only write lines to a file.
    Enqueue(EnqueueArgs),
    /// Run probe jobs until stopped.
    Worker(WorkerArgs),
}

#[derive(Args)]
pub(super) struct EnqueueArgs {
    #[arg(long, value_name = "N")]
    jobs: u64,
    /// Number of keys that the jobs share.
    #[arg(long, value_name = "N", default_value_t = 1)]
    keys: u64,
    /// Duration of a job.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    takes: u64,
}

#[derive(Args)]
pub(super) struct WorkerArgs {
    /// Where probe jobs write a line when they begin and one when they end.
    #[arg(long, value_name = "FILE")]
    log: PathBuf,
    /// End when no job waits or runs any more.
    #[arg(long)]
    until_empty: bool,
}

pub(super) async fn run(
    config: &Config,
    command: DevCommand,
    stop: &CancellationToken,
) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    match command {
        DevCommand::Generate { insights } => {
            let bar = indicatif::ProgressBar::new(insights);
            generate(&database, insights, |written| bar.set_position(written))
                .await
                .context("cannot write made-up insights")?;
            bar.finish_and_clear();
        }
        DevCommand::Enqueue(flags) => enqueue(&database, &flags).await?,
        DevCommand::Worker(flags) => {
            let settings = WorkerSettings {
                name: format!("probe-{}", std::process::id()),
                ..config.worker.clone()
            };
            work(Arc::new(database.clone()), settings, &flags, stop).await?;
        }
    }
    database.close().await?;
    Ok(())
}

/// A job that writes a line when it begins and one when it ends.
#[derive(Serialize, Deserialize)]
struct Probe {
    number: u64,
    key: String,
    /// Duration, in milliseconds.
    takes: u64,
}

impl JobSpec for Probe {
    const KIND: JobKind = JobKind {
        name: "probe",
        queue: Queue::High,
        max_attempts: 5,
        timeout: Duration::from_secs(60),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        JobKeys {
            serial: Some(self.key.clone()),
            unique: None,
        }
    }
}

impl Job for Probe {
    type App = ProbeLog;

    async fn run(&self, cx: &JobContext<ProbeLog>) -> Result<()> {
        cx.app.write("begin", self)?;
        tokio::time::sleep(Duration::from_millis(self.takes)).await;
        cx.app.write("end", self)
    }
}

async fn enqueue(queue: &dyn JobQueue, flags: &EnqueueArgs) -> Result<()> {
    let keys = flags.keys.max(1);
    let mut begin = 0;
    while begin < flags.jobs {
        let end = (begin + ENQUEUE_BATCH).min(flags.jobs);
        let jobs: Vec<NewJob> = (begin..end)
            .map(|number| {
                let probe = Probe {
                    number,
                    key: format!("key-{}", number % keys),
                    takes: flags.takes,
                };
                probe.new_job()
            })
            .collect();
        queue
            .enqueue(&jobs)
            .await
            .context("cannot enqueue probe jobs")?;
        begin = end;
    }
    Ok(())
}

async fn work(
    queue: Arc<dyn JobQueue>,
    settings: WorkerSettings,
    flags: &WorkerArgs,
    stop: &CancellationToken,
) -> Result<()> {
    let registry = Registry::default().with::<Probe>(&Arc::new(ProbeLog::to(&flags.log)?));
    let worker = Worker::new(queue.clone(), registry, settings);
    let stop = stop.child_token();
    let working = worker.run(stop.clone());
    if !flags.until_empty {
        working.await;
        return Ok(());
    }
    tokio::pin!(working);
    loop {
        tokio::select! {
            () = &mut working => return Ok(()),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
        let counts = queue.counts().await?;
        let is_open = |state| matches!(state, JobState::Waiting | JobState::Running);
        if !counts.iter().any(|count| is_open(count.state)) {
            stop.cancel();
        }
    }
}

/// The file that probe jobs write to: `begin NUMBER KEY PROCESS MICROSECONDS`.
struct ProbeLog(Mutex<File>);

impl ProbeLog {
    fn to(log: &Path) -> Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(log);
        let file = file.with_context(|| format!("cannot write to {}", log.display()))?;
        Ok(Self(Mutex::new(file)))
    }

    /// Writes one line at once, so that lines of several processes do not mix.
    fn write(&self, event: &str, probe: &Probe) -> Result<()> {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let line = format!(
            "{event} {} {} {} {}\n",
            probe.number,
            probe.key,
            std::process::id(),
            since_epoch.as_micros()
        );
        let mut log = self.0.lock().expect("nobody panics while writing a line");
        log.write_all(line.as_bytes())
            .context("cannot write a line")
    }
}
