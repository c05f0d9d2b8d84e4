//! Features for and against each candidate, as a row of numbers.

use std::collections::BTreeMap;

use super::clues::{ClueSupport, KnownClues};
use super::fit::{Fit, Fits, best};
use super::tree::{CategoryNumber, CategoryTree};

/// The number of features of a candidate.
pub const FEATURES: usize = 44;

/// One row of features.
pub type Features = [f32; FEATURES];

/// Categories kept of those that names, and that words, speak for; their parents join
/// them, since a parent is right where the children are in doubt.
const KEPT_BY_NAME: usize = 16;
const KEPT_BY_WORDS: usize = 16;

/// The score of a category that is no candidate, relative to the best one.
const FAR_BELOW: f32 = -9.0;

/// Features by which the candidates of one product are compared.
#[derive(Debug)]
pub struct Comparison<'c> {
    tree: &'c CategoryTree,
    by_name: &'c Fits,
    by_generic: &'c Fits,
    clues: &'c KnownClues<'c>,
    candidates: BTreeMap<CategoryNumber, ClueSupport>,
    best_by_name: f32,
    best_by_words: f32,
}

impl<'c> Comparison<'c> {
    /// Chooses the candidates.
    pub fn new(
        tree: &'c CategoryTree,
        by_name: &'c Fits,
        by_generic: &'c Fits,
        clues: &'c KnownClues<'c>,
    ) -> Self {
        let likeliest = clues.likeliest();
        let mut chosen = best(by_name, KEPT_BY_NAME);
        chosen.extend(best(by_generic, KEPT_BY_NAME));
        let by_words = likeliest.iter().take(KEPT_BY_WORDS);
        chosen.extend(by_words.map(|(category, _)| *category));
        let parents = chosen.iter().flat_map(|category| tree.parents(*category));
        let parents: Vec<CategoryNumber> = parents.copied().collect();
        chosen.extend(parents);
        let with_evidence = chosen
            .into_iter()
            .map(|category| (category, clues.evidence(category)));
        Self {
            tree,
            by_name,
            by_generic,
            clues,
            candidates: with_evidence.collect(),
            best_by_name: by_name.values().map(Fit::score).fold(0.0, f32::max),
            best_by_words: likeliest.first().map_or(0.0, |(_, score)| *score),
        }
    }

    /// The candidates with their features.
    pub fn rows(&self) -> impl Iterator<Item = (CategoryNumber, Features)> {
        self.candidates
            .iter()
            .map(|(category, evidence)| (*category, self.row(*category, evidence)))
    }

    /// Distance by which the words rank a category below the best one.
    fn relative(&self, category: CategoryNumber) -> f32 {
        let evidence = self.candidates.get(&category);
        evidence.map_or(FAR_BELOW, |found| {
            (found.score - self.best_by_words).max(FAR_BELOW)
        })
    }

    fn row(&self, category: CategoryNumber, evidence: &ClueSupport) -> Features {
        let fit = self.by_name.get(&category).copied().unwrap_or_default();
        let generic = self.by_generic.get(&category).copied().unwrap_or_default();
        let (near, within) = self.clues.prior(category);
        let family = self.family(category);
        let flag = |is: bool| f32::from(u8::from(is));
        // Divisors bring sums of logarithms near 1.
        let log = |sum: f32| sum / 5.0;
        [
            fit.of_name,
            fit.of_text,
            flag(fit.name_in_text),
            flag(fit.text_in_name),
            flag(fit.name_in_text && fit.text_in_name),
            flag(fit.same_head),
            flag(fit.text_head_in_name),
            flag(fit.name_head_in_text),
            fit.head_place,
            fit.name_len.ln_1p(),
            fit.idf / 10.0,
            flag(fit.own_language),
            flag(fit.is_main),
            fit.score(),
            fit.score() - self.best_by_name,
            generic.of_name,
            generic.of_text,
            flag(generic.name_in_text),
            flag(generic.name_in_text && generic.text_in_name),
            flag(generic.same_head),
            generic.score(),
            f32::from(self.tree.depth(category)) / 8.0,
            flag(self.tree.has_children(category)),
            log(near.ln()),
            log(within.ln()),
            log(evidence.near[0]),
            log(evidence.near[1]),
            log(evidence.near[2]),
            log(evidence.near[3]),
            log(evidence.near[4]),
            log(evidence.within[0]),
            log(evidence.within[1]),
            log(evidence.within[2]),
            log(evidence.within[3]),
            log(evidence.within[4]),
            evidence.best_near,
            evidence.best_within,
            evidence.least_within,
            log(self.relative(category)),
            log(family.best_child),
            log(family.best_parent),
            family.best_name_below,
            self.clues.unseen,
            (self.clues.len() as f32).ln_1p(),
        ]
    }

    fn family(&self, category: CategoryNumber) -> Family {
        let others = self.candidates.keys().copied();
        let children = others
            .clone()
            .filter(|other| self.tree.parents(*other).contains(&category));
        let below = others.filter(|other| self.tree.ancestors(*other).contains(&category));
        let names_below = below
            .filter_map(|other| self.by_name.get(&other))
            .map(Fit::score);
        let parents = self.tree.parents(category).iter();
        Family {
            best_child: children
                .map(|other| self.relative(other))
                .fold(FAR_BELOW, f32::max),
            best_parent: parents
                .map(|other| self.relative(*other))
                .fold(FAR_BELOW, f32::max),
            best_name_below: names_below.fold(0.0, f32::max),
        }
    }
}

/// Support for the categories around one.
struct Family {
    best_child: f32,
    best_parent: f32,
    best_name_below: f32,
}
