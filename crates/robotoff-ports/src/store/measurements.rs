//! Stored measurements of the service, for charts.

use async_trait::async_trait;
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::measurements::Measurements;

use crate::error::PortResult;

/// Span of time of a stored row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasurementSpan {
    /// One minute, of one process, or of what all share.
    Minute,
    /// A quarter of an hour, of all processes together.
    Quarter,
}

impl MeasurementSpan {
    /// Length in seconds, by which it is stored.
    pub const fn secs(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Quarter => 15 * 60,
        }
    }

    /// Length.
    pub const fn length(self) -> TimeDelta {
        TimeDelta::seconds(self.secs())
    }

    /// Start of the span that a time falls in.
    pub fn start_of(self, at: NaiveDateTime) -> NaiveDateTime {
        let secs = at.and_utc().timestamp();
        let start = secs - secs.rem_euclid(self.secs());
        chrono::DateTime::from_timestamp(start, 0).map_or(at, |start| start.naive_utc())
    }
}

/// Stored measurements of one span.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMeasurements {
    /// Start of the span.
    pub at: NaiveDateTime,
    pub measurements: Measurements,
}

/// The history of measurements.
#[async_trait]
pub trait MeasurementLog: Send + Sync {
    /// Stores the measurements of a minute, unless there are some of this source already: then
    /// false. So of several processes that measure the same things one stores them.
    async fn store_measurements(
        &self,
        minute: NaiveDateTime,
        source: &str,
        measurements: &Measurements,
    ) -> PortResult<bool>;

    /// Rows of any span that begin from `since` to before `until`, oldest first.
    async fn measurements(
        &self,
        since: NaiveDateTime,
        until: NaiveDateTime,
    ) -> PortResult<Vec<StoredMeasurements>>;

    /// Start of the oldest row of a minute.
    async fn oldest_minute(&self) -> PortResult<Option<NaiveDateTime>>;

    /// Replaces the rows that begin in a quarter by one, if there are still `rows` of them: then
    /// true. Another number means that a row came, or another process was faster.
    async fn fold_measurements(
        &self,
        quarter: NaiveDateTime,
        rows: u64,
        folded: &Measurements,
    ) -> PortResult<bool>;

    /// Deletes rows that begin before this; returns their number.
    async fn forget_measurements(&self, before: NaiveDateTime) -> PortResult<u64>;
}
