//! Predictions written to lines of JSON, and imported from them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono::Utc;
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use robotoff_app::App;
use robotoff_app::bulk_import::image_at;
use robotoff_app::imports::GivenPrediction;
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_off::archive::{ArchiveLimits, ArchiveSource};
use robotoff_off::objects::ObjectStoreOptions;
use robotoff_ports::BlockingPool;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::photos::PhotoReader;
use super::super::reader::{MAX_DOCUMENT_BYTES, Reader, all_kinds, known_kind};
use super::super::{ExitStatus, say};
use crate::config::Config;
use crate::{database, wire};

/// Longest line of predictions that is read.
const MAX_LINE_BYTES: u64 = 1 << 20;
/// Groups that may wait between the reader and the store.
const CHANNEL: usize = 8;

#[derive(Args)]
pub(in crate::cli) struct GenerateOcrArgs {
    /// Archive of OCR documents, as for `robotoff import`.
    #[arg(value_name = "SOURCE")]
    source: ArchiveSource,
    /// Kinds to extract; repeatable. All by default.
    #[arg(long = "prediction-type", value_name = "TYPE", value_parser = known_kind)]
    kinds: Vec<PredictionKind>,
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// File to write, gzipped if it ends in .gz [default: standard output].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args)]
pub(in crate::cli) struct ImportInsightsArgs {
    /// Only predictions of this type; repeatable.
    #[arg(long = "prediction-type", value_name = "TYPE")]
    kinds: Vec<PredictionKind>,
    /// Predictions of one product in one commit, at most.
    #[arg(long, value_name = "N", default_value_t = 128,
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch_size: u32,
    /// Lines of predictions, plain or gzipped, those of a product together.
    #[arg(long, value_name = "FILE", required_unless_present = "generate_from")]
    input_path: Option<PathBuf>,
    /// An archive of OCR documents, whose predictions are imported.
    #[arg(long, value_name = "SOURCE", conflicts_with = "input_path")]
    generate_from: Option<ArchiveSource>,
    /// The project of lines that name none.
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
}

/// A line (`docs/reference/pipeline.md` 0.4).
#[derive(Serialize, Deserialize)]
struct PredictionLine {
    barcode: String,
    #[serde(default)]
    server_type: Option<String>,
    #[serde(default)]
    source_image: Option<String>,
    #[serde(flatten)]
    prediction: Prediction,
}

/// Predictions of one product, or a line or document that was not read.
enum ReadPredictions {
    Of(ProductId, Vec<GivenPrediction>),
    Unreadable(String),
}

/// Extractors for the documents of an archive.
fn extractors(config: &Config, kinds: &[PredictionKind]) -> Result<Reader> {
    let kinds = match kinds.is_empty() {
        true => all_kinds(),
        false => kinds.to_vec(),
    };
    Reader::new(
        &config.data_source(None),
        &kinds,
        kinds.clone(),
        Utc::now().date_naive(),
        PhotoReader::new(config, None),
    )
}

/// Reads an archive, document by document.
fn read_archive(
    reader: &Reader,
    (source, options): (&ArchiveSource, &ObjectStoreOptions),
    server_type: ServerType,
    receive: &mut dyn FnMut(ReadPredictions) -> ControlFlow<()>,
) -> Result<()> {
    let limits = ArchiveLimits {
        skip: 0,
        max_document_bytes: MAX_DOCUMENT_BYTES,
    };
    let read = source.read(options, limits, &mut |entry| {
        let path = &entry.path;
        let read = image_at(server_type, path).and_then(|(product, image)| {
            let document = entry.document?;
            let mut ocr = OcrResult::from_json(&document).map_err(|error| error.to_string())?;
            let found = reader.read(&mut ocr, None).predictions.into_iter();
            let given = found.map(|prediction| GivenPrediction {
                source_image: Some(image.clone()),
                prediction,
            });
            Ok(ReadPredictions::Of(product, given.collect()))
        });
        receive(read.unwrap_or_else(|why| ReadPredictions::Unreadable(format!("{path}: {why}"))))
    });
    read.with_context(|| format!("cannot read {source}"))
}

/// Writes the predictions of an archive, one a line.
pub(super) async fn generate(config: &Config, flags: GenerateOcrArgs) -> Result<ExitStatus> {
    let reader = extractors(config, &flags.kinds)?;
    let options = config.object_stores.clone();
    // An object store is read by the runtime, from a thread that may block.
    let pool = BlockingPool::of(1);
    let writing = pool.run(move || {
        let mut out = output(flags.output.as_deref())?;
        let (mut unreadable, mut failure) = (0_u64, None);
        let source = (&flags.source, &options);
        read_archive(&reader, source, flags.server_type, &mut |read| {
            let written = match read {
                ReadPredictions::Unreadable(why) => {
                    unreadable += 1;
                    eprintln!("robotoff: {why}");
                    Ok(())
                }
                ReadPredictions::Of(product, given) => write_lines(&mut *out, &product, given),
            };
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        match failure.map_or_else(|| out.finish(), Err) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written.context("cannot write predictions")?,
        }
        Ok(match unreadable {
            0 => ExitStatus::Success,
            _ => ExitStatus::PartialFailure,
        })
    });
    writing
        .await
        .context("the reader of the archive has failed")?
}

/// Receiver of lines, which must be ended.
trait Output: Write + Send {
    fn finish(&mut self) -> io::Result<()>;
}

struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W: Write + Send> Output for Plain<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Output for GzEncoder<BufWriter<File>> {
    fn finish(&mut self) -> io::Result<()> {
        self.try_finish()?;
        self.get_mut().flush()
    }
}

fn output(file: Option<&Path>) -> Result<Box<dyn Output>> {
    let Some(path) = file else {
        return Ok(Box::new(Plain(BufWriter::new(io::stdout()))));
    };
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let file = BufWriter::new(file);
    Ok(match path.extension().is_some_and(|end| end == "gz") {
        true => Box::new(GzEncoder::new(file, Compression::default())),
        false => Box::new(Plain(file)),
    })
}

fn write_lines(
    out: &mut dyn Output,
    product: &ProductId,
    given: Vec<GivenPrediction>,
) -> io::Result<()> {
    for given in given {
        let line = PredictionLine {
            barcode: product.barcode.to_string(),
            server_type: Some(product.server_type.name().to_owned()),
            source_image: given.source_image.map(|image| image.as_str().to_owned()),
            prediction: given.prediction,
        };
        serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads lines, and groups those of a product that follow each other.
fn read_lines(
    path: &Path,
    flags: &ImportInsightsArgs,
    receive: &mut dyn FnMut(ReadPredictions) -> ControlFlow<()>,
) -> Result<()> {
    let name = path.display();
    let source = robotoff_off::file::open(path).with_context(|| format!("cannot read {name}"))?;
    let mut source = BufReader::new(source);
    let mut group: Option<(ProductId, Vec<GivenPrediction>)> = None;
    let (mut number, mut line) = (0_u64, Vec::new());
    loop {
        line.clear();
        number += 1;
        let mut limited = io::Read::take(&mut source, MAX_LINE_BYTES);
        let length = limited.read_until(b'\n', &mut line);
        if length.with_context(|| format!("cannot read {name}"))? == 0 {
            break;
        }
        if line.len() as u64 >= MAX_LINE_BYTES {
            bail!("{name}:{number} has more than {MAX_LINE_BYTES} bytes");
        }
        let (product, given) = match parsed(&line, flags.server_type) {
            Ok(parsed) => parsed,
            Err(why) => match receive(ReadPredictions::Unreadable(format!("line {number}: {why}")))
            {
                ControlFlow::Continue(()) => continue,
                ControlFlow::Break(()) => return Ok(()),
            },
        };
        if !flags.kinds.is_empty() && !flags.kinds.contains(&given.prediction.kind) {
            continue;
        }
        match &mut group {
            Some((of, group)) if *of == product && group.len() < flags.batch_size as usize => {
                group.push(given);
            }
            _ => {
                let complete = group.replace((product, vec![given]));
                if let Some((of, given)) = complete
                    && receive(ReadPredictions::Of(of, given)).is_break()
                {
                    return Ok(());
                }
            }
        }
    }
    if let Some((of, given)) = group {
        let _ = receive(ReadPredictions::Of(of, given));
    }
    Ok(())
}

fn parsed(line: &[u8], server_type: ServerType) -> Result<(ProductId, GivenPrediction), String> {
    let line: PredictionLine =
        serde_json::from_slice(line).map_err(|error| format!("no prediction: {error}"))?;
    let server_type = match &line.server_type {
        Some(name) => name.parse::<ServerType>().map_err(|e| e.to_string())?,
        None => server_type,
    };
    let barcode = Barcode::normalized(&line.barcode).map_err(|error| error.to_string())?;
    if !barcode.has_valid_check_digit() {
        return Err(format!("the check digit of barcode {barcode} is wrong"));
    }
    let product = ProductId {
        barcode,
        server_type,
    };
    let given = GivenPrediction {
        source_image: line.source_image.as_deref().map(SourceImage::new),
        prediction: line.prediction,
    };
    Ok((product, given))
}

/// Imports predictions, product by product.
pub(super) async fn import(
    config: &Config,
    flags: ImportInsightsArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let reader = match &flags.generate_from {
        Some(_) => Some(extractors(config, &flags.kinds)?),
        None => None,
    };
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let (sender, groups) = mpsc::channel(CHANNEL);
    let options = config.object_stores.clone();
    // As long as the import: not in the shared pool.
    let pool = BlockingPool::of(1);
    let reading = pool.run(move || {
        let mut send = |read| match sender.blocking_send(read) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        match (&flags.generate_from, &flags.input_path, &reader) {
            (Some(source), _, Some(reader)) => {
                read_archive(reader, (source, &options), flags.server_type, &mut send)
            }
            (_, Some(path), _) => read_lines(path, &flags, &mut send),
            _ => Ok(()),
        }
    });
    let (read, stored) = tokio::join!(reading, store_all(&app, groups, stop));
    let (read, stored) = (read.context("the reader has failed")?, stored?);
    database.close().await?;
    let StoredLines {
        products,
        new,
        deleted,
        left_out,
    } = stored;
    say(&format!(
        "{products} products, {new} new predictions, {deleted} outdated; {left_out} left out"
    ))?;
    read?;
    Ok(match left_out {
        0 => ExitStatus::Success,
        _ => ExitStatus::PartialFailure,
    })
}

#[derive(Default)]
struct StoredLines {
    products: u64,
    new: u64,
    deleted: u64,
    /// Lines, documents and products that were not imported; each was named.
    left_out: u64,
}

/// Stores what is read, until the end or until `stop` is cancelled.
async fn store_all(
    app: &App,
    mut groups: mpsc::Receiver<ReadPredictions>,
    stop: &CancellationToken,
) -> Result<StoredLines> {
    let mut stored = StoredLines::default();
    while let Some(read) = groups.recv().await {
        if stop.is_cancelled() {
            break;
        }
        match read {
            ReadPredictions::Unreadable(why) => {
                stored.left_out += 1;
                eprintln!("robotoff: {why}");
            }
            ReadPredictions::Of(product, given) => {
                let imported = app.imports.import_predictions(&product, given).await?;
                stored.new += imported.new;
                stored.deleted += imported.deleted;
                if imported.is_absent {
                    stored.left_out += 1;
                    eprintln!("robotoff: {product} does not exist");
                } else {
                    stored.products += 1;
                }
            }
        }
    }
    Ok(stored)
}
