//! Ingredients that the texts of images name, for the neural category classifier.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::taxonomy::Taxonomy;
use crate::text::case_folded::CaseFolded;
use crate::text::fold::to_ascii;
use crate::text::keyword::{KeywordMatcher, TooManyKeywords};

/// Languages whose names are searched.
const LANGUAGES: [&str; 7] = ["xx", "en", "fr", "es", "de", "nl", "it"];

/// Most names that one name gives by exchanging its words: some have hundreds of synonyms for
/// each word, and the product of their numbers is no longer a list of words.
const MAX_VARIANTS: usize = 64;

/// Names of the ingredients of the taxonomy.
#[derive(Debug)]
pub struct OcrIngredients {
    matcher: KeywordMatcher,
    /// Id of each name.
    ids: Vec<String>,
}

impl OcrIngredients {
    /// Names and synonyms of all ingredients. In a name of several words, each word that is
    /// itself an ingredient is exchanged for its synonyms in the same language.
    ///
    /// # Errors
    /// The taxonomy has more names than a matcher holds.
    pub fn new(taxonomy: &Taxonomy) -> Result<Self, TooManyKeywords> {
        // Sorted: of a name of two ingredients the first id counts, in each run.
        let mut id_by_name: BTreeMap<String, String> = BTreeMap::new();
        for lang in LANGUAGES {
            let synonyms_by_word = synonyms_by_word(taxonomy, lang);
            for node in taxonomy.nodes().filter(|node| !is_excluded(node.id())) {
                for name in node.name(lang).into_iter().chain(node.synonyms(lang)) {
                    for variant in variants(&searched(name), &synonyms_by_word) {
                        if variant.chars().count() > 1 {
                            let id = node.id().to_owned();
                            id_by_name.entry(variant).or_insert(id);
                        }
                    }
                }
            }
        }
        let (names, ids): (Vec<String>, Vec<String>) = id_by_name.into_iter().unzip();
        Ok(Self {
            matcher: KeywordMatcher::new(&names)?,
            ids,
        })
    }

    /// Ids of the ingredients that some texts name, in the order of their first mention.
    pub fn find(&self, texts: &[String]) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(|text| searched(text)).collect();
        let text = CaseFolded::new(&texts.join("|"));
        let mut known = HashSet::new();
        let found = self.matcher.find(&text).into_iter();
        let ids = found.map(|found| &self.ids[found.keyword]);
        ids.filter(|id| known.insert(*id)).cloned().collect()
    }
}

/// `n`, and the numbers of additives, which are words of any list.
fn is_excluded(id: &str) -> bool {
    let number = id.strip_prefix("en:no").and_then(|n| n.parse::<u32>().ok());
    id == "en:n" || number.is_some_and(|number| (1..=12).contains(&number))
}

/// A text as it is searched: lower case, ASCII, one space between words.
fn searched(text: &str) -> String {
    let text = to_ascii(text).to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// For each ingredient of one word: all its names of one word.
fn synonyms_by_word(taxonomy: &Taxonomy, lang: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut synonyms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in taxonomy.nodes().filter(|node| !is_excluded(node.id())) {
        let names = node.name(lang).into_iter().chain(node.synonyms(lang));
        let words: BTreeSet<String> = names
            .map(searched)
            .filter(|name| !name.is_empty() && !name.contains(' '))
            .collect();
        for word in &words {
            let known = synonyms.entry(word.clone()).or_default();
            known.extend(words.iter().cloned());
        }
    }
    synonyms
}

/// The name, and the names that it gives by exchanging its words.
fn variants(name: &str, synonyms: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let words: Vec<&str> = name.split(' ').collect();
    if words.len() < 2 {
        return vec![name.to_owned()];
    }
    let mut variants = vec![String::new()];
    for word in words {
        let choices = synonyms.get(word);
        let mut longer = Vec::new();
        for variant in &variants {
            let gap = if variant.is_empty() { "" } else { " " };
            // The printed word first, so that the cut leaves it.
            longer.push(format!("{variant}{gap}{word}"));
            let others = choices.into_iter().flatten().filter(|other| *other != word);
            longer.extend(others.map(|other| format!("{variant}{gap}{other}")));
        }
        longer.truncate(MAX_VARIANTS);
        variants = longer;
    }
    variants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Keep;

    const TAXONOMY: &str = r#"{
        "en:sea-salt": {"name": {"en": "Sea salt", "fr": "Sel marin"}},
        "en:salt": {"name": {"en": "Salt", "fr": "Sel"}, "synonyms": {"en": ["Salt", "NaCl"]}},
        "en:egg": {"name": {"en": "Egg", "fr": "Œuf"}},
        "en:n": {"name": {"en": "Nn"}},
        "en:no3": {"name": {"en": "no3"}}
    }"#;

    #[test]
    fn names_are_found_in_the_texts_of_all_images() {
        let taxonomy = Taxonomy::from_json(TAXONOMY.as_bytes(), Keep::All);
        let ingredients = OcrIngredients::new(&taxonomy.expect("a taxonomy")).expect("few names");
        let find = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            ingredients.find(&texts).join(" ")
        };
        assert_eq!(
            find(&["Œuf, SEA\nSALT", "oeuf, sel"]),
            "en:egg en:sea-salt en:salt"
        );
        assert_eq!(find(&["sea nacl"]), "en:sea-salt");
        assert_eq!(find(&["nn no3 unsalted"]), "");
        // Names do not run from one image into the next.
        assert_eq!(find(&["sea", "salt"]), "en:salt");
    }

    #[test]
    fn words_are_not_exchanged_without_end() {
        let many: BTreeSet<String> = (0..50).map(|n| format!("w{n}")).collect();
        let synonyms = BTreeMap::from([("w0".to_owned(), many)]);
        assert_eq!(variants("w0 w0 w0 w0", &synonyms).len(), MAX_VARIANTS);
    }
}
