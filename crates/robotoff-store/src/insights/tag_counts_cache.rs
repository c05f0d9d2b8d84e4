//! Numbers of insights by value tag, kept for the filters that are used.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_ports::store::{CountedValueTags, InsightFilter, ValueTagCount};
use tokio::sync::Mutex as AsyncMutex;

/// Insights up to which they are counted for each request.
const COUNTED_AT_ONCE: u64 = 5_000;
/// Time between two scans, in durations of a scan.
const PACE: i32 = 100;
/// Bounds of that time.
const MIN_TTL: TimeDelta = TimeDelta::seconds(2);
const MAX_TTL: TimeDelta = TimeDelta::minutes(10);
/// Age beyond which numbers are not served, in times between two scans: the filter was not
/// used for a while.
const STALE: i32 = 6;
/// Filters whose numbers are kept.
const MAX_FILTERS: usize = 32;
/// Tags of a filter that are kept; pages beyond are read from the table.
const MAX_TAGS: usize = 10_000;

/// The numbers of the filters that are used.
#[derive(Debug, Default)]
pub(crate) struct TagCountsCache {
    /// The one that was used last at the end.
    entries: Mutex<Vec<(InsightFilter, Arc<TagCountsEntry>)>>,
}

/// The numbers of one filter.
#[derive(Debug, Default)]
pub(super) struct TagCountsEntry {
    counts: Mutex<Option<Arc<TagCounts>>>,
    is_renewed: AtomicBool,
    /// One scan at a time: requests that find no numbers wait for the first one's.
    pub(super) scan: AsyncMutex<()>,
}

/// The result of a scan.
#[derive(Debug)]
pub(super) struct TagCounts {
    read_at: NaiveDateTime,
    ttl: TimeDelta,
    pub(super) insights: u64,
    tags: usize,
    /// The first [`MAX_TAGS`].
    rows: Vec<ValueTagCount>,
}

/// Use of numbers of some age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freshness {
    Fresh,
    /// Served, and read anew meanwhile.
    Stale,
    Expired,
}

impl TagCounts {
    /// The rows that a scan gave, which began at the time and took so long.
    pub(super) fn new(
        read_at: NaiveDateTime,
        took: Duration,
        mut rows: Vec<ValueTagCount>,
    ) -> Self {
        let took = TimeDelta::from_std(took).unwrap_or(MAX_TTL);
        let ttl = took.checked_mul(PACE).unwrap_or(MAX_TTL);
        let insights = rows.iter().map(|row| row.insights).sum();
        let tags = rows.len();
        rows.truncate(MAX_TAGS);
        rows.shrink_to_fit();
        Self {
            read_at,
            ttl: ttl.clamp(MIN_TTL, MAX_TTL),
            insights,
            tags,
            rows,
        }
    }

    fn freshness(&self, now: NaiveDateTime) -> Freshness {
        let age = now - self.read_at;
        if self.insights < COUNTED_AT_ONCE || age < TimeDelta::zero() {
            return Freshness::Expired;
        }
        if age < self.ttl {
            return Freshness::Fresh;
        }
        match age < self.ttl * STALE {
            true => Freshness::Stale,
            false => Freshness::Expired,
        }
    }

    /// The page, if it is among the rows that are kept.
    pub(super) fn page(&self, limit: u64, offset: u64) -> Option<CountedValueTags> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let end = start.saturating_add(limit).min(self.tags);
        if start < end && end > self.rows.len() {
            return None;
        }
        Some(CountedValueTags {
            insights: self.insights,
            rows: self.rows.iter().skip(start).take(limit).cloned().collect(),
        })
    }
}

impl TagCountsCache {
    /// The entry of a filter, made if need be.
    pub(super) fn entry(&self, filter: &InsightFilter) -> Arc<TagCountsEntry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = entries.iter().position(|(known, _)| known == filter);
        let used = match known {
            Some(at) => entries.remove(at),
            None => (filter.clone(), Arc::default()),
        };
        if entries.len() >= MAX_FILTERS {
            entries.remove(0);
        }
        let entry = used.1.clone();
        entries.push(used);
        entry
    }
}

impl TagCountsEntry {
    fn counts(&self) -> Option<Arc<TagCounts>> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.clone()
    }

    pub(super) fn store(&self, counts: Arc<TagCounts>) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = Some(counts);
    }

    /// Numbers that may be served, and whether they are to be read anew.
    pub(super) fn served(&self, now: NaiveDateTime) -> Option<(Arc<TagCounts>, bool)> {
        let counts = self.counts()?;
        match counts.freshness(now) {
            Freshness::Fresh => Some((counts, false)),
            Freshness::Stale => Some((counts, !self.is_renewed.swap(true, Ordering::AcqRel))),
            Freshness::Expired => None,
        }
    }
}

/// Right to read the numbers of an entry anew, taken back however that ends.
pub(super) struct Renewal(pub(super) Arc<TagCountsEntry>);

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.is_renewed.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(insights: u64, tags: usize, kept: usize) -> TagCounts {
        let row = |number: usize| ValueTagCount {
            value_tag: Some(format!("en:{number}")),
            insights: 1,
        };
        TagCounts {
            read_at: NaiveDateTime::default(),
            ttl: TimeDelta::seconds(10),
            insights,
            tags,
            rows: (0..kept).map(row).collect(),
        }
    }

    #[test]
    fn few_insights_are_counted_for_each_request() {
        let few = counts(COUNTED_AT_ONCE - 1, 3, 3);
        let many = counts(COUNTED_AT_ONCE, 3, 3);
        for (seconds, expected) in [
            (0, Freshness::Fresh),
            (9, Freshness::Fresh),
            (10, Freshness::Stale),
            (59, Freshness::Stale),
            (60, Freshness::Expired),
            (-1, Freshness::Expired),
        ] {
            let now = NaiveDateTime::default() + TimeDelta::seconds(seconds);
            assert_eq!(many.freshness(now), expected, "{seconds} s");
            assert_eq!(few.freshness(now), Freshness::Expired, "{seconds} s");
        }
    }

    #[test]
    fn a_page_beyond_the_tags_that_are_kept_is_not_served() {
        let all = counts(9_000, 5, 5);
        let first = counts(9_000, 8, 5);
        let size = |counts: &TagCounts, limit, offset| {
            counts.page(limit, offset).map(|page| page.rows.len())
        };
        assert_eq!(size(&all, 3, 0), Some(3));
        assert_eq!(size(&all, 3, 4), Some(1));
        assert_eq!(size(&all, 3, 5), Some(0));
        assert_eq!(size(&all, u64::MAX, u64::MAX), Some(0));
        assert_eq!(size(&first, 5, 0), Some(5));
        assert_eq!(size(&first, 3, 3), None);
        assert_eq!(size(&first, 3, 8), Some(0));
    }

    #[test]
    fn the_filter_that_was_not_used_longest_makes_room() {
        let cache = TagCountsCache::default();
        let filter = |number: usize| InsightFilter {
            value_tag: Some(number.to_string()),
            ..InsightFilter::default()
        };
        let entries: Vec<_> = (0..MAX_FILTERS).map(|n| cache.entry(&filter(n))).collect();
        assert!(Arc::ptr_eq(&entries[0], &cache.entry(&filter(0))));
        cache.entry(&filter(MAX_FILTERS));
        assert!(Arc::ptr_eq(&entries[0], &cache.entry(&filter(0))));
        assert!(!Arc::ptr_eq(&entries[1], &cache.entry(&filter(1))));
    }
}
