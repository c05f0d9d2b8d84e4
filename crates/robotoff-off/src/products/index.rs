//! An index from product to the line of a file that holds its document. Some 24 bytes are
//! held for each product; documents are read when they are asked for.
//!
//! A gzipped file cannot be entered in the middle. Its documents are copied, what
//! nobody reads left out, into a nameless temporary file of small gzip members,
//! which can.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use flate2::Compression;
use flate2::read::{GzDecoder, MultiGzDecoder};
use flate2::write::GzEncoder;
use robotoff_core::product::Barcode;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::document::is_read;
use crate::file;

/// The longest documents are below 2 MB; a longer line is no document.
const MAX_LINE_BYTES: u64 = 64 << 20;
/// A member of the copy is closed after so many bytes, unpacked: to reach its last
/// document costs less than a millisecond.
const MEMBER_BYTES: usize = 64 << 10;

/// The documents of a file, by barcode.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    /// In the order of keys; of equal ones the last in the file comes last.
    spots: Vec<Spot>,
    /// The file itself, or the copy of a gzipped one.
    file: Mutex<File>,
    is_packed: bool,
}

/// The start of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    /// A hash of the barcode.
    key: u64,
    /// The place in the file of the line, or of the member that holds it.
    place: u64,
    /// Unpacked bytes of the member before the line.
    within: u32,
}

/// A line, of which only the barcode is read yet.
#[derive(Deserialize)]
struct Coded {
    code: Option<Value>,
}

impl Index {
    /// Reads the file once; `lines_read` tells how far it has come. An error names
    /// the file, and the line where there is one.
    pub(super) fn build(path: &Path, lines_read: &AtomicU64) -> Result<Self, String> {
        let shown = path.display();
        let unreadable = |error: io::Error| format!("cannot read {shown}: {error}");
        let mut file = File::open(path).map_err(unreadable)?;
        let is_packed = begins_as_gzip(&mut file).map_err(unreadable)?;
        let mut index = Self {
            path: path.to_owned(),
            spots: Vec::new(),
            file: Mutex::new(file.try_clone().map_err(unreadable)?),
            is_packed,
        };
        if is_packed {
            let copy = tempfile::tempfile()
                .map_err(|error| format!("cannot make a temporary copy of {shown}: {error}"))?;
            let lines = Lines::new(path, BufReader::new(MultiGzDecoder::new(file)), lines_read);
            index.spots = copied(lines, &copy)?;
            index.file = Mutex::new(copy);
        } else {
            let mut lines = Lines::new(path, BufReader::new(file), lines_read);
            while lines.advance()? {
                let place = lines.place;
                let Coded { code } = lines.parsed()?;
                index.spots.extend(key_of(code).map(|key| Spot {
                    key,
                    place,
                    within: 0,
                }));
            }
        }
        index.spots.sort_unstable();
        index.spots.shrink_to_fit();
        Ok(index)
    }

    /// Documents with a barcode.
    pub(super) const fn len(&self) -> usize {
        self.spots.len()
    }

    /// The document of a product: the last in the file, if there are several.
    pub(super) fn document(&self, barcode: &Barcode) -> Result<Option<Value>, String> {
        let key = hashed(barcode);
        let end = self.spots.partition_point(|spot| spot.key <= key);
        let spots = self.spots[..end].iter().rev();
        for spot in spots.take_while(|spot| spot.key == key) {
            let failed = |error: String| {
                let path = self.path.display();
                format!("{path} is not what it was when it was first read: {error}")
            };
            let line = self
                .line(*spot)
                .map_err(|error| failed(error.to_string()))?;
            let document: Value =
                serde_json::from_slice(&line).map_err(|error| failed(error.to_string()))?;
            let code = document.get("code").cloned();
            if barcode_of(code).as_ref() == Some(barcode) {
                return Ok(Some(document));
            }
        }
        Ok(None)
    }

    fn line(&self, spot: Spot) -> io::Result<Vec<u8>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(spot.place))?;
        let mut line = Vec::new();
        if !self.is_packed {
            let mut rest = BufReader::new(&*file).take(MAX_LINE_BYTES);
            rest.read_until(b'\n', &mut line)?;
            return Ok(line);
        }
        let mut member = BufReader::new(GzDecoder::new(BufReader::new(&*file)));
        io::copy(&mut (&mut member).take(spot.within.into()), &mut io::sink())?;
        member.read_until(b'\n', &mut line)?;
        Ok(line)
    }
}

