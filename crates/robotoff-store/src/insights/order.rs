//! The orders of insights, how a page goes on, and how random ones are drawn.

use std::collections::HashSet;

use robotoff_core::insight::Insight;
use robotoff_ports::PortResult;
use robotoff_ports::store::{InsightCursor, InsightOrder};
use sea_orm::sea_query::{Expr, ExprTrait, NullOrdering, Order};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::read;
use crate::connect::Database;
use crate::dialect::Dialect;
use crate::entity::product_insight::{Column, Entity, Model};

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
    let (mut voted, others) = tokio::try_join!(
        from_draw(database, voted, draw, limit),
        from_draw(database, others, draw, limit),
    )?;
    voted.truncate(most_voted(&voted, &others, draw, limit));
    let rows = voted.into_iter().chain(others);
    let mut insights = database.unreadable.readable(rows, Model::into_insight);
    keep_one_of_each(&mut insights);
    insights.sort_by(|a, b| weight(b, draw).total_cmp(&weight(a, draw)));
    insights.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(insights)
}

/// Removes repeated insights: one that gets its first vote between the two reads is in both.
fn keep_one_of_each(insights: &mut Vec<Insight>) {
    let mut ids = HashSet::new();
    insights.retain(|insight| ids.insert(insight.id));
}

/// The next rows along the random key, around the end if need be.
async fn from_draw(
    database: &Database,
    rows: Select<Entity>,
    draw: f64,
    limit: u64,
) -> PortResult<Vec<Model>> {
    let rows = rows.order_by_asc(Column::Rnd).order_by_asc(Column::Id);
    let doing = "draw random insights";
    let up = rows.clone().filter(Column::Rnd.gte(draw));
    let mut found = read(database, up, limit, 0, doing).await?;
    let missing = limit.saturating_sub(found.len() as u64);
    if missing > 0 {
        let around = rows.filter(Column::Rnd.lt(draw));
        found.extend(read(database, around, missing, 0, doing).await?);
    }
    Ok(found)
}

/// Largest part of a page that rows with votes may share with the next page.
const MAX_SHARED: f64 = 0.05;
/// With so many rows open, pages have to differ.
const MANY_OPEN: f64 = 9_000.0;

/// The number of rows with votes on a page. Where few of many have votes, these would
/// be on every page if they came first. How many there are shows by how far their page
/// reaches along the random key, which is spread evenly from 0 to 1.
fn most_voted(voted: &[Model], others: &[Model], draw: f64, limit: u64) -> usize {
    let reach = |rows: &[Model]| match rows.last().and_then(|row| row.rnd) {
        Some(rnd) if rows.len() as u64 == limit && rnd >= draw => rnd - draw,
        Some(rnd) if rows.len() as u64 == limit => 1.0 + rnd - draw,
        Some(_) | None => 1.0,
    };
    let open = others.len() as f64 / reach(others).max(f64::MIN_POSITIVE);
    if open < MANY_OPEN {
        return voted.len();
    }
    let share = (MAX_SHARED / reach(voted).max(f64::MIN_POSITIVE)).min(1.0);
    (limit as f64 * share) as usize
}

fn weight(insight: &Insight, draw: f64) -> f64 {
    let mixed = Uuid::new_v5(&insight.id.0, &draw.to_le_bytes()).as_u128() as u32;
    f64::from(mixed) * f64::from(insight.n_votes + 1)
}

#[cfg(test)]
mod tests {
    use robotoff_core::insight::{InsightId, InsightKind};
    use robotoff_core::product::{Barcode, ProductId, ServerType};

    use super::*;

    #[test]
    fn an_insight_that_gets_its_first_vote_meanwhile_is_on_the_page_once() {
        let insight = |number, n_votes| {
            let product = ProductId {
                barcode: Barcode::as_stored("1").expect("a code"),
                server_type: ServerType::Off,
            };
            let id = InsightId(Uuid::from_u128(number));
            let mut insight = Insight::new(
                id,
                product,
                InsightKind::Label,
                chrono::NaiveDateTime::default(),
            );
            insight.n_votes = n_votes;
            insight
        };
        let mut page = vec![insight(1, 1), insight(2, 3), insight(3, 0), insight(1, 0)];
        keep_one_of_each(&mut page);
        let shown: Vec<_> = page
            .iter()
            .map(|row| (row.id.0.as_u128(), row.n_votes))
            .collect();
        assert_eq!(shown, [(1, 1), (2, 3), (3, 0)]);
    }
}
