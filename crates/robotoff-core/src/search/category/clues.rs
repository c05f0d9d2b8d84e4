//! Clues of a product, and the support that their counts give a category.

use super::ProductNames;
use super::counts::{CategoryCounts, Clue};
use super::fit::Text;
use super::names::CategoryNames;
use super::tree::CategoryNumber;
use crate::text::fold::fold;

/// Kinds of clues: words, pairs of words, the head, brands, words of the generic name.
/// The kind is the first letter of a clue.
const KINDS: [char; KIND_COUNT] = ['w', 'p', 'h', 'b', 'g'];
const KIND_COUNT: usize = 5;

/// Weight of each kind in the order of categories before anything is learned: pairs
/// and heads say again what their words say.
const KIND_WEIGHTS: [f32; KIND_COUNT] = [1.0, 0.7, 0.3, 0.6, 0.6];

/// Products that the share of a category among all products weighs as much as.
const PRIOR_WEIGHT: f32 = 2.0;

/// Products added to all, and to each category, so that no share is 0.
const ADDED_PRODUCTS: f32 = 20.0;
const ADDED_TO_CATEGORY: f32 = 0.05;

/// The clues of a product, sorted.
pub fn clues(names: &CategoryNames, product: &ProductNames<'_>) -> Vec<String> {
    let Some(language) = names.language_or_english(product.lang) else {
        return Vec::new();
    };
    let text = Text::new(language, &product.cleaned_name());
    let generic = Text::new(language, &product.cleaned_generic_name());
    let brands = product.brand_list();
    let words = text.terms.iter().map(|term| format!("w:{term}"));
    let pairs = text.terms.windows(2);
    let pairs = pairs.map(|pair| format!("p:{} {}", pair[0], pair[1]));
    let head = text.terms.get(text.head).map(|head| format!("h:{head}"));
    let brands = brands.iter().map(|brand| format!("b:{}", one_line(brand)));
    let generic = generic.terms.iter().map(|term| format!("g:{term}"));
    let mut found: Vec<String> = words
        .chain(pairs)
        .chain(head)
        .chain(brands)
        .chain(generic)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Folded, with single blanks.
fn one_line(text: &str) -> String {
    let folded = fold(&text.to_lowercase()).into_owned();
    folded.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// Sums over the clues of a product, for one category: logarithms of how much likelier
/// the category is with the clue than without.
#[derive(Debug, Clone, Copy)]
pub struct ClueSupport {
    pub near: [f32; KIND_COUNT],
    pub within: [f32; KIND_COUNT],
    /// The largest share of products near the category, and within it, over all clues.
    pub best_near: f32,
    pub best_within: f32,
    /// The smallest share within the category over the words.
    pub least_within: f32,
    /// The order of categories before anything is learned.
    pub score: f32,
}

/// The clues of a product that were counted.
#[derive(Debug)]
pub struct KnownClues<'c> {
    counts: &'c CategoryCounts,
    clues: Vec<(usize, &'c Clue)>,
    /// The share of the words that were never counted.
    pub unseen: f32,
}

impl<'c> KnownClues<'c> {
    /// Looks the clues of a product up.
    pub fn new(counts: &'c CategoryCounts, clues: &[String]) -> Self {
        let mut known = Vec::new();
        let (mut words, mut unseen) = (0.0_f32, 0.0_f32);
        for text in clues {
            let kind = KINDS.iter().position(|kind| text.starts_with(*kind));
            let kind = kind.unwrap_or_default();
            let clue = counts.clue(text);
            known.extend(clue.map(|clue| (kind, clue)));
            if kind == 0 {
                words += 1.0;
                unseen += if clue.is_none() { 1.0 } else { 0.0 };
            }
        }
        Self {
            counts,
            clues: known,
            unseen: unseen / words.max(1.0),
        }
    }

    /// Number of clues that were counted.
    pub const fn len(&self) -> usize {
        self.clues.len()
    }

    /// True when no clue was counted.
    pub const fn is_empty(&self) -> bool {
        self.clues.is_empty()
    }

    /// The shares of all products that are near a category, and within it.
    pub fn prior(&self, category: CategoryNumber) -> (f32, f32) {
        let count = self.counts.category(category);
        let all = self.counts.products as f32 + ADDED_PRODUCTS;
        let share = |products: u32| (products as f32 + ADDED_TO_CATEGORY) / all;
        (share(count.near), share(count.within))
    }

    /// Support of the clues for a category.
    pub fn evidence(&self, category: CategoryNumber) -> ClueSupport {
        let (near, within) = self.prior(category);
        let mut sum = ClueSupport {
            near: [0.0; KIND_COUNT],
            within: [0.0; KIND_COUNT],
            best_near: 0.0,
            best_within: 0.0,
            least_within: 1.0,
            score: near.ln(),
        };
        for (kind, clue) in &self.clues {
            let count = clue.category(category);
            let all = clue.products as f32 + PRIOR_WEIGHT;
            let share_near = (count.near as f32 + PRIOR_WEIGHT * near) / all;
            let share_within = (count.within as f32 + PRIOR_WEIGHT * within) / all;
            sum.near[*kind] += (share_near / near).ln();
            sum.within[*kind] += (share_within / within).ln();
            sum.best_near = sum.best_near.max(share_near);
            sum.best_within = sum.best_within.max(share_within);
            if *kind == 0 {
                sum.least_within = sum.least_within.min(share_within);
            }
        }
        let weighted = sum
            .near
            .iter()
            .zip(KIND_WEIGHTS)
            .map(|(sum, weight)| sum * weight);
        sum.score += weighted.sum::<f32>();
        sum
    }

    /// The categories that the clues speak for with their scores, best first.
    pub fn likeliest(&self) -> Vec<(CategoryNumber, f32)> {
        let met = self
            .clues
            .iter()
            .flat_map(|(_, clue)| clue.by_category.iter());
        let near = met
            .filter(|(_, count)| count.near > 0)
            .map(|(category, _)| *category);
        let mut met: Vec<CategoryNumber> = near.collect();
        met.sort_unstable();
        met.dedup();
        let scored = met
            .into_iter()
            .map(|category| (category, self.evidence(category).score));
        let mut scored: Vec<(CategoryNumber, f32)> = scored.collect();
        scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored
    }
}
