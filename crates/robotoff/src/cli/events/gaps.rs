//! Parts of streams that were lost, listed and resolved.

use std::io::Write;

use anyhow::Result;
use robotoff_ports::store::{EventGap, EventGapId, EventLog};
use robotoff_ports::{Clock, SystemClock};
use serde_json::{Value, json};

use super::super::{ExitStatus, say};

/// Gaps that are not resolved.
pub(super) async fn open(log: &dyn EventLog) -> Result<Vec<EventGap>> {
    let mut gaps = log.event_gaps().await?;
    gaps.retain(|gap| gap.resolved_at.is_none());
    Ok(gaps)
}

/// Prints gaps.
pub(super) async fn list(log: &dyn EventLog, all: bool, as_json: bool) -> Result<()> {
    let gaps = match all {
        true => log.event_gaps().await?,
        false => open(log).await?,
    };
    let mut out = std::io::stdout().lock();
    for gap in &gaps {
        match as_json {
            true => writeln!(out, "{}", self::as_json(gap))?,
            false => writeln!(out, "{}", line(gap))?,
        }
    }
    Ok(())
}

/// Resolves gaps; one that is not open makes it a partial failure.
pub(super) async fn resolve(log: &dyn EventLog, numbers: &[i64]) -> Result<ExitStatus> {
    let mut status = ExitStatus::Success;
    for number in numbers {
        let is_resolved = log.resolve_gap(EventGapId(*number), SystemClock.now());
        match is_resolved.await? {
            true => say(&format!("gap {number} resolved"))?,
            false => {
                say(&format!("there is no open gap {number}"))?;
                status = ExitStatus::PartialFailure;
            }
        }
    }
    Ok(status)
}

/// One line for a person.
pub(super) fn line(gap: &EventGap) -> String {
    let lost = gap
        .gap
        .lost
        .map_or("some".to_owned(), |lost| lost.to_string());
    let before = gap
        .gap
        .first
        .map_or(String::new(), |first| format!(" and before {first}"));
    let resolved = gap.resolved_at.map_or(String::new(), |at| {
        format!(", resolved at {}", at.format("%F %T"))
    });
    format!(
        "{:<16} GAP {}: {lost} entries after {}{before} were trimmed before they were read, \
         found at {}{resolved}",
        gap.stream.name(),
        gap.id.0,
        gap.gap.after,
        gap.found_at.format("%F %T"),
    )
}

pub(super) fn as_json(gap: &EventGap) -> Value {
    json!({
        "number": gap.id.0,
        "stream": gap.stream.name(),
        "after": gap.gap.after.to_string(),
        "before": gap.gap.first.map(|id| id.to_string()),
        "lost": gap.gap.lost,
        "found_at": gap.found_at.and_utc().to_rfc3339(),
        "resolved_at": gap.resolved_at.map(|at| at.and_utc().to_rfc3339()),
    })
}
