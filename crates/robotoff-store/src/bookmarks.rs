//! Reading how far work has come.

use async_trait::async_trait;
use robotoff_ports::PortResult;
use robotoff_ports::store::{Bookmark, BookmarkReads};
use sea_orm::EntityTrait;

use crate::connect::Database;
use crate::entity::bookmark::Entity;
use crate::error::Context;

#[async_trait]
impl BookmarkReads for Database {
    async fn bookmark(&self, name: &str) -> PortResult<Option<Bookmark>> {
        let row = Entity::find_by_id(name.to_owned()).one(&self.read).await;
        Ok(row.context("read a bookmark")?.map(Bookmark::from))
    }
}
