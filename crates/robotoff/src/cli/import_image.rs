//! `robotoff import-image`: the text of one image, or its pixels, become predictions and insights.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_app::imports::{ImageToRead, ImportReport, OcrSource};
use robotoff_core::insight::Insight;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_off::file;
use robotoff_ports::ImageFiles;
use robotoff_ports::store::InsightReads;
use tokio_util::sync::CancellationToken;

use super::reader::MAX_DOCUMENT_BYTES;
use crate::config::Config;
use crate::{database, wire};

#[derive(Args)]
pub(super) struct ImportImageArgs {
    /// The product of the image.
    #[arg(long, value_name = "CODE")]
    barcode: String,
    /// The number of the image; when absent, that in the name of the OCR document.
    #[arg(long, value_name = "N")]
    image_id: Option<String>,
    /// off, obf, opff, opf or off_pro.
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// The OCR document of the image (Google Cloud Vision JSON, also gzipped).
    #[arg(long, value_name = "FILE|URL", required_unless_present = "image")]
    ocr: Option<String>,
    /// The image itself (JPEG, PNG, WebP), whose pixels are read in this process.
    #[arg(long, value_name = "FILE|URL", conflicts_with = "ocr")]
    image: Option<String>,
}

pub(super) async fn run(
    config: &Config,
    flags: &ImportImageArgs,
    stop: &CancellationToken,
) -> Result<()> {
    let (image, document) = image_of(config, flags).await?;
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let product = image.product.clone();
    let before = database.product_snapshot(&product).await?;
    let imported = app
        .imports
        .import_image(image, None)
        .await
        .with_context(|| format!("cannot import {document}"))?;
    let report = imported.into_report()?;
    let product = match report.moved_to {
        Some(project) => product.in_project(project),
        None => product,
    };
    let after = database.product_snapshot(&product).await?;
    let new: Vec<&Insight> = after
        .insights
        .iter()
        .filter(|insight| !before.insights.iter().any(|known| known.id == insight.id))
        .collect();
    print(&report, &new)?;
    database.close().await?;
    Ok(())
}

/// Image of the arguments, and the name of its OCR document or file.
async fn image_of(config: &Config, flags: &ImportImageArgs) -> Result<(ImageToRead, String)> {
    let name = flags.ocr.as_ref().or(flags.image.as_ref());
    let name = name.context("give --ocr or --image")?;
    let barcode = match flags.server_type {
        // The code of the producers' platform has its organisation before it.
        ServerType::OffPro => Barcode::as_stored(&flags.barcode),
        ServerType::Off | ServerType::Obf | ServerType::Opff | ServerType::Opf => {
            Barcode::normalized(&flags.barcode)
        }
    };
    let product = ProductId {
        barcode: barcode.context("--barcode is empty")?,
        server_type: flags.server_type,
    };
    let number = match &flags.image_id {
        Some(number) => number.clone(),
        None => number_in(name)
            .with_context(|| format!("the name of {name} names no image: give --image-id"))?,
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!("--image-id {number:?} is no number");
    }
    let image = product
        .image(&number)
        .with_context(|| format!("{product} cannot have images: its barcode is no number"))?;
    let image = ImageToRead {
        product,
        image,
        ocr: source(config, flags, name).await?,
    };
    Ok((image, name.clone()))
}

/// Source of the text: a document or pixels, of a file or an address.
async fn source(config: &Config, flags: &ImportImageArgs, name: &str) -> Result<OcrSource> {
    let is_url = name.starts_with("http://") || name.starts_with("https://");
    if is_url && flags.image.is_none() {
        return Ok(OcrSource::At(name.to_owned()));
    }
    let bytes = if is_url {
        let file = wire::image_files(config)?.at(name).await?;
        file.with_context(|| format!("there is no {name}"))?
    } else {
        file::read(&PathBuf::from(name), MAX_DOCUMENT_BYTES)
            .with_context(|| format!("cannot read {name}"))?
    };
    Ok(match flags.image {
        Some(_) => OcrSource::Pixels(bytes.into()),
        None => OcrSource::Given(bytes),
    })
}

/// `3` of `https://…/3.json` and of `3560071234567_3.json.gz`.
fn number_in(name: &str) -> Option<String> {
    let file = name.split(['?', '#']).next()?.rsplit('/').next()?;
    let stem = file.split('.').next()?;
    let number = stem.rsplit('_').next()?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.to_owned())
}

fn print(report: &ImportReport, new: &[&Insight]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if let Some(project) = report.moved_to {
        writeln!(out, "the product belongs to {project}: read there")?;
    }
    writeln!(out, "{}", report.summary())?;
    for insight in new {
        let what = insight.value_tag.as_ref().or(insight.value.as_ref());
        writeln!(
            out,
            "  {:<20} {}{}",
            insight.kind.name(),
            what.map_or("-", String::as_str),
            if insight.automatic_processing {
                " (automatic)"
            } else {
                ""
            }
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_image_is_in_its_name() {
        for (name, number) in [
            (
                "https://images.example/images/products/356/007/123/4567/3.json",
                Some("3"),
            ),
            ("https://images.example/12.json.gz?x=1", Some("12")),
            ("data/3561234567890_1.json", Some("1")),
            ("front_fr.json", None),
            ("", None),
        ] {
            assert_eq!(number_in(name).as_deref(), number, "{name}");
        }
    }
}
