//! `robotoff schedule`: periodic jobs listed, run, enabled, disabled.

use std::io::Write;

use anyhow::{Result, bail};
use chrono::NaiveDateTime;
use clap::{Args, Subcommand};
use robotoff_app::schedule::{FirstRun, SCHEDULE, Schedule};
use robotoff_ports::job::{JobRecord, JobState};
use robotoff_ports::services::ScheduleState;
use robotoff_ports::{Clock, JobQueue, Services, SystemClock};
use robotoff_store::Database;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::database;

#[derive(Subcommand)]
pub(super) enum ScheduleCommand {
    /// List the periodic jobs: their times, the last result, the next time.
    List(ScheduleListArgs),
    /// Run a periodic job at once, enabled or not; its next time stays as it is.
    Run(ScheduleNameArgs),
    /// Let a periodic job run at its times. Those that it missed are not caught up.
    Enable(ScheduleNameArgs),
    /// Let a periodic job run no more, but by hand.
    Disable(ScheduleNameArgs),
}

#[derive(Args)]
pub(super) struct ScheduleListArgs {
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ScheduleNameArgs {
    /// Name of the periodic job, as `robotoff schedule list` shows it.
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) async fn run(
    config: &Config,
    command: ScheduleCommand,
    stop: &CancellationToken,
) -> Result<()> {
    // Before the database is opened: a wrong name is reported at once.
    let row = match &command {
        ScheduleCommand::List(_) => None,
        ScheduleCommand::Run(it) | ScheduleCommand::Enable(it) | ScheduleCommand::Disable(it) => {
            Some(row_named(&it.name)?)
        }
    };
    let database = database::for_command(config, stop).await?;
    let now = SystemClock.now();
    match (command, row) {
        (ScheduleCommand::Run(_), Some(row)) => {
            let job = database.run_schedule(row.name, now, (row.job)()).await?;
            super::say(&format!("{} runs as job {job}", row.name))?;
        }
        (ScheduleCommand::Enable(_), Some(row)) => {
            database.enable_schedule(row.name, true, now).await?;
            super::say(&format!("{} is enabled", row.name))?;
        }
        (ScheduleCommand::Disable(_), Some(row)) => {
            database.enable_schedule(row.name, false, now).await?;
            super::say(&format!("{} is disabled", row.name))?;
        }
        (ScheduleCommand::List(arguments), _) => list(&database, arguments.json).await?,
        (_, None) => {}
    }
    database.close().await?;
    Ok(())
}

fn row_named(name: &str) -> Result<&'static Schedule> {
    if let Some(row) = Schedule::named(name) {
        return Ok(row);
    }
    let names: Vec<&str> = SCHEDULE.iter().map(|row| row.name).collect();
    bail!(
        "no periodic job is called {name:?}: there are {}",
        names.join(", ")
    )
}

/// A row of the schedule with its state.
struct ListedRow {
    row: &'static Schedule,
    state: Option<ScheduleState>,
    job: Option<JobRecord>,
    next: Option<NaiveDateTime>,
}

impl ListedRow {
    async fn read(database: &Database, states: &[ScheduleState]) -> Result<Vec<Self>> {
        let mut rows = Vec::new();
        for row in SCHEDULE {
            let state = states.iter().find(|state| state.name == row.name).cloned();
            let job = match state.as_ref().and_then(|state| state.last_job) {
                Some(job) => database.job(job).await?,
                None => None,
            };
            let next = match (&state, row.first) {
                (Some(state), _) if !state.is_enabled => None,
                (Some(state), _) => Some(row.next_after(state.last_at)?),
                // No scheduler has run yet.
                (None, FirstRun::AtOnce | FirstRun::AtTime) => None,
            };
            rows.push(Self {
                row,
                state,
                job,
                next,
            });
        }
        Ok(rows)
    }

    fn is_enabled(&self) -> bool {
        self.state.as_ref().is_none_or(|state| state.is_enabled)
    }

    fn fired_at(&self) -> Option<NaiveDateTime> {
        self.state.as_ref().and_then(|state| state.fired_at)
    }

    /// State of the last job, and its error if it has one.
    fn result(&self) -> String {
        let Some(job) = &self.job else {
            return "-".to_owned();
        };
        match (&job.last_error, job.state) {
            (Some(error), JobState::Done) => format!("skipped: {error}"),
            (Some(error), state) => format!("{}: {error}", state.name()),
            (None, state) => state.name().to_owned(),
        }
    }

    fn as_json(&self) -> Value {
        json!({
            "name": self.row.name,
            "about": self.row.about,
            "cron": self.row.cron,
            "jitter_secs": self.row.jitter.as_secs(),
            "enabled": self.is_enabled(),
            "fired_at": self.fired_at(),
            "next_at": self.next,
            "job": self.job.as_ref().map(|job| json!({
                "id": job.id.0, "state": job.state.name(), "error": job.last_error,
                "finished_at": job.finished_at,
            })),
        })
    }
}

async fn list(database: &Database, as_json: bool) -> Result<()> {
    let states = database.schedules().await?;
    let rows = ListedRow::read(database, &states).await?;
    let mut out = std::io::stdout().lock();
    if as_json {
        let rows: Vec<Value> = rows.iter().map(ListedRow::as_json).collect();
        writeln!(out, "{}", json!({ "schedule": rows }))?;
        return Ok(());
    }
    writeln!(
        out,
        "{:<22} {:<16} {:<9} {:<20} {:<20} LAST RESULT",
        "NAME", "TIMES (UTC)", "STATE", "LAST RUN", "NEXT RUN"
    )?;
    for listed in &rows {
        let state = match listed.is_enabled() {
            true => "enabled",
            false => "disabled",
        };
        writeln!(
            out,
            "{:<22} {:<16} {state:<9} {:<20} {:<20} {}",
            listed.row.name,
            listed.row.cron,
            shown(listed.fired_at()),
            shown(listed.next),
            listed.result()
        )?;
    }
    Ok(())
}

fn shown(time: Option<NaiveDateTime>) -> String {
    time.map_or("-".to_owned(), |time| {
        time.format("%Y-%m-%d %H:%M:%S").to_string()
    })
}
