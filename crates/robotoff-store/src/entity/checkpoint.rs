//! `checkpoint`, ours: how far long pieces of work have come.

use robotoff_ports::store::Checkpoint;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bookmark")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub place: Json,
    pub kept_at: DateTime,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Checkpoint> for Model {
    fn from(checkpoint: Checkpoint) -> Self {
        Self {
            name: checkpoint.name,
            place: checkpoint.place,
            kept_at: checkpoint.kept_at,
        }
    }
}

impl From<Model> for Checkpoint {
    fn from(row: Model) -> Self {
        Self {
            name: row.name,
            place: row.place,
            kept_at: row.kept_at,
        }
    }
}
