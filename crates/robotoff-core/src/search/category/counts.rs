//! Counts of words of product names on products of each category.

use std::collections::{BTreeMap, HashMap};

use super::tree::{CategoryNumber, CategoryTree};

/// A counted product: its clues and its categories.
#[derive(Debug, Clone)]
pub struct CountedProduct<'a> {
    pub clues: &'a [String],
    pub categories: &'a [CategoryNumber],
}

/// Numbers of products by category: a product counts once for its deepest categories and
/// their parents (`near`), and once for each category above it (`within`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub near: u32,
    pub within: u32,
}

/// Counted products by clue and category.
#[derive(Debug, Clone, Default)]
pub struct CategoryCounts {
    pub products: u32,
    pub by_category: BTreeMap<CategoryNumber, Count>,
    pub(super) by_clue: HashMap<Box<str>, Clue>,
}

/// The products with one clue.
#[derive(Debug, Clone, Default)]
pub struct Clue {
    pub products: u32,
    pub by_category: Vec<(CategoryNumber, Count)>,
}

/// The categories that a product counts for.
pub fn counted(
    tree: &CategoryTree,
    categories: &[CategoryNumber],
) -> BTreeMap<CategoryNumber, Count> {
    let mut found: BTreeMap<CategoryNumber, Count> = BTreeMap::new();
    let deepest = tree.deepest(categories);
    for category in &deepest {
        for near in [*category].iter().chain(tree.parents(*category)) {
            found.entry(*near).or_default().near = 1;
        }
    }
    for category in categories {
        for within in [*category].iter().chain(tree.ancestors(*category)) {
            found.entry(*within).or_default().within = 1;
        }
    }
    found
}

impl CategoryCounts {
    /// Counts one more product.
    pub fn add(&mut self, tree: &CategoryTree, product: &CountedProduct<'_>) {
        let categories = counted(tree, product.categories);
        self.products += 1;
        for (category, count) in &categories {
            let sum = self.by_category.entry(*category).or_default();
            sum.near += count.near;
            sum.within += count.within;
        }
        for clue in product.clues {
            let clue = self.by_clue.entry(clue.as_str().into()).or_default();
            clue.products += 1;
            for (category, count) in &categories {
                match clue
                    .by_category
                    .iter_mut()
                    .find(|(known, _)| known == category)
                {
                    Some((_, sum)) => {
                        sum.near += count.near;
                        sum.within += count.within;
                    }
                    None => clue.by_category.push((*category, *count)),
                }
            }
        }
    }

    /// Puts in a clue that was counted before.
    pub fn insert(&mut self, text: &str, clue: Clue) {
        self.by_clue.insert(text.into(), clue);
    }

    /// The products with a clue.
    pub fn clue(&self, clue: &str) -> Option<&Clue> {
        self.by_clue.get(clue)
    }

    /// All clues.
    pub fn clues(&self) -> impl Iterator<Item = (&str, &Clue)> {
        self.by_clue.iter().map(|(text, clue)| (&**text, clue))
    }

    /// The count of one category.
    pub fn category(&self, category: CategoryNumber) -> Count {
        self.by_category.get(&category).copied().unwrap_or_default()
    }
}

impl Clue {
    /// The count of one category.
    pub fn category(&self, category: CategoryNumber) -> Count {
        let found = self
            .by_category
            .iter()
            .find(|(known, _)| *known == category);
        found.map_or_else(Count::default, |(_, count)| *count)
    }
}
