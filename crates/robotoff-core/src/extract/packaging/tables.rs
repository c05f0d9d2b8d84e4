//! The words of packaging in each language, read from `data/packaging`.
//!
//! One line: what it is, its id, its names. `fr.txt` says what the marks mean.

use crate::extract::BuildError;
use crate::text::phrases::Phrases;
use crate::text::prefix_filter::{Prefix, PrefixFilter};

/// Language code and table; where two readings are equally good, the first counts.
const TEXT_BY_LANGUAGE: [(&str, &str); 14] = [
    ("fr", include_str!("../../../../../data/packaging/fr.txt")),
    ("en", include_str!("../../../../../data/packaging/en.txt")),
    ("de", include_str!("../../../../../data/packaging/de.txt")),
    ("es", include_str!("../../../../../data/packaging/es.txt")),
    ("it", include_str!("../../../../../data/packaging/it.txt")),
    ("nl", include_str!("../../../../../data/packaging/nl.txt")),
    ("pt", include_str!("../../../../../data/packaging/pt.txt")),
    ("pl", include_str!("../../../../../data/packaging/pl.txt")),
    ("sv", include_str!("../../../../../data/packaging/sv.txt")),
    ("da", include_str!("../../../../../data/packaging/da.txt")),
    ("cs", include_str!("../../../../../data/packaging/cs.txt")),
    ("ro", include_str!("../../../../../data/packaging/ro.txt")),
    ("fi", include_str!("../../../../../data/packaging/fi.txt")),
    ("hu", include_str!("../../../../../data/packaging/hu.txt")),
];

/// Codes of materials, for the languages whose own table has none.
const CODES: &str = include_str!("../../../../../data/packaging/codes.txt");

/// The language whose answers are recorded; its table names every code itself.
pub(super) const RECORDED: &str = "fr";

/// Company that must stand beside a name before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    Nothing,
    Anything,
    Material,
}

/// Names that stand for ids.
#[derive(Debug)]
pub(super) struct NameTable<V> {
    phrases: Phrases,
    values: Vec<V>,
}

impl<V> NameTable<V> {
    fn new(pairs: Vec<(String, V)>) -> Result<Self, BuildError> {
        let (names, values): (Vec<String>, Vec<V>) = pairs.into_iter().unzip();
        Ok(Self {
            phrases: Phrases::new(&names)?,
            values,
        })
    }

    /// Meaning of the longest name at a place, with its end.
    pub(super) fn longest(&self, text: &str, at: usize) -> Option<(&V, usize)> {
        let (name, end) = self.phrases.longest(text, at)?;
        Some((&self.values[name], end))
    }

    /// Everything that names at a place stand for, from short to long.
    pub(super) fn all<'n>(&'n self, text: &str, at: usize) -> Vec<(&'n V, usize)> {
        let mut found = Vec::new();
        self.phrases
            .walk(text, at, |name, end| found.push((&self.values[name], end)));
        found
    }
}

/// Meaning of a shape's name.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) id: &'static str,
    pub(super) company: Company,
}

/// A compound of a material and a shape.
#[derive(Debug, Clone)]
pub(super) struct Compound {
    pub(super) shape: Shape,
    /// Bytes of the part that names the material.
    pub(super) stem_len: usize,
    pub(super) material: &'static str,
}

/// Instruction of disposal.
#[derive(Debug, Clone)]
pub(super) struct Recycling {
    pub(super) id: &'static str,
    /// Bytes of the words that lead to the value.
    pub(super) lead_len: usize,
}

