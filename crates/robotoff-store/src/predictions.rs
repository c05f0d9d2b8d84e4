//! Reading predictions.

use async_trait::async_trait;
use robotoff_ports::PortResult;
use robotoff_ports::store::{PredictionFilter, PredictionReads, StoredPrediction};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::connect::Database;
use crate::entity::prediction::{Column, Entity, Model};
use crate::error::Context;

#[async_trait]
impl PredictionReads for Database {
    async fn predictions(
        &self,
        filter: &PredictionFilter,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<StoredPrediction>> {
        matching(filter)
            .order_by_asc(Column::Id)
            .limit(limit)
            .offset(offset)
            .all(&self.read)
            .await
            .context("read predictions")
            .map(|rows| self.unreadable.readable(rows, Model::into_prediction))
    }

    async fn count_predictions(&self, filter: &PredictionFilter) -> PortResult<u64> {
        matching(filter)
            .count(&self.read)
            .await
            .context("count predictions")
    }
}

fn matching(filter: &PredictionFilter) -> Select<Entity> {
    let mut rows = Entity::find().filter(Column::ServerType.eq(filter.server_type.name()));
    if let Some(barcodes) = &filter.barcodes {
        rows = rows.filter(Column::Barcode.is_in(barcodes.iter().map(|code| code.as_str())));
    }
    if let Some(kinds) = &filter.kinds {
        rows = rows.filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.name())));
    }
    if let Some(value_tag) = &filter.value_tag {
        rows = rows.filter(Column::ValueTag.eq(value_tag));
    }
    rows
}
