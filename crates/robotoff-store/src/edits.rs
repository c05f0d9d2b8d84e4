//! Reading the outbox of edits.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditId, EditState, ProductEdit};
use robotoff_core::insight::InsightId;
use robotoff_core::prediction::PredictionKind;
use robotoff_ports::PortResult;
use robotoff_ports::store::{EditCount, EditCursor, EditFilter, EditReads};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};

use crate::connect::Database;
use crate::entity::edit::{Column, Entity, Model};
use crate::error::Context;

#[async_trait]
impl EditReads for Database {
    /// A row that cannot be read is an error here, unlike elsewhere: edits are our own rows,
    /// and the job that sends one must not take it for done.
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
        self.readable_edits(&expired, limit, "read expired edits")
            .await
    }

    async fn edits(&self, filter: &EditFilter, limit: u64) -> PortResult<Vec<ProductEdit>> {
        let found = matching(filter)
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id);
        self.readable_edits(&found, limit, "read edits").await
    }

    async fn edit_counts(&self) -> PortResult<Vec<EditCount>> {
        let doing = "count edits";
        let rows = self.read.query_all_raw(self.statement(&counts_sql(), []));
        let mut counts = Vec::new();
        for row in rows.await.context(doing)? {
            let state: String = row.try_get("", "state").context(doing)?;
            let edits: i64 = row.try_get("", "edits").context(doing)?;
            let edits = edits.unsigned_abs();
            if let Some(state) = EditState::from_name(&state).filter(|_| edits > 0) {
                counts.push(EditCount {
                    state,
                    edits: edits.min(EditCount::CAP),
                    is_capped: edits > EditCount::CAP,
                });
            }
        }
        Ok(counts)
    }
}

impl Database {
    /// The first edits of a query. Rows that cannot be read must not hide those behind them.
    async fn readable_edits(
        &self,
        query: &Select<Entity>,
        limit: u64,
        doing: &str,
    ) -> PortResult<Vec<ProductEdit>> {
        let (mut edits, mut offset) = (Vec::new(), 0);
        loop {
            let missing = limit - edits.len() as u64;
            let rows = query.clone().limit(missing).offset(offset);
            let rows = rows.all(&self.read).await.context(doing)?;
            let found = rows.len() as u64;
            offset += found;
            edits.extend(self.unreadable.readable(rows, Model::into_edit));
            if found < missing || edits.len() as u64 == limit {
                return Ok(edits);
            }
        }
    }
}

/// One count for each state, along the index `edit_state` and up to the cap.
fn counts_sql() -> String {
    let limit = EditCount::CAP + 1;
    let counts = EditState::ALL.map(|state| {
        let state = state.name();
        format!(
            "SELECT '{state}' AS state, count(*) AS edits FROM
                (SELECT 1 FROM edit WHERE state = '{state}' ORDER BY state, created_at, id
                 LIMIT {limit}) AS counted"
        )
    });
    counts.join(" UNION ALL ")
}

/// The rows that an operator's filter lets through.
fn matching(filter: &EditFilter) -> Select<Entity> {
    let EditFilter {
        state,
        barcode,
        server_type,
        created_before,
        behind,
    } = filter;
    Entity::find()
        .apply_if(*state, |rows, state| {
            rows.filter(Column::State.eq(state.name()))
        })
        .apply_if(barcode.as_ref(), |rows, barcode| {
            rows.filter(Column::Barcode.eq(barcode.as_str()))
        })
        .apply_if(*server_type, |rows, server_type| {
            rows.filter(Column::ServerType.eq(server_type.name()))
        })
        .apply_if(*created_before, |rows, before| {
            rows.filter(Column::CreatedAt.lt(before))
        })
        .apply_if(*behind, |rows, cursor| rows.filter(is_behind(cursor)))
}

fn is_behind(cursor: EditCursor) -> Condition {
    let EditCursor { created_at, id } = cursor;
    let older = Condition::any()
        .add(Column::CreatedAt.lt(created_at))
        .add(Column::Id.lt(id.0));
    // The first condition is the one by which an index is read from the cursor on.
    Condition::all()
        .add(Column::CreatedAt.lte(created_at))
        .add(older)
}
