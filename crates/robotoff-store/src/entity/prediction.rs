//! `prediction` (`docs/reference/api.md` 3.3), our evidence, and our key of the content.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use robotoff_core::prediction::Prediction;
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::store::{NewPrediction, PredictionId, StoredPrediction};
use robotoff_ports::{PortError, PortResult};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use serde_json::{Value, json};

use super::{product, widened};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "prediction")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub barcode: String,
    #[sea_orm(column_name = "type")]
    pub kind: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    pub timestamp: DateTime,
    pub value_tag: Option<String>,
    pub value: Option<String>,
    pub source_image: Option<String>,
    pub automatic_processing: Option<bool>,
    pub predictor: Option<String>,
    pub predictor_version: Option<String>,
    pub confidence: Option<f32>,
    pub server_type: String,
    /// Ours: the words that it rests on.
    #[sea_orm(column_type = "JsonBinary")]
    pub evidence: Option<Json>,
    /// Ours: unique, so that a claim is stored once; `None` on adopted rows.
    pub dedup_key: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The prediction of the row.
    pub fn into_prediction(self) -> PortResult<StoredPrediction> {
        let row = format!("prediction {}", self.id);
        let evidence = self
            .evidence
            .map(serde_json::from_value)
            .transpose()
            .map_err(|why| PortError::defect(&row, why))?
            .unwrap_or_default();
        Ok(StoredPrediction {
            id: PredictionId(self.id),
            product: product(&row, &self.barcode, Some(&self.server_type))?,
            source_image: self.source_image.as_deref().map(SourceImage::new),
            timestamp: self.timestamp,
            prediction: Prediction {
                kind: self
                    .kind
                    .parse()
                    .map_err(|why| PortError::defect(&row, why))?,
                value: self.value,
                value_tag: self.value_tag,
                data: self.data.as_object().cloned().unwrap_or_default(),
                automatic_processing: self.automatic_processing,
                predictor: self.predictor.map(Cow::Owned),
                predictor_version: self.predictor_version.map(Cow::Owned),
                confidence: self.confidence.map(widened),
                evidence,
            },
        })
    }

    /// The fresh row differs only in the time at which it was seen. Ids are not compared.
    pub fn differs_in_time_only(&self, fresh: &Self) -> bool {
        let kept = Self {
            id: fresh.id,
            timestamp: fresh.timestamp,
            ..self.clone()
        };
        kept == *fresh
    }

    /// The same for rows that say the same thing (`docs/reference/pipeline.md` 1.2 c).
    pub fn content_key(&self) -> Uuid {
        key_of(&[
            Some(&self.kind),
            Some(&self.server_type),
            Some(&self.barcode),
            self.source_image.as_deref(),
            self.value_tag.as_deref(),
            self.value.as_deref(),
            self.predictor.as_deref(),
            self.automatic_processing
                .map(|yes| if yes { "1" } else { "0" }),
        ])
    }
}

/// The row of a prediction that has no id yet.
pub fn row(product: &ProductId, new: NewPrediction, at: NaiveDateTime) -> Model {
    let prediction = new.prediction;
    let mut model = Model {
        id: 0,
        barcode: product.barcode.as_str().to_owned(),
        kind: prediction.kind.name().to_owned(),
        data: Value::Object(prediction.data),
        timestamp: at,
        value_tag: prediction.value_tag,
        value: prediction.value,
        source_image: new.source_image.map(|path| path.as_str().to_owned()),
        automatic_processing: prediction.automatic_processing,
        predictor: prediction.predictor.map(Cow::into_owned),
        predictor_version: prediction.predictor_version.map(Cow::into_owned),
        confidence: prediction.confidence.map(|score| score as f32),
        server_type: product.server_type.name().to_owned(),
        evidence: (!prediction.evidence.is_empty()).then(|| json!(prediction.evidence)),
        dedup_key: None,
    };
    model.dedup_key = Some(model.content_key());
    model
}

/// The row, its id to be given by the database.
pub fn without_id(model: Model) -> ActiveModel {
    let mut row = model.into_active_model().reset_all();
    row.id = NotSet;
    row
}

/// The update that brings an equal row up to date.
pub fn update_of(id: i32, model: Model) -> ActiveModel {
    ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(id),
        data: Set(model.data),
        timestamp: Set(model.timestamp),
        predictor_version: Set(model.predictor_version),
        confidence: Set(model.confidence),
        evidence: Set(model.evidence),
        dedup_key: Set(model.dedup_key),
        ..Default::default()
    }
}

fn key_of(parts: &[Option<&str>]) -> Uuid {
    let mut name = String::new();
    for part in parts {
        match part {
            Some(text) => name.push_str(&format!("{}:{text}", text.len())),
            None => name.push('-'),
        }
    }
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}
