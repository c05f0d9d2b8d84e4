//! `robotoff extract --jsonl`: many threads, responses in the order of the lines, constant
//! memory.
//!
//! The input is cut into batches of lines. Batch k goes to worker k modulo the number of
//! workers, and outputs are taken from the workers in the same rotation: the order is
//! kept without a sort buffer, at the price that a slow batch holds up the faster ones
//! behind it. All channels are bounded, so memory does not grow with the input.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context, anyhow};
use indicatif::ProgressBar;
use robotoff_core::extract::Reading;
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::text::surrogate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::reader::{InputDocument, PhotoFacts, Reader, known_kind, names};

/// A batch is handed over when it has this many lines or bytes.
const BATCH_LINES: usize = 256;
const BATCH_BYTES: usize = 256 << 10;

/// Batches that may wait before and behind each worker.
const QUEUE: usize = 2;

/// Limits of a stream.
pub(super) struct Limits {
    pub(super) threads: Option<NonZeroUsize>,
    pub(super) max_line_bytes: usize,
    pub(super) show_progress: bool,
}

/// One line of the input.
enum InputLine {
    Text(Vec<u8>),
    TooLong,
}

struct Batch {
    /// Number of the first line, from 1.
    first: usize,
    lines: Vec<InputLine>,
}

struct BatchOutput {
    text: Vec<u8>,
    lines: usize,
    failed: usize,
}

/// Responds to every line of standard input; returns the number of lines with an error.
///
/// When the reader of standard output closes it, the threads are not joined: the one that
/// reads the input may be blocked on a terminal or pipe that never yields another line.
pub(super) fn run(reader: Reader, limits: &Limits) -> anyhow::Result<usize> {
    let reader = Arc::new(reader);
    let workers = limits.threads.map_or(1, NonZeroUsize::get);
    let mut inputs = Vec::new();
    let mut outputs = Vec::new();
    let mut threads = Vec::new();
    for _ in 0..workers {
        let (input, batches) = sync_channel::<Batch>(QUEUE);
        let (sender, output) = sync_channel::<BatchOutput>(QUEUE);
        inputs.push(input);
        outputs.push(output);
        let reader = Arc::clone(&reader);
        threads.push(thread::spawn(move || {
            for batch in batches {
                if sender.send(process_batch(&reader, &batch)).is_err() {
                    break;
                }
            }
        }));
    }
    let max_line_bytes = limits.max_line_bytes;
    let reading = thread::spawn(move || feed(inputs, max_line_bytes));
    let failed = match write(&outputs, limits.show_progress) {
        Ok(failed) => failed,
        // The reader of the output has closed it: not an error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
        Err(error) => return Err(error).context("cannot write to standard output"),
    };
    // Closes the channels, so that no worker blocks on a full channel without a reader.
    drop(outputs);
    for thread in threads {
        thread
            .join()
            .map_err(|_| anyhow!("a worker thread ended early"))?;
    }
    let read = reading
        .join()
        .map_err(|_| anyhow!("the thread that reads the input ended early"))?;
    read.context("cannot read standard input")?;
    Ok(failed)
}

/// Cuts standard input into batches and sends them to the workers in rotation.
fn feed(inputs: Vec<SyncSender<Batch>>, max_line_bytes: usize) -> io::Result<()> {
    let mut stdin = io::stdin().lock();
    let mut number = 1;
    for input in inputs.iter().cycle() {
        let batch = next_batch(&mut stdin, number, max_line_bytes)?;
        number += batch.lines.len();
        if batch.lines.is_empty() || input.send(batch).is_err() {
            break;
        }
    }
    Ok(())
}

fn next_batch(input: &mut impl BufRead, first: usize, max_bytes: usize) -> io::Result<Batch> {
    let mut batch = Batch {
        first,
        lines: Vec::new(),
    };
    let mut bytes = 0;
    while batch.lines.len() < BATCH_LINES && bytes < BATCH_BYTES {
        let Some(line) = next_line(input, max_bytes)? else {
            break;
        };
        let mut is_photo = false;
        if let InputLine::Text(text) = &line {
            bytes += text.len();
            is_photo = memchr::memmem::find(text, b"\"image\"").is_some();
        }
        batch.lines.push(line);
        // A photo takes a second: it ends the batch, so that every thread gets some.
        if is_photo {
            break;
        }
    }
    Ok(batch)
}

