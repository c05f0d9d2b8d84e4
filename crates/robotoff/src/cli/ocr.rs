//! `robotoff ocr`: the text of a photo.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use robotoff_infer::decode::DecodedImage;
use robotoff_infer::draw::with_boxes;
use robotoff_infer::ocr::OcrSpeed;
use robotoff_off::file;

use super::ExitStatus;
use super::photos::{ModelsAbsent, PhotoReader};
use super::reader::MAX_DOCUMENT_BYTES;
use crate::config::Config;

/// Print the text of a photo as an OCR document (Google Cloud Vision JSON).
#[derive(Debug, Args)]
pub(super) struct OcrArgs {
    /// The photo: JPEG, PNG or WebP.
    #[arg(value_name = "PHOTO")]
    photo: PathBuf,
    /// Print the text alone, row by row.
    #[arg(long)]
    text: bool,
    /// Write the photo with a box around each word to this PNG.
    #[arg(long, value_name = "PNG")]
    boxes: Option<PathBuf>,
    /// Speed or quality [environment: OCR_SPEED; default: best].
    #[arg(long, value_enum)]
    speed: Option<Speed>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Speed {
    Fast,
    Best,
}

/// Runs the command.
pub(super) fn run(arguments: &OcrArgs, config: &Config) -> Result<ExitStatus> {
    let speed = arguments.speed.map(|speed| match speed {
        Speed::Fast => OcrSpeed::Fast,
        Speed::Best => OcrSpeed::Best,
    });
    let name = arguments.photo.display().to_string();
    let photo = file::read(&arguments.photo, MAX_DOCUMENT_BYTES)
        .with_context(|| format!("cannot read {name}"))?;
    let read = match PhotoReader::new(config, speed).read(&name, &photo) {
        Ok(read) => read,
        Err(error) if error.is::<ModelsAbsent>() => {
            eprintln!("robotoff: {error:#}");
            return Ok(ExitStatus::UsageError);
        }
        Err(error) => return Err(error),
    };
    if let Some(path) = &arguments.boxes {
        let image = DecodedImage::of(&photo)?.into_upright();
        let drawn = with_boxes(image, &read.page)?;
        fs::write(path, drawn).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let output = if arguments.text {
        read.page.text()
    } else {
        format!("{}\n", read.page.to_vision_json())
    };
    let written = io::stdout().lock().write_all(output.as_bytes());
    written.context("cannot write to standard output")?;
    Ok(ExitStatus::Success)
}
