//! Random logos.
//!
//! Sorting all matches by a random number reads the whole table. Here a random id is drawn,
//! and the page is drawn from the matches that follow it: one bounded walk along the
//! primary key.

use std::hash::{DefaultHasher, Hash, Hasher};

use robotoff_core::image::{Logo, LogoId};
use robotoff_core::product::ServerType;
use robotoff_ports::PortResult;
use robotoff_ports::store::{ImageReads, LogoFilter};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    QueryTrait, Statement,
};

use super::matching_logos;
use crate::connect::Database;
use crate::entity::logo_annotation::{Column, Entity};
use crate::error::Context;

/// Number of matches that a page is drawn from.
const CANDIDATES: u64 = 5000;

/// Logos that match, as drawn by the number.
pub(super) async fn logos(
    database: &Database,
    filter: &LogoFilter,
    draw: f64,
    limit: u64,
) -> PortResult<Vec<Logo>> {
    let wanted = limit.max(CANDIDATES);
    let start = start(database, draw).await?;
    let mut ids = ids(database, filter, Column::Id.gte(start), wanted).await?;
    let missing = wanted.saturating_sub(ids.len() as u64);
    if missing > 0 {
        ids.extend(self::ids(database, filter, Column::Id.lt(start), missing).await?);
    }
    ids.sort_by_key(|id| mixed(*id, draw));
    ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut logos = database.logos_by_id(&ids).await?;
    logos.sort_by_key(|logo| mixed(logo.id, draw));
    Ok(logos)
}

/// Logo of the project with an embedding, as drawn by the number.
pub(super) async fn embedded_logo(
    database: &Database,
    server_type: ServerType,
    draw: f64,
) -> PortResult<Option<LogoId>> {
    let doing = "draw a logo with an embedding";
    let start = start(database, draw).await?;
    let embeddings = database.dialect.logo_embedding();
    for bound in [">=", "<"] {
        let sql = format!(
            "SELECT logo.id FROM logo_annotation logo
             WHERE logo.server_type = $1 AND logo.id {bound} $2
             AND EXISTS (SELECT 1 FROM {embeddings} e WHERE e.logo_id = logo.id)
             ORDER BY logo.id LIMIT 1"
        );
        let values = [server_type.name().into(), start.into()];
        let statement = Statement::from_sql_and_values(database.dialect.backend(), sql, values);
        let row = database
            .read
            .query_one_raw(statement)
            .await
            .context(doing)?;
        if let Some(row) = row {
            return Ok(Some(LogoId(row.try_get_by_index(0).context(doing)?)));
        }
    }
    Ok(None)
}

/// Id at the drawn share of all ids.
async fn start(database: &Database, draw: f64) -> PortResult<i32> {
    let last: Option<i32> = Entity::find()
        .select_only()
        .column_as(Column::Id.max(), "last")
        .into_tuple()
        .one(&database.read)
        .await
        .context("read the last id of logos")?
        .flatten();
    Ok((f64::from(last.unwrap_or_default()) * draw) as i32)
}

async fn ids(
    database: &Database,
    filter: &LogoFilter,
    bound: sea_orm::sea_query::SimpleExpr,
    limit: u64,
) -> PortResult<Vec<LogoId>> {
    let doing = "draw logos";
    let mut query = matching_logos(filter)
        .filter(bound)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_query();
    query.clear_selects().column((Entity, Column::Id));
    let rows = database.read.query_all(&query).await.context(doing)?;
    let id = |row: &QueryResult| row.try_get_by_index(0).map(LogoId);
    let ids: Result<Vec<LogoId>, _> = rows.iter().map(id).collect();
    ids.context(doing)
}

fn mixed(id: LogoId, draw: f64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (id, draw.to_bits()).hash(&mut hasher);
    hasher.finish()
}
