//! Batches of all insights that match, for exports.
//!
//! Each batch is read along the index of `timestamp` from where the one before ended. Rows
//! without a timestamp come last, by a statement of their own: one condition for both would
//! keep the index from being entered at the cursor, and each batch would read those before it.

use robotoff_ports::PortResult;
use robotoff_ports::store::{InsightBatch, InsightCursor, InsightFilter};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select};

use super::matching::matching;
use crate::connect::Database;
use crate::entity::product_insight::{Column, Entity, Model};
use crate::error::Context;

/// Insights behind the cursor, by `timestamp`, then id, those without a timestamp last.
pub(super) async fn batch(
    database: &Database,
    filter: &InsightFilter,
    after: Option<InsightCursor>,
    limit: u64,
) -> PortResult<InsightBatch> {
    let mut rows = Vec::new();
    let is_behind_timed = after.is_some_and(|cursor| cursor.timestamp.is_none());
    if !is_behind_timed {
        let behind = after.map_or_else(Condition::all, |cursor| {
            Condition::all()
                .add(Column::Timestamp.gte(cursor.timestamp))
                .add(
                    Condition::any()
                        .add(Column::Timestamp.gt(cursor.timestamp))
                        .add(Column::Id.gt(cursor.id.0)),
                )
        });
        let timed = by_time(database, filter)
            .filter(Column::Timestamp.is_not_null())
            .filter(behind);
        rows = read(database, timed, limit).await?;
    }
    let missing = limit - rows.len() as u64;
    if missing > 0 {
        let behind = after
            .filter(|_| is_behind_timed)
            .map_or_else(Condition::all, |cursor| {
                Condition::all().add(Column::Id.gt(cursor.id.0))
            });
        let others = by_time(database, filter)
            .filter(Column::Timestamp.is_null())
            .filter(behind);
        rows.extend(read(database, others, missing).await?);
    }
    // By the rows, not by the insights: some rows cannot be read.
    let is_full = rows.len() as u64 == limit;
    let next = rows.last().filter(|_| is_full).map(|row| InsightCursor {
        rank: None,
        timestamp: row.timestamp,
        id: robotoff_core::insight::InsightId(row.id),
    });
    Ok(InsightBatch {
        insights: database.unreadable.readable(rows, Model::into_insight),
        next,
    })
}

fn by_time(database: &Database, filter: &InsightFilter) -> Select<Entity> {
    matching(filter, database.dialect)
        .order_by_asc(Column::Timestamp)
        .order_by_asc(Column::Id)
}

async fn read(database: &Database, rows: Select<Entity>, limit: u64) -> PortResult<Vec<Model>> {
    let rows = rows.limit(limit).all(&database.read).await;
    rows.context("read a batch of insights")
}