/// Lines of a file with their numbers. Blank ones are passed over.
struct Lines<'a, R> {
    path: &'a Path,
    source: R,
    bytes: Vec<u8>,
    number: u64,
    place: u64,
    lines_read: &'a AtomicU64,
}

impl<'a, R: BufRead> Lines<'a, R> {
    const fn new(path: &'a Path, source: R, lines_read: &'a AtomicU64) -> Self {
        Self {
            path,
            source,
            bytes: Vec::new(),
            number: 0,
            place: 0,
            lines_read,
        }
    }

    /// Goes on to the next line, if there is one.
    fn advance(&mut self) -> Result<bool, String> {
        loop {
            self.place += self.bytes.len() as u64;
            self.bytes.clear();
            let mut limited = (&mut self.source).take(MAX_LINE_BYTES + 1);
            let length = limited
                .read_until(b'\n', &mut self.bytes)
                .map_err(|error| self.fault(&error))?;
            if length == 0 {
                return Ok(false);
            }
            self.number += 1;
            self.lines_read.store(self.number, Ordering::Relaxed);
            if length as u64 > MAX_LINE_BYTES {
                return Err(self.fault(&format!("more than {MAX_LINE_BYTES} bytes")));
            }
            if !self.bytes.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// The line as an object.
    fn parsed<'t, T: Deserialize<'t>>(&'t self) -> Result<T, String> {
        let bytes = self.bytes.trim_ascii();
        if !bytes.starts_with(b"{") {
            return Err(self.fault(&"no JSON object"));
        }
        serde_json::from_slice(bytes)
            .map_err(|error| self.fault(&format!("no JSON object: {error}")))
    }

    fn fault(&self, why: &dyn std::fmt::Display) -> String {
        let path = self.path.display();
        format!("cannot read {path} line {}: {why}", self.number.max(1))
    }
}

/// Copies documents with a barcode into members of gzip.
fn copied<R: BufRead>(mut lines: Lines<'_, R>, mut copy: &File) -> Result<Vec<Spot>, String> {
    let failed = |error: io::Error| format!("cannot write the temporary copy: {error}");
    let (mut spots, mut member, mut place) = (Vec::new(), Vec::new(), 0);
    let close = |member: &mut Vec<u8>, place: &mut u64| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(member)?;
        let packed = encoder.finish()?;
        *place += packed.len() as u64;
        member.clear();
        let mut copy = copy;
        copy.write_all(&packed)
    };
    while lines.advance()? {
        let mut members: BTreeMap<String, &RawValue> = lines.parsed()?;
        let code = members.get("code");
        let code = code.and_then(|code| serde_json::from_str(code.get()).ok());
        let Some(key) = key_of(code) else {
            continue;
        };
        members.retain(|name, _| is_read(name));
        let within = u32::try_from(member.len()).map_err(|error| error.to_string())?;
        spots.push(Spot { key, place, within });
        serde_json::to_writer(&mut member, &members).map_err(|error| failed(error.into()))?;
        member.push(b'\n');
        if member.len() >= MEMBER_BYTES {
            close(&mut member, &mut place).map_err(failed)?;
        }
    }
    close(&mut member, &mut place).map_err(failed)?;
    copy.flush().map_err(failed)?;
    Ok(spots)
}

fn begins_as_gzip(file: &mut File) -> io::Result<bool> {
    let mut first = Vec::new();
    (&mut *file).take(2).read_to_end(&mut first)?;
    file.rewind()?;
    Ok(file::is_gzip(&first))
}

fn barcode_of(code: Option<Value>) -> Option<Barcode> {
    let code = match code? {
        Value::String(code) => code,
        Value::Number(code) => code.to_string(),
        _ => return None,
    };
    Barcode::normalized(&code).ok()
}

fn key_of(code: Option<Value>) -> Option<u64> {
    barcode_of(code).as_ref().map(hashed)
}

fn hashed(barcode: &Barcode) -> u64 {
    let mut hasher = DefaultHasher::new();
    barcode.hash(&mut hasher);
    hasher.finish()
}
