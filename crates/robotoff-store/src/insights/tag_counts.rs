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

use std::sync::Arc;
use std::time::Instant;

use robotoff_ports::PortResult;
use robotoff_ports::store::{CountedValueTags, InsightFilter, ValueTagCount};
use sea_orm::sea_query::{Expr, NullOrdering, Order};
use sea_orm::{ColumnTrait, QueryOrder, QuerySelect};

use super::matching::matching;
use super::tag_counts_cache::{Renewal, TagCounts, TagCountsEntry};
use crate::connect::Database;
use crate::entity::product_insight::Column;
use crate::error::Context;

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
                None => scanned_by_one(database, filter, &entry).await?,
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

/// Scans in the background.
fn renew(database: Database, filter: InsightFilter, entry: Arc<TagCountsEntry>) {
    tokio::spawn(async move {
        let renewal = Renewal(entry);
        let entry = &renewal.0;
        let _one = entry.scan.lock().await;
        match scanned(&database, &filter).await {
            Ok(counts) => entry.store(Arc::new(counts)),
            Err(error) => tracing::warn!(%error, "cannot count insights by value tag"),
        }
    });
}

/// Numbers for requests that find none.
async fn scanned_by_one(
    database: &Database,
    filter: &InsightFilter,
    entry: &TagCountsEntry,
) -> PortResult<Arc<TagCounts>> {
    let _one = entry.scan.lock().await;
    // Another request has scanned while this one waited.
    if let Some((counts, false)) = entry.served(database.clock.now()) {
        return Ok(counts);
    }
    let counts = Arc::new(scanned(database, filter).await?);
    entry.store(counts.clone());
    Ok(counts)
}

async fn scanned(database: &Database, filter: &InsightFilter) -> PortResult<TagCounts> {
    let read_at = database.clock.now();
    let start = Instant::now();
    let rows = rows(database, filter, None).await?;
    Ok(TagCounts::new(read_at, start.elapsed(), rows))
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
