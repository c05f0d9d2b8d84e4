//! Texts of a product as hashed features, and the categories that they mention.

use std::collections::{BTreeMap, HashMap};

use super::ProductTexts;
use crate::search::category::fit::Text;
use crate::search::category::matcher::CategoryKnowledge;
use crate::search::category::tree::CategoryNumber;
use crate::text::fold::fold;

/// Lengths of character n-grams; they make up for inflection, compounds and misspellings.
const NGRAMS: std::ops::RangeInclusive<usize> = 3..=5;

/// Weights by kind of feature. N-grams are many, and say again what their words say.
const WORD: f32 = 1.0;
const NGRAM: f32 = 0.2;
const PLACE: f32 = 0.5;
const GENERIC: f32 = 0.7;
const ABOVE_MENTIONED: f32 = 0.4;
const INGREDIENT: f32 = 0.6;
const INGREDIENT_WORD: f32 = 0.3;

/// Ingredients that are read: they are listed by weight, and the first ones tell most.
const INGREDIENTS: usize = 12;

/// Terms of the longest name of a category that is looked for.
const MAX_MENTION: usize = 5;

/// A name that holds the head of a text fits better than one of the same length without.
const HEAD_BONUS: f32 = 0.3;

/// Ways in which a text mentions a category: by its name, by its name at the head of the
/// text; the same for the generic name.
pub const WAYS: usize = 4;

/// A feature: the hash of its text, and its weight.
pub type Feature = (u32, f32);

/// A category that a name mentions, with the share of the name that is its own, by way.
pub type Mention = (CategoryNumber, [f32; WAYS]);

/// Features of a product.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProductFeatures {
    /// Of names and brands, in the order of the hashes.
    pub names: Vec<Feature>,
    /// Of labels and ingredients, in the order of the hashes.
    pub contents: Vec<Feature>,
    /// In the order of the categories.
    pub mentions: Vec<Mention>,
    /// Number of terms of the product name.
    pub terms: usize,
}

/// Names of categories by their terms.
#[derive(Debug, Default)]
pub struct CategoryMentions {
    by_hash: HashMap<u64, Vec<CategoryNumber>>,
}

impl CategoryMentions {
    /// The names and synonyms of every language with rules.
    pub fn new(knowledge: &CategoryKnowledge) -> Self {
        let mut by_hash: HashMap<u64, Vec<CategoryNumber>> = HashMap::new();
        for (lang, names) in knowledge.names.languages() {
            for name in &names.names {
                let terms = name.terms.iter().map(|term| &**term);
                let known = by_hash.entry(phrase_hash(lang, terms)).or_default();
                if !known.contains(&name.category) {
                    known.push(name.category);
                }
            }
        }
        Self { by_hash }
    }

    fn of<'t>(&self, lang: &str, terms: impl Iterator<Item = &'t str>) -> &[CategoryNumber] {
        let found = self.by_hash.get(&phrase_hash(lang, terms));
        found.map_or(&[], Vec::as_slice)
    }
}

/// FNV-1a; the standard hasher may change between releases of the compiler.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    fn with(mut self, text: &str) -> Self {
        for byte in text.bytes().chain([0xFF]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        self
    }

    const fn short(self) -> u32 {
        // The low bits of FNV mix best once the high ones are folded in.
        ((self.0 ^ (self.0 >> 29)) >> 16) as u32
    }
}

fn phrase_hash<'t>(lang: &str, terms: impl Iterator<Item = &'t str>) -> u64 {
    terms.fold(Hash::new().with(lang), Hash::with).0
}

/// Collects features; of equal ones the larger weight stays.
#[derive(Default)]
struct Collector(Vec<Feature>);

impl Collector {
    fn add(&mut self, kind: &str, text: &str, weight: f32) {
        self.0
            .push((Hash::new().with(kind).with(text).short(), weight));
    }

    fn finish(mut self) -> Vec<Feature> {
        self.0
            .sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        self.0.dedup_by_key(|feature| feature.0);
        self.0
    }
}

