//! Rows as the database holds them, one entity per table.
//!
//! The tables of the service before us are those of `docs/reference/api.md` 3; our own
//! columns stand last. Turning rows into values of the core is done beside each entity.

#![expect(
    unreachable_pub,
    reason = "the derive of SeaORM makes its types public"
)]

pub mod access_token;
pub mod annotation_vote;
pub mod checkpoint;
pub mod edit;
pub mod image;
pub mod image_prediction;
pub mod job;
pub mod logo_annotation;
pub mod logo_confidence_threshold;
pub mod mission;
pub mod prediction;
pub mod product_insight;
pub mod product_state;
mod text_array;
pub mod write_record;

use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::{PortError, PortResult};
use serde_json::Value;

pub use text_array::TextArray;

/// The product of a row, which is named in what is said when it has none.
fn product(row: &str, barcode: &str, server_type: Option<&str>) -> PortResult<ProductId> {
    Ok(ProductId {
        barcode: Barcode::as_stored(barcode).map_err(|why| PortError::defect(row, why))?,
        server_type: server_type_of(row, server_type)?.unwrap_or_default(),
    })
}

/// The project of a row, if it has one.
fn server_type_of(row: &str, name: Option<&str>) -> PortResult<Option<ServerType>> {
    name.map(str::parse)
        .transpose()
        .map_err(|why| PortError::defect(row, why))
}

/// The texts of a JSON array; anything else in it is left out.
fn texts(list: Option<Value>) -> Option<Vec<String>> {
    match list? {
        Value::Array(items) => Some(
            items
                .into_iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            None
        }
    }
}

/// A score as it was before it became a 4-byte float: 0.9, not 0.8999999761581421.
fn widened(score: f32) -> f64 {
    score.to_string().parse().unwrap_or(f64::from(score))
}
