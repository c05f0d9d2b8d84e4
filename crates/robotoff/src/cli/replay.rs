//! `robotoff replay FILE`: events of a file, one JSON object of the fields of its stream a
//! line, for those who read no streams.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use robotoff_app::events::{IntakeMode, IntakeReport};
use robotoff_core::event::EventEntry;
use tokio_util::sync::CancellationToken;

use super::ExitStatus;
use crate::config::Config;
use crate::{database, wire};

/// Events of one commit.
const BATCH: usize = 500;
/// A longer line is no event.
const MAX_LINE_BYTES: u64 = 1 << 20;
/// Unreadable lines that are named; more are counted.
const NAMED_ERRORS: u64 = 20;

#[derive(Args)]
pub(super) struct ReplayArgs {
    /// JSON lines, plain or gzipped; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Store also the jobs of events whose `id` is stored already.
    #[arg(long)]
    again: bool,
}

/// Runs the command. Unreadable lines are reported, and make it a partial failure.
pub(super) async fn run(
    config: &Config,
    arguments: &ReplayArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let mut lines = Lines::open(&arguments.file)?;
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let mode = IntakeMode {
        is_backlog: true,
        repeats: arguments.again,
    };
    let mut total = IntakeReport::default();
    let mut cover = app.events.gap_cover().await?;
    while !stop.is_cancelled() {
        // A line waits for standard input: the runtime has other threads for its tasks.
        let events = tokio::task::block_in_place(|| lines.batch(|event| app.events.check(event)))?;
        if events.is_empty() {
            break;
        }
        total.add(app.events.store(&events, mode).await?);
        cover.note(&events);
    }
    for gap in app.events.resolve_covered(cover).await? {
        super::say(&format!("gap {} is filled", gap.id.0))?;
    }
    database.close().await?;
    let counts = total.counts;
    super::say(&format!(
        "{} events stored, {} known, {} without consequences, {} unreadable; {} jobs added, \
         {} merged",
        counts.new, counts.known, total.ignored, lines.unreadable, counts.jobs, counts.merged
    ))?;
    Ok(match lines.unreadable {
        0 => ExitStatus::Success,
        _ => ExitStatus::PartialFailure,
    })
}

/// The lines of the file.
struct Lines {
    source: Box<dyn BufRead + Send>,
    number: u64,
    unreadable: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Self> {
        let source = match path == Path::new("-") {
            true => Box::new(BufReader::new(std::io::stdin())),
            false => robotoff_off::file::open(path)
                .with_context(|| format!("cannot read {}", path.display()))?,
        };
        Ok(Self {
            source,
            number: 0,
            unreadable: 0,
        })
    }

    /// The next events; none at the end.
    fn batch(
        &mut self,
        check: impl Fn(&EventEntry) -> Result<(), String>,
    ) -> Result<Vec<EventEntry>> {
        let mut events = Vec::new();
        while events.len() < BATCH {
            let Some(line) = self.next_line()? else {
                break;
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let read = match line.len() as u64 > MAX_LINE_BYTES {
                true => Err(format!("longer than {MAX_LINE_BYTES} bytes")),
                false => EventEntry::from_json(&line).map_err(|error| error.to_string()),
            };
            match read.and_then(|event| check(&event).map(|()| event)) {
                Ok(event) => events.push(event),
                Err(error) => self.report(&error),
            }
        }
        Ok(events)
    }

    fn report(&mut self, error: &str) {
        self.unreadable += 1;
        if self.unreadable <= NAMED_ERRORS {
            tracing::error!("line {}: {error}", self.number);
        }
    }

    /// One line, of which at most one byte more than the limit is held.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.source).take(MAX_LINE_BYTES + 1);
        let length = limited.read_until(b'\n', &mut line);
        let doing = || format!("cannot read line {}", self.number + 1);
        if length.with_context(doing)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.len() as u64 > MAX_LINE_BYTES && !line.ends_with(b"\n") {
            self.skip_rest().context("cannot read the rest of a line")?;
        }
        Ok(Some(line))
    }

    fn skip_rest(&mut self) -> std::io::Result<()> {
        loop {
            let buffer = self.source.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let (length, is_end) = match end {
                Some(place) => (place + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.source.consume(length);
            if is_end {
                return Ok(());
            }
        }
    }
}
