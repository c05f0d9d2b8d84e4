//! Spans of the log as traces of OpenTelemetry. Without a collector nothing is recorded.
//!
//! A layer of the log measures each span and puts it, when it has ended, into a queue; a task
//! sends them in batches. Spans that find the queue full are lost: traces are samples.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use robotoff_off::traces::{FinishedSpan, TraceCollector};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use crate::log_fields::LogFields;

/// Spans that wait.
const QUEUE: usize = 4096;
/// Spans of one request.
const BATCH: usize = 512;
/// Time between two requests, unless a batch is full.
const INTERVAL: Duration = Duration::from_secs(2);
/// Time that the last spans have when the process ends.
const LAST_SPANS: Duration = Duration::from_secs(3);

/// Layer of the log that records spans.
pub(crate) struct TraceLayer {
    queue: mpsc::Sender<FinishedSpan>,
}

/// Spans that wait to be sent.
pub(crate) struct WaitingSpans(mpsc::Receiver<FinishedSpan>);

/// A layer, and what it records.
pub(crate) fn layer() -> (TraceLayer, WaitingSpans) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (TraceLayer { queue: sender }, WaitingSpans(receiver))
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// A number that is not 0, which the protocol does not allow.
fn random() -> u128 {
    Uuid::new_v4().as_u128()
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TraceLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut fields = LogFields::default();
        attributes.record(&mut fields);
        let parent = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            let parent = extensions.get::<FinishedSpan>()?;
            Some((parent.trace, parent.id))
        });
        let recorded = FinishedSpan {
            trace: parent.map_or_else(random, |(trace, _)| trace),
            id: (random() >> 64) as u64,
            parent: parent.map(|(_, id)| id),
            name: attributes.metadata().name(),
            start: now(),
            end: 0,
            attributes: fields.into_all(),
            has_failed: false,
        };
        span.extensions_mut().insert(recorded);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut fields = LogFields::default();
        values.record(&mut fields);
        if let Some(recorded) = span.extensions_mut().get_mut::<FinishedSpan>() {
            recorded.attributes.extend(fields.into_all());
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let Some(span) = context.event_span(event) else {
            return;
        };
        if let Some(recorded) = span.extensions_mut().get_mut::<FinishedSpan>() {
            recorded.has_failed = true;
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        if let Some(mut recorded) = span.extensions_mut().remove::<FinishedSpan>() {
            recorded.end = now();
            let _ = self.queue.try_send(recorded);
        }
    }
}

impl WaitingSpans {
    /// Sends spans until `stop` is cancelled, and then those that wait.
    pub(crate) async fn send(mut self, to: TraceCollector, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        while !stop.is_cancelled() {
            let fill = async {
                while batch.len() < BATCH {
                    let missing = BATCH - batch.len();
                    if self.0.recv_many(&mut batch, missing).await == 0 {
                        return;
                    }
                }
            };
            tokio::select! {
                _ = timeout(INTERVAL, fill) => {}
                () = stop.cancelled() => {}
            }
            send_batch(&to, &mut batch).await;
        }
        let last = async {
            while let Ok(span) = self.0.try_recv() {
                batch.push(span);
                if batch.len() >= BATCH {
                    send_batch(&to, &mut batch).await;
                }
            }
            send_batch(&to, &mut batch).await;
        };
        let _ = timeout(LAST_SPANS, last).await;
    }
}

async fn send_batch(to: &TraceCollector, batch: &mut Vec<FinishedSpan>) {
    if batch.is_empty() {
        return;
    }
    if let Err(error) = to.send(batch).await {
        tracing::warn!(%error, spans = batch.len(), "cannot send traces");
    }
    batch.clear();
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tracing_subscriber::prelude::*;

    use super::*;

    #[test]
    fn spans_are_recorded_with_their_parents_and_failures() {
        let (layer, mut waiting) = layer();
        let log = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(log, || {
            let job = tracing::info_span!(
                "job",
                job.kind = "refresh",
                job.result = tracing::field::Empty
            );
            let _entered = job.enter();
            tracing::info_span!("request").in_scope(|| tracing::error!("refused"));
            job.record("job.result", "done");
        });
        let (request, job) = (
            waiting.0.try_recv().expect("a span"),
            waiting.0.try_recv().expect("a span"),
        );
        assert_eq!((request.trace, request.parent), (job.trace, Some(job.id)));
        assert_eq!((job.name, request.name), ("job", "request"));
        assert_eq!((job.has_failed, request.has_failed), (false, true));
        assert!(job.start <= request.start && request.end <= job.end);
        assert_eq!(
            Value::from(job.attributes),
            json!({"job.kind": "refresh", "job.result": "done"})
        );
        assert!(request.attributes.is_empty());
    }
}
