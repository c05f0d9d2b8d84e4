//! `robotoff-bench`: throws random texts at each extractor, as many as one wants, and
//! says what broke, what took longest and how much memory it took.

#![expect(
    clippy::print_stdout,
    reason = "a measuring program prints its figures"
)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use robotoff_bench::{Chance, document, extractors, fault, text};
use robotoff_core::extract::{EXTRACTORS, Extractors};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;

const USAGE: &str = "robotoff-bench [--inputs N] [--seed N] [--kind NAME]\n\
    Throws N random texts (default 10000), and documents around every tenth, at each extractor.";

/// No text of a few kilobytes takes as long, even on a machine that is busy.
const HANG: Duration = Duration::from_secs(5);

struct Order {
    inputs: u64,
    seed: u64,
    kind: Option<PredictionKind>,
}

fn order() -> Result<Order, String> {
    let mut order = Order {
        inputs: 10_000,
        seed: 1,
        kind: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        let number = || {
            value
                .parse()
                .map_err(|_| format!("{flag} {value:?} is no number"))
        };
        match flag.as_str() {
            "--inputs" => order.inputs = number()?,
            "--seed" => order.seed = number()?,
            "--kind" => order.kind = Some(value.parse().map_err(|e| format!("{e}"))?),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(order)
}

fn main() -> ExitCode {
    let started = order().and_then(|order| {
        let extractors = extractors().map_err(|error| error.to_string())?;
        Ok((order, extractors))
    });
    let (order, extractors) = match started {
        Ok(started) => started,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let kinds = EXTRACTORS.iter().map(|spec| spec.kind);
    let wanted = kinds.filter(|kind| order.kind.is_none_or(|only| only == *kind));
    let faults: u64 = wanted.map(|kind| throw(&extractors, kind, &order)).sum();
    println!("most memory: {} MB", most_memory_megabytes());
    if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Gives the number of faults, after telling each.
fn throw(extractors: &Extractors, kind: PredictionKind, order: &Order) -> u64 {
    let mut chance = Chance::new(order.seed);
    let (mut faults, mut bytes) = (0, 0);
    let mut longest = Duration::ZERO;
    let start = Instant::now();
    for number in 0..order.inputs {
        let words = text(&mut chance, kind);
        bytes += words.len();
        let ocr = match number % 10 {
            0 => OcrResult::from_json(document(&mut chance, &words).as_bytes()),
            _ => Ok(OcrResult::from_text(words.as_str())),
        };
        let begin = Instant::now();
        let found = match &ocr {
            Ok(ocr) => fault(extractors, kind, ocr),
            Err(error) => Some(format!("the document was refused: {error}")),
        };
        let took = begin.elapsed();
        longest = longest.max(took);
        let slow = (took > HANG).then(|| format!("it took {took:?}"));
        if let Some(what) = found.or(slow) {
            faults += 1;
            println!("{kind} input {number}: {what}: {words:?}");
        }
    }
    println!(
        "{:<18} {:>9} inputs {:>7} kB {faults} faults, longest {longest:?}, all {:?}",
        kind.name(),
        order.inputs,
        bytes / 1000,
        start.elapsed()
    );
    faults
}

/// From the kernel; 0 where it does not tell.
fn most_memory_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0) / 1024
}
