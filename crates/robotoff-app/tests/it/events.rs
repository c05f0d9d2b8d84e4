//! Events become jobs: coalesced, ranked, once each; and the listener over a source that
//! fails.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use robotoff_app::events::{EventIntake, IntakeMode, Listener, ListenerSettings, ReplayedEvent};
use robotoff_core::event::{EntryId, EventEntry, EventStream};
use robotoff_ports::events::{
    EventSource, StreamGap, StreamState, Subscription, SubscriptionStart, TakenEntries,
};
use robotoff_ports::job::{JobFilter, JobRecord, JobState};
use robotoff_ports::store::{EventLog, StreamPosition};
use robotoff_ports::{Clock, JobQueue, PortError, PortResult};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::test_app::TestApp;

const CODE: &str = "3001234567890";

fn updated(id: Option<u64>, author: &str, diffs: Value) -> EventEntry {
    let event = json!({
        "code": CODE, "flavor": "off", "user_id": author, "action": "updated",
        "comment": "", "product_type": "food", "diffs": diffs,
    });
    with_id(event, id)
}

fn ocr_ready(id: Option<u64>) -> EventEntry {
    let event = json!({"code": CODE, "product_type": "food", "image_id": "4", "json_url": ""});
    with_id(event, id)
}

/// An event whose job has nothing to wait for.
fn deleted(id: u64) -> EventEntry {
    let event = json!({
        "code": CODE, "user_id": "alice", "action": "deleted", "product_type": "food",
    });
    with_id(event, Some(id))
}

fn with_id(mut event: Value, id: Option<u64>) -> EventEntry {
    event["id"] = json!(id.map(|millis| format!("{millis}-0")));
    EventEntry::from_json(event.to_string().as_bytes()).unwrap()
}

fn labels() -> Value {
    json!({"fields": {"change": ["labels"]}})
}

async fn waiting(test: &TestApp) -> Vec<JobRecord> {
    let waiting = JobFilter::in_state(JobState::Waiting);
    let mut jobs = test.store.jobs(&waiting, 1000).await.unwrap();
    jobs.reverse();
    jobs
}

fn kinds(jobs: &[JobRecord]) -> Vec<&str> {
    jobs.iter().map(|job| job.kind.as_str()).collect()
}

async fn store(test: &TestApp, events: &[EventEntry]) {
    let stored = test.app.events.store(events, IntakeMode::default()).await;
    stored.unwrap();
}

#[tokio::test]
async fn ten_quick_edits_give_one_job_that_waits_for_the_last() {
    let test = TestApp::new().await;
    let start = test.clock.now();
    for second in 0..10 {
        store(&test, &[updated(Some(second), "alice", labels())]).await;
        test.advance(Duration::from_secs(1));
    }
    let jobs = waiting(&test).await;
    assert_eq!(kinds(&jobs), ["update_product"]);
    // Ten seconds after the last edit.
    assert_eq!(jobs[0].run_at, start + Duration::from_secs(19));
    // A product that is edited without pause is updated after a minute.
    for second in 10..100 {
        store(&test, &[updated(Some(second), "alice", labels())]).await;
        test.advance(Duration::from_secs(1));
    }
    let jobs = waiting(&test).await;
    assert_eq!(jobs[0].run_at, start + Duration::from_secs(60));
}

#[tokio::test]
async fn an_upload_and_its_document_give_two_imports() {
    let test = TestApp::new().await;
    let uploaded = json!({"uploaded_images": {"add": ["4"]}});
    let events = [
        updated(Some(1), "alice", uploaded),
        ocr_ready(Some(2)),
        ocr_ready(Some(3)),
    ];
    store(&test, &events).await;
    let jobs = waiting(&test).await;
    assert_eq!(kinds(&jobs), ["import_image", "import_image"]);
    assert_eq!(
        jobs[0].correlation_id.as_deref(),
        Some("product_updates:1-0")
    );
    assert_ne!(jobs[0].args["tasks"], jobs[1].args["tasks"]);
}

#[tokio::test]
async fn an_event_that_is_delivered_again_gives_no_second_job() {
    let test = TestApp::new().await;
    let event = deleted(7);
    store(&test, std::slice::from_ref(&event)).await;
    test.run_jobs().await;
    store(&test, std::slice::from_ref(&event)).await;
    assert_eq!(waiting(&test).await, []);
    // A replay is wanted.
    let again = IntakeMode {
        repeats: true,
        ..IntakeMode::default()
    };
    let report = test.app.events.store(&[event], again).await.unwrap();
    assert_eq!((report.counts.known, report.counts.jobs), (1, 1));
}

#[tokio::test]
async fn jobs_of_robots_and_of_a_backlog_wait_behind_those_of_people() {
    let test = TestApp::new().await;
    store(&test, &[updated(Some(1), "scanbot", labels())]).await;
    let backlog = IntakeMode {
        is_backlog: true,
        ..IntakeMode::default()
    };
    let late = test.app.events.store(&[ocr_ready(Some(2))], backlog).await;
    late.unwrap();
    store(&test, &[updated(Some(3), "alice", labels())]).await;
    let ranks: Vec<(String, i16)> = waiting(&test)
        .await
        .iter()
        .map(|job| (format!("{} {}", job.kind, job.queue), job.priority))
        .collect();
    let expected = [
        ("update_product low".to_owned(), 0),
        ("import_image high".to_owned(), -1),
        // Not merged with the robot's, which would hold it back.
        ("update_product high".to_owned(), 0),
    ];
    assert_eq!(ranks, expected);
}

