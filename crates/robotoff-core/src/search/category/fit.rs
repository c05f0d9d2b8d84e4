//! Fit of the name of a category to a text of a product.

use std::collections::BTreeMap;

use super::names::{CategoryName, LanguageNames, head};
use super::tree::CategoryNumber;

/// The weight of a term that no category has: that of a rare one.
const UNKNOWN_IDF: f32 = 6.0;

/// A text of a product as terms of one language.
#[derive(Debug, Clone, Default)]
pub struct Text {
    pub terms: Vec<String>,
    /// The position of the term that says the kind of thing.
    pub head: usize,
}

impl Text {
    /// Analyses a cleaned text.
    pub fn new(names: &LanguageNames, text: &str) -> Self {
        let terms = names.analyzer.terms(text);
        let head = head(&terms, names.analyzer.language());
        Self {
            terms: terms.into_iter().map(|term| term.text).collect(),
            head,
        }
    }

    /// The terms as indexes are asked for them.
    pub fn refs(&self) -> Vec<&str> {
        self.terms.iter().map(String::as_str).collect()
    }
}

/// Fit of a name of a category to a text. The default is no fit at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fit {
    /// The share of the category's name that the text holds, by idf.
    pub of_name: f32,
    /// The share of the text that the category's name holds, by idf.
    pub of_text: f32,
    /// The sum of the idf of the shared terms.
    pub idf: f32,
    pub name_in_text: bool,
    pub text_in_name: bool,
    pub same_head: bool,
    pub text_head_in_name: bool,
    pub name_head_in_text: bool,
    /// Where the head of the name stands in the text: 0 at the beginning, 1 at the end.
    pub head_place: f32,
    pub name_len: f32,
    pub own_language: bool,
    pub is_main: bool,
}

/// The best fit of each category.
pub type Fits = BTreeMap<CategoryNumber, Fit>;

impl Fit {
    /// The fit of one name.
    pub fn new(names: &LanguageNames, name: &CategoryName, text: &Text, own: bool) -> Self {
        let terms: Vec<&str> = name.terms.iter().map(|term| &**term).collect();
        let written = text.refs();
        let total = |terms: &[&str]| -> f32 {
            let weights = terms.iter().map(|term| names.idf(term));
            weights.map(|idf| idf.unwrap_or(UNKNOWN_IDF)).sum()
        };
        let shared = |of: &[&str], with: &[&str]| -> f32 {
            let both = of.iter().copied().filter(|term| with.contains(term));
            total(&both.collect::<Vec<&str>>())
        };
        let (text_head, name_head) = (written.get(text.head), terms.get(name.head));
        let place = written.iter().position(|term| Some(term) == name_head);
        Self {
            of_name: shared(&terms, &written) / total(&terms).max(0.1),
            of_text: shared(&written, &terms) / total(&written).max(0.1),
            idf: shared(&terms, &written),
            name_in_text: contains(&written, &terms),
            text_in_name: contains(&terms, &written),
            same_head: text_head.is_some() && text_head == name_head,
            text_head_in_name: text_head.is_some_and(|head| terms.contains(head)),
            name_head_in_text: place.is_some(),
            head_place: place.map_or(1.0, |place| place as f32 / written.len() as f32),
            name_len: terms.len() as f32,
            own_language: own,
            is_main: name.is_main,
        }
    }

    /// The order of fits before anything is learned.
    pub fn score(&self) -> f32 {
        let flag = |is: bool, weight: f32| if is { weight } else { 0.0 };
        self.of_name * self.of_name * (0.4 + 0.6 * self.of_text)
            + flag(self.name_in_text, 0.2)
            + flag(self.same_head, 0.15)
            + flag(self.own_language, 0.05)
            + 0.01 * self.idf
    }
}

/// Keeps the better of two fits of a category.
pub fn keep_best(fits: &mut Fits, category: CategoryNumber, fit: Fit) {
    let known = fits.entry(category).or_default();
    if fit.score() > known.score() {
        *known = fit;
    }
}

/// The categories of the best fits, best first.
pub fn best(fits: &Fits, limit: usize) -> Vec<CategoryNumber> {
    let scored = fits.iter().map(|(category, fit)| (*category, fit.score()));
    let mut scored: Vec<(CategoryNumber, f32)> = scored.collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored.truncate(limit);
    scored.into_iter().map(|(category, _)| category).collect()
}

/// True when the shorter list stands in the longer one as it is.
fn contains(longer: &[&str], shorter: &[&str]) -> bool {
    !shorter.is_empty()
        && longer
            .windows(shorter.len())
            .any(|window| window == shorter)
}
