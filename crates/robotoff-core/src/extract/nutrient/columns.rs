//! Which of several printed values is that of which nutrient (`docs/reference/ocr.md` 9,
//! D-NUT-4): a column for a portion before the one for 100 g, and tables whose names were
//! read before their values.

use std::cell::OnceCell;
use std::ops::Range;

use super::basis::{Basis, Sections, behind_head, hundred_behind_portion, references};
use super::cells::{MAX_CELLS, cells};
use super::names::Named;
use super::value::{Value, place};

/// Text between two names, beside signs: words that make the second a part of the first, or none.
const PARTS: [&str; 22] = [
    "dont",
    "davon",
    "darunter",
    "of which",
    "de los cuales",
    "de las cuales",
    "di cui",
    "waarvan",
    "dos quais",
    "das quais",
    "varav",
    "heraf",
    "hvoraf",
    "hvorav",
    "w tym",
    "z toho",
    "z čoho",
    "din care",
    "josta",
    "joista",
    "ebből",
    "",
];

/// Between two names: how many bytes.
const MAX_JOINT: usize = 24;

/// A value, the position of its nutrient, and the start of the nutrient's name.
pub(super) type Owned = (usize, usize, Value);

/// A text with the names in it, in its order.
pub(super) struct Table<'t> {
    pub(super) text: &'t str,
    pub(super) names: Vec<Named>,
    // Computed when the first value is found.
    sections: OnceCell<Sections>,
    references: OnceCell<Vec<Range<usize>>>,
}

impl<'t> Table<'t> {
    pub(super) fn new(text: &'t str, mut names: Vec<Named>) -> Self {
        names.sort_by_key(|named| named.range.start);
        Self {
            text,
            names,
            sections: OnceCell::new(),
            references: OnceCell::new(),
        }
    }

    /// The values behind the name at a position, each with its owner: one, or in tables
    /// whose names stand before their values, those of all names before.
    pub(super) fn values(&self, index: usize) -> Vec<Owned> {
        let named = &self.names[index];
        let begin = place(self.text, named.range.end);
        let mut cells = cells(self.text, begin);
        if cells.is_empty() {
            return self.values_below_head(index, begin);
        }
        if self.is_no_value(named) {
            return Vec::new();
        }
        let names = self.row_of_names(index);
        if names.len() > 1 && cells.len() > 1 {
            return shared(names, cells);
        }
        let is_second = || self.sections().basis(named.range.start) == Some(Basis::PortionFirst);
        let position = usize::from(cells.len() > 1 && is_second());
        if cells.len() == 1 {
            let first = &cells[0];
            let end = first.second.as_ref().unwrap_or(&first.amount).end();
            let pair = hundred_behind_portion(self.text, end);
            let value = pair.and_then(|at| self::cells(self.text, at).into_iter().next());
            if let Some(value) = value {
                return vec![(named.nutrient, named.range.start, value)];
            }
        }
        vec![(
            named.nutrient,
            named.range.start,
            cells.swap_remove(position),
        )]
    }

    /// Values behind names that stand in a column before `per 100 g`.
    fn values_below_head(&self, index: usize, begin: usize) -> Vec<Owned> {
        let names = self.row_of_names(index);
        if names.len() < 2 {
            return Vec::new();
        }
        let behind = behind_head(self.text, begin);
        match behind > begin {
            true => shared(names, cells(self.text, behind)),
            false => Vec::new(),
        }
    }

    fn sections(&self) -> &Sections {
        self.sections
            .get_or_init(|| Sections::of(self.text, &self.names))
    }

    /// True for a name whose value is not that of the product: of a portion beside 100 g,
    /// or of what an adult should eat.
    fn is_no_value(&self, named: &Named) -> bool {
        let at = named.range.start;
        let references = self
            .references
            .get_or_init(|| references(self.text, &self.names));
        references.iter().any(|range| range.contains(&at))
            || self.sections().is_repeated_for_hundred(at)
    }

    /// The nutrients that are named in a row up to a name, the last one first, each
    /// with the start of its name. The same in another language is no other nutrient.
    fn row_of_names(&self, index: usize) -> Vec<(usize, usize)> {
        let mut row: Vec<(usize, usize)> = Vec::new();
        for (at, named) in self.names[..=index].iter().enumerate().rev() {
            match row.last_mut() {
                Some(last) if last.0 == named.nutrient => last.1 = named.range.start,
                _ => row.push((named.nutrient, named.range.start)),
            }
            let before = at.checked_sub(1).map(|before| self.names[before].range.end);
            let is_joined = before.is_some_and(|end| self.is_joint(end, named.range.start));
            if !is_joined || row.len() > MAX_CELLS {
                break;
            }
        }
        row
    }

    /// True for what may stand between the names of a row.
    fn is_joint(&self, start: usize, end: usize) -> bool {
        let Some(between) = self.text.get(start..end).filter(|b| b.len() <= MAX_JOINT) else {
            return false;
        };
        let is_sign = |c: char| c.is_whitespace() || ":(/|*•–-".contains(c);
        let words = between.trim_matches(is_sign);
        PARTS.iter().any(|part| part.eq_ignore_ascii_case(words))
    }
}

/// Each value with its name, where there are as many of both; `names` the last one first.
fn shared(names: Vec<(usize, usize)>, cells: Vec<Value>) -> Vec<Owned> {
    if names.len() != cells.len() {
        return Vec::new();
    }
    let owners = names.into_iter().rev().zip(cells);
    owners
        .map(|((nutrient, start), cell)| (nutrient, start, cell))
        .collect()
}
