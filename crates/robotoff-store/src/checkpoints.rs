//! Reading how far work has come.

use async_trait::async_trait;
use robotoff_ports::PortResult;
use robotoff_ports::store::{Checkpoint, CheckpointReads};
use sea_orm::EntityTrait;

use crate::connect::Database;
use crate::entity::checkpoint::Entity;
use crate::error::Context;

#[async_trait]
impl CheckpointReads for Database {
    async fn checkpoint(&self, name: &str) -> PortResult<Option<Checkpoint>> {
        let row = Entity::find_by_id(name.to_owned()).one(&self.read).await;
        Ok(row.context("read a bookmark")?.map(Checkpoint::from))
    }
}