/// The words of one language.
#[derive(Debug)]
pub(super) struct Grammar {
    pub(super) lc: &'static str,
    pub(super) is_material_first: bool,
    pub(super) shapes: NameTable<Shape>,
    pub(super) compounds: NameTable<Compound>,
    pub(super) materials: NameTable<&'static str>,
    pub(super) recycling: NameTable<Recycling>,
    /// Between shape and material.
    pub(super) links: NameTable<()>,
    /// Words that start a complement of the shape: "pot DE yaourt en verre".
    pub(super) complements: NameTable<()>,
    /// Words between a shape and its description: "film INTÉRIEUR".
    pub(super) adjectives: NameTable<()>,
    /// Words that join shapes of which the same is said: "pot ET couvercle".
    pub(super) joiners: NameTable<()>,
    /// Phrases that hide the names inside of them.
    pub(super) nothing: NameTable<()>,
    /// Words that say that the next thing is not there.
    pub(super) without: NameTable<()>,
    /// Of everything that an element or what hides it may begin with.
    prefix_filter: PrefixFilter,
}

impl Grammar {
    /// Every language, in order.
    pub(super) fn all() -> Result<Vec<Self>, BuildError> {
        let tables = TEXT_BY_LANGUAGE.iter();
        tables.map(|(lc, text)| Self::read(lc, text)).collect()
    }

    /// False where nothing that the grammar knows begins.
    pub(super) fn may_begin(&self, prefix: Prefix) -> bool {
        self.prefix_filter.may_hold(prefix)
    }

    fn read(lc: &'static str, text: &'static str) -> Result<Self, BuildError> {
        let codes = if lc == RECORDED { "" } else { CODES };
        let lines: Vec<Line> = text.lines().chain(codes.lines()).filter_map(line).collect();
        let names = |what: &'static str| {
            let of_kind = lines.iter().filter(move |line| line.what == what);
            of_kind.flat_map(|line| line.names().map(|name| (line.id, name)))
        };
        let shapes: Vec<(String, Shape)> =
            names("shape").map(|(id, name)| shape(id, name)).collect();
        let wholes = names("whole").filter_map(|(id, name)| whole(id, name));
        let compounds: Vec<(String, Compound)> =
            wholes.chain(compounds(names("stem"), &shapes)).collect();
        let is_material_first = names("order").any(|(_, name)| name == "material first");
        let first_words = |what| names(what).map(|(_, name)| name);
        let prefix_filter: Vec<&str> = shapes
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(compounds.iter().map(|(name, _)| name.as_str()))
            .chain(first_words("nothing"))
            .chain(first_words("without"))
            .chain(first_words("material").filter(|_| is_material_first))
            .collect();
        let prefix_filter = PrefixFilter::new(prefix_filter.into_iter());
        let plain =
            |what| NameTable::new(names(what).map(|(_, name)| (name.to_owned(), ())).collect());
        Ok(Self {
            lc,
            prefix_filter,
            is_material_first,
            compounds: NameTable::new(compounds)?,
            shapes: NameTable::new(shapes)?,
            materials: NameTable::new(
                names("material")
                    .map(|(id, name)| (name.to_owned(), id))
                    .collect(),
            )?,
            recycling: NameTable::new(
                names("recycling")
                    .map(|(id, name)| recycling(id, name))
                    .collect(),
            )?,
            links: plain("link")?,
            complements: plain("complement")?,
            adjectives: plain("adjective")?,
            joiners: plain("and")?,
            nothing: plain("nothing")?,
            without: plain("without")?,
        })
    }
}

/// All names of shapes as one set, with the languages that have them.
#[derive(Debug)]
pub(super) struct ShapeFilter {
    phrases: Phrases,
    languages: Vec<usize>,
}

impl ShapeFilter {
    pub(super) fn new() -> Result<Self, BuildError> {
        let mut names = Vec::new();
        let mut languages = Vec::new();
        for (position, (_, text)) in TEXT_BY_LANGUAGE.iter().enumerate() {
            let lines: Vec<Line> = text.lines().filter_map(line).collect();
            let of_kind = |what| lines.iter().filter(move |line| line.what == what);
            let shapes: Vec<(String, Shape)> = of_kind("shape")
                .flat_map(|line| line.names().map(|name| shape(line.id, name)))
                .collect();
            let stems = of_kind("stem").flat_map(|line| line.names().map(|name| (line.id, name)));
            let compounds = compounds(stems, &shapes).into_iter().map(|(name, _)| name);
            for name in shapes.iter().map(|(name, _)| name.clone()).chain(compounds) {
                names.push(name);
                languages.push(position);
            }
        }
        // Equal names of several languages become one, with all of them.
        let mut pairs: Vec<(String, usize)> = names.into_iter().zip(languages).collect();
        pairs.sort_unstable();
        let mut names: Vec<String> = Vec::new();
        let mut languages: Vec<usize> = Vec::new();
        for (name, position) in pairs {
            if names.last() != Some(&name) {
                names.push(name);
                languages.push(0);
            }
            if let Some(set) = languages.last_mut() {
                *set |= 1 << position;
            }
        }
        Ok(Self {
            phrases: Phrases::new(&names)?,
            languages,
        })
    }

