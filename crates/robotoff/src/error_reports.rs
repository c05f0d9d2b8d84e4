//! Errors of the log and panics, reported to the server of `SENTRY_DSN`. Without one nothing
//! is sent.
//!
//! A layer of the log puts errors into a short queue; a task sends them. While the queue is
//! full, or too many errors were sent within a minute, further ones are counted and not sent:
//! all are in the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use robotoff_off::error_reports::{ErrorReport, ErrorReports};
use robotoff_ports::{Clock, SystemClock};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::log_fields::LogFields;

/// Reports that wait.
const QUEUE: usize = 64;
/// Reports that are sent within [`WINDOW`].
const MAX_REPORTS: u32 = 60;
const WINDOW: Duration = Duration::from_secs(60);
/// Time that the last reports have when the process ends.
const LAST_REPORTS: Duration = Duration::from_secs(3);

/// Layer of the log that reports errors.
pub(crate) struct ReportLayer {
    queue: mpsc::Sender<ErrorReport>,
    left_out: Arc<AtomicU64>,
}

/// Reports that wait to be sent.
pub(crate) struct WaitingReports {
    queue: mpsc::Receiver<ErrorReport>,
    left_out: Arc<AtomicU64>,
}

/// A layer, and what it reports.
pub(crate) fn layer() -> (ReportLayer, WaitingReports) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let left_out = Arc::<AtomicU64>::default();
    let layer = ReportLayer {
        queue: sender,
        left_out: left_out.clone(),
    };
    let waiting = WaitingReports {
        queue: receiver,
        left_out,
    };
    (layer, waiting)
}

/// Lets panics be logged as errors, beside what is printed about them.
pub(crate) fn log_panics() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            place = place.unwrap_or_default(),
            "panic: {}",
            message.unwrap_or("without a message")
        );
    }));
}

impl<S: Subscriber> Layer<S> for ReportLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let mut fields = LogFields::default();
        event.record(&mut fields);
        let report = ErrorReport {
            at: SystemClock.now(),
            message: fields.message,
            logger: event.metadata().target().to_owned(),
            fields: fields.others,
        };
        if self.queue.try_send(report).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl WaitingReports {
    /// Sends reports until `stop` is cancelled, and then those that wait.
    pub(crate) async fn send(mut self, to: ErrorReports, stop: CancellationToken) {
        let mut window = Window::default();
        loop {
            tokio::select! {
                report = self.queue.recv() => match report {
                    Some(report) => self.send_one(&to, report, &mut window).await,
                    None => return,
                },
                () = stop.cancelled() => break,
            }
        }
        let last = async {
            while let Ok(report) = self.queue.try_recv() {
                self.send_one(&to, report, &mut window).await;
            }
        };
        let _ = timeout(LAST_REPORTS, last).await;
    }

    async fn send_one(&self, to: &ErrorReports, mut report: ErrorReport, window: &mut Window) {
        if !window.admits(Instant::now()) {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            let left_out = json!(left_out);
            report
                .fields
                .insert("errors_not_reported".to_owned(), left_out);
        }
        // No error of the log: it would be reported in its turn.
        if let Err(error) = to.send(&report).await {
            tracing::warn!(%error, "cannot report an error");
        }
    }
}

/// Counts reports of a minute.
#[derive(Default)]
struct Window {
    start: Option<Instant>,
    reports: u32,
}

impl Window {
    fn admits(&mut self, now: Instant) -> bool {
        if self.start.is_none_or(|start| now - start >= WINDOW) {
            self.start = Some(now);
            self.reports = 0;
        }
        self.reports += 1;
        self.reports <= MAX_REPORTS
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tracing_subscriber::prelude::*;

    use super::*;

    #[test]
    fn errors_are_reported_and_nothing_else() {
        let (layer, mut waiting) = layer();
        let log = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(log, || {
            tracing::warn!("a warning");
            tracing::error!(job = 7_u64, error = %"no disk", "cannot store {}", "a row");
            for _ in 0..QUEUE + 2 {
                tracing::error!("again");
            }
        });
        let report = waiting.queue.try_recv().expect("a report");
        assert_eq!(report.message, "cannot store a row");
        assert_eq!(
            Value::from(report.fields),
            json!({"job": 7, "error": "no disk"})
        );
        assert_eq!(waiting.left_out.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_minute_has_so_many_reports() {
        let mut window = Window::default();
        let now = Instant::now();
        let admitted = (0..100).filter(|_| window.admits(now)).count();
        assert_eq!(admitted, MAX_REPORTS as usize);
        assert!(window.admits(now + WINDOW));
    }
}
