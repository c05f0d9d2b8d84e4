//! The names of categories as documents of an index, and back.
//!
//! A document holds all that is known of a name, so that an index of another taxonomy than
//! the one of today still answers: names of categories that are gone are passed over.

use super::matcher::CategoryKnowledge;
use super::names::CategoryName;
use super::tree::CategoryTree;
use crate::search::IndexEntry;

impl CategoryKnowledge {
    /// The documents of all names, in a fixed order.
    pub fn index_entries(&self) -> impl Iterator<Item = IndexEntry> {
        self.names.languages().flat_map(move |(lang, names)| {
            names.names.iter().map(move |name| IndexEntry {
                lang: lang.to_owned(),
                terms: name.terms.join(" "),
                payload: payload(&self.tree, name),
            })
        })
    }

    /// The name that a document holds; `None` for a category that the taxonomy does not have.
    pub fn indexed_name(&self, terms: &str, payload: &str) -> Option<CategoryName> {
        let mut members = payload.split('\t');
        let category = self.tree.number(members.next()?)?;
        let head: usize = members.next()?.parse().ok()?;
        let is_main = members.next()? == "main";
        let terms: Vec<Box<str>> = terms.split(' ').map(Box::from).collect();
        (head < terms.len()).then_some(CategoryName {
            category,
            terms,
            head,
            is_main,
        })
    }
}

fn payload(tree: &CategoryTree, name: &CategoryName) -> String {
    let kind = if name.is_main { "main" } else { "synonym" };
    format!("{}\t{}\t{kind}", tree.id(name.category), name.head)
}
