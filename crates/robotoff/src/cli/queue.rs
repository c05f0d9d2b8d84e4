//! `robotoff queue`: queues listed, paused, resumed.

use std::io::Write;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobCount, JobState, Queue};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::jobs::queue_named;
use crate::config::Config;
use crate::database;

#[derive(Subcommand)]
pub(super) enum QueueCommand {
    /// List the queues, with the numbers of their jobs.
    List(QueueListArgs),
    /// Let no further job of a queue start; those that run end.
    Pause(QueueNameArgs),
    /// End a pause.
    Resume(QueueNameArgs),
}

#[derive(Args)]
pub(super) struct QueueListArgs {
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct QueueNameArgs {
    /// high, ml or low; one or several.
    #[arg(required = true, value_name = "QUEUE", value_parser = queue_named)]
    queues: Vec<Queue>,
    /// One JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    config: &Config,
    command: QueueCommand,
    stop: &CancellationToken,
) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    match command {
        QueueCommand::List(arguments) => list(&database, arguments.json).await?,
        QueueCommand::Pause(arguments) => set_paused(&database, &arguments, true).await?,
        QueueCommand::Resume(arguments) => set_paused(&database, &arguments, false).await?,
    }
    database.close().await?;
    Ok(())
}

async fn list(queue: &dyn JobQueue, as_json: bool) -> Result<()> {
    let paused = queue.paused().await?;
    let counts = queue.counts().await?;
    let mut out = std::io::stdout().lock();
    if as_json {
        let queues = Queue::ALL.map(|name| {
            let mut jobs = serde_json::Map::new();
            for state in JobState::ALL {
                let count = count_of(&counts, name, state);
                jobs.insert(
                    state.name().to_owned(),
                    count.map_or(0, |count| count.jobs).into(),
                );
            }
            json!({"queue": name.name(), "paused": paused.contains(&name), "jobs": jobs})
        });
        writeln!(out, "{}", json!({ "queues": queues.to_vec() }))?;
        return Ok(());
    }
    write!(out, "{:<7} {:<8}", "QUEUE", "STATE")?;
    for state in JobState::ALL {
        write!(out, " {:>10}", state.name().to_uppercase())?;
    }
    writeln!(out)?;
    for name in Queue::ALL {
        let state = if paused.contains(&name) {
            "paused"
        } else {
            "open"
        };
        write!(out, "{:<7} {state:<8}", name.name())?;
        for state in JobState::ALL {
            write!(out, " {:>10}", shown(count_of(&counts, name, state)))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn count_of(counts: &[JobCount], queue: Queue, state: JobState) -> Option<&JobCount> {
    counts
        .iter()
        .find(|count| count.queue == queue && count.state == state)
}

fn shown(count: Option<&JobCount>) -> String {
    match count {
        None => "0".to_owned(),
        Some(count) if count.is_capped => format!("{}+", count.jobs),
        Some(count) => count.jobs.to_string(),
    }
}

/// Pauses queues or ends their pauses, and reports which were so already.
async fn set_paused(
    queue: &dyn JobQueue,
    arguments: &QueueNameArgs,
    is_paused: bool,
) -> Result<()> {
    let before = queue.paused().await?;
    let mut queues: Vec<Value> = Vec::new();
    let mut out = std::io::stdout().lock();
    for name in &arguments.queues {
        let has_changed = before.contains(name) != is_paused;
        let doing = || format!("cannot change queue {name}");
        let sentence = match is_paused {
            true => {
                queue.pause(*name).await.with_context(doing)?;
                match has_changed {
                    true => "paused: running jobs end, no further job starts",
                    false => "was paused already",
                }
            }
            false => {
                queue.resume(*name).await.with_context(doing)?;
                match has_changed {
                    true => "resumed: its jobs start",
                    false => "was not paused",
                }
            }
        };
        if !arguments.json {
            writeln!(out, "queue {name} {sentence}")?;
        }
        queues.push(json!({"queue": name.name(), "paused": is_paused, "changed": has_changed}));
    }
    if arguments.json {
        writeln!(out, "{}", json!({ "queues": queues }))?;
    }
    Ok(())
}
