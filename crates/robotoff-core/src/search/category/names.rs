//! The names of categories as terms, by language, and which of them share terms with a
//! product name.
//!
//! This is the exhaustive form: training and the tests of the adapters use it; the
//! adapters find the same candidates in their indexes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::taxonomy::Taxonomy;
use crate::text::analysis::{Analyzer, Head, Language, Parts, Term};

use super::tree::{CategoryNumber, CategoryTree};

/// Term saturation and length normalisation of BM25, as in Lucene and tantivy.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// One name of a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryName {
    pub category: CategoryNumber,
    pub terms: Vec<Box<str>>,
    /// The position of the term that says the kind of thing.
    pub head: usize,
    /// False for a synonym.
    pub is_main: bool,
}

/// The names of one language.
#[derive(Debug)]
pub struct LanguageNames {
    pub analyzer: Analyzer,
    pub names: Vec<CategoryName>,
    /// The names that hold a term.
    postings: HashMap<Box<str>, Vec<u32>>,
    mean_len: f32,
}

/// The names of all languages.
#[derive(Debug, Default)]
pub struct CategoryNames {
    by_language: BTreeMap<&'static str, LanguageNames>,
}

/// The position of the term that says the kind of thing: the first one, or the last one
/// before a preposition.
pub fn head(terms: &[Term], language: &Language) -> usize {
    match language.head {
        Head::First => 0,
        Head::Last => {
            let opens = terms.iter().skip(1).position(|term| term.opens_phrase);
            opens.unwrap_or(terms.len().saturating_sub(1))
        }
    }
}

impl CategoryNames {
    /// The names and synonyms of a taxonomy in every language with rules. A name without
    /// language (`xx`) counts in each.
    pub fn new(taxonomy: &Taxonomy, tree: &CategoryTree) -> Self {
        let by_language =
            Language::codes().map(|code| (code, LanguageNames::new(taxonomy, tree, code)));
        Self {
            by_language: by_language.collect(),
        }
    }

    /// A language with its code as a constant.
    pub fn entry(&self, code: &str) -> Option<(&'static str, &LanguageNames)> {
        let (code, names) = self.by_language.get_key_value(code)?;
        Some((code, names))
    }

    /// The names of one language, or the English ones where it has no rules.
    pub fn language_or_english(&self, code: &str) -> Option<&LanguageNames> {
        self.language(code).or_else(|| self.language("en"))
    }

    /// The languages.
    pub fn languages(&self) -> impl Iterator<Item = (&'static str, &LanguageNames)> {
        self.by_language.iter().map(|(code, names)| (*code, names))
    }

    /// The names of one language.
    pub fn language(&self, code: &str) -> Option<&LanguageNames> {
        self.by_language.get(code)
    }
}

impl LanguageNames {
    fn new(taxonomy: &Taxonomy, tree: &CategoryTree, code: &'static str) -> Self {
        let written = |node: crate::taxonomy::Node<'_>| -> Vec<(String, bool)> {
            let mut names = Vec::new();
            for lang in [code, "xx"] {
                names.extend(node.name(lang).map(|name| (name.to_owned(), true)));
                names.extend(node.synonyms(lang).map(|name| (name.to_owned(), false)));
            }
            names
        };
        let all: Vec<(CategoryNumber, String, bool)> = taxonomy
            .nodes()
            .filter_map(|node| Some((tree.number(node.id())?, written(node))))
            .flat_map(|(number, names)| {
                names
                    .into_iter()
                    .map(move |(name, is_main)| (number, name, is_main))
            })
            .collect();
        let parts = Parts::of_names(all.iter().map(|(_, name, _)| name.as_str()));
        let analyzer = Analyzer::new(code).with_parts(Arc::new(parts));
        let mut found = Self {
            analyzer,
            names: Vec::new(),
            postings: HashMap::new(),
            mean_len: 1.0,
        };
        for (category, name, is_main) in all {
            found.add(category, &name, is_main);
        }
        found.index();
        found
    }

    fn add(&mut self, category: CategoryNumber, name: &str, is_main: bool) {
        let terms = self.analyzer.terms(name);
        if terms.is_empty() {
            return;
        }
        let head = head(&terms, self.analyzer.language());
        let terms: Vec<Box<str>> = terms.into_iter().map(|term| term.text.into()).collect();
        let is_known = self
            .names
            .iter()
            .rev()
            .take_while(|known| known.category == category)
            .any(|known| known.terms == terms);
        if !is_known {
            self.names.push(CategoryName {
                category,
                terms,
                head,
                is_main,
            });
        }
    }

    fn index(&mut self) {
        for (number, name) in (0u32..).zip(&self.names) {
            for term in &name.terms {
                let places = self.postings.entry(term.clone()).or_default();
                if places.last() != Some(&number) {
                    places.push(number);
                }
            }
        }
        let total: usize = self.names.iter().map(|name| name.terms.len()).sum();
        self.mean_len = total as f32 / self.names.len().max(1) as f32;
    }

    /// The inverse document frequency of a term; none when no name holds it.
    pub fn idf(&self, term: &str) -> Option<f32> {
        let count = self.postings.get(term)?.len() as f32;
        let all = self.names.len() as f32;
        Some((1.0 + (all - count + 0.5) / (count + 0.5)).ln())
    }

    /// The names that share terms with a text, best first by BM25, at most `limit`.
    pub fn candidates(&self, terms: &[&str], limit: usize) -> Vec<&CategoryName> {
        let mut scores: HashMap<u32, f32> = HashMap::new();
        for (at, term) in terms.iter().enumerate() {
            let (Some(places), false) = (self.postings.get(*term), terms[..at].contains(term))
            else {
                continue;
            };
            let idf = self.idf(term).unwrap_or_default();
            for place in places {
                let name = &self.names[*place as usize].terms;
                let frequency = name.iter().filter(|other| &***other == *term).count() as f32;
                let norm = K1 * (1.0 - B + B * name.len() as f32 / self.mean_len);
                *scores.entry(*place).or_default() +=
                    idf * (K1 + 1.0) * frequency / (frequency + norm);
            }
        }
        let mut found: Vec<(u32, f32)> = scores.into_iter().collect();
        found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(limit);
        found
            .into_iter()
            .map(|(place, _)| &self.names[place as usize])
            .collect()
    }
}
