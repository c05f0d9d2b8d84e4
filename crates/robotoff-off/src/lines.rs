//! Lines of a file with one JSON document each, plain or gzipped, with their numbers.

use std::fmt::Display;
use std::io::{BufRead, Read};
use std::path::Path;

use serde::Deserialize;

use crate::file;

/// The longest documents are below 2 MB; a longer line is no document.
pub(crate) const MAX_LINE_BYTES: u64 = 64 << 20;

/// Lines that are read one after the other. Blank ones are passed over.
pub(crate) struct Lines<R> {
    /// For messages.
    name: String,
    source: R,
    bytes: Vec<u8>,
    number: u64,
    place: u64,
}

impl Lines<Box<dyn BufRead + Send>> {
    /// Opens a file. Errors name it, and the line where there is one.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        match file::open(path) {
            Ok(source) => Ok(Self::new(name, source)),
            Err(error) => Err(format!("cannot read {name}: {error}")),
        }
    }
}

impl<R: BufRead> Lines<R> {
    pub(crate) const fn new(name: String, source: R) -> Self {
        Self {
            name,
            source,
            bytes: Vec::new(),
            number: 0,
            place: 0,
        }
    }

    /// Goes on to the next line, if there is one.
    pub(crate) fn advance(&mut self) -> Result<bool, String> {
        loop {
            self.place += self.bytes.len() as u64;
            self.bytes.clear();
            let mut limited = (&mut self.source).take(MAX_LINE_BYTES + 1);
            let length = match limited.read_until(b'\n', &mut self.bytes) {
                Ok(length) => length,
                Err(error) => return Err(self.fault(&error)),
            };
            if length == 0 {
                return Ok(false);
            }
            self.number += 1;
            if length as u64 > MAX_LINE_BYTES {
                return Err(self.fault(&format!("more than {MAX_LINE_BYTES} bytes")));
            }
            if !self.bytes.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// Number of the line, from 1.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Bytes before the line.
    pub(crate) const fn place(&self) -> u64 {
        self.place
    }

    /// The line as an object.
    pub(crate) fn parsed<'t, T: Deserialize<'t>>(&'t self) -> Result<T, String> {
        let bytes = self.bytes.trim_ascii();
        if !bytes.starts_with(b"{") {
            return Err(self.fault(&"no JSON object"));
        }
        serde_json::from_slice(bytes)
            .map_err(|error| self.fault(&format!("no JSON object: {error}")))
    }

    fn fault(&self, why: &dyn Display) -> String {
        let (name, number) = (&self.name, self.number.max(1));
        format!("cannot read {name} line {number}: {why}")
    }
}
