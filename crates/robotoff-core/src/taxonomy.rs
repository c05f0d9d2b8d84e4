//! A graph of named things: categories, labels, brands (`ocr.md` 6.1).
//!
//! Nodes stand in the order of the file; parents and children are positions.
//! Walks remember where they were, so that a cycle ends them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use thiserror::Error;

use crate::text::tag::taxonomy_tag;

/// Why a document is no taxonomy.
#[derive(Debug, Error)]
pub enum TaxonomyError {
    #[error("not a taxonomy: {0}")]
    Json(#[from] serde_json::Error),
    #[error("node {node:?} has the unknown parent {parent:?}")]
    UnknownParent { node: String, parent: String },
}

/// An id that no node has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown taxonomy id {0:?}")]
pub struct UnknownNode(pub String);

#[derive(Debug, Deserialize)]
struct Record {
    #[serde(default)]
    name: BTreeMap<Box<str>, Option<Box<str>>>,
    #[serde(default)]
    synonyms: BTreeMap<Box<str>, Vec<Box<str>>>,
    #[serde(default)]
    parents: Vec<String>,
    #[serde(default, rename = "children")]
    _children: serde::de::IgnoredAny,
    #[serde(flatten)]
    properties: BTreeMap<Box<str>, Value>,
}

/// Nodes in file order; a repeated id replaces the earlier node.
struct Records(Vec<(Box<str>, Record)>);

impl<'de> Deserialize<'de> for Records {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Records;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of taxonomy nodes by id")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Records, A::Error> {
                let mut records = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    records.push(entry);
                }
                Ok(Records(records))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[derive(Debug)]
struct NodeData {
    id: Box<str>,
    names: BTreeMap<Box<str>, Box<str>>,
    synonyms: BTreeMap<Box<str>, Vec<Box<str>>>,
    properties: BTreeMap<Box<str>, Value>,
    parents: Vec<usize>,
    children: Vec<usize>,
}

/// All nodes of one taxonomy.
#[derive(Debug, Default)]
pub struct Taxonomy {
    nodes: Vec<NodeData>,
    position_by_id: HashMap<Box<str>, usize>,
}

/// One node of a taxonomy. Two are equal when they are the same node.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    taxonomy: &'t Taxonomy,
    position: usize,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.taxonomy, other.taxonomy) && self.position == other.position
    }
}

impl Eq for Node<'_> {}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Node {}>", self.id())
    }
}

impl Taxonomy {
    /// Reads the `*.full.json` format: an object of nodes by id.
    pub fn from_json(document: &[u8]) -> Result<Self, TaxonomyError> {
        let Records(records) = serde_json::from_slice(document)?;
        let mut taxonomy = Self::default();
        let mut parents_by_position = Vec::new();
        for (id, record) in records {
            parents_by_position.push((
                taxonomy.put(id, record.name, record.synonyms, record.properties),
                record.parents,
            ));
        }
        for (position, parents) in parents_by_position {
            taxonomy.link(position, &parents)?;
        }
        Ok(taxonomy)
    }

