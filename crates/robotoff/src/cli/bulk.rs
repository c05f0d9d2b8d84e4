//! Commands of an operator that act on jobs or edits: on those that are named, or on all
//! that a filter finds. Shared by `jobs` and `edits`.
//!
//! Named ones are acted on at once. A filter may find a million, so without `--yes` it is
//! a dry run, which tells how many there are and shows some.

use std::io::Write;

use anyhow::{Context, Result, bail};
use chrono::{NaiveDateTime, TimeDelta};
use clap::Args;
use robotoff_ports::{Clock, SystemClock};
use serde_json::{Value, json};

use super::ExitStatus;

/// Rows that one read gives.
pub(super) const PAGE: u64 = 500;
/// Reasons that a report holds; the others are counted.
const MAX_REASONS: usize = 100;
/// Rows that a dry run shows.
pub(super) const MAX_SHOWN: usize = 20;

#[derive(Args)]
pub(super) struct BulkFlags {
    /// Act on all that the filter finds; without it that is a dry run.
    #[arg(long)]
    pub(super) yes: bool,
    /// One JSON object instead of sentences.
    #[arg(long)]
    pub(super) json: bool,
}

/// An age as an operator writes it: `90s`, `15m`, `2h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Age(pub(super) TimeDelta);

impl Age {
    /// The instant so long ago.
    pub(super) fn ago(self) -> NaiveDateTime {
        SystemClock.now() - self.0
    }
}

impl std::str::FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is no age: a number and s, m, h or d, as in 15m");
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        // More than a century is a slip, and later sums stay in range.
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
        let seconds = i64::from(number) * seconds;
        if seconds > 100 * 366 * 86_400 {
            return Err(wrong());
        }
        Ok(Self(TimeDelta::seconds(seconds)))
    }
}

/// Parser of a name of a list for the command line; the error names them all.
pub(super) fn named<T: Copy>(
    text: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    let found = all.iter().copied().find(|value| name(*value) == text);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
        format!("{text:?} is none of {}", names.join(", "))
    })
}

/// Report of a command: the number of rows it found and changed, and reasons for the rest.
#[derive(Debug)]
pub(super) struct BulkReport {
    /// `retry`, and `retried` in sentences.
    pub(super) action: &'static str,
    pub(super) action_done: &'static str,
    /// `job`, `edit`.
    pub(super) noun: &'static str,
    pub(super) is_dry_run: bool,
    pub(super) matched: u64,
    pub(super) changed: u64,
    pub(super) not_changed: u64,
    /// Lines about single rows, for a person.
    lines: Vec<String>,
    /// Id and reason.
    reasons: Vec<(String, String)>,
    is_interrupted: bool,
}

impl BulkReport {
    pub(super) const fn new(
        action: &'static str,
        action_done: &'static str,
        noun: &'static str,
        is_dry_run: bool,
    ) -> Self {
        Self {
            action,
            action_done,
            noun,
            is_dry_run,
            matched: 0,
            changed: 0,
            not_changed: 0,
            lines: Vec::new(),
            reasons: Vec::new(),
            is_interrupted: false,
        }
    }

    /// A row that a dry run found.
    pub(super) fn found(&mut self, line: impl FnOnce() -> String) {
        self.matched += 1;
        if self.lines.len() < MAX_SHOWN {
            self.lines.push(line());
        }
    }

    pub(super) fn done(&mut self, id: impl ToString, follows: &str) {
        self.matched += 1;
        self.changed += 1;
        if self.lines.len() < MAX_SHOWN {
            let (noun, done) = (self.noun, self.action_done);
            let follows = match follows {
                "" => String::new(),
                follows => format!(": {follows}"),
            };
            let id = id.to_string();
            self.lines.push(format!("{noun} {id} {done}{follows}"));
        }
    }

    pub(super) fn refused(&mut self, id: impl ToString, why: impl Into<String>) {
        self.matched += 1;
        self.not_changed += 1;
        if self.reasons.len() < MAX_REASONS {
            self.reasons.push((id.to_string(), why.into()));
        }
    }