impl ProductFeatures {
    /// The features of a product.
    pub fn new(
        knowledge: &CategoryKnowledge,
        mentions: &CategoryMentions,
        product: &ProductTexts<'_>,
    ) -> Self {
        let names = &product.names;
        let Some(language) = knowledge.names.language_or_english(names.lang) else {
            return Self::default();
        };
        let product_name = names.product_name.to_lowercase();
        let generic_name = names.generic_name.to_lowercase();
        let text = Text::new(language, &product_name);
        let generic = Text::new(language, &generic_name);
        let mut found = Collector::default();
        add_words(&mut found, &text);
        add_ngrams(&mut found, &fold(&product_name));
        add_generic(&mut found, &generic);
        add_brands(&mut found, &names.brand_list());
        found.add("l", names.lang, PLACE);
        let mut mentioned = Mentioned {
            knowledge,
            mentions,
            by_category: BTreeMap::new(),
        };
        let own = knowledge.names.entry(names.lang).map(|(code, _)| code);
        for (way, text, written) in [(0, &text, &product_name), (2, &generic, &generic_name)] {
            if let Some(code) = own {
                mentioned.add(way, code, text);
            }
            if let (true, Some((code, english))) = (own != Some("en"), knowledge.names.entry("en"))
            {
                mentioned.add(way, code, &Text::new(english, written));
            }
        }
        mentioned.add_to(&mut found);
        Self {
            names: found.finish(),
            contents: contents(product),
            mentions: mentioned.by_category.into_iter().collect(),
            terms: text.terms.len(),
        }
    }
}

fn add_words(found: &mut Collector, text: &Text) {
    for term in &text.terms {
        found.add("w", term, WORD);
    }
    for pair in text.terms.windows(2) {
        found.add("p", &format!("{} {}", pair[0], pair[1]), WORD);
    }
    if let Some(head) = text.terms.get(text.head) {
        found.add("h", head, WORD);
    }
    if let (Some(first), Some(last)) = (text.terms.first(), text.terms.last()) {
        found.add("1", first, PLACE);
        found.add("2", last, PLACE);
    }
}

fn add_ngrams(found: &mut Collector, folded: &str) {
    let mut padded = String::new();
    let mut places = Vec::new();
    for word in words(folded).filter(|word| word.chars().nth(2).is_some()) {
        padded.clear();
        padded.push('<');
        padded.push_str(word);
        padded.push('>');
        places.clear();
        places.extend(padded.char_indices().map(|(at, _)| at));
        places.push(padded.len());
        for len in NGRAMS {
            for ends in places.windows(len + 1) {
                found.add("c", &padded[ends[0]..ends[len]], NGRAM);
            }
        }
    }
}

fn add_generic(found: &mut Collector, generic: &Text) {
    for term in &generic.terms {
        found.add("g", term, GENERIC);
        found.add("w", term, PLACE);
    }
    if let Some(head) = generic.terms.get(generic.head) {
        found.add("gh", head, GENERIC);
    }
}

fn add_brands(found: &mut Collector, brands: &[&str]) {
    for brand in brands {
        let folded = fold(&brand.to_lowercase()).into_owned();
        found.add("b", &folded, WORD);
        for word in words(&folded).filter(|word| word.len() > 2) {
            found.add("bw", word, PLACE);
        }
    }
}

fn contents(product: &ProductTexts<'_>) -> Vec<Feature> {
    let mut found = Collector::default();
    for label in product.labels_tags {
        found.add("lab", label, PLACE);
    }
    let lower = product.ingredients.to_lowercase();
    let folded = fold(&lower);
    let parts = folded.split([',', '(', ')', ';', '[', ']', ':']);
    let named = parts.map(|part| words(part).filter(|word| !is_number(word)));
    let named = named.map(|words| words.collect::<Vec<&str>>());
    let named = named.filter(|words| words.iter().any(|word| word.len() > 2));
    for (place, words) in named.take(INGREDIENTS).enumerate() {
        let name = words.join(" ");
        if place == 0 {
            found.add("i0", &name, WORD);
        }
        found.add("i", &name, INGREDIENT);
        for word in words.iter().filter(|word| word.len() > 3) {
            found.add("iw", word, INGREDIENT_WORD);
        }
    }
    found.finish()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_numeric())
}

/// The categories that texts mention.
struct Mentioned<'m> {
    knowledge: &'m CategoryKnowledge,
    mentions: &'m CategoryMentions,
    by_category: BTreeMap<CategoryNumber, [f32; WAYS]>,
}

impl Mentioned<'_> {
    fn add(&mut self, way: usize, lang: &str, text: &Text) {
        let terms = &text.terms;
        for len in 1..=MAX_MENTION.min(terms.len()) {
            let share = len as f32 / terms.len() as f32;
            for (at, window) in terms.windows(len).enumerate() {
                let found = self.mentions.of(lang, window.iter().map(String::as_str));
                let has_head = (at..at + len).contains(&text.head);
                for category in found {
                    let ways = self.by_category.entry(*category).or_default();
                    ways[way] = ways[way].max(share);
                    if has_head {
                        ways[way + 1] = ways[way + 1].max(share + HEAD_BONUS);
                    }
                }
            }
        }
    }

    fn add_to(&self, found: &mut Collector) {
        let tree = &self.knowledge.tree;
        for category in self.by_category.keys() {
            found.add("t", tree.id(*category), WORD);
            for above in tree.ancestors(*category) {
                found.add("a", tree.id(*above), ABOVE_MENTIONED);
            }
        }
    }
}
