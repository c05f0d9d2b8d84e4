//! `edit`, ours: the outbox of changes for Product Opener.

use robotoff_core::edit::{EditAccount, EditId, EditState, ProductEdit};
use robotoff_core::insight::InsightId;
use robotoff_ports::{PortError, PortResult};
use sea_orm::entity::prelude::*;

use super::product;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "edit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub insight_id: Uuid,
    pub barcode: String,
    pub server_type: String,
    pub state: String,
    pub account: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub change: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub closing: Json,
    pub attempts: i32,
    pub lease_until: Option<DateTime>,
    pub last_error: Option<String>,
    pub correlation_id: Option<String>,
    pub created_at: DateTime,
    pub settled_at: Option<DateTime>,
    pub made: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The edit of the row.
    pub fn into_edit(self) -> PortResult<ProductEdit> {
        let row = format!("edit {}", self.id);
        let state = EditState::from_name(&self.state)
            .ok_or_else(|| PortError::defect(&row, format!("unknown state {:?}", self.state)))?;
        let account = EditAccount::from_name(&self.account).ok_or_else(|| {
            PortError::defect(&row, format!("unknown account {:?}", self.account))
        })?;
        let unreadable = |error: serde_json::Error| PortError::defect(&row, error.to_string());
        Ok(ProductEdit {
            id: EditId(self.id),
            insight: InsightId(self.insight_id),
            product: product(&row, &self.barcode, Some(&self.server_type))?,
            state,
            account,
            changes: serde_json::from_value(self.change).map_err(unreadable)?,
            made: usize::try_from(self.made).unwrap_or(0),
            closure: serde_json::from_value(self.closing).map_err(unreadable)?,
            attempts: self.attempts,
            lease_until: self.lease_until,
            last_error: self.last_error,
            correlation_id: self.correlation_id,
            created_at: self.created_at,
            settled_at: self.settled_at,
        })
    }
}

impl TryFrom<ProductEdit> for Model {
    type Error = PortError;

    fn try_from(edit: ProductEdit) -> PortResult<Self> {
        let row = format!("edit {}", edit.id);
        let unwritable = |error: serde_json::Error| PortError::defect(&row, error.to_string());
        Ok(Self {
            id: edit.id.0,
            insight_id: edit.insight.0,
            barcode: edit.product.barcode.as_str().to_owned(),
            server_type: edit.product.server_type.name().to_owned(),
            state: edit.state.name().to_owned(),
            account: edit.account.name().to_owned(),
            change: serde_json::to_value(edit.changes).map_err(unwritable)?,
            closing: serde_json::to_value(edit.closure).map_err(unwritable)?,
            attempts: edit.attempts,
            lease_until: edit.lease_until,
            last_error: edit.last_error,
            correlation_id: edit.correlation_id,
            created_at: edit.created_at,
            settled_at: edit.settled_at,
            made: i32::try_from(edit.made).unwrap_or(i32::MAX),
        })
    }
}
