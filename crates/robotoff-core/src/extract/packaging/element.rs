//! A piece of packaging as a text says it.

use std::ops::Range;

use super::tables::{Company, says_less};

/// An id with the words that say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) id: &'static str,
    /// Bytes of the folded text.
    pub(super) range: Range<usize>,
}

/// One piece of packaging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) lc: &'static str,
    pub(super) shape: Property,
    pub(super) company: Company,
    pub(super) material: Option<Property>,
    pub(super) recycling: Option<Property>,
    /// Shapes, materials and phrases that were read, one that was dropped included.
    pub(super) words: usize,
    /// From the first word to the last.
    pub(super) range: Range<usize>,
}

impl Element {
    pub(super) fn made_of(&self, material: Property, words: usize) -> Self {
        let range =
            self.range.start.min(material.range.start)..self.range.end.max(material.range.end);
        Self {
            material: Some(material),
            words: self.words + words,
            range,
            ..self.clone()
        }
    }
}

impl Property {
    /// Of two materials in a row the second counts, as recorded, unless it says
    /// less than the first.
    pub(super) fn of_both(first: &Self, second: Self) -> Self {
        match says_less(second.id, first.id) {
            true => Self {
                id: first.id,
                range: first.range.clone(),
            },
            false => second,
        }
    }
}
