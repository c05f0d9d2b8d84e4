//! The rows that a dump is compared with: narrow columns of many products at once.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::dump::{InsightRow, PredictionRow, ProductRows};
use robotoff_core::insight::{InsightId, InsightKind};
use robotoff_core::prediction::PredictionId;
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_ports::store::{DumpReads, RevisedRows, Revision};
use robotoff_ports::{PortError, PortResult};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use crate::connect::Database;
use crate::entity::{prediction, product_insight, product_state};
use crate::error::Context;
use crate::insights::of_server_type;

const DOING: &str = "read rows to compare with a dump";

/// Columns of an open insight.
type InsightColumns = (
    Uuid,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Value>,
    Option<Value>,
    i32,
);

#[async_trait]
impl DumpReads for Database {
    async fn rows_until(
        &self,
        server_type: ServerType,
        barcodes: &[Barcode],
        until: NaiveDateTime,
    ) -> PortResult<Vec<RevisedRows>> {
        let codes: Vec<&str> = barcodes.iter().map(Barcode::as_str).collect();
        // Revisions first: rows that change afterwards are noticed by the commit.
        let revisions = self.revisions(server_type, &codes).await?;
        let mut found: BTreeMap<String, ProductRows> = BTreeMap::new();
        for (code, insight) in self.open_insights(server_type, &codes, until).await? {
            rows_of(&mut found, code, server_type)?
                .insights
                .push(insight);
        }
        for (code, prediction) in self.prediction_rows(server_type, &codes, until).await? {
            rows_of(&mut found, code, server_type)?
                .predictions
                .push(prediction);
        }
        let revised = found.into_iter().map(|(code, rows)| RevisedRows {
            revision: Revision(revisions.get(&code).copied().unwrap_or_default()),
            rows,
        });
        Ok(revised.collect())
    }
}

impl Database {
    async fn revisions(
        &self,
        server_type: ServerType,
        codes: &[&str],
    ) -> PortResult<BTreeMap<String, i64>> {
        use product_state::{Column, Entity};
        let rows: Vec<(String, i64)> = Entity::find()
            .select_only()
            .columns([Column::Barcode, Column::Revision])
            .filter(Column::ServerType.eq(server_type.name()))
            .filter(Column::Barcode.is_in(codes.iter().copied()))
            .into_tuple()
            .all(&self.read)
            .await
            .context(DOING)?;
        Ok(rows.into_iter().collect())
    }

    async fn open_insights(
        &self,
        server_type: ServerType,
        codes: &[&str],
        until: NaiveDateTime,
    ) -> PortResult<Vec<(String, InsightRow)>> {
        use product_insight::{Column, Entity};
        let rows: Vec<InsightColumns> = Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::Barcode,
                Column::Kind,
                Column::ValueTag,
                Column::Predictor,
                Column::SourceImage,
                Column::Brands,
                Column::Countries,
                Column::UniqueScansN,
            ])
            .filter(Column::Barcode.is_in(codes.iter().copied()))
            .filter(of_server_type(server_type, self.dialect))
            .filter(Column::Annotation.is_null())
            .filter(Column::Timestamp.lte(until))
            .into_tuple()
            .all(&self.read)
            .await
            .context(DOING)?;
        let insight = |row: InsightColumns| {
            let (id, code, kind, value_tag, predictor, image, brands, countries, scans) = row;
            // A kind that a newer release knows is left to it.
            let kind: InsightKind = kind.parse().ok()?;
            let row = InsightRow {
                id: InsightId(id),
                kind,
                value_tag,
                predictor,
                source_image: image.as_deref().map(SourceImage::new),
                brands: texts(brands),
                countries: texts(countries),
                unique_scans_n: scans,
            };
            Some((code, row))
        };
        Ok(rows.into_iter().filter_map(insight).collect())
    }

    async fn prediction_rows(
        &self,
        server_type: ServerType,
        codes: &[&str],
        until: NaiveDateTime,
    ) -> PortResult<Vec<(String, PredictionRow)>> {
        use prediction::{Column, Entity};
        let rows: Vec<(i32, String, Option<String>)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Barcode, Column::SourceImage])
            .filter(Column::Barcode.is_in(codes.iter().copied()))
            .filter(Column::ServerType.eq(server_type.name()))
            .filter(Column::Timestamp.lte(until))
            .into_tuple()
            .all(&self.read)
            .await
            .context(DOING)?;
        let prediction = |(id, code, image): (i32, String, Option<String>)| {
            let row = PredictionRow {
                id: PredictionId(id),
                source_image: image.as_deref().map(SourceImage::new),
            };
            (code, row)
        };
        Ok(rows.into_iter().map(prediction).collect())
    }
}

fn rows_of(
    found: &mut BTreeMap<String, ProductRows>,
    code: String,
    server_type: ServerType,
) -> PortResult<&mut ProductRows> {
    let barcode = Barcode::as_stored(&code).map_err(|why| PortError::defect("a code", why))?;
    Ok(found.entry(code).or_insert_with(|| ProductRows {
        product: ProductId {
            barcode,
            server_type,
        },
        insights: Vec::new(),
        predictions: Vec::new(),
    }))
}

fn texts(list: Option<Value>) -> Option<Vec<String>> {
    serde_json::from_value(list?).ok()
}
