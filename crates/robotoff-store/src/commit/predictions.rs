//! Writing predictions: what was said before is brought up to date, not said twice.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use robotoff_core::product::ProductId;
use robotoff_ports::store::{NewPrediction, PredictionId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{Commit, Stop};
use crate::entity::prediction::{self, Column, Entity, Model};
use crate::error::Context;

/// Rows in one statement: 15 columns stay below the 32,766 values of SQLite.
const ROWS_PER_INSERT: usize = 500;

impl Commit<'_> {
    /// Adopted rows have no key: they are met by comparing what they say, and the
    /// first of equals gets the key.
    pub(super) async fn store_predictions(
        &mut self,
        product: &ProductId,
        predictions: Vec<NewPrediction>,
        at: NaiveDateTime,
    ) -> Result<(), Stop> {
        let known = self.known_predictions(product).await?;
        let mut new: HashMap<Uuid, usize> = HashMap::new();
        let mut rows: Vec<Model> = Vec::new();
        let mut seen_again = Vec::new();
        for prediction in predictions {
            let row = prediction::row(product, prediction, at);
            let key = row.content_key();
            if let Some(old) = known.get(&key) {
                if old.differs_in_time_only(&row) {
                    seen_again.push(old.id);
                    continue;
                }
                prediction::update_of(old.id, row)
                    .update(&self.transaction)
                    .await
                    .context("bring a prediction up to date")?;
            } else if let Some(index) = new.get(&key) {
                rows[*index] = row;
            } else {
                new.insert(key, rows.len());
                rows.push(row);
            }
        }
        self.see_again(&seen_again, at).await?;
        self.receipt.new_predictions += rows.len() as u64;
        let mut rows: Vec<_> = rows.into_iter().map(prediction::without_id).collect();
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(ROWS_PER_INSERT));
            Entity::insert_many(rows)
                .exec_without_returning(&self.transaction)
                .await
                .context("keep predictions")?;
            rows = rest;
        }
        Ok(())
    }

    /// Most of what is imported again is as it was.
    async fn see_again(&self, ids: &[i32], at: NaiveDateTime) -> Result<(), Stop> {
        for ids in ids.chunks(ROWS_PER_INSERT) {
            Entity::update_many()
                .col_expr(Column::Timestamp, Expr::value(at))
                .filter(Column::Id.is_in(ids.iter().copied()))
                .exec(&self.transaction)
                .await
                .context("note that predictions were seen again")?;
        }
        Ok(())
    }

    pub(super) async fn delete_predictions(&mut self, ids: &[PredictionId]) -> Result<(), Stop> {
        Entity::delete_many()
            .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
            .exec(&self.transaction)
            .await
            .context("delete predictions")?;
        Ok(())
    }

    /// The row that says a thing; one with the key before one without.
    async fn known_predictions(&self, product: &ProductId) -> Result<HashMap<Uuid, Model>, Stop> {
        let rows = Entity::find()
            .filter(Column::Barcode.eq(product.barcode.as_str()))
            .filter(Column::ServerType.eq(product.server_type.name()))
            .order_by_asc(Column::Id)
            .all(&self.transaction)
            .await
            .context("read the predictions of a product")?;
        let mut known = HashMap::new();
        for row in rows {
            if row.dedup_key.is_some() {
                known.insert(row.content_key(), row);
            } else {
                known.entry(row.content_key()).or_insert(row);
            }
        }
        Ok(known)
    }
}
