//! Lists of products: one code a line. Blank lines and lines that start with `#`
//! are skipped; a line that is no barcode is reported with its number.

use std::io::{self, Read};
use std::path::Path;

use anyhow::Result;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_off::file;

/// Largest size of a list: more than four million codes.
const MAX_BYTES: u64 = 64 << 20;
/// Length of the longest code that the database holds.
const MAX_CODE: usize = 100;
/// Number of bad lines that are printed; further ones are counted.
const MAX_NAMED: usize = 20;

/// Parsed list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BarcodeList {
    pub(super) products: Vec<ProductId>,
    /// `list.txt:3: "abc" is no barcode`
    pub(super) bad_lines: Vec<String>,
}

impl BarcodeList {
    /// Reads a file, or standard input (`-`).
    pub(super) fn read(path: &Path, server_type: ServerType) -> Result<Self> {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
            anyhow::ensure!(
                bytes.len() as u64 <= MAX_BYTES,
                "more than {MAX_BYTES} bytes"
            );
            return Ok(Self::of(&bytes, "-", server_type));
        }
        let bytes = file::read(path, MAX_BYTES)?;
        Ok(Self::of(&bytes, &path.display().to_string(), server_type))
    }

    fn of(bytes: &[u8], name: &str, server_type: ServerType) -> Self {
        let mut list = Self::default();
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let text = String::from_utf8_lossy(line);
            let code = text.trim();
            if code.is_empty() || code.starts_with('#') {
                continue;
            }
            match barcode(code, server_type) {
                Some(barcode) => list.products.push(ProductId {
                    barcode,
                    server_type,
                }),
                None => {
                    let shown: String = code.chars().take(MAX_CODE).collect();
                    list.bad_lines
                        .push(format!("{name}:{number}: {shown:?} is no barcode"));
                }
            }
        }
        list
    }
}

/// Prints the bad lines, and their number beside that of the good ones.
pub(super) fn report(bad_lines: &[String], good_lines: usize) {
    if bad_lines.is_empty() {
        return;
    }
    for line in bad_lines.iter().take(MAX_NAMED) {
        eprintln!("robotoff: {line}");
    }
    let bad = bad_lines.len();
    eprintln!("robotoff: {bad} lines are no barcodes, {good_lines} are");
}

/// Code as it is stored: digits, padded; on the producers' platform `ORG/CODE`.
pub(super) fn barcode(code: &str, server_type: ServerType) -> Option<Barcode> {
    let is_short = code.len() <= MAX_CODE;
    match server_type {
        ServerType::OffPro => {
            let is_plain = code.bytes().all(|byte| byte.is_ascii_graphic());
            Barcode::as_stored(code)
                .ok()
                .filter(|_| is_plain && is_short)
        }
        ServerType::Off | ServerType::Obf | ServerType::Opff | ServerType::Opf => {
            let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
            Barcode::normalized(code)
                .ok()
                .filter(|_| is_number && is_short)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_line_by_line_and_bad_lines_are_named() {
        let text = "\u{feff}3001234567890\r\n\n# a comment\n 123 \nabc\n12 34\n";
        let mut bytes = text.as_bytes().to_vec();
        bytes.extend(b"\xff\n");
        bytes.extend("1".repeat(101).as_bytes());
        let list = BarcodeList::of(&bytes, "list.txt", ServerType::Off);
        let codes: Vec<&str> = list.products.iter().map(|id| id.barcode.as_str()).collect();
        assert_eq!(codes, ["3001234567890", "00000123"]);
        let long = format!("list.txt:8: {:?} is no barcode", "1".repeat(100));
        assert_eq!(
            list.bad_lines,
            [
                "list.txt:5: \"abc\" is no barcode",
                "list.txt:6: \"12 34\" is no barcode",
                "list.txt:7: \"\u{fffd}\" is no barcode",
                &long,
            ]
        );
    }

    #[test]
    fn codes_of_producers_bear_their_organisation() {
        for (code, server_type, expected) in [
            ("org-acme/3001234567890", ServerType::OffPro, true),
            ("org-acme/3001234567890", ServerType::Off, false),
            ("3001234567890", ServerType::Obf, true),
            ("org acme/1", ServerType::OffPro, false),
            ("", ServerType::Off, false),
            ("", ServerType::OffPro, false),
        ] {
            let read = barcode(code, server_type);
            assert_eq!(read.is_some(), expected, "{code} {server_type}");
        }
    }
}
