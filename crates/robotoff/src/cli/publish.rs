//! `robotoff create-redis-update`, `create-redis-ocr-ready-event`: events published as
//! Product Opener publishes them, for development (`docs/reference/pipeline.md` 8.1).

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use clap::Args;
use robotoff_core::event::{EventEntry, EventStream};
use robotoff_core::product::ServerType;
use serde_json::json;

use crate::config::Config;
use crate::wire;

#[derive(Args)]
pub(super) struct UpdateArgs {
    #[arg(long, value_name = "CODE", default_value = "3274080005003")]
    barcode: String,
    /// off, obf, opff, opf or off_pro.
    #[arg(long, value_name = "NAME", default_value = "off")]
    flavor: ServerType,
    #[arg(long, value_name = "NAME", default_value = "app-user")]
    user_id: String,
    /// updated or deleted.
    #[arg(long, value_name = "NAME", default_value = "updated")]
    action: String,
    #[arg(long, value_name = "TEXT", default_value = "modification: ")]
    comment: String,
    /// Number of an uploaded image; without it, the generic name has changed.
    #[arg(long, value_name = "NUMBER")]
    uploaded_image_id: Option<String>,
}

#[derive(Args)]
pub(super) struct OcrReadyArgs {
    #[arg(long, value_name = "CODE", default_value = "3274080005003")]
    barcode: String,
    /// food, beauty, petfood or product.
    #[arg(long, value_name = "NAME", default_value = "food")]
    product_type: String,
    /// Number of the image.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    image_id: String,
}

/// Publishes an edit.
pub(super) async fn update(config: &Config, arguments: &UpdateArgs) -> Result<()> {
    let diffs = match &arguments.uploaded_image_id {
        Some(number) => json!({"uploaded_images": {"add": [number]}}),
        None => json!({"fields": {"change": ["generic_name", "generic_name_fr"]}}),
    };
    let product_type = match arguments.flavor {
        ServerType::Off | ServerType::OffPro => "food",
        ServerType::Obf => "beauty",
        ServerType::Opff => "petfood",
        ServerType::Opf => "product",
    };
    let diffs = diffs.to_string();
    let fields = [
        ("code", arguments.barcode.as_str()),
        ("flavor", arguments.flavor.name()),
        ("user_id", arguments.user_id.as_str()),
        ("action", arguments.action.as_str()),
        ("comment", arguments.comment.as_str()),
        ("product_type", product_type),
        ("diffs", diffs.as_str()),
    ];
    publish(config, EventStream::ProductUpdates, &fields).await
}

/// Publishes that an OCR document exists.
pub(super) async fn ocr_ready(config: &Config, arguments: &OcrReadyArgs) -> Result<()> {
    // The address is not read (`docs/reference/pipeline.md` 5.4).
    let fields = [
        ("code", arguments.barcode.as_str()),
        ("product_type", arguments.product_type.as_str()),
        ("image_id", arguments.image_id.as_str()),
        ("json_url", ""),
    ];
    publish(config, EventStream::OcrReady, &fields).await
}

async fn publish(config: &Config, stream: EventStream, fields: &[(&str, &str)]) -> Result<()> {
    let source = wire::event_source(config, "publisher")?;
    let source = source.context("there is no stream to publish to: set EVENTS_URL")?;
    let fields = fields.iter();
    let entry = EventEntry {
        stream,
        id: None,
        fields: fields
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
    };
    let id = source.publish(&entry).await?;
    super::say(&format!("published {id} to {stream}"))
}
