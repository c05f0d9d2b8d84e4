//! `robotoff import`: an archive of OCR documents becomes predictions and insights.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use robotoff_app::bulk_import::{
    BulkImportSettings, Grouping, ImportProgress, PassedOver, ReadItem,
};
use robotoff_core::product::ServerType;
use robotoff_off::archive::{ArchiveEntry, ArchiveLimits, ArchiveSource};
use robotoff_off::objects::ObjectStoreOptions;
use robotoff_ports::BlockingPool;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::ExitStatus;
use super::reader::MAX_DOCUMENT_BYTES;
use crate::config::Config;
use crate::{database, wire};

/// Items that may wait between the reader and the tasks.
const CHANNEL: usize = 32;
/// Time between two lines about the progress where there is no terminal.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(super) struct ImportArgs {
    /// A folder, a .tar, .tar.gz, .zip, .jsonl or .jsonl.gz file, or the URL of a prefix of
    /// an object store: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, file:///FOLDER. Documents are named as on the server of images:
    /// 300/123/456/7890/1.json.
    #[arg(value_name = "SOURCE")]
    source: ArchiveSource,
    /// The project of the products.
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// Products that are imported at the same time; by default twice the processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: Option<u16>,
    /// Begin from the start, although an earlier run was interrupted.
    #[arg(long)]
    restart: bool,
    /// One JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    config: &Config,
    flags: &ImportArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let settings = BulkImportSettings {
        source: flags.source.to_string(),
        server_type: flags.server_type,
        concurrency: flags.concurrency.map_or(2 * processors, usize::from),
    };
    let import = &app.bulk_import;
    if flags.restart {
        import.forget(&settings).await?;
    }
    let earlier = import.checkpoint(&settings).await?;
    if let Some(earlier) = &earlier {
        tracing::info!("resuming behind {} documents", earlier.position);
    }
    let progress = earlier.unwrap_or_default();
    let (sender, items) = mpsc::channel(CHANNEL);
    let (source, server_type) = (flags.source.clone(), flags.server_type);
    let options = config.object_stores.clone();
    let skip = progress.position;
    // As long as the import: not in the shared pool.
    let reader = BlockingPool::of(1);
    let reading = reader.run(move || read((&source, &options), server_type, skip, &sender));
    let mut shown = ShownProgress::new(flags.json);
    let imported = import.run(&settings, progress, items, stop, |progress| {
        shown.update(progress);
    });
    let (read, progress) = tokio::join!(reading, imported);
    let progress = progress?;
    shown.end();
    let read = read.context("the reader of the archive has failed")?;
    database.close().await?;
    print(&progress, flags.json, stop.is_cancelled())?;
    read.with_context(|| format!("cannot read {}", flags.source))?;
    Ok(match progress.failed > 0 || progress.passed_over > 0 {
        true => ExitStatus::PartialFailure,
        false => ExitStatus::Success,
    })
}

/// Reads the archive and sends its groups, until the end or until no one receives them.
fn read(
    (source, options): (&ArchiveSource, &ObjectStoreOptions),
    server_type: ServerType,
    skip: u64,
    sender: &mpsc::Sender<ReadItem>,
) -> Result<()> {
    let mut grouping = Grouping::new(server_type);
    let limits = ArchiveLimits {
        skip,
        max_document_bytes: MAX_DOCUMENT_BYTES,
    };
    source.read(options, limits, &mut |entry| {
        let sent = match add(&mut grouping, entry) {
            Ok(Some(group)) => sender.blocking_send(ReadItem::Group(group)),
            Ok(None) => Ok(()),
            Err(passed) => sender.blocking_send(ReadItem::PassedOver(passed)),
        };
        match sent {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    if let Some(group) = grouping.finish() {
        // Whoever stopped the import has closed the channel.
        let _ = sender.blocking_send(ReadItem::Group(group));
    }
    Ok(())
}

fn add(
    grouping: &mut Grouping,
    entry: ArchiveEntry,
) -> Result<Option<robotoff_app::bulk_import::DocumentGroup>, PassedOver> {
    match entry.document {
        Ok(document) => grouping.add(&entry.path, document),
        Err(reason) => Err(grouping.pass_over(&entry.path, reason)),
    }
}

/// Progress on a terminal, else in the log.
struct ShownProgress {
    bar: ProgressBar,
    is_terminal: bool,
    begun: Instant,
    logged_at: Instant,
    documents_before: Option<u64>,
}

impl ShownProgress {
    fn new(as_json: bool) -> Self {
        let is_terminal = std::io::stderr().is_terminal() && !as_json;
        let bar = match is_terminal {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            bar,
            is_terminal,
            begun: Instant::now(),
            logged_at: Instant::now(),
            documents_before: None,
        }
    }

    fn update(&mut self, progress: &ImportProgress) {
        let before = *self.documents_before.get_or_insert(progress.documents);
        let secs = self.begun.elapsed().as_secs_f64().max(0.001);
        let pace = (progress.documents - before) as f64 / secs;
        let message = format!("{}, {pace:.0} documents/s", progress.summary());
        if self.is_terminal {
            self.bar.set_message(message);
            self.bar.tick();
        } else if self.logged_at.elapsed() >= LOG_INTERVAL {
            self.logged_at = Instant::now();
            tracing::info!("{message}");
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn print(progress: &ImportProgress, as_json: bool, is_stopped: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        let report = serde_json::to_value(progress).map_err(|error| anyhow!(error))?;
        writeln!(out, "{report}")?;
        return Ok(());
    }
    writeln!(out, "{}", progress.summary())?;
    for problem in &progress.problems {
        writeln!(out, "  {}: {}", problem.what, problem.reason)?;
    }
    if is_stopped {
        writeln!(
            out,
            "stopped; the same command resumes behind {} documents",
            progress.position
        )?;
    }
    Ok(())
}
