//! A graph of named nodes: categories, labels, brands (`docs/reference/ocr.md` 6.1).
//!
//! Compact, because several hundred thousand names are loaded: all texts are in one
//! string, and the names, parents and properties of a node are one run of a list each
//! (naive maps took 128 MB for eight taxonomies). Nodes are in the order of the file.
//! Traversals remember visited nodes, so that a cycle in the data ends them.

mod read;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use serde_json::Value;
use thiserror::Error;

use crate::text::tag::taxonomy_tag;

/// Error in a document that should be a taxonomy.
#[derive(Debug, Error)]
pub enum TaxonomyError {
    #[error("not a taxonomy: {0}")]
    Json(#[from] serde_json::Error),
    #[error("node {0:?} stands there twice")]
    RepeatedNode(String),
}

/// Error: no node has this id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown taxonomy id {0:?}")]
pub struct UnknownNode(pub String);

/// Members of nodes to keep beside names, synonyms and parents.
#[derive(Debug, Clone, Copy)]
pub enum Keep<'a> {
    All,
    Only(&'a [&'a str]),
}

impl Keep<'_> {
    fn wants(self, property: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(&property),
        }
    }
}

/// A range of the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Text {
    start: u32,
    len: u32,
}

/// A text with its language or property name.
#[derive(Debug, Clone, Copy)]
struct Named {
    name: u16,
    text: Text,
}

/// Starts of the runs of a node; they end where those of the next node start.
#[derive(Debug, Clone, Copy, Default)]
struct Starts {
    names: u32,
    synonyms: u32,
    properties: u32,
    parents: u32,
    children: u32,
}

/// All nodes of one taxonomy.
///
/// ```
/// use robotoff_core::taxonomy::{Keep, Taxonomy};
///
/// let labels = br#"{
///     "en:organic": {"name": {"en": "Organic", "fr": "Bio"}, "parents": []},
///     "fr:ab": {"name": {"fr": "AB"}, "parents": ["en:organic"]}
/// }"#;
/// let labels = Taxonomy::from_json(labels, Keep::All)?;
/// assert_eq!(labels.canonical("fr:bio").unwrap().id(), "en:organic");
/// assert!(labels.is_parent_of_any("en:organic", &["fr:ab"]).unwrap());
/// # Ok::<(), robotoff_core::taxonomy::TaxonomyError>(())
/// ```
#[derive(Debug, Default)]
pub struct Taxonomy {
    arena: Box<str>,
    ids: Box<[Text]>,
    /// Starts of runs; one more than there are nodes.
    starts: Box<[Starts]>,
    /// Positions of nodes in the order of their ids.
    by_id: Box<[u32]>,
    names: Box<[Named]>,
    synonyms: Box<[Named]>,
    /// Properties; the values are JSON.
    properties: Box<[Named]>,
    parents: Box<[u32]>,
    children: Box<[u32]>,
    /// Names of languages and properties.
    words: Box<[Box<str>]>,
    /// Positions by `lang:tag` of all names and synonyms, computed on first use.
    by_tag: OnceLock<HashMap<String, u32>>,
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
    /// Reads the format of `*.full.json`: an object of nodes by id.
    pub fn from_json(document: &[u8], keep: Keep<'_>) -> Result<Self, TaxonomyError> {
        read::taxonomy(document, keep)
    }

    fn text(&self, text: Text) -> &str {
        &self.arena[text.start as usize..(text.start + text.len) as usize]
    }

    fn word(&self, word: &str) -> Option<u16> {
        let position = self.words.iter().position(|known| **known == *word)?;
        u16::try_from(position).ok()
    }

    /// Number of nodes.
    pub const fn len(&self) -> usize {
        self.ids.len()
    }

