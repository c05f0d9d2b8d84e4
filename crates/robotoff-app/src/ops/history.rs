//! Series for charts, from stored measurements.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::measurements::{Measurements, binned};

use super::Ops;

/// Percentiles of durations.
const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];

/// Length of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryRange {
    Hour,
    Day,
    Week,
}

impl HistoryRange {
    /// Every range.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// The range of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.name() == name)
    }

    /// Length of a bin, and their number: at most 288, whatever the range.
    const fn bins(self) -> (TimeDelta, usize) {
        match self {
            Self::Hour => (TimeDelta::minutes(1), 60),
            Self::Day => (TimeDelta::minutes(5), 288),
            Self::Week => (TimeDelta::hours(1), 168),
        }
    }
}

/// Values by bin; `None` where nothing was measured.
pub type Series = Vec<Option<f64>>;

/// Series of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Start of the first bin.
    pub start: NaiveDateTime,
    pub step: TimeDelta,
    pub bins: usize,
    /// Counts of things that happened in each bin.
    pub counts: BTreeMap<String, Series>,
    /// Means of values.
    pub gauges: BTreeMap<String, Series>,
    /// Percentiles of durations, in seconds, under `NAME:p50`, `NAME:p95` and `NAME:p99`.
    pub durations: BTreeMap<String, Series>,
}

impl Ops {
    /// Series of a range that ends now, with the names that `is_wanted`.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn history(
        &self,
        range: HistoryRange,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<History> {
        let now = self.clock.now();
        let (step, bins) = range.bins();
        // The last bin is the one that is not over yet.
        let secs = step.num_seconds();
        let timestamp = now.and_utc().timestamp();
        let into = TimeDelta::seconds(timestamp.rem_euclid(secs));
        let last =
            now - into - TimeDelta::nanoseconds(now.and_utc().timestamp_subsec_nanos().into());
        let start = last - step * (bins as i32 - 1);
        let rows = self.store.measurements(start, last + step).await;
        let rows = rows.context("cannot read measurements")?;
        let rows = rows.iter().map(|row| (row.at, &row.measurements));
        let rows = binned(rows, start, step, bins);
        Ok(history(start, step, &rows, is_wanted))
    }
}

fn history(
    start: NaiveDateTime,
    step: TimeDelta,
    rows: &[Measurements],
    is_wanted: impl Fn(&str) -> bool,
) -> History {
    let bins = rows.len();
    let mut history = History {
        start,
        step,
        bins,
        counts: BTreeMap::new(),
        gauges: BTreeMap::new(),
        durations: BTreeMap::new(),
    };
    for (bin, row) in rows.iter().enumerate() {
        let set = |series: &mut BTreeMap<String, Series>, name: &str, value: Option<f64>| {
            let values = series.entry(name.to_owned());
            let values = values.or_insert_with(|| vec![None; bins]);
            if let Some(place) = values.get_mut(bin) {
                *place = value;
            }
        };
        for (name, times) in row.counts.iter().filter(|(name, _)| is_wanted(name)) {
            set(&mut history.counts, name, Some(*times as f64));
        }
        for (name, gauge) in row.gauges.iter().filter(|(name, _)| is_wanted(name)) {
            set(&mut history.gauges, name, gauge.mean());
        }
        for (name, durations) in row.durations.iter().filter(|(name, _)| is_wanted(name)) {
            for (percentile, share) in PERCENTILES {
                let name = format!("{name}:{percentile}");
                set(&mut history.durations, &name, durations.quantile(share));
            }
        }
    }
    // Where anything was measured, something that was not counted did not happen.
    for values in history.counts.values_mut() {
        for (value, row) in values.iter_mut().zip(rows) {
            if value.is_none() && !row.is_empty() {
                *value = Some(0.0);
            }
        }
    }
    history
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_not_counted_is_zero_where_anything_was_measured() {
        let mut rows = vec![Measurements::default(); 3];
        rows[1].read("depth", 7.0);
        rows[2].count("jobs", 5);
        rows[2].time("job", Duration::from_secs(1));
        let found = history(
            NaiveDateTime::default(),
            TimeDelta::minutes(1),
            &rows,
            |name| name != "other",
        );
        assert_eq!(found.counts["jobs"], [None, Some(0.0), Some(5.0)]);
        assert_eq!(found.gauges["depth"], [None, Some(7.0), None]);
        assert_eq!(found.durations.len(), 3);
        assert_eq!(found.durations["job:p95"][1], None);
        assert!(found.durations["job:p95"][2].is_some());
    }
}
