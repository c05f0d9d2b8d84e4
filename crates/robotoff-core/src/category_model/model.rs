//! The model: from the texts of a product to categories with a confidence.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::candidates::{self, CandidateRow, Habits, ROW};
use super::features::{CategoryMentions, ProductFeatures};
use super::vectors::Vectors;
use super::{PREDICTOR, ProductTexts};
use crate::search::category::CategoryMatch;
use crate::search::category::corpus::Calibration;
use crate::search::category::matcher::CategoryKnowledge;
use crate::search::category::network::Network;
use crate::search::category::tree::CategoryNumber;

/// Weight of the probability of being exactly the category of the product in the order of
/// candidates. Without it the order would prefer parents, which are near in more cases but
/// tell less.
const EXACT_BONUS: f32 = 0.3;

/// Learned values, which the file stores.
#[derive(Debug, Clone)]
pub struct Learned {
    pub vectors: Vectors,
    pub habits: Habits,
    pub network: Network<ROW>,
    pub calibration: Calibration,
    /// Of categories that need more than the usual confidence.
    pub thresholds: BTreeMap<CategoryNumber, f32>,
    pub usual_threshold: f32,
}

/// Predicts categories.
#[derive(Debug)]
pub struct CategoryModel {
    knowledge: Arc<CategoryKnowledge>,
    mentions: CategoryMentions,
    learned: Learned,
}

/// The order of candidates: likelier first, exact ones before wider ones.
pub(super) fn preference(probability: f32, row: &CandidateRow) -> f32 {
    probability + EXACT_BONUS * row[0]
}

impl CategoryModel {
    /// A model over a taxonomy.
    pub fn new(knowledge: Arc<CategoryKnowledge>, learned: Learned) -> Self {
        Self {
            mentions: CategoryMentions::new(&knowledge),
            knowledge,
            learned,
        }
    }

    /// The categories that are predicted.
    pub const fn knowledge(&self) -> &Arc<CategoryKnowledge> {
        &self.knowledge
    }

    /// The learned values.
    pub const fn learned(&self) -> &Learned {
        &self.learned
    }

    /// The categories of a product, the one to answer first, at most `limit`. A text without
    /// any known feature has none.
    pub fn predict(&self, product: &ProductTexts<'_>, limit: usize) -> Vec<CategoryMatch> {
        let features = ProductFeatures::new(&self.knowledge, &self.mentions, product);
        let learned = &self.learned;
        if features.terms == 0 && features.contents.is_empty() {
            return Vec::new();
        }
        let probabilities = learned.vectors.probabilities(&features, true);
        // One known feature is the language.
        if probabilities.known_features <= 1 && features.mentions.is_empty() {
            return Vec::new();
        }
        let tree = &self.knowledge.tree;
        let rows = candidates::rows(tree, &learned.habits, &features, true, &probabilities);
        let scored = rows.into_iter().map(|(category, row)| {
            let probability = learned.network.probability(&row);
            (category, probability, preference(probability, &row))
        });
        let mut scored: Vec<(CategoryNumber, f32, f32)> = scored.collect();
        scored.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        scored.truncate(limit);
        let matches = scored
            .into_iter()
            .map(|(category, probability, _)| CategoryMatch {
                value_tag: tree.id(category).to_owned(),
                confidence: learned.calibration.confidence(probability),
                threshold: learned.threshold(category),
                predictor: PREDICTOR,
            });
        matches.collect()
    }
}

impl Learned {
    /// The confidence that a category needs.
    pub fn threshold(&self, category: CategoryNumber) -> f32 {
        let own = self.thresholds.get(&category).copied();
        own.unwrap_or(self.usual_threshold)
    }
}

/// The answer that is worth a question: the first category of `found` if it is sure enough,
/// else the deepest of its ancestors that is. `None` where the model abstains.
pub fn sure_answer(
    knowledge: &CategoryKnowledge,
    found: &[CategoryMatch],
) -> Option<CategoryMatch> {
    let first = found.first()?;
    let tree = &knowledge.tree;
    let number = tree.number(&first.value_tag)?;
    let is_on_path =
        |other: CategoryNumber| other == number || tree.ancestors(number).contains(&other);
    let sure = found.iter().filter(|found| found.is_sure_enough());
    let sure = sure.filter_map(|found| Some((tree.number(&found.value_tag)?, found)));
    let on_path = sure.filter(|(other, _)| is_on_path(*other));
    let deepest = on_path.max_by_key(|(other, _)| (*other == number, tree.depth(*other)));
    deepest.map(|(_, found)| found.clone())
}
