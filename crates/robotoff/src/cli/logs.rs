//! `robotoff logs`: the log files of the services of this host, merged by time.

mod files;
mod line;

use std::collections::VecDeque;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::ExitStatus;
use super::bulk::Age;
use crate::config::Config;
use files::LogFolder;
use line::{FieldFilter, Level, LogLine};

/// Pause between two looks for new lines.
const POLL_INTERVAL: Duration = Duration::from_millis(300);
/// Lines that are shown at first, unless a number or a time is given.
const DEFAULT_TAIL: usize = 200;

/// Flags of `logs`.
#[derive(Args)]
pub(super) struct LogsArgs {
    /// api, worker, scheduler or listener; by default all.
    #[arg(value_name = "SERVICE", value_parser = ["api", "worker", "scheduler", "listener"])]
    service: Option<String>,
    /// Show new lines as they come, until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
    /// Show the last N lines only.
    #[arg(long, short = 'n', value_name = "N")]
    tail: Option<usize>,
    /// Show lines from this time on: an age (30m, 2h, 1d) or a time (2026-03-01T12:00:00).
    #[arg(long, value_name = "TIME", value_parser = since_of)]
    since: Option<Since>,
    /// Show lines of this level and above: error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Show lines with this field, for instance job=123; several have to hold together.
    #[arg(long, value_name = "NAME=VALUE")]
    field: Vec<FieldFilter>,
    /// Print the lines as they are stored, as JSON.
    #[arg(long)]
    json: bool,
}

/// Start of what is shown.
#[derive(Debug, Clone, Copy)]
enum Since {
    Age(TimeDelta),
    Time(NaiveDateTime),
}

fn since_of(text: &str) -> Result<Since, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Since::Time(time.naive_utc()));
    }
    if let Ok(time) = text.parse() {
        return Ok(Since::Time(time));
    }
    text.parse().map(|Age(age)| Since::Age(age)).map_err(|_| {
        format!("{text:?} is neither an age (30m, 2h, 1d) nor a time (2026-03-01T12:00:00)")
    })
}

/// Conditions of the lines that are shown.
struct LineFilter<'a> {
    flags: &'a LogsArgs,
    since: Option<NaiveDateTime>,
}

impl LineFilter<'_> {
    fn admits(&self, line: &LogLine) -> bool {
        let flags = self.flags;
        let is_late = self.since.is_none_or(|since| line.time >= since);
        let is_loud = flags.level.is_none_or(|level| line.level <= level);
        let service = flags.service.as_deref();
        let is_of_service = service.is_none_or(|service| line.is_of(service));
        let has_fields = flags.field.iter().all(|field| field.admits(line));
        is_late && is_loud && is_of_service && has_fields
    }
}

pub(super) async fn run(
    config: &Config,
    flags: &LogsArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let folder = folder(config);
    let now = Utc::now().naive_utc();
    let filter = LineFilter {
        flags,
        since: flags.since.map(|since| match since {
            Since::Age(age) => now - age,
            Since::Time(time) => time,
        }),
    };
    let mut logs = LogFolder::open(folder, filter.since.map(|since| since.date()))?;
    if logs.is_empty() && !flags.follow {
        eprintln!(
            "robotoff: {}",
            elsewhere(&logs.path().display().to_string())
        );
        return Ok(ExitStatus::PartialFailure);
    }
    let mut out = Lines {
        is_json: flags.json,
        has_colours: config.wants_colours && std::io::stdout().is_terminal(),
    };
    let tail = match (flags.tail, flags.since) {
        (Some(tail), _) => tail,
        (None, Some(_)) => usize::MAX,
        (None, None) => DEFAULT_TAIL,
    };
    let mut last = VecDeque::new();
    while let Some(line) = logs.next()? {
        if !filter.admits(&line) {
            continue;
        }
        if tail == usize::MAX {
            out.show(&line)?;
            continue;
        }
        last.push_back(line);
        if last.len() > tail {
            last.pop_front();
        }
    }
    last.iter().try_for_each(|line| out.show(line))?;
    while flags.follow
        && tokio::time::timeout(POLL_INTERVAL, stop.cancelled())
            .await
            .is_err()
    {
        logs.find_new_files()?;
        while let Some(line) = logs.next()? {
            if filter.admits(&line) {
                out.show(&line)?;
            }
        }
    }
    Ok(ExitStatus::Success)
}

/// Folder of log files: the configured one, or that of a process in the background.
pub(super) fn folder(config: &Config) -> PathBuf {
    config.operation.logs_in_background()
}

/// The last lines of all log files, as they are stored.
pub(super) fn last_lines(folder: &Path, number: usize) -> Result<String> {
    let mut logs = LogFolder::open(folder.to_owned(), None)?;
    let mut last = VecDeque::new();
    while let Some(line) = logs.next()? {
        last.push_back(line.raw().to_owned());
        if last.len() > number {
            last.pop_front();
        }
    }
    Ok(Vec::from(last).join("\n"))
}

/// Message about the logs when there are no files.
fn elsewhere(folder: &str) -> String {
    format!(
        "there are no log files in {folder}: services write them there when LOG_DIR is set, or \
         after `robotoff up --detach`. Otherwise their logs are with their supervisor: \
         `journalctl -u 'robotoff-*' -f` (systemd), `docker compose logs -f --tail 200 SERVICE` \
         (docker)"
    )
}

/// Output of lines.
struct Lines {
    is_json: bool,
    has_colours: bool,
}

impl Lines {
    fn show(&mut self, line: &LogLine) -> Result<()> {
        let text = match self.is_json {
            true => line.raw().to_owned(),
            false => line.as_text(self.has_colours),
        };
        writeln!(std::io::stdout(), "{text}").context("cannot write to standard output")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_an_age_or_a_time() {
        assert!(matches!(since_of("2h"), Ok(Since::Age(age)) if age == TimeDelta::hours(2)));
        for text in ["2026-03-01T12:00:00", "2026-03-01T13:00:00+01:00"] {
            let expected: NaiveDateTime = "2026-03-01T12:00:00".parse().unwrap();
            assert!(
                matches!(since_of(text), Ok(Since::Time(time)) if time == expected),
                "{text}"
            );
        }
        assert!(since_of("yesterday").unwrap_err().contains("neither"));
    }
}
