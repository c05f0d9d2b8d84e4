//! The orders of insights, how a page goes on, and how random ones are drawn.

use robotoff_core::insight::Insight;
use robotoff_ports::PortResult;
use robotoff_ports::store::{InsightCursor, InsightOrder};
use sea_orm::sea_query::{Expr, ExprTrait, NullOrdering, Order};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::connect::Database;
use crate::dialect::Dialect;
use crate::entity::product_insight::{Column, Entity, Model};
use crate::error::Context;

/// True for rows that come last among equals; as in the indexes of SQLite.
const UNKNOWN_TIME: &str = "product_insight.timestamp IS NULL";

/// The column that an order sorts by first.
const fn rank(order: InsightOrder) -> Option<Column> {
    match order {
        InsightOrder::Stored | InsightOrder::Random(_) => None,
        InsightOrder::Popularity => Some(Column::UniqueScansN),
        InsightOrder::Confidence => Some(Column::Confidence),
        InsightOrder::Votes => Some(Column::NVotes),
    }
}

/// The rows in the order, equals by `timestamp`, then id. Said as the indexes
/// are built: SQLite walks none by `NULLS LAST`.
pub(super) fn sorted(
    rows: Select<Entity>,
    order: InsightOrder,
    dialect: Dialect,
) -> Select<Entity> {
    let rows = match rank(order) {
        None => rows,
        Some(Column::Confidence) => {
            rows.order_by_with_nulls(Column::Confidence, Order::Desc, NullOrdering::Last)
        }
        Some(column) => rows.order_by_desc(column),
    };
    let rows = match dialect {
        Dialect::Postgres => {
            rows.order_by_with_nulls(Column::Timestamp, Order::Asc, NullOrdering::Last)
        }
        Dialect::Sqlite => rows
            .order_by_asc(Expr::cust(UNKNOWN_TIME))
            .order_by_asc(Column::Timestamp),
    };
    rows.order_by_asc(Column::Id)
}

/// The rows behind the cursor. The first condition bounds the walk of the index.
pub(super) fn after(order: InsightOrder, cursor: &InsightCursor) -> Condition {
    let among_equals = after_among_equals(cursor);
    let Some(column) = rank(order) else {
        return among_equals;
    };
    let nullable = matches!(column, Column::Confidence);
    let Some(value) = cursor.rank else {
        return Condition::all().add(column.is_null()).add(among_equals);
    };
    let mut behind = Condition::any()
        .add(column.lt(value))
        .add(Condition::all().add(column.eq(value)).add(among_equals));
    if nullable {
        return behind.add(column.is_null());
    }
    behind = Condition::all().add(column.lte(value)).add(behind);
    behind
}

fn after_among_equals(cursor: &InsightCursor) -> Condition {
    let Some(timestamp) = cursor.timestamp else {
        return Condition::all()
            .add(Column::Timestamp.is_null())
            .add(Column::Id.gt(cursor.id.0));
    };
    Condition::any()
        .add(Column::Timestamp.gt(timestamp))
        .add(Column::Timestamp.is_null())
        .add(
            Column::Timestamp
                .eq(timestamp)
                .and(Column::Id.gt(cursor.id.0)),
        )
}

/// Insights as drawn by the number. The existing service sorts all of them by
/// random × (votes + 1), which reads the whole table; here a page of insights
/// with votes and a page of others is read along the index from where the number
/// points, and the same product decides between the two.
pub(super) async fn drawn(
    database: &Database,
    rows: Select<Entity>,
    draw: f64,
    limit: u64,
) -> PortResult<Vec<Insight>> {
    let voted = rows
        .clone()
        .filter(Expr::cust("product_insight.n_votes > 0"));
    let others = rows.filter(Expr::cust("product_insight.n_votes <= 0"));
    let mut insights = from_draw(database, voted, draw, limit).await?;
    insights.extend(from_draw(database, others, draw, limit).await?);
    insights.sort_by(|a, b| weight(b, draw).total_cmp(&weight(a, draw)));
    insights.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(insights)
}

/// The next rows along the random key, around the end if need be.
async fn from_draw(
    database: &Database,
    rows: Select<Entity>,
    draw: f64,
    limit: u64,
) -> PortResult<Vec<Insight>> {
    let rows = rows.order_by_asc(Column::Rnd).order_by_asc(Column::Id);
    let doing = "draw random insights";
    let up = rows.clone().filter(Column::Rnd.gte(draw)).limit(limit);
    let mut found = up.all(&database.read).await.context(doing)?;
    let missing = limit.saturating_sub(found.len() as u64);
    if missing > 0 {
        let around = rows.filter(Column::Rnd.lt(draw)).limit(missing);
        found.extend(around.all(&database.read).await.context(doing)?);
    }
    Ok(database.unreadable.readable(found, Model::into_insight))
}

fn weight(insight: &Insight, draw: f64) -> f64 {
    let mixed = Uuid::new_v5(&insight.id.0, &draw.to_le_bytes()).as_u128() as u32;
    f64::from(mixed) * f64::from(insight.n_votes + 1)
}
