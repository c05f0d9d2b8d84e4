//! An index from product to the line of a file that holds its document. Some 24 bytes are
//! held for each product; documents are read when they are asked for.
//!
//! A gzipped file cannot be entered in the middle, nor a Parquet file by row. Their
//! documents are copied, what nobody reads left out, into a nameless temporary file of small
//! gzip members, which can.

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
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::document::is_read;
use super::rows::{PARQUET_MAGIC, parquet_documents};
use crate::file;
use crate::lines::{Lines, MAX_LINE_BYTES};

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
        let form = form_of(&mut file).map_err(unreadable)?;
        let mut index = Self {
            path: path.to_owned(),
            spots: Vec::new(),
            file: Mutex::new(file.try_clone().map_err(unreadable)?),
            is_packed: !matches!(form, FileForm::Plain),
        };
        if index.is_packed {
            let copy = tempfile::tempfile()
                .map_err(|error| format!("cannot make a temporary copy of {shown}: {error}"))?;
            index.spots = match form {
                FileForm::Parquet => copied_rows(path, &copy, lines_read)?,
                FileForm::Gzip | FileForm::Plain => {
                    let unpacked = BufReader::new(MultiGzDecoder::new(file));
                    copied(Lines::new(shown.to_string(), unpacked), &copy, lines_read)?
                }
            };
            index.file = Mutex::new(copy);
        } else {
            let mut lines = Lines::new(shown.to_string(), BufReader::new(file));
            while lines.advance()? {
                lines_read.store(lines.number(), Ordering::Relaxed);
                let place = lines.place();
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

/// Documents on their way into members of gzip.
struct MemberWriter<'f> {
    copy: &'f File,
    spots: Vec<Spot>,
    member: Vec<u8>,
    place: u64,
}

impl<'f> MemberWriter<'f> {
    const fn new(copy: &'f File) -> Self {
        Self {
            copy,
            spots: Vec::new(),
            member: Vec::new(),
            place: 0,
        }
    }

    fn add(&mut self, key: u64, document: &impl Serialize) -> Result<(), String> {
        let within = u32::try_from(self.member.len()).map_err(|error| error.to_string())?;
        self.spots.push(Spot {
            key,
            place: self.place,
            within,
        });
        serde_json::to_writer(&mut self.member, document)
            .map_err(|error| copy_failed(error.into()))?;
        self.member.push(b'\n');
        if self.member.len() >= MEMBER_BYTES {
            self.close_member().map_err(copy_failed)?;
        }
        Ok(())
    }

    fn close_member(&mut self) -> io::Result<()> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&self.member)?;
        let packed = encoder.finish()?;
        self.place += packed.len() as u64;
        self.member.clear();
        self.copy.write_all(&packed)
    }

    fn finish(mut self) -> Result<Vec<Spot>, String> {
        self.close_member().map_err(copy_failed)?;
        self.copy.flush().map_err(copy_failed)?;
        Ok(self.spots)
    }
}

fn copy_failed(error: io::Error) -> String {
    format!("cannot write the temporary copy: {error}")
}

/// Copies documents with a barcode into members of gzip.
fn copied<R: BufRead>(
    mut lines: Lines<R>,
    copy: &File,
    lines_read: &AtomicU64,
) -> Result<Vec<Spot>, String> {
    let mut writer = MemberWriter::new(copy);
    while lines.advance()? {
        lines_read.store(lines.number(), Ordering::Relaxed);
        let mut members: BTreeMap<String, &RawValue> = lines.parsed()?;
        let code = members.get("code");
        let code = code.and_then(|code| serde_json::from_str(code.get()).ok());
        let Some(key) = key_of(code) else {
            continue;
        };
        members.retain(|name, _| is_read(name));
        writer.add(key, &members)?;
    }
    writer.finish()
}

/// Copies rows with a barcode into members of gzip.
fn copied_rows(path: &Path, copy: &File, rows_read: &AtomicU64) -> Result<Vec<Spot>, String> {
    let mut writer = MemberWriter::new(copy);
    for document in parquet_documents(path)? {
        let document = document?;
        rows_read.fetch_add(1, Ordering::Relaxed);
        if let Some(key) = key_of(document.get("code").cloned()) {
            writer.add(key, &document)?;
        }
    }
    writer.finish()
}

/// The form of a file, by its first bytes.
enum FileForm {
    Plain,
    Gzip,
    Parquet,
}

fn form_of(file: &mut File) -> io::Result<FileForm> {
    let mut first = Vec::new();
    (&mut *file).take(4).read_to_end(&mut first)?;
    file.rewind()?;
    Ok(match () {
        () if file::is_gzip(&first) => FileForm::Gzip,
        () if first == PARQUET_MAGIC => FileForm::Parquet,
        () => FileForm::Plain,
    })
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
