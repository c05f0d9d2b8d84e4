//! Vectors, network, calibration and thresholds, learned from products with categories.
//!
//! A product must not vouch for itself: the rows from which the network, the calibration and
//! the thresholds are learned come from vectors that were trained on the other parts of the
//! products. Products of the same name are in one part.

use std::collections::BTreeSet;

use super::candidates::{self, Habits, ROW};
use super::features::{CategoryMentions, ProductFeatures};
use super::model::{Learned, preference};
use super::training::{self, TrainingExample};
use super::{ProductTexts, vectors::Vectors};
use crate::search::category::ProductNames;
use crate::search::category::counts::counted;
use crate::search::category::learning::{
    Best, PARTS, WANTED_PRECISION, calibration, part_of, thresholds,
};
use crate::search::category::matcher::CategoryKnowledge;
use crate::search::category::network::Network;
use crate::search::category::training as networks;
use crate::search::category::tree::CategoryNumber;
use crate::taxonomy::Taxonomy;
use crate::text::analysis::Language;

/// A name of the taxonomy tells less than a product of that name: people choose other words.
const NAME_WEIGHT: f32 = 0.1;

/// A product with categories.
#[derive(Debug, Clone)]
pub struct TrainingProduct<'a> {
    pub texts: ProductTexts<'a>,
    pub categories: Vec<CategoryNumber>,
}

struct Prepared {
    features: ProductFeatures,
    deepest: Vec<CategoryNumber>,
    part: usize,
}

/// A candidate of a product of a part that was left out.
struct Candidate {
    category: CategoryNumber,
    example: networks::Example<ROW>,
}

/// Everything that is learned from.
struct Learning<'l> {
    knowledge: &'l CategoryKnowledge,
    products: &'l [TrainingProduct<'l>],
    prepared: Vec<Prepared>,
    /// ProductFeatures of names of the taxonomy, with their category.
    names: Vec<(CategoryNumber, ProductFeatures)>,
}

/// Learns a model. `progress` is called with the number of steps done and of all.
pub fn learn(
    knowledge: &CategoryKnowledge,
    taxonomy: &Taxonomy,
    products: &[TrainingProduct<'_>],
    progress: &dyn Fn(usize, usize),
) -> Learned {
    let learning = Learning::new(knowledge, taxonomy, products);
    let mut candidates = Vec::new();
    for part in 0..PARTS {
        progress(part, PARTS + 1);
        let vectors = learning.vectors(Some(part));
        let habits = learning.habits(Some(part));
        learning.add_candidates(part, &vectors, &habits, &mut candidates);
    }
    progress(PARTS, PARTS + 1);
    let examples = candidates.iter().flatten();
    let examples: Vec<networks::Example<ROW>> =
        examples.map(|found| found.example.clone()).collect();
    let network = networks::network(&examples);
    let mut best: Vec<Best> = candidates
        .iter()
        .filter_map(|found| best(&network, found))
        .collect();
    best.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let calibration = calibration(&best);
    Learned {
        vectors: learning.vectors(None),
        habits: learning.habits(None),
        thresholds: thresholds(&best, &calibration),
        usual_threshold: WANTED_PRECISION,
        network,
        calibration,
    }
}

fn best(network: &Network<ROW>, candidates: &[Candidate]) -> Option<Best> {
    let scored = candidates.iter().map(|found| {
        let row = &found.example.features;
        let probability = network.probability(row);
        (preference(probability, row), probability, found)
    });
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, probability, found)| Best {
        category: found.category,
        probability,
        is_right: found.example.is_right,
    })
}