#[tokio::test]
async fn a_malformed_event_is_parked_and_replayed_once_it_can_be_read() {
    let test = TestApp::new().await;
    let mut poison = updated(Some(1), "alice", json!(["no object"]));
    poison.fields.insert("extra".to_owned(), "\u{0}".to_owned());
    store(&test, &[poison, ocr_ready(Some(2))]).await;
    assert_eq!(kinds(&waiting(&test).await), ["import_image"]);
    let parked = test.app.events.parked(None, 10).await.unwrap();
    assert!(parked[0].error.contains("\"diffs\""), "{}", parked[0].error);
    let replayed = test.app.events.replay_parked(parked[0].id).await.unwrap();
    assert!(matches!(replayed, ReplayedEvent::StillUnreadable(_)));
    // A later release may read it; here an operator corrects the row.
    test.execute_sql("UPDATE parked_event SET fields = json_set(fields, '$.diffs', '{}')")
        .await;
    let replayed = test.app.events.replay_parked(parked[0].id).await.unwrap();
    assert_eq!(replayed, ReplayedEvent::Done { jobs: 1 });
    let replayed = test.app.events.replay_parked(parked[0].id).await.unwrap();
    assert_eq!(replayed, ReplayedEvent::Unknown);
    assert_eq!(test.store.count_parked_events().await.unwrap(), 0);
}

/// A source in memory that fails as it is told.
#[derive(Default)]
struct FakeSource(Mutex<FakeStream>);

#[derive(Default)]
struct FakeStream {
    waiting: VecDeque<EventEntry>,
    taken: Vec<EventEntry>,
    acknowledged: Vec<EntryId>,
    subscriptions: u32,
    /// Errors of the next calls of `take`.
    faults: VecDeque<PortError>,
    refuses_acknowledgement: bool,
    gaps: Vec<(EventStream, StreamGap)>,
}

impl FakeSource {
    fn with(events: impl IntoIterator<Item = EventEntry>) -> Arc<Self> {
        let source = Self::default();
        source.0.lock().unwrap().waiting.extend(events);
        Arc::new(source)
    }

    /// Returns what was taken and not acknowledged to the line, as a claim does.
    fn abandon(&self) {
        let mut stream = self.0.lock().unwrap();
        let acknowledged = stream.acknowledged.clone();
        let mut taken = std::mem::take(&mut stream.taken);
        taken.retain(|entry| entry.id.is_none_or(|id| !acknowledged.contains(&id)));
        stream.waiting.extend(taken);
    }
}

#[async_trait]
impl EventSource for FakeSource {
    async fn subscribe(&self, _: &[StreamPosition]) -> PortResult<Vec<Subscription>> {
        let mut stream = self.0.lock().unwrap();
        stream.subscriptions += 1;
        let gaps = stream.gaps.iter();
        let subscription = |(stream, gap): &(EventStream, StreamGap)| Subscription {
            stream: *stream,
            start: SubscriptionStart::Continued,
            gap: Some(*gap),
        };
        Ok(gaps.map(subscription).collect())
    }

    async fn take(&self, limit: usize, at_most: Duration) -> PortResult<TakenEntries> {
        let entries: Vec<EventEntry> = {
            let mut stream = self.0.lock().unwrap();
            if let Some(fault) = stream.faults.pop_front() {
                return Err(fault);
            }
            let count = limit.min(stream.waiting.len());
            let entries: Vec<EventEntry> = stream.waiting.drain(..count).collect();
            stream.taken.extend(entries.iter().cloned());
            entries
        };
        if entries.is_empty() {
            tokio::time::sleep(at_most).await;
        }
        Ok(TakenEntries {
            is_backlog: entries.len() == limit,
            entries,
            trimmed: Vec::new(),
        })
    }

    async fn acknowledge(&self, entries: &[(EventStream, EntryId)]) -> PortResult<()> {
        let mut stream = self.0.lock().unwrap();
        if stream.refuses_acknowledgement {
            return Err(PortError::unavailable("the source", "the test says so"));
        }
        let ids = entries.iter().map(|(_, id)| *id);
        stream.acknowledged.extend(ids);
        Ok(())
    }

    async fn entries_from(
        &self,
        of: EventStream,
        from: EntryId,
        limit: usize,
    ) -> PortResult<Vec<EventEntry>> {
        let stream = self.0.lock().unwrap();
        let entries = stream.waiting.iter();
        let entries = entries.filter(|entry| entry.stream == of && entry.id >= Some(from));
        Ok(entries.take(limit).cloned().collect())
    }

    async fn states(&self) -> PortResult<Vec<StreamState>> {
        Ok(Vec::new())
    }

    async fn publish(&self, _: &EventEntry) -> PortResult<EntryId> {
        Err(PortError::denied(
            "the source",
            "the test publishes nothing",
        ))
    }
}

