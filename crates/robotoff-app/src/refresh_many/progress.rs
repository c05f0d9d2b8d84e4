//! Progress of a run, in figures; stored in its checkpoint.

use anyhow::Result;
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::product::{Barcode, ProductId};
use serde::{Deserialize, Serialize};

use crate::imports::Refreshed;

/// Number of failures that are named; more are only counted.
pub const MAX_FAILURES: usize = 1_000;

/// A product that could not be refreshed, and its error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub product: ProductId,
    pub error: String,
}

/// Progress of a run, the runs that it resumes included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Products in all at the start, if they could be counted.
    pub total: Option<u64>,
    /// Products that were refreshed, or failed.
    pub done: u64,
    /// Predictions of names.
    pub new_predictions: u64,
    pub deleted_predictions: u64,
    /// Insights.
    pub created: u64,
    pub updated: u64,
    pub deleted: u64,
    /// Products that others changed during each attempt: a job refreshes them.
    pub postponed: u64,
    /// Products that a job was enqueued for.
    pub enqueued: u64,
    pub failed: u64,
    /// The first [`MAX_FAILURES`] of them.
    pub failures: Vec<Failure>,
    /// The last product of the last whole batch.
    last: Option<Barcode>,
    #[serde(skip)]
    pace: Pace,
}

/// Times and products of this run, without those that it resumes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pace {
    done_before: u64,
    begun_at: NaiveDateTime,
    now: NaiveDateTime,
}

impl Progress {
    pub(super) fn new(total: Option<u64>, now: NaiveDateTime) -> Self {
        let empty = Self {
            total,
            done: 0,
            new_predictions: 0,
            deleted_predictions: 0,
            created: 0,
            updated: 0,
            deleted: 0,
            postponed: 0,
            enqueued: 0,
            failed: 0,
            failures: Vec::new(),
            last: None,
            pace: Pace::default(),
        };
        empty.resumed(now)
    }

    /// The same at the start of a run that resumes it.
    pub(super) fn resumed(mut self, now: NaiveDateTime) -> Self {
        self.pace = Pace {
            done_before: self.done,
            begun_at: now,
            now,
        };
        self
    }

    /// Counts a product.
    pub(super) fn count(
        &mut self,
        product: &ProductId,
        result: &Result<Refreshed>,
        now: NaiveDateTime,
    ) {
        self.done += 1;
        self.pace.now = now;
        match result {
            Ok(refreshed) => {
                self.new_predictions += refreshed.name.new;
                self.deleted_predictions += refreshed.name.deleted;
                self.created += refreshed.insights.created.values().sum::<u64>();
                self.updated += refreshed.insights.updated;
                self.deleted += refreshed.insights.deleted;
                self.postponed += u64::from(refreshed.insights.postponed);
            }
            Err(error) => {
                self.failed += 1;
                if self.failures.len() < MAX_FAILURES {
                    self.failures.push(Failure {
                        product: product.clone(),
                        error: format!("{error:#}"),
                    });
                }
            }
        }
    }

    /// Counts the products that jobs are enqueued for.
    pub(super) const fn enqueued(&mut self, batch: &[ProductId], now: NaiveDateTime) {
        self.done += batch.len() as u64;
        self.enqueued += batch.len() as u64;
        self.pace.now = now;
    }

    /// Notes that a batch is done.
    pub(super) fn batch_done(&mut self, last: &ProductId) {
        self.last = Some(last.barcode.clone());
    }

    /// The last product of the last whole batch.
    pub(super) const fn last(&self) -> Option<&Barcode> {
        self.last.as_ref()
    }

    /// Products that were done before this run.
    pub const fn done_before(&self) -> u64 {
        self.pace.done_before
    }

    /// Products per second in this run; `None` as long as no time has passed.
    pub fn per_second(&self) -> Option<f64> {
        let secs = (self.pace.now - self.pace.begun_at).as_seconds_f64();
        let done = self.done - self.pace.done_before;
        (secs > 0.0).then(|| done as f64 / secs)
    }

    /// Time for the rest at this pace.
    pub fn time_left(&self) -> Option<TimeDelta> {
        let left = self.total?.saturating_sub(self.done);
        let pace = self.per_second().filter(|pace| *pace > 0.0)?;
        TimeDelta::try_seconds((left as f64 / pace).ceil() as i64)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;
    use robotoff_core::product::ServerType;

    use super::*;

    fn product(code: &str) -> ProductId {
        ProductId {
            barcode: Barcode::as_stored(code).unwrap(),
            server_type: ServerType::Off,
        }
    }

    #[test]
    fn pace_is_that_of_this_run_only() {
        let morning = NaiveDateTime::default();
        let mut progress = Progress::new(Some(100), morning);
        assert_eq!((progress.per_second(), progress.time_left()), (None, None));
        for number in 1..=20 {
            let now = morning + TimeDelta::seconds(number);
            progress.count(&product("1"), &Ok(Refreshed::default()), now);
        }
        assert_eq!(progress.per_second(), Some(1.0));
        let stored = serde_json::to_value(&progress).unwrap();
        let evening = morning + TimeDelta::hours(9);
        let stored: Progress = serde_json::from_value(stored).unwrap();
        let mut progress = stored.resumed(evening);
        assert_eq!(progress.done_before(), 20);
        for _ in 0..20 {
            let now = evening + TimeDelta::seconds(5);
            progress.count(&product("1"), &Ok(Refreshed::default()), now);
        }
        assert_eq!(progress.per_second(), Some(4.0));
        assert_eq!(progress.time_left(), Some(TimeDelta::seconds(15)));
    }

    #[test]
    fn failures_are_counted_and_the_first_are_named() {
        let mut progress = Progress::new(None, NaiveDateTime::default());
        for number in 0..MAX_FAILURES + 5 {
            let failed = Err(anyhow!("no {number}"));
            progress.count(&product("1"), &failed, NaiveDateTime::default());
        }
        assert_eq!(progress.failed, MAX_FAILURES as u64 + 5);
        assert_eq!(progress.failures.len(), MAX_FAILURES);
        assert_eq!(progress.failures[1].error, "no 1");
    }
}
