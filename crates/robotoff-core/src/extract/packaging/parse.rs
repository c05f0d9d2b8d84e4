//! The grammar of packaging: a shape, of which material it is, what is to be done
//! with it (`docs/reference/ocr.md` 5.1, with 9 D-PAC corrected).
//!
//! A text can be read in many ways. The reading with the most shapes, materials and
//! recycling phrases is right; of equal ones, the one whose elements are longest.
//! Readings are kept per place where they end, and only while several are open, so
//! that time and memory grow with the text.

use std::collections::BTreeMap;
use std::ops::Range;

use super::element::{Element, Property};
use super::shared::share;
use super::tables::{Grammar, RECORDED, Shape};
use crate::text::phrases::{is_wordchar, starts_word};
use crate::text::prefix_filter::Prefix;

/// Largest number of words of a complement: "boite DE SIX OEUFS FRAIS en carton".
const MAX_COMPLEMENT_WORDS: usize = 4;

/// Path of a reading to a place.
#[derive(Debug, Clone)]
struct Step {
    score: usize,
    from: usize,
    element: Option<Element>,
}

impl Step {
    /// Rank that makes one reading better than another that ends at the same place.
    fn key(&self) -> (usize, bool, i64) {
        let from = i64::try_from(self.from).unwrap_or(i64::MAX);
        match self.element {
            Some(_) => (self.score, true, -from),
            None => (self.score, false, from),
        }
    }
}

/// Places of a folded text where something may begin, the same in every language.
pub(super) fn starts(text: &str) -> Vec<(usize, Prefix)> {
    let bytes = text.as_bytes();
    let places = (0..bytes.len()).filter(|at| bytes[*at] != b' ' && starts_word(bytes, *at));
    places.map(|at| (at, Prefix::of(bytes, at))).collect()
}

/// The elements of a folded text in one language, in its order. Most words begin nothing that
/// the language knows and are passed over here.
pub(super) fn elements(language: &Grammar, text: &str, starts: &[(usize, Prefix)]) -> Vec<Element> {
    let parser = Parser { language, text };
    let mut found = Vec::new();
    let mut read = 0;
    for (start, prefix) in starts {
        if *start >= read && language.may_begin(*prefix) {
            read = parser.read_on(*start, &mut found);
        }
    }
    share(language, text, &mut found);
    found
}

/// Keeps, for every place that can be reached, the best way to it.
fn add_steps(
    (plain_end, elements): (usize, Vec<Element>),
    from: usize,
    score: usize,
    open: &mut BTreeMap<usize, Step>,
) {
    let fuller = elements.into_iter().map(|element| Step {
        score: score + element.words,
        from,
        element: Some(element),
    });
    let plain = Step {
        score,
        from,
        element: None,
    };
    for step in fuller.chain([plain]) {
        let end = step
            .element
            .as_ref()
            .map_or(plain_end, |element| element.range.end);
        if open.get(&end).is_none_or(|other| step.key() > other.key()) {
            open.insert(end, step);
        }
    }
}

struct Parser<'a> {
    language: &'a Grammar,
    text: &'a str,
}

