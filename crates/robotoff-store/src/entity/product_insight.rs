//! `product_insight` (`docs/reference/api.md` 3.1), and our random key.

use robotoff_core::insight::{Insight, InsightId, Outcome, Verdict};
use robotoff_core::product::SourceImage;
use robotoff_ports::{PortError, PortResult};
use sea_orm::entity::prelude::*;
use serde_json::{Map, Value, json};

use super::{TextArray, product, texts};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "product_insight")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub barcode: String,
    #[sea_orm(column_name = "type")]
    pub kind: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    pub timestamp: Option<DateTime>,
    pub completed_at: Option<DateTime>,
    pub annotation: Option<i32>,
    pub annotated_result: Option<i32>,
    pub n_votes: i32,
    pub username: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub countries: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub brands: Option<Json>,
    pub process_after: Option<DateTime>,
    pub value_tag: Option<String>,
    pub value: Option<String>,
    pub source_image: Option<String>,
    pub automatic_processing: bool,
    pub server_type: Option<String>,
    pub unique_scans_n: i32,
    pub reserved_barcode: bool,
    pub predictor: Option<String>,
    pub predictor_version: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub campaign: Option<Json>,
    pub confidence: Option<f32>,
    #[sea_orm(column_type = "JsonBinary")]
    pub bounding_box: Option<Json>,
    #[sea_orm(select_as = "text", save_as = "varchar[]")]
    pub lc: Option<TextArray>,
    pub with_image: Option<bool>,
    /// Ours: from 0 to 1, by which random questions are drawn.
    pub rnd: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns, in the order in which [`Model::from_row`] reads them.
pub const COLUMNS: &str = "id, barcode, type, data, timestamp, completed_at, annotation, \
    annotated_result, n_votes, username, countries, brands, process_after, value_tag, value, \
    source_image, automatic_processing, server_type, unique_scans_n, reserved_barcode, predictor, \
    predictor_version, campaign, confidence, bounding_box, CAST(lc AS text) AS lc, with_image, rnd";

impl Model {
    /// The row of a query that selects all columns in their order. Reading them by place
    /// takes a third of the time that the library takes by name.
    pub fn from_row(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.try_get_by_index(0)?,
            barcode: row.try_get_by_index(1)?,
            kind: row.try_get_by_index(2)?,
            data: row.try_get_by_index(3)?,
            timestamp: row.try_get_by_index(4)?,
            completed_at: row.try_get_by_index(5)?,
            annotation: row.try_get_by_index(6)?,
            annotated_result: row.try_get_by_index(7)?,
            n_votes: row.try_get_by_index(8)?,
            username: row.try_get_by_index(9)?,
            countries: row.try_get_by_index(10)?,
            brands: row.try_get_by_index(11)?,
            process_after: row.try_get_by_index(12)?,
            value_tag: row.try_get_by_index(13)?,
            value: row.try_get_by_index(14)?,
            source_image: row.try_get_by_index(15)?,
            automatic_processing: row.try_get_by_index(16)?,
            server_type: row.try_get_by_index(17)?,
            unique_scans_n: row.try_get_by_index(18)?,
            reserved_barcode: row.try_get_by_index(19)?,
            predictor: row.try_get_by_index(20)?,
            predictor_version: row.try_get_by_index(21)?,
            campaign: row.try_get_by_index(22)?,
            confidence: row.try_get_by_index(23)?,
            bounding_box: row.try_get_by_index(24)?,
            lc: row.try_get_by_index(25)?,
            with_image: row.try_get_by_index(26)?,
            rnd: row.try_get_by_index(27)?,
        })
    }

    /// The insight of the row.
    pub fn into_insight(self) -> PortResult<Insight> {
        let row = format!("insight {}", self.id);
        let unknown =
            |what: &str, code: i32| PortError::defect(&row, format!("unknown {what} {code}"));
        let verdict = self
            .annotation
            .map(|code| Verdict::from_code(code).ok_or_else(|| unknown("annotation", code)))
            .transpose()?;
        let outcome = self
            .annotated_result
            .map(|code| Outcome::from_code(code).ok_or_else(|| unknown("annotated_result", code)))
            .transpose()?;
        Ok(Insight {
            id: InsightId(self.id),
            product: product(&row, &self.barcode, self.server_type.as_deref())?,
            kind: self
                .kind
                .parse()
                .map_err(|why| PortError::defect(&row, why))?,
            data: object(self.data),
            timestamp: self.timestamp,
            completed_at: self.completed_at,
            verdict,
            outcome,
            n_votes: self.n_votes,
            username: self.username,
            countries: texts(self.countries),
            brands: texts(self.brands),
            process_after: self.process_after,
            value_tag: self.value_tag,
            value: self.value,
            source_image: self.source_image.as_deref().map(SourceImage::new),
            automatic_processing: self.automatic_processing,
            unique_scans_n: self.unique_scans_n,
            reserved_barcode: self.reserved_barcode,
            predictor: self.predictor,
            predictor_version: self.predictor_version,
            campaigns: texts(self.campaign),
            confidence: self.confidence,
            bounding_box: self.bounding_box,
            lc: self.lc.map(|lc| lc.items()),
            with_image: self.with_image,
        })
    }
}

impl From<Insight> for Model {
    fn from(insight: Insight) -> Self {
        Self {
            id: insight.id.0,
            barcode: insight.product.barcode.as_str().to_owned(),
            kind: insight.kind.name().to_owned(),
            data: Value::Object(insight.data),
            timestamp: insight.timestamp,
            completed_at: insight.completed_at,
            annotation: insight.verdict.map(Verdict::code),
            annotated_result: insight.outcome.map(Outcome::code),
            n_votes: insight.n_votes,
            username: insight.username,
            countries: insight.countries.map(|countries| json!(countries)),
            brands: insight.brands.map(|brands| json!(brands)),
            process_after: insight.process_after,
            value_tag: insight.value_tag,
            value: insight.value,
            source_image: insight.source_image.map(|path| path.as_str().to_owned()),
            automatic_processing: insight.automatic_processing,
            server_type: Some(insight.product.server_type.name().to_owned()),
            unique_scans_n: insight.unique_scans_n,
            reserved_barcode: insight.reserved_barcode,
            predictor: insight.predictor,
            predictor_version: insight.predictor_version,
            campaign: insight.campaigns.map(|campaigns| json!(campaigns)),
            confidence: insight.confidence,
            bounding_box: insight.bounding_box,
            lc: insight.lc.map(|lc| TextArray::of(&lc)),
            with_image: insight.with_image,
            rnd: Some(random_key(insight.id)),
        }
    }
}

/// The place of an insight in the order of random questions, from 0 to 1.
pub fn random_key(id: InsightId) -> f64 {
    let mixed = Uuid::new_v5(&id.0, b"rnd").as_u128() as u64 & ((1 << 53) - 1);
    mixed as f64 / (1_u64 << 53) as f64
}

/// The members of a JSON object; none of anything else.
fn object(data: Value) -> Map<String, Value> {
    match data {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
