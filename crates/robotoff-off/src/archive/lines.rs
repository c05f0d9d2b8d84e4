//! Documents as lines of JSON: `{"source": "/300/123/456/7890/1.json", "content": {…}}`, as
//! the existing service reads them.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::packed::unpacked;
use super::{ArchiveEntry, ArchiveLimits, Receive, Skipper};

/// Bytes of a line beside its document.
const MAX_FRAME_BYTES: u64 = 1 << 16;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    content: &'a RawValue,
}

pub(super) fn read(
    path: &Path,
    limits: ArchiveLimits,
    receive: &mut Receive<'_>,
) -> io::Result<ControlFlow<()>> {
    let mut input = BufReader::with_capacity(1 << 20, unpacked(path)?);
    let mut skipper = Skipper(limits.skip);
    let max_bytes = limits.max_document_bytes + MAX_FRAME_BYTES;
    let mut number = 0_u64;
    let mut text = Vec::new();
    loop {
        text.clear();
        number += 1;
        let Some(is_whole) = next_line(&mut input, &mut text, max_bytes)? else {
            return Ok(ControlFlow::Continue(()));
        };
        if text.trim_ascii().is_empty() && is_whole || skipper.skips() {
            continue;
        }
        let entry = match is_whole {
            true => entry(&text, number),
            false => unreadable(number, format!("more than {max_bytes} bytes")),
        };
        if receive(entry).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
}

/// Reads a line without its end; false if it was longer than the limit, and was passed over.
fn next_line(
    input: &mut impl BufRead,
    text: &mut Vec<u8>,
    max_bytes: u64,
) -> io::Result<Option<bool>> {
    let mut has_read = false;
    let mut is_whole = true;
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(has_read.then_some(is_whole));
        }
        has_read = true;
        let end = memchr::memchr(b'\n', chunk);
        let part = &chunk[..end.unwrap_or(chunk.len())];
        if is_whole && (text.len() + part.len()) as u64 <= max_bytes {
            text.extend_from_slice(part);
        } else {
            is_whole = false;
            text.clear();
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(is_whole));
        }
    }
}

fn entry(text: &[u8], number: u64) -> ArchiveEntry {
    match serde_json::from_slice::<Line<'_>>(text) {
        Ok(line) => ArchiveEntry {
            path: line.source.into_owned(),
            document: Ok(line.content.get().as_bytes().to_vec()),
        },
        Err(error) => unreadable(number, error.to_string()),
    }
}

fn unreadable(number: u64, why: String) -> ArchiveEntry {
    ArchiveEntry {
        path: format!("line {number}"),
        document: Err(why),
    }
}
