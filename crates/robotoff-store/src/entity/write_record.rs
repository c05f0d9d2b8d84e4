//! `write_record`, ours: requests that wrote.

use robotoff_ports::store::WriteRecord;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "write_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: DateTime,
    pub actor: String,
    pub action: String,
    pub status: i32,
    pub request_id: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<&WriteRecord> for Model {
    fn from(record: &WriteRecord) -> Self {
        Self {
            id: record.id,
            at: record.at,
            actor: record.actor.clone(),
            action: record.action.clone(),
            status: record.status.into(),
            request_id: record.request_id.clone(),
        }
    }
}

impl From<Model> for WriteRecord {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            status: u16::try_from(row.status).unwrap_or_default(),
            request_id: row.request_id,
        }
    }
}
