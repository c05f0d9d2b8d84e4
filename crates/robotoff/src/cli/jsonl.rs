//! Lines in, lines out, in order, several batches at once: what `categorize` and
//! `spellcheck` share.

use std::io::{self, BufRead, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use serde::Serialize;
use tokio::task::JoinSet;

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
pub(super) async fn run<F, D>(answer: F) -> anyhow::Result<ExitStatus>
where
    F: Fn(Vec<String>) -> D + Send + Sync + 'static,
    D: Future<Output = Vec<Answered>> + Send + 'static,
{
    Ok(match answer_lines(Arc::new(answer)).await? {
        0 => ExitStatus::Success,
        _ => ExitStatus::PartialFailure,
    })
}

/// Number of the lines that had an error.
async fn answer_lines<F, D>(answer: Arc<F>) -> anyhow::Result<usize>
where
    F: Fn(Vec<String>) -> D + Send + Sync + 'static,
    D: Future<Output = Vec<Answered>> + Send + 'static,
{
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut input = io::BufReader::new(io::stdin()).lines();
    let mut out = io::BufWriter::new(io::stdout());
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
        for answered in answer_all(batch, threads, &answer).await {
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

async fn answer_all<F, D>(lines: Vec<String>, threads: usize, answer: &Arc<F>) -> Vec<Answered>
where
    F: Fn(Vec<String>) -> D + Send + Sync + 'static,
    D: Future<Output = Vec<Answered>> + Send + 'static,
{
    let share = lines.len().div_ceil(threads).max(1);
    let mut running = JoinSet::new();
    for (number, lines) in lines.chunks(share).enumerate() {
        let (answer, lines) = (answer.clone(), lines.to_vec());
        running.spawn(async move { (number, checked(lines, &*answer).await) });
    }
    let mut shares = running.join_all().await;
    shares.sort_by_key(|(number, _)| *number);
    shares
        .into_iter()
        .flat_map(|(_, answers)| answers)
        .collect()
}

/// Answers the lines that may be requests.
async fn checked<F, D>(lines: Vec<String>, answer: &F) -> Vec<Answered>
where
    F: Fn(Vec<String>) -> D,
    D: Future<Output = Vec<Answered>>,
{
    let is_request = |line: &String| line.len() <= MAX_LINE_BYTES;
    let are_requests: Vec<bool> = lines.iter().map(is_request).collect();
    let requests = lines.into_iter().filter(is_request).collect();
    let mut answers = answer(requests).await.into_iter();
    let answered = are_requests.into_iter().map(|is_request| match is_request {
        true => answers
            .next()
            .unwrap_or_else(|| Err("no answer".to_owned())),
        false => Err(format!("the line is longer than {MAX_LINE_BYTES} bytes")),
    });
    answered.collect()
}

/// The answers to requests, in the order of their lines; a line that is no request keeps its
/// error.
pub(super) fn in_order<R>(
    requests: Vec<Result<R, String>>,
    answer: impl FnMut(R) -> Answered,
) -> Vec<Answered> {
    let mut answer = answer;
    let requests = requests.into_iter();
    requests
        .map(|request| request.and_then(&mut answer))
        .collect()
}
