//! Measurements of the running service over a span of time: counts, gauges and durations, by
//! name. Two spans merge into one without loss, so that rows of minutes become rows of quarters.
//!
//! Percentiles come from counts in buckets whose bounds grow by √2: each is at most 20 % off,
//! and a kind of job needs a few numbers a minute however many jobs ran.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

/// Measurements of a span of time. A name tells what was measured: `queue:high:waiting`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measurements {
    /// Numbers of times that something happened.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// Values that were read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gauges: BTreeMap<String, Gauge>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub durations: BTreeMap<String, Durations>,
}

/// Readings of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Gauge {
    pub sum: f64,
    pub readings: u64,
}

/// Counts of durations, by bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Durations(BTreeMap<u8, u64>);

/// Upper bound of the first bucket, in seconds.
const FIRST_BOUND: f64 = 0.001;
/// Buckets for each doubling.
const BUCKETS_PER_DOUBLING: f64 = 2.0;
/// The last bucket holds all above an hour.
const LAST_BUCKET: u8 = 44;

impl Measurements {
    /// True when nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.gauges.is_empty() && self.durations.is_empty()
    }

    /// Counts something that happened.
    pub fn count(&mut self, name: &str, times: u64) {
        *self.counts.entry(name.to_owned()).or_default() += times;
    }

    /// Adds a reading of a value.
    pub fn read(&mut self, name: &str, value: f64) {
        self.gauges.entry(name.to_owned()).or_default().add(Gauge {
            sum: value,
            readings: 1,
        });
    }

    /// Adds a duration.
    pub fn time(&mut self, name: &str, took: Duration) {
        self.durations.entry(name.to_owned()).or_default().add(took);
    }

    /// Adds the measurements of another span.
    pub fn merge(&mut self, other: &Self) {
        for (name, times) in &other.counts {
            self.count(name, *times);
        }
        for (name, gauge) in &other.gauges {
            self.gauges.entry(name.clone()).or_default().add(*gauge);
        }
        for (name, durations) in &other.durations {
            let merged = self.durations.entry(name.clone()).or_default();
            for (bucket, times) in &durations.0 {
                *merged.0.entry(*bucket).or_default() += times;
            }
        }
    }
}

impl Gauge {
    fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.readings += other.readings;
    }

    /// Mean of the readings; `None` without one.
    pub fn mean(self) -> Option<f64> {
        (self.readings > 0).then(|| self.sum / self.readings as f64)
    }
}

impl Durations {
    fn add(&mut self, took: Duration) {
        let doublings = (took.as_secs_f64() / FIRST_BOUND).log2();
        let bucket = (doublings * BUCKETS_PER_DOUBLING).ceil();
        let bucket = bucket.clamp(0.0, f64::from(LAST_BUCKET)) as u8;
        *self.0.entry(bucket).or_default() += 1;
    }

    /// Seconds that the share `q` of the durations stays below: the middle, by logarithm, of the
    /// bucket in which it falls. `None` without durations.
    ///
    /// ```
    /// use std::time::Duration;
    /// use robotoff_core::measurements::Measurements;
    ///
    /// let mut minute = Measurements::default();
    /// for ms in 1..=100 {
    ///     minute.time("job", Duration::from_millis(ms));
    /// }
    /// let median = minute.durations["job"].quantile(0.5).unwrap();
    /// assert!((0.040..0.060).contains(&median), "{median}");
    /// ```
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let total: u64 = self.0.values().sum();
        let wanted = ((total as f64 * q).ceil() as u64).max(1);
        let mut below = 0;
        let bucket = self.0.iter().find(|(_, times)| {
            below += **times;
            below >= wanted
        });
        let (bucket, _) = bucket?;
        let doublings = (f64::from(*bucket) - 0.5) / BUCKETS_PER_DOUBLING;
        Some(FIRST_BOUND * doublings.exp2())
    }
}

/// Merges measurements into `bins` spans of equal length from `start` on; those outside of them
/// are left out.
pub fn binned<'a>(
    rows: impl IntoIterator<Item = (NaiveDateTime, &'a Measurements)>,
    start: NaiveDateTime,
    step: TimeDelta,
    bins: usize,
) -> Vec<Measurements> {
    let mut binned = vec![Measurements::default(); bins];
    let step = step.num_seconds().max(1);
    for (at, row) in rows {
        let place = (at - start).num_seconds().div_euclid(step);
        let bin = usize::try_from(place).ok();
        if let Some(bin) = bin.and_then(|bin| binned.get_mut(bin)) {
            bin.merge(row);
        }
    }
    binned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(jobs: u64, depth: f64, ms: u64) -> Measurements {
        let mut minute = Measurements::default();
        minute.count("jobs", jobs);
        minute.read("depth", depth);
        minute.time("job", Duration::from_millis(ms));
        minute
    }

    #[test]
    fn merged_spans_are_those_of_one_that_measured_all() {
        let mut both = minute(2, 10.0, 5);
        both.merge(&minute(3, 30.0, 500));
        assert_eq!(both.counts["jobs"], 5);
        assert_eq!(both.gauges["depth"].mean(), Some(20.0));
        assert_eq!(both.durations["job"].0.values().sum::<u64>(), 2);
        let mut with_nothing = both.clone();
        with_nothing.merge(&Measurements::default());
        assert_eq!(with_nothing, both);
        let text = serde_json::to_string(&both).expect("JSON is written");
        assert_eq!(serde_json::from_str::<Measurements>(&text).ok(), Some(both));
    }

    #[test]
    fn percentiles_are_a_fifth_off_at_most() {
        for ms in [1_u64, 3, 10, 47, 100, 999, 30_000, 3_000_000] {
            let mut durations = Durations::default();
            durations.add(Duration::from_millis(ms));
            let found = durations.quantile(0.99).expect("a duration");
            let ratio = found / (ms as f64 / 1000.0);
            assert!((0.8..=1.2).contains(&ratio), "{ms} ms: {found}");
        }
        let mut durations = Durations::default();
        for _ in 0..99 {
            durations.add(Duration::from_millis(10));
        }
        durations.add(Duration::from_secs(10));
        assert!(durations.quantile(0.95).is_some_and(|secs| secs < 0.012));
        assert!(durations.quantile(1.0).is_some_and(|secs| secs > 8.0));
        assert_eq!(Durations::default().quantile(0.5), None);
        durations.add(Duration::ZERO);
        durations.add(Duration::MAX);
    }

    #[test]
    fn rows_fall_into_the_bins_of_their_time() {
        let start = NaiveDateTime::default();
        let rows = [(-1, 1), (0, 2), (299, 4), (300, 8), (600, 16)]
            .map(|(secs, jobs)| (start + TimeDelta::seconds(secs), minute(jobs, 1.0, 1)));
        let rows = rows.iter().map(|(at, row)| (*at, row));
        let bins = binned(rows, start, TimeDelta::seconds(300), 2);
        let jobs: Vec<u64> = bins.iter().map(|bin| bin.counts["jobs"]).collect();
        assert_eq!(jobs, [6, 8]);
    }
}
