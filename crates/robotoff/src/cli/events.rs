//! `robotoff events`: streams shown and replayed by time, parked events listed, replayed,
//! discarded.

mod gaps;

use std::io::Write;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use clap::{Args, Subcommand};
use robotoff_app::events::{EventIntake, ReplayedEvent};
use robotoff_ports::events::StreamState;
use robotoff_ports::store::{EventLog, ParkedEvent, ParkedEventId, StreamPosition};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::ExitStatus;
use crate::config::Config;
use crate::{database, wire};

/// Parked events that are read at once.
const PAGE: u64 = 500;

#[derive(Subcommand)]
pub(super) enum EventsCommand {
    /// Show positions, lines and gaps of the streams, and the number of parked events.
    Status(EventsStatusArgs),
    /// List events that could not be read, newest first.
    Parked(ParkedArgs),
    /// Read parked events again and store their jobs.
    Replay(ChosenArgs),
    /// Delete parked events.
    Discard(ChosenArgs),
    /// List parts of streams that were lost, newest first.
    Gaps(GapsArgs),
    /// Say of gaps that nothing is left to do: their events are replayed, or their products
    /// refreshed.
    Resolve(ResolveArgs),
    /// Store the jobs of all events since a time again.
    Since(SinceArgs),
}

#[derive(Args)]
pub(super) struct EventsStatusArgs {
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ParkedArgs {
    /// The number of events at most.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u64,
    /// Events with lower numbers: the page behind the one that ends with this event.
    #[arg(long, value_name = "NUMBER")]
    below: Option<i64>,
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ChosenArgs {
    /// Numbers of parked events.
    #[arg(value_name = "NUMBER", required_unless_present = "all")]
    numbers: Vec<i64>,
    /// All parked events.
    #[arg(long, conflicts_with = "numbers")]
    all: bool,
}

#[derive(Args)]
pub(super) struct GapsArgs {
    /// Also those that are resolved.
    #[arg(long)]
    all: bool,
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ResolveArgs {
    /// Numbers of gaps.
    #[arg(value_name = "NUMBER", required = true)]
    numbers: Vec<i64>,
}

#[derive(Args)]
pub(super) struct SinceArgs {
    /// 2026-12-01, 2026-12-01T08:00:00 (UTC) or 2026-12-01T08:00:00+01:00.
    #[arg(value_name = "TIME", value_parser = instant)]
    time: NaiveDateTime,
}

/// Runs the command.
pub(super) async fn run(
    config: &Config,
    command: EventsCommand,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    match command {
        EventsCommand::Status(arguments) => status(config, &arguments, stop).await?,
        EventsCommand::Since(arguments) => since(config, &arguments, stop).await?,
        EventsCommand::Parked(arguments) => {
            let database = database::for_command(config, stop).await?;
            list(&database, &arguments).await?;
            database.close().await?;
        }
        EventsCommand::Gaps(arguments) => {
            let database = database::for_command(config, stop).await?;
            gaps::list(&database, arguments.all, arguments.json).await?;
            database.close().await?;
        }
        EventsCommand::Resolve(arguments) => {
            let database = database::for_command(config, stop).await?;
            let status = gaps::resolve(&database, &arguments.numbers).await?;
            database.close().await?;
            return Ok(status);
        }
        EventsCommand::Replay(arguments) => {
            return change(config, &arguments, Change::Replay, stop).await;
        }
        EventsCommand::Discard(arguments) => {
            return change(config, &arguments, Change::Discard, stop).await;
        }
    }
    Ok(ExitStatus::Success)
}

async fn status(
    config: &Config,
    arguments: &EventsStatusArgs,
    stop: &CancellationToken,
) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    let positions = database.stream_positions().await?;
    let parked = database.count_parked_events().await?;
    let open = gaps::open(&database).await?;
    database.close().await?;
    let states = match wire::event_source(config, "status")? {
        Some(source) => source.states().await?,
        None => Vec::new(),
    };
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let streams: Vec<Value> = states
            .iter()
            .map(|state| as_json(state, &positions))
            .collect();
        let positions: Vec<Value> = positions.iter().map(position_as_json).collect();
        let status = json!({
            "positions": positions, "streams": streams, "parked": parked,
            "gaps": open.iter().map(gaps::as_json).collect::<Vec<_>>(),
        });
        writeln!(out, "{status}")?;
        return Ok(());
    }
    if states.is_empty() {
        writeln!(out, "no source of events is set (EVENTS_URL)")?;
    }
    for position in &positions {
        let (last, at) = (position.last, position.stored_at.format("%F %T"));
        writeln!(
            out,
            "{:<16} stored up to {last}, at {at} UTC",
            position.stream.name()
        )?;
    }
    for state in &states {
        writeln!(
            out,
            "{:<16} {} entries, {} not yet taken, {} not yet acknowledged",
            state.stream.name(),
            state.length,
            state
                .waiting
                .map_or("?".to_owned(), |waiting| waiting.to_string()),
            state.pending
        )?;
    }
    for gap in &open {
        writeln!(out, "{}", gaps::line(gap))?;
    }
    writeln!(out, "{parked} parked events")?;
    Ok(())
}

fn position_as_json(position: &StreamPosition) -> Value {
    json!({
        "stream": position.stream.name(),
        "last": position.last.to_string(),
        "stored_at": position.stored_at.and_utc().to_rfc3339(),
    })
}

fn as_json(state: &StreamState, positions: &[StreamPosition]) -> Value {
    let position = positions
        .iter()
        .find(|position| position.stream == state.stream);
    json!({
        "stream": state.stream.name(),
        "length": state.length,
        "first": state.first.map(|id| id.to_string()),
        "last": state.last.map(|id| id.to_string()),
        "stored": position.map(|position| position.last.to_string()),
        "waiting": state.waiting,
        "pending": state.pending,
        "gap": state.gap.map(|gap| json!({
            "after": gap.after.to_string(),
            "first": gap.first.map(|id| id.to_string()),
            "lost": gap.lost,
        })),
    })
}

async fn list(log: &dyn EventLog, arguments: &ParkedArgs) -> Result<()> {
    let mut below = arguments.below.map(ParkedEventId);
    let mut left = arguments.limit;
    let mut out = std::io::stdout().lock();
    while left > 0 {
        let page = log.parked_events(below, left.min(PAGE)).await?;
        let Some(last) = page.last() else {
            break;
        };
        below = Some(last.id);
        left -= page.len() as u64;
        for event in page {
            match arguments.json {
                true => writeln!(out, "{}", parked_as_json(&event))?,
                false => writeln!(
                    out,
                    "{:>8}  {}  {:<15} {:<18} {}",
                    event.id.0,
                    event.parked_at.format("%F %T"),
                    event.entry.stream.name(),
                    event.entry.id.map_or("-".to_owned(), |id| id.to_string()),
                    event.error
                )?,
            }
        }
    }
    Ok(())
}

fn parked_as_json(event: &ParkedEvent) -> Value {
    json!({
        "number": event.id.0,
        "stream": event.entry.stream.name(),
        "id": event.entry.id.map(|id| id.to_string()),
        "fields": event.entry.fields,
        "error": event.error,
        "parked_at": event.parked_at.and_utc().to_rfc3339(),
    })
}

/// Treatment of chosen parked events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Replay,
    Discard,
}

