//! Numbers of insights by value tag.
//!
//! They are the result of a scan of all rows that match. Of many rows they are kept in memory
//! and served while they are read anew in the background, at a pace that bounds the cost: a
//! scan of `d` seconds is repeated after `100 × d` at the earliest, so that at most one
//! processor in a hundred counts for each filter. Few rows are counted for each request, and
//! such numbers are exact.
//!
//! The alternative, counters in a table that each commit changes, makes all writers of one
//! tag wait for one another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_ports::PortResult;
use robotoff_ports::store::{CountedValueTags, InsightFilter, ValueTagCount};
use sea_orm::sea_query::{Expr, NullOrdering, Order};
use sea_orm::{ColumnTrait, QueryOrder, QuerySelect};
use tokio::sync::Mutex as AsyncMutex;

use super::matching::matching;
use crate::connect::Database;
use crate::entity::product_insight::Column;
use crate::error::Context;

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
    entries: Mutex<Vec<(InsightFilter, Arc<Entry>)>>,
}

#[derive(Debug, Default)]
struct Entry {
    counts: Mutex<Option<Arc<TagCounts>>>,
    is_renewed: AtomicBool,
    /// One scan at a time: requests that find no numbers wait for the first one's.
    scan: AsyncMutex<()>,
}

#[derive(Debug)]
struct TagCounts {
    read_at: NaiveDateTime,
    ttl: TimeDelta,
    insights: u64,
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
    fn page(&self, limit: u64, offset: u64) -> Option<CountedValueTags> {
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
    fn entry(&self, filter: &InsightFilter) -> Arc<Entry> {
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

impl Entry {
    fn counts(&self) -> Option<Arc<TagCounts>> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.clone()
    }

    /// Numbers that may be served, and whether they are to be read anew.
    fn served(&self, now: NaiveDateTime) -> Option<(Arc<TagCounts>, bool)> {
        let counts = self.counts()?;
        match counts.freshness(now) {
            Freshness::Fresh => Some((counts, false)),
            Freshness::Stale => Some((counts, !self.is_renewed.swap(true, Ordering::AcqRel))),
            Freshness::Expired => None,
        }
    }

    async fn scan(
        &self,
        database: &Database,
        filter: &InsightFilter,
    ) -> PortResult<Arc<TagCounts>> {
        let _one = self.scan.lock().await;
        // Another request has scanned while this one waited.
        if let Some((counts, false)) = self.served(database.clock.now()) {
            return Ok(counts);
        }
        let counts = Arc::new(scanned(database, filter).await?);
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = Some(counts.clone());
        Ok(counts)
    }
}

/// See [`InsightReads::value_tags`](robotoff_ports::store::InsightReads::value_tags).
pub(super) async fn page(
    database: &Database,
    filter: &InsightFilter,
    limit: u64,
    offset: u64,
) -> PortResult<CountedValueTags> {
    let is_kept =
        filter.unseen_by.is_none() && filter.unlent_at.is_none() && filter.barcodes.is_none();
    let counts = match is_kept {
        false => Arc::new(scanned(database, filter).await?),
        true => {
            let entry = database.tag_counts.entry(filter);
            match entry.served(database.clock.now()) {
                Some((counts, is_due)) => {
                    if is_due {
                        renew(database.clone(), filter.clone(), entry);
                    }
                    counts
                }
                None => entry.scan(database, filter).await?,
            }
        }
    };
    if let Some(page) = counts.page(limit, offset) {
        return Ok(page);
    }
    Ok(CountedValueTags {
        insights: counts.insights,
        rows: rows(database, filter, Some((limit, offset))).await?,
    })
}

/// Takes the flag back, however the scan ends.
struct Renewal(Arc<Entry>);

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.is_renewed.store(false, Ordering::Release);
    }
}

/// Scans in the background.
fn renew(database: Database, filter: InsightFilter, entry: Arc<Entry>) {
    tokio::spawn(async move {
        let renewal = Renewal(entry);
        let entry = &renewal.0;
        let _one = entry.scan.lock().await;
        match scanned(&database, &filter).await {
            Ok(counts) => {
                let counts = Some(Arc::new(counts));
                *entry.counts.lock().unwrap_or_else(PoisonError::into_inner) = counts;
            }
            Err(error) => tracing::warn!(%error, "cannot count insights by value tag"),
        }
    });
}

async fn scanned(database: &Database, filter: &InsightFilter) -> PortResult<TagCounts> {
    let read_at = database.clock.now();
    let start = Instant::now();
    let mut rows = rows(database, filter, None).await?;
    let duration = TimeDelta::from_std(start.elapsed()).unwrap_or(MAX_TTL);
    let insights = rows.iter().map(|row| row.insights).sum();
    let tags = rows.len();
    rows.truncate(MAX_TAGS);
    rows.shrink_to_fit();
    let ttl = duration.checked_mul(PACE).unwrap_or(MAX_TTL);
    Ok(TagCounts {
        read_at,
        ttl: ttl.clamp(MIN_TTL, MAX_TTL),
        insights,
        tags,
        rows,
    })
}

async fn rows(
    database: &Database,
    filter: &InsightFilter,
    page: Option<(u64, u64)>,
) -> PortResult<Vec<ValueTagCount>> {
    // By bytes, whatever the language of the database.
    let by_tag = Expr::cust(database.dialect.by_bytes("value_tag"));
    let mut query = matching(filter, database.dialect)
        .select_only()
        .column(Column::ValueTag)
        .column_as(Column::Id.count(), "insights")
        .group_by(Column::ValueTag)
        .order_by_desc(Column::Id.count())
        .order_by_with_nulls(by_tag, Order::Asc, NullOrdering::Last);
    if let Some((limit, offset)) = page {
        query = query.limit(limit).offset(offset);
    }
    let rows: Vec<(Option<String>, i64)> = query
        .into_tuple()
        .all(&database.read)
        .await
        .context("count insights by value tag")?;
    let counted = rows.into_iter().map(|(value_tag, insights)| ValueTagCount {
        value_tag,
        insights: insights.unsigned_abs(),
    });
    Ok(counted.collect())
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
