//! The matcher: from the names of a product to categories with a confidence.

use std::sync::Arc;

use super::ProductNames;
use super::clues::{KnownClues, clues};
use super::corpus::CategoryCorpus;
use super::counts::CategoryCounts;
use super::features::{Comparison, Features};
use super::fit::{Fit, Fits, Text, keep_best};
use super::names::{CategoryName, CategoryNames};
use super::tree::{CategoryNumber, CategoryTree};
use crate::taxonomy::Taxonomy;

/// The name on the wire.
pub const PREDICTOR: &str = "matcher";

/// Languages whose category names are compared beside the product's own.
const OTHER_LANGUAGES: [&str; 2] = ["en", "fr"];

/// Names asked from an index for each text and language.
pub const CANDIDATE_NAMES: usize = 64;

/// A predicted category.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryMatch {
    /// The id in the taxonomy.
    pub value_tag: String,
    /// The probability that a person would choose this category or one just below it.
    pub confidence: f32,
    /// Below this the category is not worth a question.
    pub threshold: f32,
    /// Its predictor; of several the one that was surer.
    pub predictor: &'static str,
}

impl CategoryMatch {
    /// True when the confidence reaches the threshold of the category.
    pub fn is_sure_enough(&self) -> bool {
        self.confidence >= self.threshold
    }
}

/// Which text of the product a query comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueriedText {
    ProductName,
    GenericName,
}

/// A question to an index: the names in a language that share terms with a text.
#[derive(Debug, Clone)]
pub struct NameQuery {
    pub of: QueriedText,
    pub lang: &'static str,
    pub text: Text,
}

/// The names of the taxonomy, without anything learned.
#[derive(Debug)]
pub struct CategoryKnowledge {
    pub tree: CategoryTree,
    pub names: CategoryNames,
}

impl CategoryKnowledge {
    /// The categories of a taxonomy.
    pub fn new(taxonomy: &Taxonomy) -> Self {
        let tree = CategoryTree::new(taxonomy);
        let names = CategoryNames::new(taxonomy, &tree);
        Self { tree, names }
    }

    /// The questions to an index about a product.
    pub fn queries(&self, product: &ProductNames<'_>) -> Vec<NameQuery> {
        let mut queries = Vec::new();
        for (of, written) in [
            (QueriedText::ProductName, product.cleaned_name()),
            (QueriedText::GenericName, product.cleaned_generic_name()),
        ] {
            let others = OTHER_LANGUAGES
                .iter()
                .filter(|other| **other != product.lang);
            for lang in [product.lang].iter().chain(others) {
                let Some((lang, names)) = self.names.entry(lang) else {
                    continue;
                };
                let text = Text::new(names, &written);
                if !text.terms.is_empty() {
                    queries.push(NameQuery { of, lang, text });
                }
            }
        }
        queries
    }

    /// The answer to a query by comparison with every name.
    pub fn answer(&self, query: &NameQuery) -> Vec<&CategoryName> {
        self.names
            .language(query.lang)
            .map_or_else(Vec::new, |names| {
                names.candidates(&query.text.refs(), CANDIDATE_NAMES)
            })
    }

    /// The candidates of a product with their features, from the answers to its queries.
    pub(super) fn rows<'n>(
        &self,
        counts: &CategoryCounts,
        product: &ProductNames<'_>,
        answers: impl IntoIterator<Item = (NameQuery, Vec<&'n CategoryName>)>,
    ) -> Vec<(CategoryNumber, Features)> {
        let (mut by_name, mut by_generic) = (Fits::new(), Fits::new());
        for (query, found) in answers {
            let Some(names) = self.names.language(query.lang) else {
                continue;
            };
            let fits = match query.of {
                QueriedText::ProductName => &mut by_name,
                QueriedText::GenericName => &mut by_generic,
            };
            for name in found {
                let is_own = query.lang == product.lang;
                keep_best(
                    fits,
                    name.category,
                    Fit::new(names, name, &query.text, is_own),
                );
            }
        }
        let known = KnownClues::new(counts, &clues(&self.names, product));
        Comparison::new(&self.tree, &by_name, &by_generic, &known)
            .rows()
            .collect()
    }
}

/// Predicts categories from names.
#[derive(Debug)]
pub struct CategoryMatcher {
    knowledge: Arc<CategoryKnowledge>,
    corpus: CategoryCorpus,
}

impl CategoryMatcher {
    /// A matcher over a taxonomy with what was learned.
    pub fn new(knowledge: impl Into<Arc<CategoryKnowledge>>, corpus: CategoryCorpus) -> Self {
        Self {
            knowledge: knowledge.into(),
            corpus,
        }
    }

    /// The names that are matched.
    pub const fn knowledge(&self) -> &Arc<CategoryKnowledge> {
        &self.knowledge
    }

    /// The categories of a product, best first, at most `limit`, by comparison with every name.
    pub fn predict(&self, product: &ProductNames<'_>, limit: usize) -> Vec<CategoryMatch> {
        let queries = self.knowledge.queries(product).into_iter();
        let answers = queries.map(|query| {
            let found = self.knowledge.answer(&query);
            (query, found)
        });
        self.rank(product, answers, limit)
    }

    /// The categories of a product from the answers of an index to its queries.
    pub fn rank<'n>(
        &self,
        product: &ProductNames<'_>,
        answers: impl IntoIterator<Item = (NameQuery, Vec<&'n CategoryName>)>,
        limit: usize,
    ) -> Vec<CategoryMatch> {
        let rows = self.knowledge.rows(&self.corpus.counts, product, answers);
        let scored = rows
            .iter()
            .map(|(category, row)| (*category, self.corpus.network.probability(row)));
        let mut scored: Vec<(CategoryNumber, f32)> = scored.collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.truncate(limit);
        let matches = scored.into_iter().map(|(category, probability)| {
            let value_tag = self.knowledge.tree.id(category).to_owned();
            CategoryMatch {
                confidence: self.corpus.calibration.confidence(probability),
                threshold: self.corpus.threshold(category),
                value_tag,
                predictor: PREDICTOR,
            }
        });
        matches.collect()
    }
}
