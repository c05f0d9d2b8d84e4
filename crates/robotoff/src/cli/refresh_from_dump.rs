//! `robotoff refresh-from-dump DUMP`: all stored rows brought in line with a dump.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveDateTime};
use clap::Args;
use robotoff_app::dump_refresh::{
    DumpRefreshReport, DumpRefreshSettings, DumpRefreshed, MAX_DELETED_SHARE,
};
use robotoff_off::products::DumpFile;
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, events, say};
use crate::config::Config;
use crate::{database, wire};

#[derive(Args)]
pub(super) struct RefreshFromDumpArgs {
    /// JSON lines, plain or gzipped; `-` is standard input, unpacked.
    #[arg(value_name = "DUMP")]
    dump: PathBuf,
    /// Rows younger than this stay [default: the start of the day of the file, in UTC].
    #[arg(long, value_name = "TIME", value_parser = events::instant)]
    until: Option<NaiveDateTime>,
    /// Delete nothing when a larger share of the products would lose rows.
    #[arg(long, value_name = "SHARE", default_value_t = MAX_DELETED_SHARE)]
    max_deleted_share: f64,
    /// Count what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command. A tripped breaker is a failure.
pub(super) async fn run(
    config: &Config,
    arguments: &RefreshFromDumpArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let settings = DumpRefreshSettings {
        until: until(arguments)?,
        max_deleted_share: arguments.max_deleted_share,
        dry_run: arguments.dry_run,
    };
    let dump = Box::new(DumpFile::open(&arguments.dump)?);
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let progress = |report: &DumpRefreshReport| {
        tracing::debug!(
            updated = report.updated,
            losing = report.losing,
            "refreshing"
        );
    };
    let refreshed = app
        .dump_refresh
        .run(dump, &settings, stop, &progress)
        .await?;
    database.close().await?;
    let (report, status) = match refreshed {
        DumpRefreshed::Done(report) => (report, ExitStatus::Success),
        DumpRefreshed::Tripped(report) | DumpRefreshed::Stopped(report) => {
            (report, ExitStatus::PartialFailure)
        }
    };
    say(&summary(&report, arguments.dry_run))?;
    match refreshed {
        DumpRefreshed::Done(_) => {}
        DumpRefreshed::Tripped(_) => say(&format!(
            "no row is deleted: {} of {} products would lose rows, more than \
             --max-deleted-share {}",
            report.losing, report.known, arguments.max_deleted_share
        ))?,
        DumpRefreshed::Stopped(_) => say("stopped before the end: no row is deleted")?,
    }
    Ok(status)
}

fn summary(report: &DumpRefreshReport, is_dry: bool) -> String {
    let verb = match is_dry {
        true => "would be ",
        false => "",
    };
    format!(
        "{} products in the dump, {} with rows; {} insights {verb}updated, {} insights and {} \
         predictions {verb}deleted, {} products left to others",
        report.products,
        report.known,
        report.updated,
        report.deleted_insights,
        report.deleted_predictions,
        report.contended
    )
}

/// The start of the day on which the file was written: a dump shows its products as they were
/// some hours before.
fn until(arguments: &RefreshFromDumpArgs) -> Result<NaiveDateTime> {
    if let Some(until) = arguments.until {
        return Ok(until);
    }
    if arguments.dump.as_os_str() == "-" {
        bail!("--until is needed with standard input, which has no date");
    }
    let shown = arguments.dump.display();
    let about = arguments.dump.metadata();
    let written = about.and_then(|about| about.modified());
    let written = written.with_context(|| format!("cannot read {shown}"))?;
    let secs = written.duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let time = i64::try_from(secs).ok();
    let time = time.and_then(|secs| DateTime::from_timestamp(secs, 0));
    let day = time.and_then(|time| time.date_naive().and_hms_opt(0, 0, 0));
    day.with_context(|| format!("{shown} has no date that can be used"))
}
