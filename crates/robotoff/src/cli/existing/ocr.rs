//! `generate-ocr-result`: the OCR document of an image, in a file.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_ports::ImageFiles;
use robotoff_ports::parts::ImageText;

use super::super::{ExitStatus, say};
use crate::config::Config;
use crate::wire;

#[derive(Args)]
pub(in crate::cli) struct OcrResultArgs {
    /// Address of the image.
    #[arg(value_name = "URL")]
    image_url: String,
    /// Folder of the document, which has the name of the image.
    #[arg(value_name = "FOLDER")]
    output_dir: PathBuf,
    /// Replace a document that is already there.
    #[arg(long)]
    overwrite: bool,
}

/// Reads the image with the engine of the configuration, and writes the document.
pub(super) async fn generate(config: &Config, flags: &OcrResultArgs) -> Result<ExitStatus> {
    let url = &flags.image_url;
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    if stem.is_empty() {
        bail!("the address {url:?} names no image");
    }
    let output = flags.output_dir.join(format!("{stem}.json"));
    if output.exists() && !flags.overwrite {
        say(&format!("{} is already there", output.display()))?;
        return Ok(ExitStatus::Success);
    }
    let engine = wire::pixels::engine_of_command(config)?;
    let files = wire::image_files(config)?;
    let Some(image) = files.at(url).await? else {
        bail!("there is no image at {url}");
    };
    let document = match engine.text_of(image.into()).await? {
        ImageText::Document(document) => document,
        ImageText::Unreadable(why) => bail!("cannot read {url}: {why}"),
    };
    fs::create_dir_all(&flags.output_dir)
        .and_then(|()| fs::write(&output, document))
        .with_context(|| format!("cannot write {}", output.display()))?;
    say(&format!("wrote {}", output.display()))?;
    Ok(ExitStatus::Success)
}
