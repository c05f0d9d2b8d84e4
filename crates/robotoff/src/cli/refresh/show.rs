//! Progress of a refresh: a bar on a terminal, lines in a log elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use robotoff_app::imports::Refreshed;
use robotoff_app::refresh_many::{Progress, ProgressEvent};
use robotoff_core::product::ProductId;

use crate::cli::span;

/// Interval between two log lines.
const LOG_INTERVAL: Duration = Duration::from_secs(10);
const BAR: &str = "{bar:20} {pos}/{len} {wide_msg}";
const NO_BAR: &str = "{spinner} {pos} {wide_msg}";

/// Progress display of one run.
pub(super) struct ProgressDisplay {
    /// The result of each product is printed.
    is_each: bool,
    is_enqueued: bool,
    /// Only on a terminal.
    bar: Option<ProgressBar>,
    last_line: Option<Instant>,
}

impl ProgressDisplay {
    pub(super) fn new(is_each: bool, is_enqueued: bool) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self {
            is_each,
            is_enqueued,
            bar: (is_terminal && !is_each).then(|| ProgressBar::new(0)),
            last_line: None,
        }
    }

    pub(super) fn on_event(&mut self, event: &ProgressEvent<'_>) {
        match event {
            ProgressEvent::Started(progress) => self.begin(progress),
            ProgressEvent::Product(product, result, progress) => {
                self.product(product, result);
                self.draw(progress);
            }
            ProgressEvent::Batch(progress) => {
                self.draw(progress);
                self.line(progress);
            }
        }
    }

    fn begin(&mut self, progress: &Progress) {
        if progress.done > 0 {
            let done = progress.done;
            self.print(&format!(
                "resuming after {done} products (--restart starts from the beginning)"
            ));
        }
        let Some(bar) = &self.bar else {
            return;
        };
        let template = match progress.total {
            Some(_) => BAR,
            None => NO_BAR,
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        self.draw(progress);
    }

    fn product(&self, product: &ProductId, result: &Result<Refreshed>) {
        match result {
            Ok(refreshed) if self.is_each => {
                let line = format!("{}: {}", product.barcode, summary(refreshed));
                // The reader of the output may have closed it; the run continues.
                let _ = writeln!(std::io::stdout(), "{line}");
            }
            Err(error) if !self.is_each => match &self.bar {
                Some(bar) => bar.suspend(|| eprintln!("{product}: {error:#}")),
                None => tracing::warn!("{product}: {error:#}"),
            },
            Ok(_) | Err(_) => {}
        }
    }

    fn draw(&self, progress: &Progress) {
        let Some(bar) = &self.bar else {
            return;
        };
        // The total was counted at the start; products may have been added since.
        let total = progress.total.map(|total| total.max(progress.done));
        bar.set_length(total.unwrap_or_default());
        bar.set_position(progress.done);
        bar.set_message(figures(progress));
    }

    /// Logs the progress, at most once per interval.
    fn line(&mut self, progress: &Progress) {
        let is_soon = self
            .last_line
            .is_some_and(|last| last.elapsed() < LOG_INTERVAL);
        if self.bar.is_some() || self.is_each || is_soon {
            return;
        }
        self.last_line = Some(Instant::now());
        let total = progress
            .total
            .map_or("?".to_owned(), |total| total.to_string());
        tracing::info!("{}/{total} products, {}", progress.done, figures(progress));
    }

    fn print(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => tracing::info!("{line}"),
        }
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Prints the changes and the failed products.
    pub(super) fn finish(&self, progress: &Progress) -> Result<()> {
        for failure in &progress.failures {
            eprintln!("robotoff: {}: {}", failure.product, failure.error);
        }
        let unnamed = progress.failed - progress.failures.len() as u64;
        if unnamed > 0 {
            eprintln!("robotoff: and {unnamed} more");
        }
        if self.is_each && !self.is_enqueued {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        if self.is_enqueued {
            writeln!(out, "{} products: a job for each", progress.enqueued)?;
            return Ok(());
        }
        writeln!(
            out,
            "{} products: {}; predictions from names: {} new, {} outdated",
            progress.done,
            counts(progress),
            progress.new_predictions,
            progress.deleted_predictions
        )?;
        Ok(())
    }
}

/// Result of one product, in one line.
fn summary(refreshed: &Refreshed) -> String {
    if refreshed.insights.postponed {
        return "concurrent changes: a job will refresh it".to_owned();
    }
    let (name, insights) = (&refreshed.name, &refreshed.insights);
    let counts = format!(
        "insights: {} created, {} updated, {} deleted; predictions from its name: {} new, {} outdated",
        insights.created.values().sum::<u64>(),
        insights.updated,
        insights.deleted,
        name.new,
        name.deleted
    );
    match refreshed.is_absent {
        true => format!("there is no such product; {counts}"),
        false => counts,
    }
}

fn counts(progress: &Progress) -> String {
    format!(
        "insights {} created, {} updated, {} deleted; {} failed, {} postponed",
        progress.created, progress.updated, progress.deleted, progress.failed, progress.postponed
    )
}

/// Pace, remaining time and counts, the most important first: narrow terminals cut off
/// the end.
fn figures(progress: &Progress) -> String {
    let pace = progress.per_second().map(|pace| format!("{pace:.1}/s"));
    let left = progress.time_left();
    let left = left.map(|left| format!("{} left", span(left)));
    let figures = [pace, left, Some(counts(progress))];
    figures.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