impl<'l> Learning<'l> {
    fn new(
        knowledge: &'l CategoryKnowledge,
        taxonomy: &Taxonomy,
        products: &'l [TrainingProduct<'l>],
    ) -> Self {
        let mentions = CategoryMentions::new(knowledge);
        let prepared = products.iter().map(|product| Prepared {
            features: ProductFeatures::new(knowledge, &mentions, &product.texts),
            deepest: knowledge.tree.deepest(&product.categories),
            part: part_of(product.texts.names.product_name),
        });
        let prepared: Vec<Prepared> = prepared.collect();
        let met: BTreeSet<CategoryNumber> = prepared
            .iter()
            .flat_map(|product| product.deepest.iter().copied())
            .collect();
        let names = names_of(knowledge, taxonomy, &met);
        let names = names.into_iter().map(|(category, lang, product_name)| {
            let names = ProductNames {
                lang,
                product_name,
                ..ProductNames::default()
            };
            let texts = ProductTexts {
                names,
                ..ProductTexts::default()
            };
            (category, ProductFeatures::new(knowledge, &mentions, &texts))
        });
        Self {
            knowledge,
            products,
            names: names.collect(),
            prepared,
        }
    }

    /// Vectors of all products, or of all but those of a part.
    fn vectors(&self, but: Option<usize>) -> Vectors {
        let products = self.prepared.iter();
        let products = products.filter(|product| Some(product.part) != but);
        let products = products.map(|product| TrainingExample {
            features: &product.features,
            categories: product.deepest.clone(),
            weight: 1.0,
        });
        let mut examples: Vec<TrainingExample<'_>> = products.collect();
        let met: BTreeSet<CategoryNumber> = examples
            .iter()
            .flat_map(|example| example.categories.iter().copied())
            .collect();
        let names = self.names.iter();
        let names = names.filter(|(category, _)| met.contains(category));
        examples.extend(names.map(|(category, features)| TrainingExample {
            features,
            categories: vec![*category],
            weight: NAME_WEIGHT,
        }));
        training::vectors(&examples)
    }

    fn habits(&self, but: Option<usize>) -> Habits {
        let mut habits = Habits::default();
        for (product, prepared) in self.products.iter().zip(&self.prepared) {
            if Some(prepared.part) == but {
                continue;
            }
            habits.products += 1;
            for (category, count) in counted(&self.knowledge.tree, &product.categories) {
                let sum = habits.by_category.entry(category).or_default();
                sum.near += count.near;
                sum.within += count.within;
            }
        }
        habits
    }

    /// Adds the candidates of each product of a part, without and with labels and
    /// ingredients.
    fn add_candidates(
        &self,
        part: usize,
        vectors: &Vectors,
        habits: &Habits,
        all: &mut Vec<Vec<Candidate>>,
    ) {
        let tree = &self.knowledge.tree;
        let products = self.products.iter().zip(&self.prepared);
        for (product, prepared) in products.filter(|(_, prepared)| prepared.part == part) {
            let truth = counted(tree, &product.categories);
            let features = &prepared.features;
            let contents: &[bool] = if features.contents.is_empty() {
                &[false]
            } else {
                &[false, true]
            };
            for with_contents in contents {
                let probabilities = vectors.probabilities(features, *with_contents);
                let rows = candidates::rows(tree, habits, features, *with_contents, &probabilities);
                let found = rows.into_iter().map(|(category, features)| {
                    let is_right = truth.get(&category).is_some_and(|count| count.near > 0);
                    Candidate {
                        category,
                        example: networks::Example { features, is_right },
                    }
                });
                all.push(found.collect());
            }
        }
    }
}

/// Names and synonyms of categories, in every language with rules.
fn names_of<'t>(
    knowledge: &CategoryKnowledge,
    taxonomy: &'t Taxonomy,
    wanted: &BTreeSet<CategoryNumber>,
) -> Vec<(CategoryNumber, &'static str, &'t str)> {
    let mut all = Vec::new();
    for lang in Language::codes() {
        for node in taxonomy.nodes() {
            let Some(category) = knowledge.tree.number(node.id()) else {
                continue;
            };
            if wanted.contains(&category) {
                let names = node.name(lang).into_iter().chain(node.synonyms(lang));
                all.extend(names.map(|name| (category, lang, name)));
            }
        }
    }
    all
}
