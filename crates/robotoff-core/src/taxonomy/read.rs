//! Conversion of JSON into the compact form, without a tree in between.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Keep, Named, Starts, Taxonomy, TaxonomyError, Text};

/// The taxonomy under construction.
struct Growing<'k> {
    keep: Keep<'k>,
    arena: String,
    ids: Vec<Text>,
    starts: Vec<Starts>,
    names: Vec<Named>,
    synonyms: Vec<Named>,
    properties: Vec<Named>,
    /// Ids of parents with the position of the child.
    parent_ids: Vec<(u32, Text)>,
    word_by_text: HashMap<Box<str>, u16>,
}

/// A text, borrowed from the document where it has no escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
struct Piece<'d>(#[serde(borrow)] Cow<'d, str>);

type ByLanguage<'d, T> = BTreeMap<Piece<'d>, T>;

/// Reads a whole document.
pub(super) fn taxonomy(document: &[u8], keep: Keep<'_>) -> Result<Taxonomy, TaxonomyError> {
    let mut growing = Growing {
        keep,
        arena: String::with_capacity(document.len() / 3),
        ids: Vec::new(),
        starts: Vec::new(),
        names: Vec::new(),
        synonyms: Vec::new(),
        properties: Vec::new(),
        parent_ids: Vec::new(),
        word_by_text: HashMap::new(),
    };
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    Nodes(&mut growing).deserialize(&mut deserializer)?;
    deserializer.end()?;
    growing.finish()
}

impl Growing<'_> {
    fn put<E: Error>(&mut self, text: &str) -> Result<Text, E> {
        let too_long = |_| E::custom("more text than a taxonomy can hold (4 GiB)");
        let start = u32::try_from(self.arena.len()).map_err(too_long)?;
        u32::try_from(self.arena.len() + text.len()).map_err(too_long)?;
        self.arena.push_str(text);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the end fits, so the length does"
        )]
        let len = text.len() as u32;
        Ok(Text { start, len })
    }

    fn word<E: Error>(&mut self, word: &str) -> Result<u16, E> {
        if let Some(known) = self.word_by_text.get(word) {
            return Ok(*known);
        }
        let position = u16::try_from(self.word_by_text.len())
            .map_err(|_| E::custom("more than 65,536 languages and properties"))?;
        self.word_by_text.insert(word.into(), position);
        Ok(position)
    }

    fn put_names<E: Error>(&mut self, names: ByLanguage<'_, Option<Piece<'_>>>) -> Result<(), E> {
        for (Piece(lang), name) in names {
            if let Some(Piece(name)) = name {
                let named = Named {
                    name: self.word(&lang)?,
                    text: self.put(&name)?,
                };
                self.names.push(named);
            }
        }
        Ok(())
    }

    fn put_synonyms<E: Error>(
        &mut self,
        synonyms: ByLanguage<'_, Vec<Piece<'_>>>,
    ) -> Result<(), E> {
        for (Piece(lang), synonyms) in synonyms {
            let name = self.word(&lang)?;
            for Piece(synonym) in synonyms {
                let text = self.put(&synonym)?;
                self.synonyms.push(Named { name, text });
            }
        }
        Ok(())
    }

    fn put_parents<E: Error>(&mut self, parents: Vec<Piece<'_>>) -> Result<(), E> {
        let child = position(self.ids.len() - 1);
        for Piece(parent) in parents {
            let text = self.put(&parent)?;
            self.parent_ids.push((child, text));
        }
        Ok(())
    }

    fn starts(&self) -> Starts {
        Starts {
            names: position(self.names.len()),
            synonyms: position(self.synonyms.len()),
            properties: position(self.properties.len()),
            ..Starts::default()
        }
    }

    fn text(&self, text: Text) -> &str {
        &self.arena[text.start as usize..(text.start + text.len) as usize]
    }

    fn finish(mut self) -> Result<Taxonomy, TaxonomyError> {
        self.starts.push(self.starts());
        let mut by_id: Vec<u32> = (0..position(self.ids.len())).collect();
        by_id.sort_by_key(|at| self.text(self.ids[*at as usize]));
        let id = |at: u32| self.text(self.ids[at as usize]);
        if let Some(pair) = by_id.windows(2).find(|pair| id(pair[0]) == id(pair[1])) {
            return Err(TaxonomyError::RepeatedNode(id(pair[0]).to_owned()));
        }
        let links = self.links(&by_id);
        let parents = runs(&links, &mut self.starts, |starts| &mut starts.parents);
        let mut turned: Vec<(u32, u32)> = links.iter().map(|(child, up)| (*up, *child)).collect();
        turned.sort_by_key(|(up, _)| *up);
        let children = runs(&turned, &mut self.starts, |starts| &mut starts.children);
        let mut words = vec![Box::default(); self.word_by_text.len()];
        for (text, word) in self.word_by_text {
            words[usize::from(word)] = text;
        }
        Ok(Taxonomy {
            arena: self.arena.into(),
            ids: self.ids.into(),
            starts: self.starts.into(),
            by_id: by_id.into(),
            names: self.names.into(),
            synonyms: self.synonyms.into(),
            properties: self.properties.into(),
            parents: parents.into(),
            children: children.into(),
            words: words.into(),
            by_tag: OnceLock::new(),
        })
    }

    /// Child and parent, in the order of the children, each pair once.
    fn links(&self, by_id: &[u32]) -> Vec<(u32, u32)> {
        let mut links: Vec<(u32, u32)> = Vec::with_capacity(self.parent_ids.len());
        for (child, parent) in &self.parent_ids {
            let parent = self.text(*parent);
            let found = by_id.binary_search_by_key(&parent, |at| self.text(self.ids[*at as usize]));
            // Taxonomies are edited by hand: a parent that is gone loses its link only.
            let Ok(at) = found else {
                continue;
            };
            let link = (*child, by_id[at]);
            let of_child = links.iter().rev().take_while(|(known, _)| known == child);
            if !of_child.into_iter().any(|known| *known == link) {
                links.push(link);
            }
        }
        links
    }
}

