//! One run of the core alone, for comparing two commits: label texts in batches, real OCR
//! documents, texts of 1 and 10 MB. `scripts/compare_speed.py` builds it with the core of each
//! commit and runs the two in turn. It prints `name figure` lines, in seconds of processor time.

#![allow(
    dead_code,
    reason = "the loaders of the data folder are files of another crate"
)]
#![allow(clippy::print_stdout, reason = "a measuring program prints its figures")]

mod data;
mod file;

use std::hint::black_box;
use std::path::{Path, PathBuf};

use robotoff_core::extract::{EXTRACTORS, Extractors, required_parts};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Kinds that images are not read for by default.
const ON_REQUEST: [&str; 2] = ["trace", "location"];

const MAX_BYTES: u64 = 1 << 30;
const BATCH: usize = 256;
const ROUNDS: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shared = PathBuf::from(std::env::args().nth(1).ok_or("compare SHARED")?);
    let kinds = EXTRACTORS.iter().map(|spec| spec.kind);
    let kinds: Vec<PredictionKind> = kinds
        .filter(|kind| !ON_REQUEST.contains(&kind.name()))
        .collect();
    let source = data::DataSource::Folder(shared.join("data"));
    let knowledge = source.load(required_parts(&kinds))?;
    let extractors = Extractors::build(&knowledge, &kinds)?;
    texts(&shared, &extractors, &kinds)?;
    documents(&shared, &extractors, &kinds)?;
    for megabytes in [1, 10] {
        let piece = "Poids net : 320 g, agriculture UE/non UE, sans gluten, sel 0,5 g. é ";
        let ocr = OcrResult::from_text(piece.repeat((megabytes << 20) / piece.len()));
        let seconds = measured(|| drop(black_box(extractors.read(&ocr, &kinds))));
        println!("text-of-{megabytes}-MB {seconds}");
    }
    Ok(())
}

fn texts(
    shared: &Path,
    extractors: &Extractors,
    kinds: &[PredictionKind],
) -> Result<(), Box<dyn std::error::Error>> {
    let cases = String::from_utf8(file::read(&shared.join("cases/text.jsonl.gz"), MAX_BYTES)?)?;
    let mut texts: Vec<String> = Vec::new();
    for line in cases.lines() {
        let case: serde_json::Value = serde_json::from_str(line)?;
        texts.extend(case["text"].as_str().map(str::to_owned));
    }
    let all: Vec<&String> = std::iter::repeat_n(&texts, ROUNDS).flatten().collect();
    let read = || {
        for batch in all.chunks(BATCH) {
            let documents = batch.iter().map(|text| OcrResult::from_text(text.as_str()));
            let documents: Vec<OcrResult> = documents.collect();
            let wanted: Vec<_> = documents.iter().map(|ocr| (ocr, kinds)).collect();
            black_box(extractors.read_all(&wanted));
        }
    };
    read();
    println!("text {}", measured(read) / all.len() as f64);
    for kind in kinds {
        let one = [*kind];
        let read = || {
            for text in &all {
                black_box(extractors.read(&OcrResult::from_text(text.as_str()), &one));
            }
        };
        println!("text-{kind} {}", measured(read) / all.len() as f64);
    }
    Ok(())
}

fn documents(
    shared: &Path,
    extractors: &Extractors,
    kinds: &[PredictionKind],
) -> Result<(), Box<dyn std::error::Error>> {
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(shared.join("data/ocr"))? {
        documents.push(file::read(&entry?.path(), MAX_BYTES)?);
    }
    let read = || {
        for document in std::iter::repeat_n(&documents, ROUNDS).flatten() {
            let ocr = OcrResult::from_json(document).expect("the real documents can be read");
            black_box(extractors.read(&ocr, kinds));
        }
    };
    read();
    println!(
        "document {}",
        measured(read) / (ROUNDS * documents.len()) as f64
    );
    let parse = || {
        for document in std::iter::repeat_n(&documents, ROUNDS).flatten() {
            black_box(OcrResult::from_json(document).ok());
        }
    };
    println!(
        "document-json {}",
        measured(parse) / (ROUNDS * documents.len()) as f64
    );
    Ok(())
}

/// Seconds that this thread was on a processor.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|n| n.parse().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

fn measured(work: impl FnOnce()) -> f64 {
    let before = cpu_seconds();
    work();
    cpu_seconds() - before
}