/// Reads a line without its end; what is beyond the limit is read and dropped.
fn next_line(input: &mut impl BufRead, max_bytes: usize) -> io::Result<Option<InputLine>> {
    let mut text = Vec::new();
    let mut is_too_long = false;
    let mut has_read = false;
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        has_read = true;
        let end = memchr::memchr(b'\n', chunk);
        let part = &chunk[..end.unwrap_or(chunk.len())];
        is_too_long |= text.len() + part.len() > max_bytes;
        if is_too_long {
            text = Vec::new();
        } else {
            text.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    let line = if is_too_long {
        InputLine::TooLong
    } else {
        InputLine::Text(text)
    };
    Ok(has_read.then_some(line))
}

/// Writes the outputs of the workers in rotation until one has no more.
fn write(outputs: &[Receiver<BatchOutput>], show_progress: bool) -> io::Result<usize> {
    let mut out = io::stdout().lock();
    let progress = if show_progress {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let mut failed = 0;
    for output in outputs.iter().cycle() {
        let Ok(batch) = output.recv() else {
            break;
        };
        out.write_all(&batch.text)?;
        failed += batch.failed;
        progress.inc(batch.lines as u64);
        progress.set_message(format!("{} lines, {failed} errors", progress.position()));
    }
    progress.finish();
    out.flush()?;
    Ok(failed)
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(rename = "type")]
    kinds: Option<Kinds>,
    text: Option<String>,
    ocr_json: Option<String>,
    image: Option<String>,
    #[serde(borrow)]
    ocr: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Kinds {
    One(String),
    Several(Vec<String>),
}

#[derive(Serialize)]
struct Response<'a> {
    id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<Vec<Prediction>>,
    /// Kinds whose extractor failed on the text, which is a defect of the program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Bytes of text up to which documents of a batch are extracted together.
const PENDING_BYTES: usize = 256 << 10;

/// Lines whose documents are extracted together: the id of each, and its document or error.
#[derive(Default)]
struct PendingLines<'l> {
    lines: Vec<(Option<&'l RawValue>, anyhow::Result<Option<PhotoFacts>>)>,
    documents: Vec<(OcrResult, Option<Vec<PredictionKind>>)>,
    bytes: usize,
}

/// Document and the requested kinds; `None` for "all".
type Document = (InputDocument, Option<Vec<PredictionKind>>);

impl<'l> PendingLines<'l> {
    fn add(&mut self, id: Option<&'l RawValue>, document: anyhow::Result<Document>) {
        let read = document.map(|(document, kinds)| {
            self.bytes += document.ocr.text.full().len();
            self.documents.push((document.ocr, kinds));
            document.photo
        });
        self.lines.push((id, read));
    }

    /// Extracts the pending documents, writes the responses in order, and is empty again.
    fn flush(&mut self, reader: &Reader, output: &mut BatchOutput) {
        let mut readings = reader.read_all(&mut self.documents).into_iter();
        for (id, read) in self.lines.drain(..) {
            let found = read.map(|photo| (photo, readings.next().unwrap_or_default()));
            output.push(found, id);
        }
        self.documents.clear();
        self.bytes = 0;
    }
}

fn process_batch(reader: &Reader, batch: &Batch) -> BatchOutput {
    let mut output = BatchOutput {
        text: Vec::new(),
        lines: batch.lines.len(),
        failed: 0,
    };
    let corrected: Vec<Option<Cow<'_, [u8]>>> = batch.lines.iter().map(corrected).collect();
    let mut pending = PendingLines::default();
    for (index, line) in corrected.iter().enumerate() {
        let number = batch.first + index;
        let Some(line) = line else {
            pending.add(None, Err(anyhow!("line {number} is too long")));
            continue;
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Request<'_>>(line) {
            Ok(request) => pending.add(request.id, document(reader, &request)),
            Err(error) => {
                pending.add(None, Err(anyhow!("line {number} is no request: {error}")));
            }
        }
        if pending.bytes > PENDING_BYTES {
            pending.flush(reader, &mut output);
        }
    }
    pending.flush(reader, &mut output);
    output
}

/// Line without lone surrogates; `None` for one that was too long.
fn corrected(line: &InputLine) -> Option<Cow<'_, [u8]>> {
    match line {
        InputLine::TooLong => None,
        InputLine::Text(text) => Some(surrogate::fix(text)),
    }
}

fn document(reader: &Reader, request: &Request<'_>) -> anyhow::Result<Document> {
    let kinds = request.kinds.as_ref().map(wanted).transpose()?.flatten();
    let sources = (
        &request.text,
        &request.ocr_json,
        &request.image,
        request.ocr,
    );
    let document = match sources {
        (Some(text), None, None, None) => OcrResult::from_text(text.as_str()).into(),
        (None, Some(path), None, None) | (None, None, Some(path), None) => {
            reader.document(Path::new(path))?
        }
        (None, None, None, Some(document)) => {
            OcrResult::from_json(document.get().as_bytes())?.into()
        }
        _ => {
            return Err(anyhow!(
                "give one of \"text\", \"ocr_json\", \"image\" and \"ocr\""
            ));
        }
    };
    Ok((document, kinds))
}

/// Kinds of a request; `None` for "all".
fn wanted(kinds: &Kinds) -> anyhow::Result<Option<Vec<PredictionKind>>> {
    let names = match kinds {
        Kinds::One(name) => std::slice::from_ref(name),
        Kinds::Several(names) => names,
    };
    if names.iter().any(|name| name == "all") {
        return Ok(None);
    }
    names
        .iter()
        .map(|name| known_kind(name).map_err(|error| anyhow!(error)))
        .collect::<Result<_, _>>()
        .map(Some)
}

impl BatchOutput {
    fn push(
        &mut self,
        found: anyhow::Result<(Option<PhotoFacts>, Reading)>,
        id: Option<&RawValue>,
    ) {
        let mut response = Response {
            id,
            text: None,
            rotation: None,
            predictions: None,
            failed: Vec::new(),
            error: None,
        };
        match found {
            Ok((photo, reading)) => {
                if let Some(photo) = photo {
                    response.text = Some(photo.text);
                    response.rotation = Some(photo.rotation);
                }
                response.failed = names(&reading.failed);
                response.predictions = Some(reading.predictions);
            }
            Err(error) => response.error = Some(format!("{error:#}")),
        }
        self.failed += usize::from(response.error.is_some() || !response.failed.is_empty());
        serde_json::to_writer(&mut self.text, &response).expect("predictions have string keys");
        self.text.push(b'\n');
    }
}
