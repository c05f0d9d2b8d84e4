//! The time: of the system, or set by a test.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime};

/// A source of the time. Stored times are UTC without a zone, to the microsecond.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in UTC, cut to microseconds so that it is equal after storing.
    fn now(&self) -> NaiveDateTime;

    /// True when this clock is to be used even where a database has one: a test moves it.
    /// Otherwise leases are judged by the database's clock, since hosts may disagree.
    fn overrides_database(&self) -> bool {
        false
    }

    /// Waits so long by this clock.
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> NaiveDateTime {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        DateTime::from_timestamp_micros(since_epoch.as_micros() as i64)
            .unwrap_or_default()
            .naive_utc()
    }
}

/// A clock that moves only when a test moves it, so that no test sleeps.
#[derive(Debug)]
pub struct ManualClock(Mutex<ManualTime>);

#[derive(Debug)]
struct ManualTime {
    now: NaiveDateTime,
    /// Of sleepers; each looks at the time again when it is moved.
    wakers: Vec<Waker>,
}

impl ManualClock {
    /// A clock at the given time.
    pub const fn at(now: NaiveDateTime) -> Self {
        Self(Mutex::new(ManualTime {
            now,
            wakers: Vec::new(),
        }))
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let mut time = self.time();
        time.now += by;
        time.wakers.drain(..).for_each(Waker::wake);
    }

    fn time(&self) -> MutexGuard<'_, ManualTime> {
        self.0.lock().expect("no panic while the clock is locked")
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn overrides_database(&self) -> bool {
        true
    }

    fn now(&self) -> NaiveDateTime {
        self.time().now
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.now() + duration;
        poll_fn(|context| {
            let mut time = self.time();
            if time.now >= end {
                return Poll::Ready(());
            }
            time.wakers.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Timelike;

    #[test]
    fn system_time_is_cut_to_microseconds() {
        assert_eq!(SystemClock.now().nanosecond() % 1000, 0);
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let clock = ManualClock::at(NaiveDateTime::default());
        clock.advance(Duration::from_secs(90));
        assert_eq!(
            clock.now() - NaiveDateTime::default(),
            chrono::TimeDelta::seconds(90)
        );
    }
}
