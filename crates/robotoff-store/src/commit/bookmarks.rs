//! Writing how far work has come.

use robotoff_ports::store::Bookmark;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::{Commit, Stop};
use crate::entity::bookmark::{Column, Entity, Model};
use crate::error::Context;

impl Commit<'_> {
    pub(super) async fn keep_bookmark(&self, bookmark: Bookmark) -> Result<(), Stop> {
        let replaced = OnConflict::column(Column::Name)
            .update_columns([Column::Place, Column::KeptAt])
            .to_owned();
        Entity::insert(Model::from(bookmark).into_active_model().reset_all())
            .on_conflict(replaced)
            .exec_without_returning(&self.transaction)
            .await
            .context("keep a bookmark")?;
        Ok(())
    }

    pub(super) async fn drop_bookmark(&self, name: String) -> Result<(), Stop> {
        Entity::delete_by_id(name)
            .exec(&self.transaction)
            .await
            .context("drop a bookmark")?;
        Ok(())
    }
}
