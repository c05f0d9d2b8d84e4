//! Writing insights and votes.

use robotoff_core::dump::InsightAttributes;
use robotoff_core::edit::PARTIAL_EDIT_KEEPS;
use robotoff_core::insight::{Insight, InsightId, Outcome, Verdict};
use robotoff_core::vote::{Vote, VoteValue};
use robotoff_ports::store::{Conflict, InsightClosure};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    Statement,
};
use serde_json::{Value, json};

use super::{Commit, Stop};
use crate::entity::annotation_vote;
use crate::entity::product_insight::{ActiveModel, Column, Entity, Model};
use crate::error::Context;
use crate::insights::{NO_LIVE_EDIT, no_partial_edit_since};

/// Rows in one statement: 28 columns stay below the 32,766 values of SQLite.
const ROWS_PER_INSERT: usize = 500;

impl Commit<'_> {
    pub(super) async fn create_insights(&mut self, insights: Vec<Insight>) -> Result<(), Stop> {
        let mut rows: Vec<ActiveModel> = insights
            .into_iter()
            .map(|insight| Model::from(insight).into_active_model().reset_all())
            .collect();
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(ROWS_PER_INSERT));
            // Without returning: SQLite cannot give the list of languages back.
            Entity::insert_many(rows)
                .exec_without_returning(&self.transaction)
                .await
                .context("create insights")?;
            rows = rest;
        }
        Ok(())
    }

    pub(super) async fn refresh_insight(&mut self, insight: Insight) -> Result<(), Stop> {
        let id = insight.id;
        let row = claim_of(Model::from(insight));
        let written = Entity::update_many()
            .set(row)
            .filter(Column::Id.eq(id.0))
            .filter(Column::Annotation.is_null())
            .exec(&self.transaction)
            .await
            .context("refresh an insight")?;
        met(written.rows_affected, id)
    }

    pub(super) async fn update_attributes(
        &mut self,
        updates: &[InsightAttributes],
    ) -> Result<(), Stop> {
        for update in updates {
            Entity::update_many()
                .set(ActiveModel {
                    brands: Set(Some(json!(update.brands))),
                    countries: Set(Some(json!(update.countries))),
                    unique_scans_n: Set(update.unique_scans_n),
                    ..Default::default()
                })
                .filter(Column::Id.eq(update.insight.0))
                .filter(Column::Annotation.is_null())
                .exec(&self.transaction)
                .await
                .context("update attributes of an insight")?;
        }
        Ok(())
    }

    pub(super) async fn delete_insights(&mut self, ids: &[InsightId]) -> Result<(), Stop> {
        Entity::delete_many()
            .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(Column::Annotation.is_null())
            // The commit that settles the edit will want its insight.
            .filter(Expr::cust(NO_LIVE_EDIT))
            .filter(no_partial_edit_since(
                self.database.clock.now() - PARTIAL_EDIT_KEEPS,
                self.database.dialect,
            ))
            .exec(&self.transaction)
            .await
            .context("delete insights")?;
        Ok(())
    }

    /// An insight whose edit is on its way is closed by the commit that settles
    /// the edit, and by no other.
    pub(super) async fn close_insight(&mut self, answer: InsightClosure) -> Result<(), Stop> {
        self.lock_open_insight(answer.insight).await?;
        self.check_no_live_edit(answer.insight).await?;
        let mut row = ActiveModel {
            annotation: Set(Some(Verdict::code(answer.verdict))),
            annotated_result: Set(answer.outcome.map(Outcome::code)),
            username: Set(answer.username),
            completed_at: Set(Some(answer.completed_at)),
            data: answer.data.map_or(NotSet, |data| Set(Value::Object(data))),
            ..Default::default()
        };
        if let Some(claim) = answer.claim {
            row.value = Set(claim.value);
            row.value_tag = Set(claim.value_tag);
        }
        Entity::update_many()
            .set(row)
            .filter(Column::Id.eq(answer.insight.0))
            .exec(&self.transaction)
            .await
            .context("answer an insight")?;
        Ok(())
    }

    /// Two statements: the first locks the insight, and the second must count what others
    /// committed until then, so that it needs a snapshot of its own.
    pub(super) async fn cast_vote(&mut self, vote: Vote) -> Result<(), Stop> {
        let insight = vote.insight;
        let row = annotation_vote::Model::from(vote);
        let sql = format!(
            "INSERT INTO annotation_vote (id, insight_id, username, value, device_id, timestamp,
                address_hash, voter_key)
             SELECT $2, id, $3, $4, $5, $6, $7, $8 FROM product_insight
             WHERE id = $1 AND annotation IS NULL {}
             ON CONFLICT (voter_key) WHERE voter_key IS NOT NULL DO UPDATE
             SET value = excluded.value, device_id = excluded.device_id,
                address_hash = excluded.address_hash, timestamp = excluded.timestamp",
            self.database.dialect.for_update()
        );
        let values = [
            insight.0.into(),
            row.id.into(),
            row.username.into(),
            row.value.into(),
            row.device_id.into(),
            row.timestamp.into(),
            row.address_hash.into(),
            row.voter_key.into(),
        ];
        let backend = self.database.dialect.backend();
        let cast = self
            .transaction
            .execute_raw(Statement::from_sql_and_values(backend, sql, values));
        met(cast.await.context("cast a vote")?.rows_affected(), insight)?;
        let skip = VoteValue::Skip.code();
        let sql = "UPDATE product_insight SET n_votes =
                (SELECT count(*) FROM annotation_vote WHERE insight_id = $1 AND value <> $2)
             WHERE id = $1 RETURNING n_votes";
        let counted = self
            .transaction
            .query_one_raw(Statement::from_sql_and_values(
                backend,
                sql,
                [insight.0.into(), skip.into()],
            ))
            .await
            .context("count votes")?;
        let votes: Option<i32> = counted
            .map(|row| row.try_get_by_index(0).context("count votes"))
            .transpose()?;
        self.receipt.votes = votes.map(i32::unsigned_abs);
        Ok(())
    }

    /// Holds the insight until the commit, so that answers and votes on it come
    /// one after the other; it must be open.
    pub(super) async fn lock_open_insight(&self, insight: InsightId) -> Result<(), Stop> {
        let sql = format!(
            "SELECT id FROM product_insight WHERE id = $1 AND annotation IS NULL {}",
            self.database.dialect.for_update()
        );
        let open = self
            .transaction
            .query_one_raw(Statement::from_sql_and_values(
                self.database.dialect.backend(),
                sql,
                [insight.0.into()],
            ))
            .await
            .context("look whether an insight is open")?;
        met(u64::from(open.is_some()), insight)
    }
}

fn met(rows: u64, insight: InsightId) -> Result<(), Stop> {
    if rows == 0 {
        return Err(Stop::Conflict(Conflict::NotOpen(insight)));
    }
    Ok(())
}

/// The columns of an insight's claim, without verdict and votes.
fn claim_of(row: Model) -> ActiveModel {
    let mut row = row.into_active_model().reset_all();
    row.id = NotSet;
    row.barcode = NotSet;
    row.kind = NotSet;
    row.server_type = NotSet;
    row.annotation = NotSet;
    row.annotated_result = NotSet;
    row.completed_at = NotSet;
    row.n_votes = NotSet;
    row.username = NotSet;
    row.rnd = NotSet;
    row
}
