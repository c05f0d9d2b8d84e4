//! Lines in, lines out, in order, on many threads: what `categorize` and `spellcheck`
//! share.

use std::io::{self, BufRead, Write};
use std::num::NonZeroUsize;
use std::thread;

use anyhow::Context;
use serde::Serialize;

use super::ExitStatus;

/// Lines that are read before they are answered together.
const BATCH_LINES: usize = 2048;

/// Longer lines are no requests.
const MAX_LINE_BYTES: usize = 1 << 20;

/// An answer, or what is wrong with the line.
pub(super) type Answered = Result<String, String>;

/// The answer as a line.
pub(super) fn line_of(answer: &impl Serialize) -> Answered {
    serde_json::to_string(answer).map_err(|error| format!("cannot write the answer: {error}"))
}

/// Answers each line of standard input with one line. A line that cannot be answered gets an
/// object with `error`, and makes the run a partial failure.
pub(super) fn run(answer: impl Fn(&str) -> Answered + Sync) -> anyhow::Result<ExitStatus> {
    Ok(match answer_lines(answer)? {
        0 => ExitStatus::Success,
        _ => ExitStatus::PartialFailure,
    })
}

/// Number of the lines that had an error.
fn answer_lines(answer: impl Fn(&str) -> Answered + Sync) -> anyhow::Result<usize> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut input = io::stdin().lock().lines();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut failed = 0;
    loop {
        let batch = input
            .by_ref()
            .take(BATCH_LINES)
            .collect::<io::Result<Vec<String>>>();
        let batch = batch.context("cannot read standard input")?;
        if batch.is_empty() {
            break;
        }
        for answered in answer_all(&batch, threads, &answer) {
            let line = answered.unwrap_or_else(|error| {
                failed += 1;
                serde_json::json!({ "error": error }).to_string()
            });
            match writeln!(out, "{line}") {
                // Whoever read the answers has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(failed),
                written => written.context("cannot write to standard output")?,
            }
        }
    }
    out.flush().context("cannot write to standard output")?;
    Ok(failed)
}

fn answer_all(
    lines: &[String],
    threads: usize,
    answer: &(impl Fn(&str) -> Answered + Sync),
) -> Vec<Answered> {
    let share = lines.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let shares = lines.chunks(share).map(|lines| {
            scope.spawn(move || {
                lines
                    .iter()
                    .map(|line| checked(line, answer))
                    .collect::<Vec<Answered>>()
            })
        });
        let shares: Vec<thread::ScopedJoinHandle<'_, Vec<Answered>>> = shares.collect();
        let joined = shares
            .into_iter()
            .map(|share| share.join().unwrap_or_default());
        joined.flatten().collect()
    })
}

fn checked(line: &str, answer: &impl Fn(&str) -> Answered) -> Answered {
    if line.len() > MAX_LINE_BYTES {
        return Err(format!("the line is longer than {MAX_LINE_BYTES} bytes"));
    }
    answer(line)
}