    /// The languages that name a shape at a place, as a set of bits.
    pub(super) fn languages(&self, text: &str, at: usize, prefix: Prefix) -> usize {
        let mut set = 0;
        if self.phrases.may_begin(prefix) {
            self.phrases
                .walk(text, at, |name, _| set |= self.languages[name]);
        }
        set
    }
}

struct Line {
    what: &'static str,
    id: &'static str,
    names: &'static str,
}

impl Line {
    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let names = self.names.split(';').map(str::trim);
        names.filter(|name| !name.is_empty())
    }
}

/// `what id: names` or `what: names`; nothing for blank lines and remarks.
fn line(text: &'static str) -> Option<Line> {
    if text.starts_with("//") {
        return None;
    }
    let (head, names) = text.split_once(": ").or_else(|| text.split_once(':'))?;
    let (what, id) = head.split_once(' ').unwrap_or((head, ""));
    Some(Line { what, id, names })
}

fn shape(id: &'static str, name: &str) -> (String, Shape) {
    let (company, name) = match name.split_at(1) {
        ("?", name) => (Company::Anything, name),
        ("!", name) => (Company::Material, name),
        _ => (Company::Nothing, name),
    };
    (name.to_owned(), Shape { id, company })
}

fn recycling(id: &'static str, name: &str) -> (String, Recycling) {
    let (lead, value) = match name
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(") "))
    {
        Some((lead, value)) => (format!("{lead} "), value),
        None => (String::new(), name),
    };
    let lead_len = lead.len();
    (lead + value, Recycling { id, lead_len })
}

/// A word of a material and a shape, with a bar between them, whose shape is another one
/// than its second part alone: a `burk` is a can, a `glas|burk` a jar.
fn whole(ids: &'static str, name: &str) -> Option<(String, Compound)> {
    let (id, material) = ids.split_once(' ')?;
    let (stem, rest) = name.split_once('|')?;
    let company = Company::Nothing;
    let compound = Compound {
        shape: Shape { id, company },
        stem_len: stem.len(),
        material,
    };
    Some((format!("{stem}{rest}"), compound))
}

/// Every material that is the first part of a word with every shape of one word.
fn compounds(
    stems: impl Iterator<Item = (&'static str, &'static str)>,
    shapes: &[(String, Shape)],
) -> Vec<(String, Compound)> {
    let mut pairs = Vec::new();
    for (material, stem) in stems {
        let single = shapes.iter().filter(|(name, _)| !name.contains([' ', '-']));
        for (name, shape) in single {
            let compound = Compound {
                shape: shape.clone(),
                stem_len: stem.len(),
                material,
            };
            pairs.push((format!("{stem}{name}"), compound));
        }
    }
    pairs
}

/// Materials that others are kinds of, and mere looks: said beside another one,
/// they say less.
const GENERAL: [&str; 12] = [
    "en:plastic",
    "en:recyclable-plastic",
    "en:glass",
    "en:metal",
    "en:paper",
    "en:cardboard",
    "en:wood",
    "en:recycled-material",
    "en:recyclable-material",
    "en:biobased",
    "fr:colore",
    "fr:transparent",
];

/// True when a material says less than another one.
pub(super) fn says_less(material: &str, than: &str) -> bool {
    GENERAL.contains(&material) && !GENERAL.contains(&than)
}

#[cfg(test)]
mod tests;
