//! `robotoff tap`: predictions, insights, answers, votes and edits as they are stored.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use robotoff_store::tap::{Tap, TapKind, TapRow};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::bulk::named;
use super::{ExitStatus, say};
use crate::config::Config;
use crate::database;

const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Characters of a value that are shown.
const SHOWN_VALUE: usize = 100;

/// Flags of `tap`.
#[derive(Args)]
pub(super) struct TapArgs {
    /// prediction, insight, answer, vote or edit; by default all.
    #[arg(value_name = "KIND", value_parser = kind_of)]
    kinds: Vec<TapKind>,
    /// Only rows about this product.
    #[arg(long, value_name = "BARCODE")]
    barcode: Option<String>,
    /// Only predictions and insights of this type (label, brand, ...).
    #[arg(long = "type", value_name = "TYPE")]
    of: Option<String>,
    /// Only rows with this value or tag.
    #[arg(long, value_name = "VALUE")]
    value: Option<String>,
    /// Only rows of this project (off, obf, opff, opf, off_pro).
    #[arg(long, value_name = "PROJECT")]
    server_type: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

fn kind_of(name: &str) -> Result<TapKind, String> {
    named(name, &TapKind::ALL, TapKind::name)
}

impl TapArgs {
    fn admits(&self, row: &TapRow) -> bool {
        let is_value = |value: &String| {
            [&row.value, &row.value_tag]
                .into_iter()
                .flatten()
                .any(|own| own == value)
        };
        self.barcode
            .as_ref()
            .is_none_or(|barcode| *barcode == row.barcode)
            && self.of.as_ref().is_none_or(|of| *of == row.of)
            && self.value.as_ref().is_none_or(is_value)
            && self
                .server_type
                .as_ref()
                .is_none_or(|server| Some(server) == row.server_type.as_ref())
    }

    fn shown(&self, row: &TapRow) -> String {
        if self.json {
            return json!({
                "kind": row.kind.name(), "id": row.id, "at": row.at, "barcode": row.barcode,
                "server_type": row.server_type, "type": row.of, "value_tag": row.value_tag,
                "value": row.value, "detail": row.detail,
            })
            .to_string();
        }
        let value = row.value_tag.as_ref().or(row.value.as_ref());
        let value: String = value
            .map_or("-", |value| value)
            .chars()
            .take(SHOWN_VALUE)
            .collect();
        format!(
            "{} {:<10} {:<14} {:<22} {value} ({})",
            row.at.format("%H:%M:%S"),
            row.kind.name(),
            row.barcode,
            row.of,
            row.detail.as_deref().unwrap_or("-")
        )
    }
}

pub(super) async fn run(
    config: &Config,
    flags: &TapArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let kinds = match flags.kinds.is_empty() {
        true => TapKind::ALL.to_vec(),
        false => flags.kinds.clone(),
    };
    let mut taps = Vec::new();
    for kind in kinds {
        taps.push(Tap::start(&database, kind).await?);
    }
    eprintln!("watching; Ctrl-C ends it");
    while tokio::time::timeout(POLL_INTERVAL, stop.cancelled())
        .await
        .is_err()
    {
        let mut rows = Vec::new();
        for tap in &mut taps {
            match tap.next(&database).await {
                Ok(found) => rows.extend(found),
                Err(error) if error.is_retryable() => eprintln!("robotoff: {error}"),
                Err(error) => return Err(error.into()),
            }
        }
        rows.sort_by_key(|row| row.at);
        for row in rows.iter().filter(|row| flags.admits(row)) {
            say(&flags.shown(row))?;
        }
    }
    database.close().await?;
    Ok(ExitStatus::Success)
}