    fn put(
        &mut self,
        id: Box<str>,
        names: BTreeMap<Box<str>, Option<Box<str>>>,
        synonyms: BTreeMap<Box<str>, Vec<Box<str>>>,
        properties: BTreeMap<Box<str>, Value>,
    ) -> usize {
        let names = names
            .into_iter()
            .filter_map(|(lc, name)| Some((lc, name?)))
            .collect();
        let node = NodeData {
            id: id.clone(),
            names,
            synonyms,
            properties,
            parents: vec![],
            children: vec![],
        };
        if let Some(&position) = self.position_by_id.get(&id) {
            self.nodes[position] = node;
            return position;
        }
        self.position_by_id.insert(id, self.nodes.len());
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn link(&mut self, position: usize, parents: &[String]) -> Result<(), TaxonomyError> {
        for parent in parents {
            let Some(&above) = self.position_by_id.get(parent.as_str()) else {
                let node = self.nodes[position].id.to_string();
                return Err(TaxonomyError::UnknownParent {
                    node,
                    parent: parent.clone(),
                });
            };
            if !self.nodes[position].parents.contains(&above) {
                self.nodes[position].parents.push(above);
                self.nodes[above].children.push(position);
            }
        }
        Ok(())
    }

    /// The number of nodes.
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True without any node.
    pub const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node, in the order of the file.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len()).map(|position| Node {
            taxonomy: self,
            position,
        })
    }

    /// The node with an id.
    pub fn node(&self, id: &str) -> Option<Node<'_>> {
        let position = *self.position_by_id.get(id)?;
        Some(Node {
            taxonomy: self,
            position,
        })
    }

    /// True when the id is an ancestor of one of the candidates; candidates that
    /// are unknown are passed over.
    pub fn is_parent_of_any(&self, id: &str, candidates: &[&str]) -> Result<bool, UnknownNode> {
        let node = self.node(id).ok_or_else(|| UnknownNode(id.to_owned()))?;
        let known: Vec<Node<'_>> = candidates.iter().filter_map(|id| self.node(id)).collect();
        Ok(node.is_parent_of_any(&known))
    }

    /// The name in a language, else without language, else the id; the id itself
    /// when it is unknown.
    pub fn localized_name<'a>(&'a self, id: &'a str, lang: &str) -> &'a str {
        self.node(id).map_or(id, |node| node.localized_name(lang))
    }

    /// Node ids by `lang:tag` of every name and synonym; later nodes win.
    pub fn id_by_tag(&self) -> HashMap<String, &str> {
        let mut id_by_tag = HashMap::new();
        for node in &self.nodes {
            let names = node.names.iter();
            let synonyms = node
                .synonyms
                .iter()
                .flat_map(|(lc, all)| all.iter().map(move |s| (lc, s)));
            for (lc, name) in names.chain(synonyms) {
                let tag = format!("{lc}:{}", taxonomy_tag(name)).to_lowercase();
                id_by_tag.insert(tag, &*node.id);
            }
        }
        id_by_tag
    }

    /// The positions of the children of each node that has some.
    pub fn children_by_position(&self) -> BTreeMap<usize, &[usize]> {
        let inner = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| !node.children.is_empty());
        inner
            .map(|(position, node)| (position, node.children.as_slice()))
            .collect()
    }
}

impl<'t> Node<'t> {
    fn data(self) -> &'t NodeData {
        &self.taxonomy.nodes[self.position]
    }

    fn at(self, position: usize) -> Self {
        Self { position, ..self }
    }

    /// The id, `xx:slug`.
    pub fn id(self) -> &'t str {
        &self.data().id
    }

    /// The name in exactly this language.
    pub fn name(self, lang: &str) -> Option<&'t str> {
        self.data().names.get(lang).map(|name| &**name)
    }

    /// The name in a language, else without language, else the id.
    pub fn localized_name(self, lang: &str) -> &'t str {
        self.name(lang)
            .or_else(|| self.name("xx"))
            .unwrap_or_else(|| self.id())
    }

    /// Other names in a language.
    pub fn synonyms(self, lang: &str) -> impl Iterator<Item = &'t str> {
        self.data()
            .synonyms
            .get(lang)
            .into_iter()
            .flatten()
            .map(|synonym| &**synonym)
    }

    /// Any other member of the node.
    pub fn property(self, name: &str) -> Option<&'t Value> {
        self.data().properties.get(name)
    }

    /// Direct parents.
    pub fn parents(self) -> impl Iterator<Item = Self> {
        self.data()
            .parents
            .iter()
            .map(move |position| self.at(*position))
    }

    /// Direct children.
    pub fn children(self) -> impl Iterator<Item = Self> {
        self.data()
            .children
            .iter()
            .map(move |position| self.at(*position))
    }

    /// All ancestors, each once: the direct parents first, then theirs, depth first.
    pub fn ancestors(self) -> Vec<Self> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            let fresh: Vec<Self> = node
                .parents()
                .filter(|parent| seen.insert(parent.position))
                .collect();
            found.extend(&fresh);
            open.extend(fresh.into_iter().rev());
        }
        found
    }

    /// True when the other node is an ancestor, at any depth.
    pub fn is_child_of(self, other: Self) -> bool {
        self.ancestors().contains(&other)
    }

    /// True when this node is an ancestor of the other.
    pub fn is_parent_of(self, other: Self) -> bool {
        other.is_child_of(self)
    }

    /// True when this node is an ancestor of one of the others.
    pub fn is_parent_of_any(self, others: &[Self]) -> bool {
        others.iter().any(|other| self.is_parent_of(*other))
    }
}

/// The nodes that are no ancestor of another of them, in the order given.
pub fn deepest<'t>(nodes: &[Node<'t>]) -> Vec<Node<'t>> {
    let above: BTreeSet<usize> = nodes
        .iter()
        .flat_map(|node| node.ancestors())
        .map(|node| node.position)
        .collect();
    nodes
        .iter()
        .copied()
        .filter(|node| !above.contains(&node.position))
        .collect()
}

/// True for `xx:...`: longer than three characters with a colon as third.
pub fn is_prefixed_value(value: &str) -> bool {
    value.chars().nth(2) == Some(':') && value.chars().count() > 3
}

#[cfg(test)]
mod tests;
