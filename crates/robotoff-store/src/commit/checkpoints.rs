//! Writing how far work has come.

use robotoff_ports::store::Checkpoint;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::{Commit, Stop};
use crate::entity::checkpoint::{Column, Entity, Model};
use crate::error::Context;

impl Commit<'_> {
    pub(super) async fn store_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), Stop> {
        let replaced = OnConflict::column(Column::Name)
            .update_columns([Column::Place, Column::KeptAt])
            .to_owned();
        Entity::insert(Model::from(checkpoint).into_active_model().reset_all())
            .on_conflict(replaced)
            .exec_without_returning(&self.transaction)
            .await
            .context("keep a bookmark")?;
        Ok(())
    }

    pub(super) async fn delete_checkpoint(&self, name: String) -> Result<(), Stop> {
        Entity::delete_by_id(name)
            .exec(&self.transaction)
            .await
            .context("drop a bookmark")?;
        Ok(())
    }
}
