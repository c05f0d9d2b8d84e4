//! Ranges of barcodes that a brand is known to use.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::product::Barcode;

/// Error in a document that should be a list of pairs.
#[derive(Debug, Error)]
#[error("not a list of pairs of brand and barcode: {0}")]
pub struct BrandPrefixError(#[from] serde_json::Error);

/// Digits of a barcode that identify the company.
const PREFIX_LEN: usize = 7;

/// Length of the barcodes that are judged; all others are allowed.
const BARCODE_LEN: usize = 13;

/// Pairs of a brand's tag and the start of a barcode, `5400141xxxxxx`.
#[derive(Debug, Clone, Default)]
pub struct BrandPrefixes {
    /// Entries `tag prefix`, since tags hold no space.
    pairs: BTreeSet<Box<str>>,
}

impl BrandPrefixes {
    /// Reads a list of pairs.
    pub fn from_json(document: &[u8]) -> Result<Self, BrandPrefixError> {
        let pairs: Vec<(String, String)> = serde_json::from_slice(document)?;
        let pairs = pairs.iter().map(|(tag, prefix)| pair(tag, prefix));
        Ok(Self {
            pairs: pairs.collect(),
        })
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// True when there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// True unless the barcode is of a range that the brand is not known to use. Without
    /// pairs, and for short barcodes, everything is allowed.
    pub fn allows(&self, tag: &str, barcode: &Barcode) -> bool {
        let prefix = prefix_of(barcode.as_str()).filter(|_| !self.is_empty());
        prefix.is_none_or(|prefix| self.pairs.contains(&pair(tag, &prefix)))
    }
}

/// Range of a barcode of 13 characters, `5400141xxxxxx`.
pub(crate) fn prefix_of(code: &str) -> Option<String> {
    let is_judged = code.len() == BARCODE_LEN && code.is_ascii();
    is_judged.then(|| format!("{}xxxxxx", &code[..PREFIX_LEN]))
}

fn pair(tag: &str, prefix: &str) -> Box<str> {
    format!("{tag} {prefix}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_known_by_the_start_of_the_barcode() {
        let pairs = br#"[["boni", "5400141xxxxxx"], ["jeff-de-bruges", "3660523xxxxxx"]]"#;
        let known = BrandPrefixes::from_json(pairs).unwrap();
        assert_eq!(known.len(), 2);
        for (barcode, tag, allowed) in [
            ("5400141651306", "boni", true),
            ("5400142968395", "boni", false),
            ("3406790524499", "unknown-brand", false),
            ("3660523327656", "jeff-de-bruges", true),
            ("12345678", "boni", true),
            ("org-a/1234567", "boni", false),
            ("éééééé1", "boni", true),
        ] {
            let barcode = Barcode::as_stored(barcode).unwrap();
            assert_eq!(known.allows(tag, &barcode), allowed, "{barcode} {tag}");
        }
        let barcode = Barcode::as_stored("5400142968395").unwrap();
        assert!(BrandPrefixes::default().allows("boni", &barcode));
        assert!(BrandPrefixes::from_json(b"[[1]]").is_err());
    }
}
