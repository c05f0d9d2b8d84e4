//! The speed of reading label texts and OCR documents, of finding keywords, and the
//! cost of start-up with all data. Reads the folder of real data
//! (`ROBOTOFF_SHARED`); prints the median of five runs.
//! With arguments only what they name is measured: `start`, `parts`, `kinds` (or
//! one kind by its name), `texts`, `documents`, `growth`, `keywords`.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use robotoff_core::extract::{EXTRACTORS, Extractors, required_parts};
use robotoff_core::knowledge::{Part, TaxonomyKind};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::text::case_folded::CaseFolded;
use robotoff_core::text::keyword::KeywordMatcher;
use robotoff_off::data::DataSource;
use robotoff_off::file;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUNS: usize = 5;
const MAX_BYTES: u64 = 1 << 30;

/// Texts that are read together.
const BATCH: usize = 256;

fn main() {
    let shared = robotoff_testbed::shared();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |what: &str| {
        let mut named = arguments
            .iter()
            .filter(|name| !name.starts_with('-'))
            .peekable();
        named.peek().is_none() || named.any(|name| name == what)
    };
    let source = DataSource::Folder(shared.join("data"));
    let kinds: Vec<PredictionKind> = EXTRACTORS.iter().map(|spec| spec.kind).collect();
    let start_up = || {
        let knowledge = source.load(required_parts(&kinds)).unwrap();
        Extractors::build(&knowledge, &kinds).unwrap()
    };
    let extractors = start_up();
    report(
        "resident memory with all extractors",
        "MB",
        resident_megabytes(),
    );
    if is_wanted("start") {
        start(&source, || drop(start_up()));
    }
    if is_wanted("parts") {
        parts(&source);
    }
    let texts = label_texts(&shared);
    for kind in kinds {
        if is_wanted("kinds") || is_wanted(kind.name()) {
            one_kind(&texts, &extractors, kind);
        }
    }
    if is_wanted("texts") {
        all_kinds(&texts, &extractors);
    }
    if is_wanted("documents") {
        documents(&shared, &extractors);
    }
    if is_wanted("growth") {
        growth(&extractors);
    }
    if is_wanted("keywords") {
        matchers(&shared);
    }
}

/// The cost of start-up, in time and memory.
#[expect(clippy::cast_precision_loss, reason = "figures are rounded")]
fn start(source: &DataSource, start_up: impl FnMut()) {
    let all = || source.load(Part::all()).unwrap();
    let knowledge = all();
    let taxonomies = TaxonomyKind::ALL
        .iter()
        .filter_map(|kind| knowledge.taxonomy(*kind));
    let bytes: usize = taxonomies.map(|taxonomy| taxonomy.heap_bytes()).sum();
    report("all taxonomies in memory", "MB", bytes as f64 / 1e6);
    // The allocator releases the memory of loading a second later, at its next call.
    std::thread::sleep(Duration::from_millis(1100));
    drop(source.load_part(Part::Communes).unwrap());
    report("resident memory with all data", "MB", resident_megabytes());
    drop(knowledge);
    report(
        "start-up of all extractors",
        "ms",
        1000.0 * median(start_up),
    );
    report(
        "loading of all word lists and taxonomies",
        "ms",
        1000.0 * median(|| drop(all())),
    );
}

fn report(what: &str, unit: &str, figure: f64) {
    println!("{what:<48} {figure:>12.1} {unit}");
}

/// Seconds of one run, the median of several.
fn median(run: impl FnMut()) -> f64 {
    median_by(run, &mut |start: Instant| start.elapsed().as_secs_f64())
}

fn median_by(mut run: impl FnMut(), seconds: &mut dyn FnMut(Instant) -> f64) -> f64 {
    let mut all = [0.0; RUNS];
    run();
    seconds(Instant::now());
    for slot in &mut all {
        let start = Instant::now();
        run();
        *slot = seconds(start);
    }
    all.sort_by(f64::total_cmp);
    all[RUNS / 2]
}

/// The same of work in this thread, as seconds on the processor: other work on the
/// machine counts less. As seconds of the clock where the kernel does not tell.
fn median_of_cpu_time(run: impl FnMut()) -> f64 {
    let mut before = cpu_seconds();
    median_by(run, &mut |start| match (before, cpu_seconds()) {
        (Some(then), Some(now)) => {
            before = Some(now);
            now - then
        }
        _ => start.elapsed().as_secs_f64(),
    })
}

/// Seconds that this thread was on a processor.
#[expect(clippy::cast_precision_loss, reason = "figures are rounded")]
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1e9)
}

/// Runs the work on all items, dealt out to the threads.
fn on_threads<T: Sync>(threads: usize, items: &[T], work: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let work = &work;
            scope.spawn(move || items.iter().skip(thread).step_by(threads).for_each(work));
        }
    });
}

/// The cost of each part alone.
fn parts(source: &DataSource) {
    for part in Part::all() {
        let seconds = median(|| drop(source.load_part(part).unwrap()));
        report(&format!("loading {}", part.path()), "ms", 1000.0 * seconds);
    }
}

