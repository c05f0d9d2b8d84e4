//! Numbers of insights by product.

use robotoff_core::product::Barcode;
use robotoff_ports::PortResult;
use robotoff_ports::store::InsightFilter;
use sea_orm::{ColumnTrait, QuerySelect};

use super::matching::matching;
use crate::connect::Database;
use crate::entity::product_insight::Column;
use crate::error::Context;

/// Products with insights that match, and their numbers.
pub(super) async fn counts(
    database: &Database,
    filter: &InsightFilter,
) -> PortResult<Vec<(Barcode, u64)>> {
    let rows: Vec<(String, i64)> = matching(filter, database.dialect)
        .select_only()
        .column(Column::Barcode)
        .column_as(Column::Id.count(), "insights")
        .group_by(Column::Barcode)
        .into_tuple()
        .all(&database.read)
        .await
        .context("count insights by product")?;
    let count = |(code, count): (String, i64)| {
        let barcode = Barcode::as_stored(&code).ok()?;
        Some((barcode, count.unsigned_abs()))
    };
    Ok(rows.into_iter().filter_map(count).collect())
}