/// Writes the start of the run of each node in sorted links; returns the other ends.
fn runs(
    links: &[(u32, u32)],
    starts: &mut [Starts],
    field: impl Fn(&mut Starts) -> &mut u32,
) -> Vec<u32> {
    let mut at = 0;
    for (node, starts) in starts.iter_mut().enumerate() {
        *field(starts) = position(at);
        at += links[at..]
            .iter()
            .take_while(|(from, _)| *from as usize == node)
            .count();
    }
    links.iter().map(|(_, to)| *to).collect()
}

/// Lists are shorter than the arena, whose length fits.
fn position(len: usize) -> u32 {
    u32::try_from(len).expect("each item takes at least a byte of the arena")
}

/// The object of all nodes.
struct Nodes<'g, 'k>(&'g mut Growing<'k>);

impl<'de> DeserializeSeed<'de> for Nodes<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Nodes<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of taxonomy nodes by id")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Piece(id)) = map.next_key()? {
            let id = self.0.put(&id)?;
            self.0.ids.push(id);
            let starts = self.0.starts();
            self.0.starts.push(starts);
            map.next_value_seed(NodeMembers(self.0))?;
        }
        Ok(())
    }
}

/// Members of one node, which was added just before.
struct NodeMembers<'g, 'k>(&'g mut Growing<'k>);

impl<'de> DeserializeSeed<'de> for NodeMembers<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for NodeMembers<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the members of a taxonomy node")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let growing = self.0;
        while let Some(Piece(member)) = map.next_key()? {
            match &*member {
                "name" => growing.put_names(map.next_value()?)?,
                "synonyms" => growing.put_synonyms(map.next_value()?)?,
                "parents" => growing.put_parents(map.next_value()?)?,
                name if name != "children" && growing.keep.wants(name) => {
                    let raw: &RawValue = map.next_value()?;
                    let text = growing.put(raw.get())?;
                    let name = growing.word(name)?;
                    growing.properties.push(Named { name, text });
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
