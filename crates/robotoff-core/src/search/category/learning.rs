//! Counts, network, calibration and thresholds, learned from products with categories.
//!
//! A product must not vouch for itself: for its row of features its words are counted in
//! the other parts of the products only. Products of the same name are in one part.

use std::collections::BTreeMap;

use super::ProductNames;
use super::clues::clues;
use super::corpus::{Calibration, CategoryCorpus};
use super::counts::{CategoryCounts, CountedProduct, counted};
use super::matcher::CategoryKnowledge;
use super::network::Network;
use super::training::{self, Example};
use super::tree::CategoryNumber;

/// Parts of the products that are counted apart.
pub(crate) const PARTS: usize = 4;

/// The share of right answers below which nobody is asked.
pub(crate) const WANTED_PRECISION: f32 = 0.8;

/// Answers that the usual precision weighs as much as, in that of one category.
const PRIOR_ANSWERS: f32 = 6.0;

/// Steps of the calibration.
const CALIBRATION_STEPS: usize = 24;

/// A product with categories.
#[derive(Debug, Clone)]
pub struct LearnedProduct<'a> {
    pub names: ProductNames<'a>,
    pub categories: Vec<CategoryNumber>,
}

struct Prepared<'a> {
    product: &'a LearnedProduct<'a>,
    clues: Vec<String>,
    part: usize,
}

/// The best candidate of a product.
pub(crate) struct Best {
    pub(crate) category: CategoryNumber,
    pub(crate) probability: f32,
    pub(crate) is_right: bool,
}

/// Learns a corpus.
pub fn learn(knowledge: &CategoryKnowledge, products: &[LearnedProduct<'_>]) -> CategoryCorpus {
    let prepared = products.iter().map(|product| Prepared {
        clues: clues(&knowledge.names, &product.names),
        part: part_of(product.names.product_name),
        product,
    });
    let prepared: Vec<Prepared<'_>> = prepared.collect();
    let rows = rows(knowledge, &prepared);
    let examples: Vec<Example> = rows
        .iter()
        .flatten()
        .map(|(_, example)| example.clone())
        .collect();
    let network = training::network(&examples);
    let mut best: Vec<Best> = rows
        .iter()
        .filter_map(|rows| best(&network, rows))
        .collect();
    best.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let calibration = calibration(&best);
    CategoryCorpus {
        counts: count(knowledge, &prepared, None),
        network,
        thresholds: thresholds(&best, &calibration),
        calibration,
        usual_threshold: WANTED_PRECISION,
    }
}

/// The part of a name: the same for names that differ in case and signs only.
pub(crate) fn part_of(name: &str) -> usize {
    let letters = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase);
    // FNV-1a; the standard hasher may change between releases of the compiler.
    let hash = letters.fold(0xCBF2_9CE4_8422_2325_u64, |hash, letter| {
        (hash ^ u64::from(letter)).wrapping_mul(0x0100_0000_01B3)
    });
    (hash >> 20) as usize % PARTS
}

/// Counts all products, or all but those of a part.
fn count(
    knowledge: &CategoryKnowledge,
    products: &[Prepared<'_>],
    but: Option<usize>,
) -> CategoryCounts {
    let mut counts = CategoryCounts::default();
    for prepared in products
        .iter()
        .filter(|prepared| Some(prepared.part) != but)
    {
        counts.add(
            &knowledge.tree,
            &CountedProduct {
                clues: &prepared.clues,
                categories: &prepared.product.categories,
            },
        );
    }
    counts
}

type Row = (CategoryNumber, Example);

fn rows(knowledge: &CategoryKnowledge, products: &[Prepared<'_>]) -> Vec<Vec<Row>> {
    let mut all = Vec::new();
    for part in 0..PARTS {
        let counts = count(knowledge, products, Some(part));
        for prepared in products.iter().filter(|prepared| prepared.part == part) {
            let names = &prepared.product.names;
            let truth = counted(&knowledge.tree, &prepared.product.categories);
            let queries = knowledge.queries(names).into_iter();
            let answers = queries.map(|query| {
                let found = knowledge.answer(&query);
                (query, found)
            });
            let rows = knowledge.rows(&counts, names, answers).into_iter();
            let examples = rows.map(|(category, features)| {
                let is_right = truth.get(&category).is_some_and(|count| count.near > 0);
                (category, Example { features, is_right })
            });
            all.push(examples.collect());
        }
    }
    all
}

fn best(network: &Network, rows: &[Row]) -> Option<Best> {
    let scored = rows.iter().map(|(category, example)| Best {
        category: *category,
        probability: network.probability(&example.features),
        is_right: example.is_right,
    });
    scored.max_by(|a, b| a.probability.total_cmp(&b.probability))
}

/// Shares of right answers in steps of equal size, made to rise by joining steps that do
/// not (pool adjacent violators).
pub(crate) fn calibration(best: &[Best]) -> Calibration {
    let mut steps: Vec<(f32, f32, f32)> = Vec::new();
    for step in best.chunks((best.len() / CALIBRATION_STEPS).max(1)) {
        let len = step.len() as f32;
        let right = step.iter().filter(|best| best.is_right).count() as f32;
        let sum: f32 = step.iter().map(|best| best.probability).sum();
        steps.push((len, sum, right));
        while let [.., (len_a, sum_a, right_a), (len_b, sum_b, right_b)] = steps[..] {
            if right_a / len_a < right_b / len_b {
                break;
            }
            steps.truncate(steps.len() - 2);
            steps.push((len_a + len_b, sum_a + sum_b, right_a + right_b));
        }
    }
    Calibration(
        steps
            .into_iter()
            .map(|(len, sum, right)| (sum / len, right / len))
            .collect(),
    )
}

/// For categories that are wrong more often than their confidence says: the confidence
/// from which they are right often enough, or 1 when there is none.
pub(crate) fn thresholds(
    best: &[Best],
    calibration: &Calibration,
) -> BTreeMap<CategoryNumber, f32> {
    let mut by_category: BTreeMap<CategoryNumber, Vec<(f32, bool)>> = BTreeMap::new();
    // From the surest down.
    for best in best.iter().rev() {
        let answers = by_category.entry(best.category).or_default();
        answers.push((calibration.confidence(best.probability), best.is_right));
    }
    let mut thresholds = BTreeMap::new();
    for (category, answers) in by_category {
        let mut sum = (PRIOR_ANSWERS, PRIOR_ANSWERS * (WANTED_PRECISION + 0.1));
        let (mut lowest, mut met) = (1.0_f32, 0);
        for (confidence, is_right) in answers {
            if confidence < WANTED_PRECISION {
                break;
            }
            met += 1;
            sum = (sum.0 + 1.0, sum.1 + f32::from(u8::from(is_right)));
            if sum.1 / sum.0 >= WANTED_PRECISION {
                lowest = confidence;
            }
        }
        let all_right = sum.1 / sum.0 >= WANTED_PRECISION;
        if met > 0 && !all_right {
            thresholds.insert(category, lowest);
        }
    }
    thresholds
}
