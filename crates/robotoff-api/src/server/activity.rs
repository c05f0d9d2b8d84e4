//! Activity of one connection, by which overdue ones are recognised.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::ConnectionSettings;

/// Activity of a connection. Times are milliseconds since its opening, plus one: 0 is none.
///
/// The fields are independent: a reader that sees one change before another at worst closes an
/// idle connection half a second later.
#[derive(Debug)]
pub(super) struct Activity {
    opened_at: Instant,
    /// Requests in progress, until the head of their response is there.
    requests: AtomicUsize,
    has_had_request: AtomicBool,
    /// End of the last response, or the last write.
    last_used: AtomicU64,
    /// First byte of a request that is not whole yet.
    head_since: AtomicU64,
    /// First write that the client did not take.
    stalled_since: AtomicU64,
    close: CancellationToken,
}

/// A request in progress.
pub(super) struct RequestInProgress(Arc<Activity>);

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            opened_at: Instant::now(),
            requests: AtomicUsize::new(0),
            has_had_request: AtomicBool::new(false),
            last_used: AtomicU64::new(1),
            head_since: AtomicU64::new(0),
            stalled_since: AtomicU64::new(0),
            close: CancellationToken::new(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened_at.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// Counts a request, until the value is dropped.
    pub(super) fn begin_request(activity: &Arc<Self>) -> RequestInProgress {
        activity.requests.fetch_add(1, Ordering::Relaxed);
        activity.has_had_request.store(true, Ordering::Relaxed);
        activity.head_since.store(0, Ordering::Relaxed);
        RequestInProgress(activity.clone())
    }

    /// Records that bytes came, which begin a request if none is in progress.
    pub(super) fn note_read(&self) {
        if self.is_busy() {
            return;
        }
        let (new, now) = (0, self.now());
        let (order, failure) = (Ordering::Relaxed, Ordering::Relaxed);
        let _ = self.head_since.compare_exchange(new, now, order, failure);
    }

    /// Records that the client took bytes.
    pub(super) fn note_written(&self) {
        self.last_used.store(self.now(), Ordering::Relaxed);
        self.stalled_since.store(0, Ordering::Relaxed);
    }

    /// Records that the client takes no bytes for now.
    pub(super) fn note_stalled(&self) {
        let (order, failure) = (Ordering::Relaxed, Ordering::Relaxed);
        let now = self.now();
        let _ = self.stalled_since.compare_exchange(0, now, order, failure);
    }

    pub(super) fn is_busy(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    /// Time for which the connection has been without a request, in milliseconds; `None` while
    /// it has one.
    pub(super) fn idle_ms(&self) -> Option<u64> {
        let last_used = self.last_used.load(Ordering::Relaxed);
        (!self.is_busy()).then(|| self.now().saturating_sub(last_used))
    }

    /// Tells whether the client is slower than the limits.
    pub(super) fn is_overdue(&self, limits: &ConnectionSettings) -> bool {
        let now = self.now();
        let exceeds = |since: &AtomicU64, limit: std::time::Duration| {
            let since = since.load(Ordering::Relaxed);
            let past = u128::from(now.saturating_sub(since));
            since > 0 && past > limit.as_millis()
        };
        if exceeds(&self.stalled_since, limits.stall_timeout) {
            return true;
        }
        let idle_timeout = match self.has_had_request.load(Ordering::Relaxed) {
            true => limits.idle_timeout,
            false => limits.header_timeout,
        };
        !self.is_busy()
            && (exceeds(&self.head_since, limits.header_timeout)
                || exceeds(&self.last_used, idle_timeout))
    }

    /// Asks the task of the connection to close it.
    pub(super) fn request_close(&self) {
        self.close.cancel();
    }

    /// Waits until the connection is to be closed.
    pub(super) async fn close_requested(&self) {
        self.close.cancelled().await;
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        self.0.last_used.store(self.0.now(), Ordering::Relaxed);
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limits(set: fn(&mut ConnectionSettings)) -> ConnectionSettings {
        let mut limits = ConnectionSettings::default();
        set(&mut limits);
        limits
    }

    /// Tells for each limit alone whether the connection exceeds it five seconds later.
    fn check(activity: Activity, expected: [bool; 3]) {
        let later = Activity {
            opened_at: Instant::now() - Duration::from_secs(5),
            ..activity
        };
        let each = [
            limits(|limits| limits.header_timeout = Duration::ZERO),
            limits(|limits| limits.idle_timeout = Duration::ZERO),
            limits(|limits| limits.stall_timeout = Duration::ZERO),
        ];
        let found = each.map(|limits| later.is_overdue(&limits));
        assert_eq!(found, expected, "{later:?}");
        assert!(!later.is_overdue(&ConnectionSettings::default()));
    }

    fn with(requests: usize, has_had_request: bool) -> Activity {
        Activity {
            requests: AtomicUsize::new(requests),
            has_had_request: AtomicBool::new(has_had_request),
            ..Activity::new()
        }
    }

    #[test]
    fn a_silent_connection_has_the_time_of_a_head_before_its_first_request() {
        check(with(0, false), [true, false, false]);
        check(with(0, true), [false, true, false]);
    }

    #[test]
    fn a_head_that_does_not_end_is_overdue() {
        let activity = with(0, true);
        activity.note_read();
        check(activity, [true, true, false]);
    }

    #[test]
    fn a_request_takes_its_time_but_not_to_be_read() {
        let activity = with(1, true);
        // Bytes of its body.
        activity.note_read();
        check(activity, [false, false, false]);
        let activity = with(1, true);
        activity.note_stalled();
        check(activity, [false, false, true]);
    }
}
