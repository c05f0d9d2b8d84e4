//! The overview for those that look at it: read once a second for all of them together, and
//! not at all while there is none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Time between two reads.
const INTERVAL: Duration = Duration::from_secs(1);
/// Longest time of a read.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Listeners at the same time.
const MAX_LISTENERS: usize = 64;

/// Members of the overview, each as JSON text; empty until the first read has ended.
pub(crate) type Members = Arc<BTreeMap<String, Arc<str>>>;

/// The overview, shared by its listeners.
#[derive(Debug)]
pub struct LiveOverview {
    places: Arc<Semaphore>,
    /// Where the one reader sends, while there is one.
    sender: Mutex<Option<Arc<watch::Sender<Members>>>>,
    stop: CancellationToken,
    interval: Duration,
}

/// A listener, until it is dropped.
pub(crate) struct OverviewListener {
    pub(crate) members: watch::Receiver<Members>,
    pub(crate) stop: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl LiveOverview {
    /// An overview whose listeners are let go when `stop` is cancelled.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_LISTENERS)),
            sender: Mutex::new(None),
            stop,
            interval: INTERVAL,
        }
    }

    /// Cancelled when the program stops.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// A new listener; `None` when there are too many. The first one starts the reader.
    pub(crate) fn listen<Read, Reading>(self: &Arc<Self>, read: Read) -> Option<OverviewListener>
    where
        Read: Fn() -> Reading + Send + Sync + 'static,
        Reading: Future<Output = Option<BTreeMap<String, Arc<str>>>> + Send + 'static,
    {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = sender.get_or_insert_with(|| {
            let sender = Arc::new(watch::Sender::new(Members::default()));
            tokio::spawn(self.clone().read_on(sender.clone(), read));
            sender
        });
        Some(OverviewListener {
            members: sender.subscribe(),
            stop: self.stop.clone(),
            _place: place,
        })
    }

    async fn read_on<Read, Reading>(
        self: Arc<Self>,
        sender: Arc<watch::Sender<Members>>,
        read: Read,
    ) where
        Read: Fn() -> Reading,
        Reading: Future<Output = Option<BTreeMap<String, Arc<str>>>>,
    {
        while !self.stop.is_cancelled() && !self.ends(&sender) {
            // A failure leaves the last state: the next read comes soon.
            if let Ok(Some(members)) = tokio::time::timeout(TIMEOUT, read()).await {
                sender.send_replace(Arc::new(members));
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(self.interval) => {}
            }
        }
    }

    /// True when no one listens. Decided under the lock that listeners subscribe under, so that
    /// none subscribes to a reader that ends.
    fn ends(&self, sender: &watch::Sender<Members>) -> bool {
        let mut current = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let has_ended = sender.receiver_count() == 0;
        if has_ended {
            *current = None;
        }
        has_ended
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn reader(
        reads: &Arc<AtomicUsize>,
    ) -> impl Fn() -> std::future::Ready<Option<BTreeMap<String, Arc<str>>>> + use<> {
        let reads = reads.clone();
        move || {
            let number = reads.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Some(BTreeMap::from([(
                "number".to_owned(),
                Arc::from(number.to_string()),
            )])))
        }
    }

    /// Waits for a state that comes soon; the runner of the tests ends one that never does.
    async fn until(is_there: impl Fn() -> bool) {
        while !is_there() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn one_reader_serves_all_and_ends_with_the_last() {
        let live = Arc::new(LiveOverview {
            interval: Duration::from_millis(1),
            ..LiveOverview::new(CancellationToken::new())
        });
        let reads = Arc::new(AtomicUsize::new(0));
        let mut listeners: Vec<_> = (0..MAX_LISTENERS)
            .map(|_| live.listen(reader(&reads)).expect("a place"))
            .collect();
        assert!(live.listen(reader(&reads)).is_none());
        for listener in &mut listeners {
            listener.members.changed().await.expect("a reader");
        }
        let sender = live.sender.lock().expect("no panic").clone();
        let sender = sender.expect("a reader");
        assert_eq!(sender.receiver_count(), MAX_LISTENERS, "one for all");
        drop((listeners, sender));
        until(|| live.sender.lock().expect("no panic").is_none()).await;
        let before = reads.load(Ordering::Relaxed);
        let mut again = live.listen(reader(&reads)).expect("a place");
        again.members.changed().await.expect("a new reader");
        assert!(reads.load(Ordering::Relaxed) > before);
        live.stop.cancel();
        // The reader and its sender are gone, but for the one that new listeners subscribe to.
        until(|| {
            let sender = live.sender.lock().expect("no panic");
            sender.as_ref().is_some_and(|it| Arc::strong_count(it) == 1)
        })
        .await;
    }
}
