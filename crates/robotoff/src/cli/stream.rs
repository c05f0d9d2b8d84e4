//! `robotoff extract --jsonl`: many threads, answers in the order of the lines,
//! constant memory.
//!
//! Lines are cut into batches. Batch k goes to worker k modulo the number of
//! workers, and answers are taken from the workers in the same turn, so nothing
//! needs sorting; all channels are bounded, so nothing piles up.

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

use super::reader::{Reader, known_kind, names};

/// A batch is handed over when it has this many lines or bytes.
const BATCH_LINES: usize = 256;
const BATCH_BYTES: usize = 256 << 10;

/// Batches that may wait before and behind each worker.
const QUEUE: usize = 2;

/// How a stream is read.
pub(super) struct Limits {
    pub(super) threads: Option<NonZeroUsize>,
    pub(super) max_line_bytes: usize,
    pub(super) show_progress: bool,
}

/// One line of the input, or why it could not be taken.
enum Line {
    Text(Vec<u8>),
    TooLong,
}

struct Batch {
    /// Number of the first line, from 1.
    first: usize,
    lines: Vec<Line>,
}

struct Answers {
    text: Vec<u8>,
    lines: usize,
    failed: usize,
}

/// Answers every line of standard input; gives how many had an error. When nobody
/// reads the answers any more the threads are left behind, since one of them may wait
/// for input that never comes.
pub(super) fn run(reader: Reader, limits: &Limits) -> anyhow::Result<usize> {
    let reader = Arc::new(reader);
    let workers = limits.threads.map_or(1, NonZeroUsize::get);
    let mut inputs = Vec::new();
    let mut outputs = Vec::new();
    let mut threads = Vec::new();
    for _ in 0..workers {
        let (input, batches) = sync_channel::<Batch>(QUEUE);
        let (answers, output) = sync_channel::<Answers>(QUEUE);
        inputs.push(input);
        outputs.push(output);
        let reader = Arc::clone(&reader);
        threads.push(thread::spawn(move || {
            for batch in batches {
                if answers.send(answer_batch(&reader, &batch)).is_err() {
                    break;
                }
            }
        }));
    }
    let max_line_bytes = limits.max_line_bytes;
    let reading = thread::spawn(move || feed(inputs, max_line_bytes));
    let failed = match write(&outputs, limits.show_progress) {
        Ok(failed) => failed,
        // Whoever read our answers has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
        Err(error) => return Err(error).context("cannot write to standard output"),
    };
    // Closes the channels, so that nobody waits for the thread that is gone.
    drop(outputs);
    for thread in threads {
        thread
            .join()
            .map_err(|_| anyhow!("a thread that reads texts ended early"))?;
    }
    let read = reading
        .join()
        .map_err(|_| anyhow!("the thread that reads the input ended early"))?;
    read.context("cannot read standard input")?;
    Ok(failed)
}

/// Cuts standard input into batches and deals them out in turn.
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
        if let Line::Text(text) = &line {
            bytes += text.len();
        }
        batch.lines.push(line);
    }
    Ok(batch)
}

/// Reads a line without its end; what is beyond the limit is read and dropped.
fn next_line(input: &mut impl BufRead, max_bytes: usize) -> io::Result<Option<Line>> {
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
        Line::TooLong
    } else {
        Line::Text(text)
    };
    Ok(has_read.then_some(line))
}

/// Takes the answers from the workers in turn until one has no more.
fn write(outputs: &[Receiver<Answers>], show_progress: bool) -> io::Result<usize> {
    let mut out = io::stdout().lock();
    let progress = if show_progress {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let mut failed = 0;
    for output in outputs.iter().cycle() {
        let Ok(answers) = output.recv() else {
            break;
        };
        out.write_all(&answers.text)?;
        failed += answers.failed;
        progress.inc(answers.lines as u64);
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
struct Answer<'a> {
    id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<Vec<Prediction>>,
    /// Kinds whose extractor failed on the text: a defect of the program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The documents of a batch are read together up to this many bytes of text.
const TOGETHER_BYTES: usize = 256 << 10;

/// Lines that are being read together: what each answers to, and its document or what
/// is wrong with it.
#[derive(Default)]
struct Together<'l> {
    lines: Vec<(Option<&'l RawValue>, anyhow::Result<()>)>,
    documents: Vec<Document>,
    bytes: usize,
}

/// A document and the kinds that are wanted of it; nothing for "all".
type Document = (OcrResult, Option<Vec<PredictionKind>>);

impl<'l> Together<'l> {
    fn add(&mut self, id: Option<&'l RawValue>, asked: anyhow::Result<Document>) {
        let known = asked.map(|document| {
            self.bytes += document.0.text.full().len();
            self.documents.push(document);
        });
        self.lines.push((id, known));
    }

    /// Reads what was added, answers it in its order, and is empty again.
    fn answer(&mut self, reader: &Reader, answers: &mut Answers) {
        let mut readings = reader.read_all(&mut self.documents).into_iter();
        for (id, known) in self.lines.drain(..) {
            let found = known.map(|()| readings.next().unwrap_or_default());
            answers.put(found, id);
        }
        self.documents.clear();
        self.bytes = 0;
    }
}

fn answer_batch(reader: &Reader, batch: &Batch) -> Answers {
    let mut answers = Answers {
        text: Vec::new(),
        lines: batch.lines.len(),
        failed: 0,
    };
    let corrected: Vec<Option<Cow<'_, [u8]>>> = batch.lines.iter().map(corrected).collect();
    let mut together = Together::default();
    for (index, line) in corrected.iter().enumerate() {
        let number = batch.first + index;
        let Some(line) = line else {
            together.add(None, Err(anyhow!("line {number} is too long")));
            continue;
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Request<'_>>(line) {
            Ok(request) => together.add(request.id, document(&request)),
            Err(error) => {
                together.add(None, Err(anyhow!("line {number} is no request: {error}")));
            }
        }
        if together.bytes > TOGETHER_BYTES {
            together.answer(reader, &mut answers);
        }
    }
    together.answer(reader, &mut answers);
    answers
}

/// A line without lone surrogates; nothing for one that was too long.
fn corrected(line: &Line) -> Option<Cow<'_, [u8]>> {
    match line {
        Line::TooLong => None,
        Line::Text(text) => Some(surrogate::fix(text)),
    }
}

fn document(request: &Request<'_>) -> anyhow::Result<Document> {
    let kinds = request.kinds.as_ref().map(wanted).transpose()?.flatten();
    let ocr = match (&request.text, &request.ocr_json, request.ocr) {
        (Some(text), None, None) => OcrResult::from_text(text.as_str()),
        (None, Some(path), None) => Reader::document(Path::new(path))?,
        (None, None, Some(document)) => OcrResult::from_json(document.get().as_bytes())?,
        _ => return Err(anyhow!("give one of \"text\", \"ocr_json\" and \"ocr\"")),
    };
    Ok((ocr, kinds))
}

/// Nothing for "all".
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

impl Answers {
    fn put(&mut self, found: anyhow::Result<Reading>, id: Option<&RawValue>) {
        let mut answer = Answer {
            id,
            predictions: None,
            failed: Vec::new(),
            error: None,
        };
        match found {
            Ok(reading) => {
                answer.failed = names(&reading.failed);
                answer.predictions = Some(reading.predictions);
            }
            Err(error) => answer.error = Some(format!("{error:#}")),
        }
        self.failed += usize::from(answer.error.is_some() || !answer.failed.is_empty());
        serde_json::to_writer(&mut self.text, &answer).expect("predictions have string keys");
        self.text.push(b'\n');
    }
}