    /// The operator stopped the command before the end.
    pub(super) const fn interrupted(&mut self) {
        self.is_interrupted = true;
    }

    /// Prints the report. Rows that were not changed are a partial failure.
    pub(super) fn print(&self, as_json: bool) -> Result<ExitStatus> {
        let mut out = std::io::stdout().lock();
        if as_json {
            writeln!(out, "{}", self.as_json()).context("cannot write to standard output")?;
        } else {
            for line in &self.lines {
                writeln!(out, "{line}").context("cannot write to standard output")?;
            }
            for (id, why) in &self.reasons {
                eprintln!("{} {id} not {}: {why}", self.noun, self.action_done);
            }
            writeln!(out, "{}", self.sentence()).context("cannot write to standard output")?;
        }
        Ok(match self.not_changed > 0 || self.is_interrupted {
            true => ExitStatus::PartialFailure,
            false => ExitStatus::Success,
        })
    }

    fn as_json(&self) -> Value {
        let reasons = self.reasons.iter();
        let reasons = reasons.map(|(id, why)| json!({"id": id, "reason": why}));
        json!({
            "action": self.action, "dry_run": self.is_dry_run, "interrupted": self.is_interrupted,
            "matched": self.matched, "changed": self.changed, "not_changed": self.not_changed,
            "reasons": reasons.collect::<Vec<_>>(),
        })
    }

    fn sentence(&self) -> String {
        let of = |number: u64| match number {
            1 => format!("1 {}", self.noun),
            number => format!("{number} {}s", self.noun),
        };
        if self.is_dry_run {
            let found = of(self.matched);
            return format!("{found} would be {}; add --yes to do it", self.action_done);
        }
        let mut sentence = format!("{} {}", of(self.changed), self.action_done);
        if self.not_changed > 0 {
            sentence += &format!(", {} not", self.not_changed);
        }
        if self.is_interrupted {
            sentence += "; interrupted: the same command goes on";
        }
        sentence
    }
}

/// The selection of a command: names or a filter, and not both.
pub(super) fn check_selection(has_names: bool, has_filter: bool, what: &str) -> Result<()> {
    match (has_names, has_filter) {
        (true, true) => bail!("name {what} or give a filter, not both"),
        (false, false) => bail!("name {what}, or give a filter such as --state"),
        (true, false) | (false, true) => Ok(()),
    }
}

/// The beginning of a text for one line of a table.
pub(super) fn shortened(text: &str, max_chars: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    // Errors hold what other servers sent: control characters stay out of the terminal.
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= max_chars {
        return line;
    }
    let start: String = line.chars().take(max_chars.saturating_sub(1)).collect();
    start + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_with_their_units() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604_800)] {
            assert_eq!(text.parse(), Ok(Age(TimeDelta::seconds(seconds))), "{text}");
        }
        for text in ["", "m", "5", "-1d", "1w", "4294967295d", "1é"] {
            assert!(text.parse::<Age>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_report_says_what_was_done() {
        let mut report = BulkReport::new("retry", "retried", "job", false);
        report.done(1, "");
        report.refused(2, "it is waiting");
        assert_eq!(report.sentence(), "1 job retried, 1 not");
        report.interrupted();
        let json = report.as_json();
        assert_eq!(
            (&json["changed"], &json["not_changed"]),
            (&json!(1), &json!(1))
        );
        assert_eq!(json["reasons"][0]["reason"], "it is waiting");
        let mut dry = BulkReport::new("retry", "retried", "job", true);
        for _ in 0..3 {
            dry.found(String::new);
        }
        assert_eq!(
            dry.sentence(),
            "3 jobs would be retried; add --yes to do it"
        );
    }

    #[test]
    fn control_characters_stay_out_of_tables() {
        assert_eq!(shortened("\u{1b}[31mred\nmore", 20), "[31mred");
        assert_eq!(shortened("abcdef", 4), "abc…");
    }
}