/// Settings under which a stop is noticed soon.
fn settings() -> ListenerSettings {
    ListenerSettings {
        batch: 2,
        poll_interval: Duration::from_millis(5),
        ..ListenerSettings::default()
    }
}

fn listener(test: &TestApp, source: &Arc<FakeSource>) -> Listener {
    let events: Arc<EventIntake> = test.app.events.clone();
    Listener::new(source.clone(), test.store.clone(), events, settings())
}

/// Runs a listener until the condition holds.
async fn listen_until(
    test: &TestApp,
    source: &Arc<FakeSource>,
    is_done: impl Fn(&FakeStream) -> bool,
) {
    let stop = CancellationToken::new();
    let running = listener(test, source);
    let watch = async {
        while !is_done(&source.0.lock().unwrap()) {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
    };
    let limit = Duration::from_secs(60);
    let both = async { tokio::join!(running.run(stop.clone()), watch) };
    tokio::time::timeout(limit, both).await.expect("it is done");
}

#[tokio::test]
async fn entries_are_acknowledged_once_their_jobs_are_stored() {
    let test = TestApp::new().await;
    let source = FakeSource::with((1..=5).map(|id| ocr_ready(Some(id))));
    source.0.lock().unwrap().faults.extend([
        PortError::unavailable("the source", "down"),
        // The server has lost its groups.
        PortError::denied("the source", "NOGROUP"),
    ]);
    listen_until(&test, &source, |stream| stream.acknowledged.len() == 5).await;
    assert_eq!(kinds(&waiting(&test).await), ["import_image"]);
    assert_eq!(source.0.lock().unwrap().subscriptions, 3);
    let positions = test.store.stream_positions().await.unwrap();
    assert_eq!(positions[0].last, EntryId::at(5));
}

#[tokio::test]
async fn an_acknowledgement_that_fails_doubles_no_job() {
    let test = TestApp::new().await;
    let source = FakeSource::with([deleted(1), deleted(2)]);
    source.0.lock().unwrap().refuses_acknowledgement = true;
    listen_until(&test, &source, |stream| stream.taken.len() == 2).await;
    // The listener may have been stopped before it stored them: it finishes its batch.
    assert_eq!(test.run_jobs().await.len(), 1);
    source.0.lock().unwrap().refuses_acknowledgement = false;
    source.abandon();
    listen_until(&test, &source, |stream| stream.acknowledged.len() == 2).await;
    assert_eq!(waiting(&test).await, []);
}

#[tokio::test]
async fn a_gap_is_kept_until_its_events_are_replayed() {
    let test = TestApp::new().await;
    let source = FakeSource::with((1..=2).map(|id| ocr_ready(Some(id))));
    let gap = |lost| StreamGap {
        after: EntryId::at(2),
        first: Some(EntryId::at(6)),
        lost,
    };
    let (counted, uncounted) = (gap(Some(3)), gap(None));
    source.0.lock().unwrap().gaps = vec![
        (EventStream::OcrReady, counted),
        (EventStream::ProductUpdates, uncounted),
    ];
    listen_until(&test, &source, |stream| stream.acknowledged.len() == 2).await;
    let open = async || {
        let mut gaps = test.app.events.gaps().await.unwrap();
        gaps.retain(|gap| gap.resolved_at.is_none());
        gaps.into_iter().map(|gap| gap.stream).collect::<Vec<_>>()
    };
    assert_eq!(open().await.len(), 2);
    // Two of the three, and the one that was never lost.
    let fill = |ids: std::ops::RangeInclusive<u64>| {
        let mut stream = source.0.lock().unwrap();
        stream.waiting = ids.map(|id| ocr_ready(Some(id))).collect();
    };
    fill(4..=6);
    let replay = async || listener(&test, &source).replay_since(1, |_, _| {}).await;
    replay().await.unwrap();
    assert_eq!(open().await.len(), 2);
    fill(3..=6);
    replay().await.unwrap();
    // Of the other nobody knows how many events it holds: an operator resolves it.
    assert_eq!(open().await, [EventStream::ProductUpdates]);
    let gaps = test.app.events.gaps().await.unwrap();
    let left = gaps.iter().find(|gap| gap.resolved_at.is_none()).unwrap();
    assert!(test.app.events.resolve_gap(left.id).await.unwrap());
    assert!(open().await.is_empty());
}

#[tokio::test]
async fn a_replay_reads_each_stream_from_the_instant() {
    let test = TestApp::new().await;
    let updates = (1..=5).map(|id| updated(Some(id), "alice", labels()));
    let documents = (1..=5).map(|id| ocr_ready(Some(id)));
    let source = FakeSource::with(updates.chain(documents));
    let replayed = listener(&test, &source).replay_since(2, |_, _| {}).await;
    let report = replayed.unwrap();
    assert_eq!(report.counts.new, 8);
    assert_eq!(
        kinds(&waiting(&test).await),
        ["update_product", "import_image"]
    );
    // No position is moved: the listener has not read them.
    assert_eq!(test.store.stream_positions().await.unwrap(), []);
}
