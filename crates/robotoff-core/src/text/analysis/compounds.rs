//! Compound words of German, Dutch, Swedish and Danish, split at known words.
//!
//! A compound is split when both halves are known words (`Apfel` + `Kuchen`), with a
//! linking letter between them at most (`Schwein-e-fleisch`, `zonnebloem-en-olie`). It
//! is split even where the whole is a known word, since names of either form must meet.

use std::collections::HashSet;

use super::super::fold::fold;

/// Shorter words are endings and prefixes more often than halves.
const MIN_PART_BYTES: usize = 4;

/// The words that compounds are made of, case-folded and without accents.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    words: HashSet<Box<str>>,
}

impl Parts {
    /// The words of the names of a language.
    pub fn of_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut words = HashSet::new();
        for name in names {
            let folded = fold(&name.to_lowercase()).into_owned();
            let of_name = folded.split(|c: char| !c.is_alphanumeric());
            words.extend(
                of_name
                    .filter(|word| word.len() >= MIN_PART_BYTES)
                    .map(Box::from),
            );
        }
        Self { words }
    }

    /// The parts of a word: the word itself where it is no compound. The last part is
    /// the longest that leaves a known rest.
    pub(super) fn split<'w>(&self, word: &'w str, linkers: &[&str]) -> Vec<&'w str> {
        let mut parts = Vec::new();
        let mut rest = word;
        while let Some((front, back)) = self.halves(rest, linkers) {
            parts.push(back);
            rest = front;
        }
        parts.push(rest);
        parts.reverse();
        parts
    }

    fn halves<'w>(&self, word: &'w str, linkers: &[&str]) -> Option<(&'w str, &'w str)> {
        if !word.is_ascii() {
            return None;
        }
        let places = MIN_PART_BYTES..word.len().saturating_sub(MIN_PART_BYTES - 1);
        places.into_iter().find_map(|at| {
            let (front, back) = word.split_at(at);
            if !self.words.contains(back) {
                return None;
            }
            let mut fronts = [front].into_iter().chain(
                linkers
                    .iter()
                    .filter_map(|linker| front.strip_suffix(linker)),
            );
            let front = fronts
                .find(|front| front.len() >= MIN_PART_BYTES && self.words.contains(*front))?;
            Some((front, back))
        })
    }
}
