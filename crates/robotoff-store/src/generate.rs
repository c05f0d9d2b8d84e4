//! Filling an empty database with made-up insights and votes, up to ten millions of them,
//! for benches and try-outs.
//!
//! Rows are written without their indexes, which are built afterwards: ten times as fast as
//! a growing table with two dozen of them. On PostgreSQL rows go through `COPY`. Whoever
//! kills the process in between has to begin with a new database.

use std::fmt::Write;

use robotoff_core::vote::Vote;
use robotoff_ports::{PortError, PortResult};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Statement};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPoolCopyExt, Postgres};
use sqlx::{AssertSqlSafe, Executor};

use crate::connect::{Database, Pool};
use crate::dialect::Dialect;
use crate::entity::annotation_vote;
use crate::entity::product_insight::{Entity, Model};
use crate::error::Context;
use crate::sample;

/// Rows that are written at once.
const BATCH: u64 = 20_000;
/// Rows of one statement: 28 columns stay below the 32,766 values of SQLite.
const ROWS_PER_INSERT: usize = 500;

const TABLES: &str = "('product_insight', 'annotation_vote')";

const COPY_INSIGHTS: &str = "COPY product_insight (id, barcode, type, data, timestamp, \
    completed_at, annotation, annotated_result, n_votes, username, countries, brands, \
    process_after, value_tag, value, source_image, automatic_processing, server_type, \
    unique_scans_n, reserved_barcode, predictor, predictor_version, campaign, confidence, \
    bounding_box, lc, with_image, rnd) FROM STDIN";
const COPY_VOTES: &str = "COPY annotation_vote (id, insight_id, username, value, device_id, \
    timestamp, voter_key) FROM STDIN";

/// Writes the insights of the numbers from 0, and votes on them; `written` is told how many
/// insights there are. The database has to be empty.
pub async fn generate(
    database: &Database,
    insights: u64,
    mut written: impl FnMut(u64),
) -> PortResult<()> {
    let doing = "look whether the database is empty";
    let any = Entity::find().one(&database.read).await.context(doing)?;
    if any.is_some() {
        return Err(PortError::denied(
            "database",
            "it holds insights; made-up ones are written to an empty one only",
        ));
    }
    let indexes = drop_indexes(database).await?;
    let mut begin = 0;
    while begin < insights {
        let end = (begin + BATCH).min(insights);
        let rows: Vec<Model> = (begin..end)
            .map(|number| sample::insight(number).into())
            .collect();
        let votes: Vec<Vote> = (begin..end)
            .flat_map(|number| sample::votes(number, insights))
            .collect();
        match database.dialect {
            Dialect::Postgres => copy_in(database, &rows, &votes).await?,
            Dialect::Sqlite => insert(database, rows, votes).await?,
        }
        begin = end;
        written(begin);
    }
    build_indexes(database, &indexes).await?;
    database.refresh_statistics().await
}

/// Drops the indexes of the tables that are filled; returns what builds them again.
async fn drop_indexes(database: &Database) -> PortResult<Vec<String>> {
    let doing = "drop the indexes of an empty table";
    let list = match database.dialect {
        Dialect::Postgres => format!(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN {TABLES}
             AND schemaname = current_schema() AND NOT EXISTS
                 (SELECT 1 FROM pg_constraint WHERE conname = indexname)"
        ),
        Dialect::Sqlite => format!(
            "SELECT name, sql FROM sqlite_master
             WHERE type = 'index' AND tbl_name IN {TABLES} AND sql IS NOT NULL"
        ),
    };
    let statement = Statement::from_string(database.dialect.backend(), list);
    let rows = database
        .write
        .query_all_raw(statement)
        .await
        .context(doing)?;
    let mut definitions = Vec::new();
    for row in rows {
        let name: String = row.try_get_by_index(0).context(doing)?;
        definitions.push(row.try_get_by_index(1).context(doing)?);
        let drop = format!("DROP INDEX {name}");
        database
            .write
            .execute_unprepared(&drop)
            .await
            .context(doing)?;
    }
    Ok(definitions)
}

async fn build_indexes(database: &Database, indexes: &[String]) -> PortResult<()> {
    let doing = "build the indexes of made-up insights";
    let Pool::Postgres { direct } = &database.pool else {
        for index in indexes {
            let built = database.write.execute_unprepared(index).await;
            built.context(doing)?;
        }
        return Ok(());
    };
    // A session of its own: sorting needs memory, and minutes.
    let mut session: PoolConnection<Postgres> = direct.acquire().await.context(doing)?;
    let settings = [
        "SET statement_timeout = 0",
        "SET maintenance_work_mem = '512MB'",
    ];
    let statements = settings
        .into_iter()
        .chain(indexes.iter().map(String::as_str));
    for statement in statements.chain([
        "VACUUM ANALYZE product_insight",
        "VACUUM ANALYZE annotation_vote",
    ]) {
        let statement = AssertSqlSafe(statement.to_owned());
        session.execute(statement).await.context(doing)?;
    }
    // Its settings end with it.
    session.detach();
    Ok(())
}

