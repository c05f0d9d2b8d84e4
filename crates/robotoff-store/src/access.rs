//! Tokens of machines, and the record of writes.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_ports::PortResult;
use robotoff_ports::store::{AccessStore, AccessToken, WriteRecord};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::connect::Database;
use crate::entity::{access_token, write_record};
use crate::error::Context;

#[async_trait]
impl AccessStore for Database {
    async fn create_token(&self, token: &AccessToken) -> PortResult<()> {
        let row = access_token::Model::of(token).into_active_model();
        let created = access_token::Entity::insert(row).exec_without_returning(&self.write);
        created.await.context("create a token")?;
        Ok(())
    }

    async fn token(&self, id: Uuid) -> PortResult<Option<AccessToken>> {
        let row = access_token::Entity::find_by_id(id).one(&self.read).await;
        let row = row.context("read a token")?;
        row.map(access_token::Model::into_token).transpose()
    }

    async fn tokens(&self) -> PortResult<Vec<AccessToken>> {
        use access_token::Column;
        let rows = access_token::Entity::find()
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(&self.read);
        let rows = rows.await.context("read tokens")?;
        rows.into_iter()
            .map(access_token::Model::into_token)
            .collect()
    }

    async fn revoke_token(&self, id: Uuid, now: NaiveDateTime) -> PortResult<bool> {
        let sql = "UPDATE access_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL
            AND (expires_at IS NULL OR expires_at > $2)";
        let values = [id.into(), now.into()];
        let revoked = self.run(sql, values, "revoke a token").await?;
        Ok(revoked > 0)
    }

    async fn note_token_use(&self, id: Uuid, now: NaiveDateTime) -> PortResult<()> {
        let sql = "UPDATE access_token SET last_used_at = $2 WHERE id = $1";
        let values = [id.into(), now.into()];
        self.run(sql, values, "note the use of a token").await?;
        Ok(())
    }

    async fn record_writes(&self, records: &[WriteRecord]) -> PortResult<()> {
        if records.is_empty() {
            return Ok(());
        }
        let rows = records.iter().map(write_record::Model::from);
        let rows = rows.map(IntoActiveModel::into_active_model);
        // A batch that is sent again after a lost answer is stored once.
        let known = OnConflict::column(write_record::Column::Id)
            .do_nothing()
            .to_owned();
        let insert = write_record::Entity::insert_many(rows).on_conflict(known);
        let recorded = insert.exec_without_returning(&self.write).await;
        recorded.context("record writes")?;
        Ok(())
    }

    async fn writes(&self, actor: Option<&str>, limit: u64) -> PortResult<Vec<WriteRecord>> {
        use write_record::Column;
        let mut select = write_record::Entity::find();
        if let Some(actor) = actor {
            select = select.filter(Column::Actor.eq(actor));
        }
        let rows = select
            .order_by_desc(Column::At)
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.read);
        let rows = rows.await.context("read the record of writes")?;
        Ok(rows.into_iter().map(WriteRecord::from).collect())
    }

    async fn delete_writes(&self, before: NaiveDateTime, limit: u64) -> PortResult<u64> {
        let sql = "DELETE FROM write_record WHERE id IN
            (SELECT id FROM write_record WHERE at < $1 ORDER BY at, id LIMIT $2)";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = [before.into(), limit.into()];
        self.run(sql, values, "delete records of writes").await
    }
}