    /// True when there are no nodes.
    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// All nodes, in the order of the file.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.ids.len()).map(|position| Node {
            taxonomy: self,
            position,
        })
    }

    /// Node with an id.
    pub fn node(&self, id: &str) -> Option<Node<'_>> {
        let found = self
            .by_id
            .binary_search_by_key(&id, |at| self.text(self.ids[*at as usize]));
        Some(Node {
            taxonomy: self,
            position: self.by_id[found.ok()?] as usize,
        })
    }

    /// True when the id is an ancestor of one of the candidates; unknown candidates are
    /// ignored.
    pub fn is_parent_of_any(&self, id: &str, candidates: &[&str]) -> Result<bool, UnknownNode> {
        let node = self.node(id).ok_or_else(|| UnknownNode(id.to_owned()))?;
        let known: Vec<Node<'_>> = candidates.iter().filter_map(|id| self.node(id)).collect();
        Ok(node.is_parent_of_any(&known))
    }

    /// Name in a language, else without language, else the id; the id itself when it is
    /// unknown.
    pub fn localized_name<'a>(&'a self, id: &'a str, lang: &str) -> &'a str {
        self.node(id).map_or(id, |node| node.localized_name(lang))
    }

    /// Node with an id, or with a name or synonym whose tag this is, in any language:
    /// `fr:sans-gluten` leads to `en:no-gluten`.
    pub fn canonical(&self, tag: &str) -> Option<Node<'_>> {
        let by_name = || {
            let position = *self
                .by_tag
                .get_or_init(|| self.positions_by_tag())
                .get(tag)?;
            Some(Node {
                taxonomy: self,
                position: position as usize,
            })
        };
        self.node(tag).or_else(by_name)
    }

    fn positions_by_tag(&self) -> HashMap<String, u32> {
        let by_tag = self.id_by_tag().into_iter();
        let position = |(tag, id)| {
            let node = self.node(id)?;
            Some((tag, u32::try_from(node.position).ok()?))
        };
        by_tag.filter_map(position).collect()
    }

    /// Node ids by `lang:tag` of all names and synonyms; later nodes win.
    pub fn id_by_tag(&self) -> HashMap<String, &str> {
        let mut id_by_tag = HashMap::new();
        for node in self.nodes() {
            for named in node
                .run(&self.names, |s| s.names)
                .iter()
                .chain(node.run(&self.synonyms, |s| s.synonyms))
            {
                let tag = taxonomy_tag(self.text(named.text));
                let lc = &self.words[usize::from(named.name)];
                id_by_tag.insert(format!("{lc}:{tag}").to_lowercase(), node.id());
            }
        }
        id_by_tag
    }

    /// Positions of the children of each node that has children.
    pub fn children_by_position(&self) -> BTreeMap<usize, &[u32]> {
        let all = self
            .nodes()
            .map(|node| (node.position, node.run(&self.children, |s| s.children)));
        all.filter(|(_, children)| !children.is_empty()).collect()
    }

    /// Size of the taxonomy in memory, in bytes.
    pub fn heap_bytes(&self) -> usize {
        let words: usize = self.words.iter().map(|word| word.len()).sum();
        self.arena.len()
            + words
            + size_of_val(&*self.ids)
            + size_of_val(&*self.starts)
            + size_of_val(&*self.by_id)
            + size_of_val(&*self.names)
            + size_of_val(&*self.synonyms)
            + size_of_val(&*self.properties)
            + size_of_val(&*self.parents)
            + size_of_val(&*self.children)
            + size_of_val(&*self.words)
    }
}

impl<'t> Node<'t> {
    /// Run of a list that belongs to the node.
    fn run<T>(self, list: &'t [T], start: impl Fn(&Starts) -> u32) -> &'t [T] {
        let starts = &self.taxonomy.starts[self.position..self.position + 2];
        let run: Range<usize> = start(&starts[0]) as usize..start(&starts[1]) as usize;
        &list[run]
    }

    fn at(self, position: u32) -> Self {
        Self {
            position: position as usize,
            ..self
        }
    }

    /// Id, `xx:slug`.
    pub fn id(self) -> &'t str {
        self.taxonomy.text(self.taxonomy.ids[self.position])
    }

    /// Name in exactly this language.
    pub fn name(self, lang: &str) -> Option<&'t str> {
        let lang = self.taxonomy.word(lang)?;
        let names = self.run(&self.taxonomy.names, |starts| starts.names);
        let found = names.iter().rev().find(|named| named.name == lang)?;
        Some(self.taxonomy.text(found.text))
    }

    /// Name in a language, else without language, else the id.
    pub fn localized_name(self, lang: &str) -> &'t str {
        self.name(lang)
            .or_else(|| self.name("xx"))
            .unwrap_or_else(|| self.id())
    }

    /// Other names in a language.
    pub fn synonyms(self, lang: &str) -> impl Iterator<Item = &'t str> + use<'t> {
        let lang = self.taxonomy.word(lang);
        let synonyms = self
            .run(&self.taxonomy.synonyms, |starts| starts.synonyms)
            .iter();
        let wanted = synonyms.filter(move |named| Some(named.name) == lang);
        wanted.map(move |named| self.taxonomy.text(named.text))
    }

    /// Another member of the node, if it was kept.
    pub fn property(self, name: &str) -> Option<Value> {
        let name = self.taxonomy.word(name)?;
        let properties = self.run(&self.taxonomy.properties, |starts| starts.properties);
        let found = properties.iter().rev().find(|named| named.name == name)?;
        serde_json::from_str(self.taxonomy.text(found.text)).ok()
    }

    /// Direct parents.
    pub fn parents(self) -> impl Iterator<Item = Self> {
        let parents = self.run(&self.taxonomy.parents, |starts| starts.parents);
        parents.iter().map(move |position| self.at(*position))
    }

    /// Direct children.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let children = self.run(&self.taxonomy.children, |starts| starts.children);
        children.iter().map(move |position| self.at(*position))
    }

    /// All ancestors, each once: the direct parents first, then their ancestors, depth
    /// first.
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

/// Nodes that are not an ancestor of another of them, in the given order.
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
