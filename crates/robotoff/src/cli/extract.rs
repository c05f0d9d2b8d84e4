//! `robotoff extract`: the core as a filter, on files or on a stream of lines.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, ValueEnum};
use robotoff_core::extract::Reading;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_off::data::{DataSource, LICENCE_NOTICE};
use serde::Serialize;

use super::marked::{Colours, MarkedText, Photo, saying, write_page, write_terminal};
use super::photos::{ModelsAbsent, PhotoReader};
use super::reader::{Reader, all_kinds, known_kind, names};
use super::{ExitStatus, stream};
use crate::config::Config;

const EXAMPLES: &str = "\
Examples:
  robotoff extract 3561234567890_1.json
  robotoff extract --explain --html page.html 3561234567890_1.json
  robotoff extract --format json ocr/*.json.gz | jq .predictions
  echo '{\"id\":1,\"text\":\"Poids net : 320 g\"}' | robotoff extract --jsonl

A line for --jsonl is an object with \"id\" and one of \"text\", \"ocr_json\" (a path),
\"image\" (the path of a photo) or \"ocr\" (the document itself); \"type\" may name one kind
or a list of kinds. The response to a photo also has its \"text\" and the \"rotation\" in
degrees clockwise that turns it upright.

Exit codes: 0 done; 1 a file could not be read (with --strict: or a line); 2 wrong use, or
a photo was given and the models that read it are absent; 3 the data folder is broken.";

/// Print the predictions of photos and OCR documents (Google Cloud Vision JSON, plain or .gz).
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExtractArgs {
    /// Photos and OCR documents to read.
    #[arg(
        value_name = "FILE",
        required_unless_present = "jsonl",
        conflicts_with = "jsonl"
    )]
    files: Vec<PathBuf>,
    /// Read requests, one JSON object a line, from standard input.
    #[arg(long)]
    jsonl: bool,
    /// Kinds to extract where a request says "all" or no kind, comma separated.
    #[arg(long, value_name = "KIND,...", value_delimiter = ',', value_parser = known_kind)]
    types: Vec<PredictionKind>,
    /// Folder of word lists [environment: ROBOTOFF_DATA_DIR; default: built-in lists].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Threads that read lines [default: one for each processor].
    #[arg(long, value_name = "N", requires = "jsonl")]
    threads: Option<NonZeroUsize>,
    /// Lines longer than this get an error line.
    #[arg(long, value_name = "N", default_value_t = 64 << 20)]
    max_line_bytes: usize,
    /// End with code 1 when a line had an error.
    #[arg(long, requires = "jsonl")]
    strict: bool,
    /// Format in which the predictions of files are printed.
    #[arg(long, value_enum, default_value_t = Format::Auto, conflicts_with = "jsonl")]
    format: Format,
    /// The day that dates of expiry are compared with [default: today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<NaiveDate>,
    /// Show each match in the text, in colours on a terminal.
    #[arg(long, conflicts_with_all = ["jsonl", "format"])]
    explain: bool,
    /// Write a page that shows each match in the text and on the photo of the one FILE.
    #[arg(long, value_name = "PAGE", conflicts_with_all = ["jsonl", "format"])]
    html: Option<PathBuf>,
    /// The photo for the page [default: the one beside FILE with the same name].
    #[arg(long, value_name = "PHOTO", requires = "html")]
    photo: Option<PathBuf>,
    /// Print neither progress nor notices.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text on a terminal, JSON lines otherwise.
    Auto,
    Text,
    Json,
}

/// Runs the command.
pub(super) fn run(arguments: &ExtractArgs, config: &Config) -> anyhow::Result<ExitStatus> {
    if arguments.html.is_some() && arguments.files.len() > 1 {
        eprintln!(
            "robotoff: --html shows one FILE, {} were given",
            arguments.files.len()
        );
        return Ok(ExitStatus::UsageError);
    }
    let reader = match reader(arguments, config) {
        Ok(reader) => reader,
        Err(error) => {
            eprintln!("robotoff: {error:#}");
            return Ok(ExitStatus::BrokenData);
        }
    };
    if !arguments.jsonl {
        return files(arguments, View::of(arguments, config), &reader);
    }
    let failed = stream::run(
        reader,
        &stream::Limits {
            threads: arguments
                .threads
                .or(std::thread::available_parallelism().ok()),
            max_line_bytes: arguments.max_line_bytes,
            show_progress: !arguments.quiet
                && io::stderr().is_terminal()
                && !io::stdout().is_terminal(),
        },
    )?;
    if failed > 0 && arguments.strict {
        return Ok(ExitStatus::PartialFailure);
    }
    Ok(ExitStatus::Success)
}

fn reader(arguments: &ExtractArgs, config: &Config) -> anyhow::Result<Reader> {
    let source = config.data_source(arguments.data_dir.as_deref());
    let kinds = if arguments.types.is_empty() {
        all_kinds()
    } else {
        arguments.types.clone()
    };
    // A line may ask for any kind, whatever "all" means.
    let built = if arguments.jsonl {
        all_kinds()
    } else {
        kinds.clone()
    };
    let reader = Reader::new(
        &source,
        &built,
        kinds,
        arguments.today.unwrap_or_else(today),
        PhotoReader::new(config, None),
    )?;
    if let (DataSource::Folder(folder), false) = (&source, arguments.quiet) {
        eprintln!(
            "robotoff: word lists of {}: {LICENCE_NOTICE}",
            folder.display()
        );
    }
    Ok(reader)
}

fn today() -> NaiveDate {
    DateTime::<Utc>::from(SystemTime::now()).date_naive()
}

#[derive(Serialize)]
struct FileOutput<'a> {
    id: &'a str,
    predictions: &'a [Prediction],
}

/// Form in which predictions are shown.
#[derive(Clone, Copy)]
enum View {
    Json,
    Text,
    Explained(Colours),
    /// Only on the page of `--html`.
    PageOnly,
}

impl View {
    fn of(arguments: &ExtractArgs, config: &Config) -> Self {
        let is_terminal = io::stdout().is_terminal();
        if arguments.explain {
            return Self::Explained(if is_terminal && config.wants_colours {
                Colours::On
            } else {
                Colours::Off
            });
        }
        match arguments.format {
            Format::Auto if arguments.html.is_some() => Self::PageOnly,
            Format::Auto if is_terminal => Self::Text,
            Format::Text => Self::Text,
            Format::Auto | Format::Json => Self::Json,
        }
    }
}

fn files(arguments: &ExtractArgs, view: View, reader: &Reader) -> anyhow::Result<ExitStatus> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut outcome = ExitStatus::Success;
    for path in &arguments.files {
        let mut ocr = match reader.document(path) {
            Ok(document) => document.ocr,
            Err(error) => {
                eprintln!("robotoff: {error:#}");
                if error.is::<ModelsAbsent>() {
                    outcome = ExitStatus::UsageError;
                } else if outcome == ExitStatus::Success {
                    outcome = ExitStatus::PartialFailure;
                }
                continue;
            }
        };
        let Reading {
            predictions,
            failed,
        } = reader.read(&mut ocr, None);
        let id = path.display().to_string();
        if !failed.is_empty() {
            let failed = names(&failed).join(", ");
            eprintln!("robotoff: defect: these extractors failed on {id}: {failed}");
            outcome = ExitStatus::PartialFailure;
        }
        let marked = MarkedText {
            id: &id,
            ocr: &ocr,
            predictions: &predictions,
        };
        if let Some(page) = &arguments.html {
            let photo = Photo::of(arguments.photo.as_deref(), path)?;
            save_page(page, &marked, photo.as_ref())
                .with_context(|| format!("cannot write the page {}", page.display()))?;
        }
        match show(&mut out, view, &marked).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(outcome),
            written => written.context("cannot write to standard output")?,
        }
    }
    Ok(outcome)
}

fn save_page(path: &Path, marked: &MarkedText<'_>, photo: Option<&Photo>) -> io::Result<()> {
    let mut page = BufWriter::new(File::create(path)?);
    write_page(&mut page, marked, photo)?;
    page.flush()
}

fn show(out: &mut impl Write, view: View, marked: &MarkedText<'_>) -> io::Result<()> {
    let MarkedText {
        id, predictions, ..
    } = *marked;
    match view {
        View::Json => write_json(out, &FileOutput { id, predictions }),
        View::Text => write_text(out, id, predictions),
        View::Explained(colours) => write_terminal(out, marked, colours),
        View::PageOnly => Ok(()),
    }
}

fn write_json(out: &mut impl Write, answer: &FileOutput<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, answer)?;
    out.write_all(b"\n")
}

fn write_text(out: &mut impl Write, id: &str, predictions: &[Prediction]) -> io::Result<()> {
    writeln!(out, "{id}: {} predictions", predictions.len())?;
    for prediction in predictions {
        let by = prediction.predictor.as_deref().unwrap_or("-");
        let value = saying(prediction);
        writeln!(out, "  {:<18} {value}  (by {by})", prediction.kind.name())?;
        for ground in &prediction.evidence {
            let area = ground.area.map(|area| format!(" at {:?}", area.to_array()));
            let text = ground.text.trim();
            writeln!(
                out,
                "    {:<16} {text:?}{}",
                "read:",
                area.unwrap_or_default()
            )?;
        }
    }
    Ok(())
}