/// The texts of the recorded answers.
fn label_texts(shared: &Path) -> Vec<String> {
    let cases = file::read(&shared.join("cases/text.jsonl.gz"), MAX_BYTES).unwrap();
    let cases = String::from_utf8(cases).unwrap();
    let text = |line: &str| {
        let case = serde_json::from_str::<serde_json::Value>(line).unwrap();
        case["text"].as_str().map(str::to_owned)
    };
    cases.lines().filter_map(text).collect()
}

#[expect(clippy::cast_precision_loss, reason = "figures are rounded")]
fn one_kind(texts: &[String], extractors: &Extractors, kind: PredictionKind) {
    let texts: Vec<&String> = std::iter::repeat_n(texts, 20).flatten().collect();
    let seconds = median_of_cpu_time(|| {
        for text in &texts {
            black_box(extractors.read(&OcrResult::from_text(text.as_str()), &[kind]));
        }
    });
    let micros = 1e6 * seconds / texts.len() as f64;
    report(&format!("{kind}, a text"), "µs", micros);
}

#[expect(clippy::cast_precision_loss, reason = "figures are rounded")]
fn all_kinds(texts: &[String], extractors: &Extractors) {
    let texts: Vec<&String> = std::iter::repeat_n(texts, 20).flatten().collect();
    // As `robotoff extract --jsonl` does it.
    let batches: Vec<&[&String]> = texts.chunks(BATCH).collect();
    let kinds: Vec<PredictionKind> = extractors.kinds().collect();
    let read = |batch: &&[&String]| {
        let documents = batch.iter().map(|text| OcrResult::from_text(text.as_str()));
        let documents: Vec<OcrResult> = documents.collect();
        let wanted = documents.iter().map(|ocr| (ocr, kinds.as_slice()));
        black_box(extractors.read_all(&wanted.collect::<Vec<_>>()));
    };
    let seconds = median_of_cpu_time(|| batches.iter().for_each(read));
    report(
        "label texts, alone",
        "texts/s of processor time",
        texts.len() as f64 / seconds,
    );
    for threads in [1, 2] {
        let seconds = median(|| on_threads(threads, &batches, read));
        report(
            &format!("label texts, {threads} threads"),
            "texts/s",
            texts.len() as f64 / seconds,
        );
    }
    let seconds = median_of_cpu_time(|| {
        for text in &texts {
            black_box(extractors.find(&OcrResult::from_text(text.as_str())));
        }
    });
    report(
        "label texts, one at a time",
        "texts/s of processor time",
        texts.len() as f64 / seconds,
    );
}

#[expect(clippy::cast_precision_loss, reason = "figures are rounded")]
fn documents(shared: &Path, extractors: &Extractors) {
    let folder = std::env::temp_dir().join(format!("robotoff-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(shared.join("data/ocr")).unwrap() {
        let path = entry.unwrap().path();
        let plain = folder.join(path.file_name().unwrap());
        std::fs::write(&plain, file::read(&path, MAX_BYTES).unwrap()).unwrap();
        paths.push(plain);
    }
    let paths: Vec<PathBuf> = std::iter::repeat_n(paths, 50).flatten().collect();
    let read = |path: &PathBuf| {
        let document = file::read(path, MAX_BYTES).unwrap();
        black_box(extractors.find(&OcrResult::from_json(&document).unwrap()));
    };
    let seconds = median_of_cpu_time(|| paths.iter().for_each(read));
    report(
        "real OCR files, alone",
        "files/s of processor time",
        paths.len() as f64 / seconds,
    );
    for threads in [1, 2] {
        let seconds = median(|| on_threads(threads, &paths, read));
        report(
            &format!("real OCR files, {threads} threads"),
            "files/s",
            paths.len() as f64 / seconds,
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Ten times the text should take ten times as long.
fn growth(extractors: &Extractors) {
    let piece = "Poids net : 320 g, agriculture UE/non UE, sans gluten, sel 0,5 g. é ";
    for megabytes in [1, 10] {
        let text = piece.repeat((megabytes << 20) / piece.len());
        let ocr = OcrResult::from_text(text);
        let start = Instant::now();
        black_box(extractors.find(&ocr));
        report(
            &format!("a text of {megabytes} MB"),
            "ms",
            1000.0 * start.elapsed().as_secs_f64(),
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are rounded")]
fn matchers(shared: &Path) {
    let text = file::read(&shared.join("cases/text.jsonl.gz"), MAX_BYTES).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lists = shared.join("data/lists");
    for name in [
        "label_flashtext",
        "trace_allergen",
        "brand_from_taxonomy",
        "fishing_codes",
        "usda_codes",
    ] {
        let path = ["txt", "gz", "txt.gz"].map(|ending| lists.join(format!("{name}.{ending}")));
        let path = path.iter().find(|path| path.exists()).unwrap();
        let list = String::from_utf8(file::read(path, MAX_BYTES).unwrap()).unwrap();
        let words: Vec<&str> = list
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .filter_map(|line| line.rsplit("||").next())
            .collect();
        let matcher = KeywordMatcher::new(&words).unwrap();
        let seconds = median(|| drop(black_box(matcher.find(&CaseFolded::new(&text)))));
        let what = format!("keywords of {name} ({})", words.len());
        report(&what, "MB/s", text.len() as f64 / 1e6 / seconds);
    }
}

/// From the kernel; 0 where it does not tell.
fn resident_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}
