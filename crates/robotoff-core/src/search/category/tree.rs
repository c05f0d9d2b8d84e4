//! The categories as numbers: ids, parents, ancestors, depth.

use std::collections::HashMap;

use crate::taxonomy::Taxonomy;

/// The number of a category, in the order of the taxonomy.
pub type CategoryNumber = u32;

/// The graph of categories.
#[derive(Debug, Default, Clone)]
pub struct CategoryTree {
    ids: Vec<Box<str>>,
    parents: Vec<Box<[CategoryNumber]>>,
    ancestors: Vec<Box<[CategoryNumber]>>,
    depths: Vec<u8>,
    has_children: Vec<bool>,
    by_id: HashMap<Box<str>, CategoryNumber>,
}

impl CategoryTree {
    /// The tree of a taxonomy.
    pub fn new(taxonomy: &Taxonomy) -> Self {
        let mut tree = Self::default();
        for (number, node) in (0..).zip(taxonomy.nodes()) {
            tree.ids.push(node.id().into());
            tree.by_id.insert(node.id().into(), number);
        }
        let numbers = |nodes: Vec<crate::taxonomy::Node<'_>>, tree: &Self| -> Box<[u32]> {
            nodes
                .into_iter()
                .filter_map(|node| tree.number(node.id()))
                .collect()
        };
        for node in taxonomy.nodes() {
            let parents = numbers(node.parents().collect(), &tree);
            let ancestors = numbers(node.ancestors(), &tree);
            tree.parents.push(parents);
            tree.ancestors.push(ancestors);
            tree.has_children.push(node.children().next().is_some());
        }
        tree.depths = (0..tree.ids.len())
            .map(|at| tree.depth_from(at, 0))
            .collect();
        tree
    }

    /// Steps to the nearest root; cycles end at 20.
    fn depth_from(&self, at: usize, steps: u8) -> u8 {
        if steps > 20 {
            return 20;
        }
        let of_parents = self.parents[at]
            .iter()
            .map(|parent| self.depth_from(*parent as usize, steps + 1));
        of_parents.min().map_or(0, |depth| depth.saturating_add(1))
    }

    /// Number of categories.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True without any category.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The number of an id.
    pub fn number(&self, id: &str) -> Option<CategoryNumber> {
        self.by_id.get(id).copied()
    }

    /// The id of a number.
    pub fn id(&self, number: CategoryNumber) -> &str {
        &self.ids[number as usize]
    }

    /// Direct parents.
    pub fn parents(&self, number: CategoryNumber) -> &[CategoryNumber] {
        &self.parents[number as usize]
    }

    /// All ancestors, without the category itself.
    pub fn ancestors(&self, number: CategoryNumber) -> &[CategoryNumber] {
        &self.ancestors[number as usize]
    }

    /// Steps to the nearest root.
    pub fn depth(&self, number: CategoryNumber) -> u8 {
        self.depths[number as usize]
    }

    /// True when a narrower category exists.
    pub fn has_children(&self, number: CategoryNumber) -> bool {
        self.has_children[number as usize]
    }

    /// The categories that are no ancestor of another of them.
    pub fn deepest(&self, numbers: &[CategoryNumber]) -> Vec<CategoryNumber> {
        let is_above = |number: &CategoryNumber| {
            numbers
                .iter()
                .any(|other| self.ancestors(*other).contains(number))
        };
        numbers
            .iter()
            .copied()
            .filter(|number| !is_above(number))
            .collect()
    }
}
