//! `product_state`, ours: how often the predictions or insights of a product changed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "product_state")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub server_type: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub barcode: String,
    pub revision: i64,
    /// Tags of the product, as a JSON array; null until it is planned.
    pub facets: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
