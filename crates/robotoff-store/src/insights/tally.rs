//! Numbers of all insights by kind, verdict and origin.

use robotoff_ports::PortResult;
use robotoff_ports::store::InsightTally;
use sea_orm::{ConnectionTrait, QueryResult};

use crate::connect::Database;
use crate::error::Context;

const SQL: &str = "
SELECT type, annotation, automatic_processing, predictor, reserved_barcode, server_type,
    count(*) AS insights
FROM product_insight
GROUP BY type, annotation, automatic_processing, predictor, reserved_barcode, server_type
ORDER BY type, annotation, automatic_processing, predictor, reserved_barcode, server_type";

const DOING: &str = "count insights by kind";

pub(super) async fn tallies(database: &Database) -> PortResult<Vec<InsightTally>> {
    let rows = database
        .read
        .query_all_raw(database.statement(SQL, []))
        .await;
    rows.context(DOING)?.iter().map(tally).collect()
}

fn tally(row: &QueryResult) -> PortResult<InsightTally> {
    let insights: i64 = row.try_get("", "insights").context(DOING)?;
    Ok(InsightTally {
        kind: row.try_get("", "type").context(DOING)?,
        verdict: row.try_get("", "annotation").context(DOING)?,
        automatic: row.try_get("", "automatic_processing").context(DOING)?,
        predictor: row.try_get("", "predictor").context(DOING)?,
        reserved_barcode: row.try_get("", "reserved_barcode").context(DOING)?,
        server_type: row.try_get("", "server_type").context(DOING)?,
        insights: insights.unsigned_abs(),
    })
}