async fn change(
    config: &Config,
    arguments: &ChosenArgs,
    change: Change,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let ids = match arguments.all {
        true => all_parked(&app.events).await?,
        false => arguments
            .numbers
            .iter()
            .copied()
            .map(ParkedEventId)
            .collect(),
    };
    let mut status = ExitStatus::Success;
    for id in ids {
        if stop.is_cancelled() {
            break;
        }
        if !change_one(&app.events, id, change).await? {
            status = ExitStatus::PartialFailure;
        }
    }
    database.close().await?;
    Ok(status)
}

async fn all_parked(events: &EventIntake) -> Result<Vec<ParkedEventId>> {
    let mut ids: Vec<ParkedEventId> = Vec::new();
    loop {
        let page = events.parked(ids.last().copied(), PAGE).await?;
        if page.is_empty() {
            // The oldest first, as they happened.
            ids.reverse();
            return Ok(ids);
        }
        ids.extend(page.into_iter().map(|event| event.id));
    }
}

/// False: the event stays parked, or there is none.
async fn change_one(events: &EventIntake, id: ParkedEventId, change: Change) -> Result<bool> {
    let number = id.0;
    let unknown = format!("event {number} is not parked");
    let (sentence, is_done) = match change {
        Change::Discard => match events.discard_parked(id).await? {
            true => (format!("event {number} discarded"), true),
            false => (unknown, false),
        },
        Change::Replay => match events.replay_parked(id).await? {
            ReplayedEvent::Done { jobs } => (format!("event {number} replayed: {jobs} jobs"), true),
            ReplayedEvent::StillUnreadable(why) => {
                (format!("event {number} cannot be read: {why}"), false)
            }
            ReplayedEvent::Unknown => (unknown, false),
        },
    };
    super::say(&sentence)?;
    Ok(is_done)
}

/// Stores the jobs of all events since a time.
pub(super) async fn since(
    config: &Config,
    arguments: &SinceArgs,
    stop: &CancellationToken,
) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let listener = wire::listener(config, &app, "replay")?;
    let listener = listener.context("there is no stream to read: set EVENTS_URL")?;
    let millis = u64::try_from(arguments.time.and_utc().timestamp_millis()).unwrap_or_default();
    let progress = |stream, total: robotoff_app::events::IntakeReport| {
        tracing::info!(event.stream = %stream, jobs = total.counts.jobs, "replaying events");
    };
    let replayed = tokio::select! {
        replayed = listener.replay_since(millis, progress) => Some(replayed?),
        () = stop.cancelled() => None,
    };
    database.close().await?;
    let Some(total) = replayed else {
        return super::say("stopped; the jobs of a part of the events are stored");
    };
    let counts = total.counts;
    super::say(&format!(
        "{} events, {} without consequences, {} unreadable; {} jobs added, {} merged",
        counts.new + counts.known,
        total.ignored,
        counts.parked,
        counts.jobs,
        counts.merged
    ))
}

/// An instant; without an offset it is UTC (`docs/reference/pipeline.md` 11.5, 35).
pub(super) fn instant(text: &str) -> Result<NaiveDateTime, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.naive_utc());
    }
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(time);
        }
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map(NaiveDateTime::from)
        .map_err(|_| "expected a time such as 2026-12-01T08:00:00Z or a date".to_owned())
}