async fn insert(database: &Database, rows: Vec<Model>, votes: Vec<Vote>) -> PortResult<()> {
    let doing = "write made-up insights";
    let transaction = database.begin().await?;
    for rows in rows.chunks(ROWS_PER_INSERT) {
        let rows = rows
            .iter()
            .map(|row| row.clone().into_active_model().reset_all());
        Entity::insert_many(rows)
            .exec_without_returning(&transaction)
            .await
            .context(doing)?;
    }
    for votes in votes.chunks(ROWS_PER_INSERT) {
        let rows = votes.iter().map(|vote| {
            annotation_vote::Model::from(vote.clone())
                .into_active_model()
                .reset_all()
        });
        annotation_vote::Entity::insert_many(rows)
            .exec_without_returning(&transaction)
            .await
            .context(doing)?;
    }
    transaction.commit().await.context(doing)
}

async fn copy_in(database: &Database, rows: &[Model], votes: &[Vote]) -> PortResult<()> {
    let doing = "copy made-up insights";
    let Pool::Postgres { direct } = &database.pool else {
        return Ok(());
    };
    let mut text = CopyText::default();
    rows.iter().for_each(|row| text.insight(row));
    let mut votes_text = CopyText::default();
    votes.iter().for_each(|vote| votes_text.vote(vote));
    for (into, text) in [(COPY_INSIGHTS, text), (COPY_VOTES, votes_text)] {
        let mut copy = direct.copy_in_raw(into).await.context(doing)?;
        copy.send(text.0.into_bytes()).await.context(doing)?;
        copy.finish().await.context(doing)?;
    }
    Ok(())
}

/// Rows in the text form of `COPY`: fields are parted by tabs, rows by line ends.
#[derive(Default)]
struct CopyText(String);

impl CopyText {
    fn insight(&mut self, row: &Model) {
        self.field(Some(&row.id));
        self.field(Some(&row.barcode));
        self.field(Some(&row.kind));
        self.field(Some(&row.data));
        self.field(row.timestamp.as_ref());
        self.field(row.completed_at.as_ref());
        self.field(row.annotation.as_ref());
        self.field(row.annotated_result.as_ref());
        self.field(Some(&row.n_votes));
        self.field(row.username.as_ref());
        self.field(row.countries.as_ref());
        self.field(row.brands.as_ref());
        self.field(row.process_after.as_ref());
        self.field(row.value_tag.as_ref());
        self.field(row.value.as_ref());
        self.field(row.source_image.as_ref());
        self.field(Some(&row.automatic_processing));
        self.field(row.server_type.as_ref());
        self.field(Some(&row.unique_scans_n));
        self.field(Some(&row.reserved_barcode));
        self.field(row.predictor.as_ref());
        self.field(row.predictor_version.as_ref());
        self.field(row.campaign.as_ref());
        self.field(row.confidence.as_ref());
        self.field(row.bounding_box.as_ref());
        self.field(row.lc.as_ref().map(|lc| &lc.0));
        self.field(row.with_image.as_ref());
        self.field(row.rnd.as_ref());
        self.end_row();
    }

    fn vote(&mut self, vote: &Vote) {
        self.field(Some(&vote.id));
        self.field(Some(&vote.insight.0));
        self.field(vote.username.as_ref());
        self.field(Some(&vote.value.code()));
        self.field(Some(&vote.device_id));
        self.field(Some(&vote.timestamp));
        self.field(Some(&vote.voter_key()));
        self.end_row();
    }

    fn field(&mut self, value: Option<&impl std::fmt::Display>) {
        let Some(value) = value else {
            self.0.push_str("\\N\t");
            return;
        };
        let start = self.0.len();
        write!(self.0, "{value}\t").expect("writing to a text cannot fail");
        let end = self.0.len() - 1;
        if self.0[start..end].contains(['\\', '\t', '\n', '\r']) {
            let escaped = self.0[start..end]
                .replace('\\', "\\\\")
                .replace('\t', "\\t")
                .replace('\n', "\\n")
                .replace('\r', "\\r");
            self.0.replace_range(start..end, &escaped);
        }
    }

    fn end_row(&mut self) {
        self.0.pop();
        self.0.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_escaped_as_copy_wants_them() {
        let mut text = CopyText::default();
        text.field(Some(&"a\tb\\c\nd"));
        text.field(None::<&i32>);
        text.field(Some(&1.5));
        text.end_row();
        assert_eq!(text.0, "a\\tb\\\\c\\nd\t\\N\t1.5\n");
    }
}
