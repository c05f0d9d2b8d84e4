//! Reading the outbox of edits.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditId, EditState, ProductEdit};
use robotoff_core::insight::InsightId;
use robotoff_core::prediction::PredictionKind;
use robotoff_ports::PortResult;
use robotoff_ports::store::EditReads;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::connect::Database;
use crate::entity::edit::{Column, Entity, Model};
use crate::error::Context;

#[async_trait]
impl EditReads for Database {
    async fn edit(&self, id: EditId) -> PortResult<Option<ProductEdit>> {
        Entity::find_by_id(id.0)
            .one(&self.read)
            .await
            .context("read an edit")?
            .map(Model::into_edit)
            .transpose()
    }

    async fn live_edit_of(&self, insight: InsightId) -> PortResult<Option<ProductEdit>> {
        let live = EditState::ALL.into_iter().filter(|state| state.is_live());
        let found = Entity::find()
            .filter(Column::InsightId.eq(insight.0))
            .filter(Column::State.is_in(live.map(EditState::name)))
            .one(&self.read)
            .await
            .context("read the live edit of an insight")?;
        Ok(self.unreadable.readable_one(found, Model::into_edit))
    }

    async fn count_automatic_edits(
        &self,
        kind: PredictionKind,
        since: NaiveDateTime,
    ) -> PortResult<u64> {
        let doing = "count automatic edits";
        let sql = "SELECT count(*) AS edits FROM edit
             JOIN product_insight ON product_insight.id = edit.insight_id
             WHERE product_insight.type = $1 AND edit.created_at >= $2
               AND edit.state NOT IN ('refused', 'failed')
               AND edit.closing ->> 'provenance' = 'automatic'";
        let row = self
            .read
            .query_one_raw(self.statement(sql, [kind.name().into(), since.into()]))
            .await
            .context(doing)?;
        let edits: i64 = match row {
            Some(row) => row.try_get("", "edits").context(doing)?,
            None => 0,
        };
        Ok(edits.unsigned_abs())
    }

    async fn expired_edits(&self, limit: u64) -> PortResult<Vec<ProductEdit>> {
        let now = self.time(&self.read).await?;
        let expired = Entity::find()
            .filter(Column::State.eq(EditState::Sending.name()))
            .filter(Column::LeaseUntil.lt(now))
            .order_by_asc(Column::LeaseUntil)
            .order_by_asc(Column::Id);
        // Rows that cannot be read must not hide those behind them.
        let (mut edits, mut offset) = (Vec::new(), 0);
        loop {
            let missing = limit - edits.len() as u64;
            let rows = expired.clone().limit(missing).offset(offset);
            let rows = rows.all(&self.read).await.context("read expired edits")?;
            let found = rows.len() as u64;
            offset += found;
            edits.extend(self.unreadable.readable(rows, Model::into_edit));
            if found < missing || edits.len() as u64 == limit {
                return Ok(edits);
            }
        }
    }
}
