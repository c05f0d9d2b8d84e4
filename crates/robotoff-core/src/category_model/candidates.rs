//! Candidates at every height of the taxonomy, with a row of numbers that says how likely
//! each is.

use std::collections::BTreeMap;

use super::features::{ProductFeatures, WAYS};
use super::vectors::Probabilities;
use crate::search::category::counts::Count;
use crate::search::category::tree::{CategoryNumber, CategoryTree};

/// Numbers of a row.
pub const ROW: usize = 23;

/// One row.
pub type CandidateRow = [f32; ROW];

/// Classes of the largest probability that are candidates, with their parents.
const KEPT: usize = 10;

/// Probabilities below this are as good as none.
const LEAST: f32 = 1e-4;

/// Probabilities of a category.
#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    /// Of itself.
    own: f32,
    /// Of itself and its children: an answer is near when the truth is one of these.
    near: f32,
    /// Of itself and all below.
    within: f32,
}

/// Frequencies of categories: the habits of people, who choose some narrow
/// categories rarely.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Habits {
    pub products: u32,
    pub by_category: BTreeMap<CategoryNumber, Count>,
}

/// The candidates of one product, in the order of their numbers.
pub fn rows(
    tree: &CategoryTree,
    habits: &Habits,
    product: &ProductFeatures,
    with_contents: bool,
    probabilities: &Probabilities,
) -> Vec<(CategoryNumber, CandidateRow)> {
    let mut likeliest = probabilities.by_category.clone();
    if likeliest.len() > KEPT {
        likeliest.select_nth_unstable_by(KEPT, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        likeliest.truncate(KEPT);
    }
    let mut chosen: Vec<CategoryNumber> = likeliest.iter().map(|(category, _)| *category).collect();
    for (category, _) in &likeliest {
        chosen.extend(tree.parents(*category));
    }
    chosen.sort_unstable();
    chosen.dedup();
    let with_shares = chosen
        .iter()
        .map(|category| (*category, shares(tree, probabilities, *category)));
    let shares: BTreeMap<CategoryNumber, Shares> = with_shares.collect();
    let most = |share: fn(&Shares) -> f32| shares.values().map(share).fold(LEAST, f32::max);
    let context = Context {
        tree,
        habits,
        shares: &shares,
        product,
        best_own: most(|shares| shares.own),
        best_near: most(|shares| shares.near),
        known: probabilities.known,
        with_contents: with_contents && !product.contents.is_empty(),
    };
    chosen
        .iter()
        .map(|category| (*category, context.row(*category)))
        .collect()
}

/// The shares of a category: the classes with any probability are few.
fn shares(tree: &CategoryTree, probabilities: &Probabilities, category: CategoryNumber) -> Shares {
    let mut shares = Shares::default();
    let counted = probabilities.by_category.iter();
    for (class, share) in counted.filter(|(_, share)| *share > LEAST) {
        if *class == category {
            shares.own += share;
            shares.near += share;
            shares.within += share;
        } else if tree.ancestors(*class).contains(&category) {
            shares.within += share;
            if tree.parents(*class).contains(&category) {
                shares.near += share;
            }
        }
    }
    shares
}

struct Context<'c> {
    tree: &'c CategoryTree,
    habits: &'c Habits,
    shares: &'c BTreeMap<CategoryNumber, Shares>,
    product: &'c ProductFeatures,
    best_own: f32,
    best_near: f32,
    known: f32,
    with_contents: bool,
}

impl Context<'_> {
    fn shares(&self, category: CategoryNumber) -> Shares {
        self.shares.get(&category).copied().unwrap_or_default()
    }

    fn row(&self, category: CategoryNumber) -> CandidateRow {
        let shares = self.shares(category);
        let mentions = &self.product.mentions;
        let mention = mentions
            .binary_search_by_key(&category, |(known, _)| *known)
            .map_or([0.0; WAYS], |at| mentions[at].1);
        let (near, within) = self.habits.shares(category);
        let parents = self.tree.parents(category).iter();
        let of_parent = parents.map(|parent| self.shares(*parent).own);
        let flag = |is: bool| f32::from(u8::from(is));
        // Divisors bring logarithms near 1.
        let log = |share: f32| share.max(LEAST).ln() / 5.0;
        [
            shares.own,
            shares.near,
            shares.within,
            log(shares.own),
            log(shares.near),
            log(shares.within),
            log(shares.own / self.best_own),
            log(shares.near / self.best_near),
            self.best_own,
            log(of_parent.fold(LEAST, f32::max)),
            shares.own / shares.within.max(LEAST),
            log(near),
            log(within),
            near / within.max(LEAST),
            mention[0],
            mention[1],
            mention[2],
            mention[3],
            f32::from(self.tree.depth(category)) / 8.0,
            flag(self.tree.has_children(category)),
            self.known,
            (self.product.terms as f32).ln_1p(),
            flag(self.with_contents),
        ]
    }
}

impl Habits {
    /// The shares of all products near a category, and within it.
    fn shares(&self, category: CategoryNumber) -> (f32, f32) {
        let count = self.by_category.get(&category).copied().unwrap_or_default();
        let all = self.products.max(1) as f32;
        (count.near as f32 / all, count.within as f32 / all)
    }
}