impl Parser<'_> {
    /// Reads to the next place where all readings meet.
    fn read_on(&self, begin: usize, found: &mut Vec<Element>) -> usize {
        let (plain_end, elements) = self.steps_from(begin);
        if elements.is_empty() {
            return plain_end;
        }
        let mut open = BTreeMap::new();
        let mut steps: BTreeMap<usize, Step> = BTreeMap::new();
        add_steps((plain_end, elements), begin, 0, &mut open);
        while let Some((at, step)) = open.pop_first() {
            let score = step.score;
            steps.insert(at, step);
            if open.is_empty() {
                let before = found.len();
                let mut place = at;
                while let Some(step) = steps.remove(&place) {
                    found.extend(step.element);
                    place = step.from;
                }
                found[before..].reverse();
                return at;
            }
            add_steps(self.steps_from(at), at, score, &mut open);
        }
        self.text.len()
    }

    /// Where a reading of no sense gets from a place that is not the end, and every
    /// element that starts there, the fullest first.
    fn steps_from(&self, at: usize) -> (usize, Vec<Element>) {
        let prefix = Prefix::of(self.text.as_bytes(), at);
        if !self.is_start(at) || !self.language.may_begin(prefix) {
            return (self.junk_end(at), Vec::new());
        }
        let shape = self.language.shapes.longest(self.text, at);
        match self.hidden_end(at) {
            Some(end) if shape.is_none_or(|(_, other)| other < end) => (end, Vec::new()),
            Some(_) | None => (self.junk_end(at), self.elements_at(at, shape)),
        }
    }

    /// True where a name may start: after anything but a letter, a digit, or a sign
    /// inside of a word ("porte-bouteille", "site.pot"). Germanic compounds say the
    /// thing last, so that a hyphen hides nothing there ("Mehrweg-Flasche").
    fn is_start(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        let is_inside = |sign: u8| match sign {
            b'-' => !self.language.is_material_first,
            sign => matches!(sign, b'.' | b'@'),
        };
        starts_word(bytes, at)
            && !(at > 1 && is_inside(bytes[at - 1]) && is_wordchar(bytes[at - 2]))
    }

    /// The end of a phrase that hides what is inside, or of something that the text
    /// says is not there.
    fn hidden_end(&self, at: usize) -> Option<usize> {
        let nothing = self.language.nothing.longest(self.text, at);
        let nothing = nothing.map(|(_, end)| end);
        let without = self.language.without.longest(self.text, at);
        let absent = without.and_then(|((), end)| {
            let at = self.gap(end, b"")?;
            let shape = self.language.shapes.longest(self.text, at);
            let whole = self.elements_at(at, shape).into_iter();
            whole.map(|element| element.range.end).max()
        });
        nothing.max(absent)
    }

    /// One word, or one sign, or one space.
    fn junk_end(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let word = bytes[at..].iter().take_while(|byte| is_wordchar(**byte));
        at + word.count().max(1)
    }

    /// Every element that starts at a place.
    fn elements_at(&self, at: usize, shape: Option<(&Shape, usize)>) -> Vec<Element> {
        let mut found = Vec::new();
        if let Some((shape, end)) = shape {
            let bare = self.element(shape, at..end);
            self.push_shape(&bare, &mut found);
            if let Some(end) = self.adjective_end(end) {
                let mut described = bare;
                described.range.end = end;
                self.push_shape(&described, &mut found);
            }
        }
        if let Some((compound, end)) = self.language.compounds.longest(self.text, at) {
            let material = Property {
                id: compound.material,
                range: at..at + compound.stem_len,
            };
            let whole = self.element(&compound.shape, at + compound.stem_len..end);
            self.push_with_recycling(&whole.made_of(material, 1), &mut found);
        }
        if self.language.is_material_first {
            self.push_material_first(at, &mut found);
        }
        found
    }

    /// A shape with every material that stands behind it, and without.
    fn push_shape(&self, bare: &Element, found: &mut Vec<Element>) {
        for (material, words) in self.materials_behind(bare.range.end) {
            self.push_with_recycling(&bare.made_of(material, words), found);
        }
        self.push_with_recycling(bare, found);
    }

    /// The end of an adjective behind a shape: "film intérieur".
    fn adjective_end(&self, end: usize) -> Option<usize> {
        let at = self.gap(end, b"")?;
        let (_, end) = self.language.adjectives.longest(self.text, at)?;
        Some(end)
    }

    fn element(&self, shape: &Shape, range: Range<usize>) -> Element {
        Element {
            lc: self.language.lc,
            shape: Property {
                id: shape.id,
                range: range.clone(),
            },
            company: shape.company,
            material: None,
            recycling: None,
            words: 1,
            range,
        }
    }

    fn push_with_recycling(&self, element: &Element, found: &mut Vec<Element>) {
        if let Some(recycling) = self.recycling_behind(element.range.end) {
            let mut whole = element.clone();
            whole.words += 1;
            whole.range.end = recycling.range.end;
            whole.recycling = Some(recycling);
            found.push(whole);
        }
        found.push(element.clone());
    }

    /// "plastic bottle", "PET-Flasche".
    fn push_material_first(&self, at: usize, found: &mut Vec<Element>) {
        let Some((id, material_end)) = self.language.materials.longest(self.text, at) else {
            return;
        };
        let Some(shape_start) = self.gap(material_end, b"-") else {
            return;
        };
        if let Some((shape, end)) = self.language.shapes.longest(self.text, shape_start) {
            let material = Property {
                id,
                range: at..material_end,
            };
            let bare = self.element(shape, shape_start..end);
            self.push_with_recycling(&bare.made_of(material, 1), found);
        }
    }

    /// Materials that can be said of a shape that ends here, with how many were read.
    fn materials_behind(&self, end: usize) -> Vec<(Property, usize)> {
        let mut found = Vec::new();
        let mut starts = Vec::new();
        if let Some(at) = self.gap(end, self.signs_before_material()) {
            starts.push(at);
            starts.extend(self.links_at(at));
        }
        starts.extend(self.complement_ends(end));
        for at in starts {
            let Some(first) = self.material_at(at) else {
                continue;
            };
            let second = self
                .gap(first.range.end, b"")
                .and_then(|at| self.material_at(at));
            if let Some(second) = second {
                found.push((Property::of_both(&first, second), 2));
            }
            found.push((first, 1));
        }
        found
    }

    fn material_at(&self, at: usize) -> Option<Property> {
        let (id, end) = self.language.materials.longest(self.text, at)?;
        Some(Property { id, range: at..end })
    }

    /// Places behind "en", "made of" and the like, and the space after it.
    fn links_at(&self, at: usize) -> Vec<usize> {
        let links = self.language.links.all(self.text, at);
        let behind =
            links
                .into_iter()
                .filter_map(|((), end)| match self.text.as_bytes()[end - 1] {
                    b'\'' => Some(end),
                    _ => self.gap(end, b":"),
                });
        behind.collect()
    }

    /// Places behind a complement and the link that follows it: "pot DE YAOURT EN
    /// verre". Only "riche en fer" speaks of no material.
    fn complement_ends(&self, end: usize) -> Vec<usize> {
        let Some(at) = self.gap(end, b"") else {
            return Vec::new();
        };
        let Some(((), mut at)) = self.language.complements.longest(self.text, at) else {
            return Vec::new();
        };
        let bytes = self.text.as_bytes();
        let mut found = Vec::new();
        for _ in 0..MAX_COMPLEMENT_WORDS {
            at += usize::from(bytes.get(at) == Some(&b' '));
            let Some(byte) = bytes.get(at).filter(|byte| is_wordchar(**byte)) else {
                break;
            };
            let word = at..self.junk_end(at);
            if *byte == b'r'
                && ["riche", "rica", "rico", "ricca", "ricco"].contains(&&self.text[word.clone()])
            {
                break;
            }
            at = word.end + usize::from(bytes.get(word.end) == Some(&b'\''));
            if let Some(link) = self.gap(word.end, b"") {
                found.extend(self.links_at(link));
            }
        }
        found
    }

    fn recycling_behind(&self, end: usize) -> Option<Property> {
        let at = self.gap(end, self.signs_before_recycling())?;
        let (recycling, end) = self.language.recycling.longest(self.text, at)?;
        Some(Property {
            id: recycling.id,
            range: at + recycling.lead_len..end,
        })
    }

    /// Text between a shape and its material, beside white space.
    fn signs_before_material(&self) -> &'static [u8] {
        if self.language.lc == RECORDED {
            b":"
        } else {
            b":-/,("
        }
    }

    /// Text before a recycling phrase. In French only
    /// a colon or a dash may.
    fn signs_before_recycling(&self) -> &'static [u8] {
        if self.language.lc == RECORDED {
            b":-"
        } else {
            b":-/,(.;)"
        }
    }

    /// The place behind white space with at most two of the signs in it.
    fn gap(&self, at: usize, signs: &[u8]) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut end = at;
        for _ in 0..2 {
            end += usize::from(bytes.get(end) == Some(&b' '));
            end += usize::from(bytes.get(end).is_some_and(|byte| signs.contains(byte)));
        }
        end += usize::from(bytes.get(end) == Some(&b' '));
        (end > at && end < bytes.len()).then_some(end)
    }
}
