//! Wording of questions: the sentence in a language, and the names of values. The texts
//! are in `data/i18n/LANG.toml`, one file for each language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::record::InsightKind;
use crate::language::fallbacks;
use crate::taxonomy::Taxonomy;

mod texts;

/// Language that has all sentences.
const ENGLISH: &str = "en";

/// Question for a kind of insight in a language, in any spelling of the language: `pt-BR`
/// gives Brazilian, `pt_AO` Portuguese; unknown languages give English.
///
/// ```
/// use robotoff_core::insight::InsightKind;
/// use robotoff_core::insight::wording::sentence;
///
/// let english = sentence(InsightKind::Label, "en");
/// assert_eq!(sentence(InsightKind::Label, "xx-YY"), english);
/// assert_ne!(sentence(InsightKind::Label, "fr"), english);
/// ```
pub fn sentence(kind: InsightKind, lang: &str) -> &'static str {
    fallbacks(lang)
        .iter()
        .map(String::as_str)
        .chain([ENGLISH])
        .filter_map(|lang| SENTENCES.get(lang))
        .find_map(|sentences| sentences.get(kind.name()))
        .map(String::as_str)
        .expect("a test proves that English has a sentence for every kind")
}

/// Name of a tag: in the language, in the language without region, without language, in
/// English, else the tag itself (fixes `docs/reference/api.md` 9.3, 53 and 54).
pub fn value_name<'a>(taxonomy: &'a Taxonomy, tag: &'a str, lang: &str) -> &'a str {
    let Some(node) = taxonomy.node(tag) else {
        return tag;
    };
    fallbacks(lang)
        .iter()
        .map(String::as_str)
        .chain(["xx", ENGLISH])
        .find_map(|lang| node.name(lang))
        .unwrap_or(tag)
}

/// Languages of questions.
pub fn languages() -> impl Iterator<Item = &'static str> {
    texts::TEXT_BY_LANGUAGE.iter().map(|(lang, _)| *lang)
}

type SentenceByKey = BTreeMap<String, String>;

static SENTENCES: LazyLock<BTreeMap<&str, SentenceByKey>> = LazyLock::new(|| {
    let files = texts::TEXT_BY_LANGUAGE.iter();
    // A file with an error counts as empty, and the question falls back to English; a test
    // reads all files.
    let parsed = files.map(|(lang, text)| (*lang, sentences_in(text).unwrap_or_default()));
    parsed.collect()
});

/// Sentences by key of a file.
fn sentences_in(text: &str) -> Result<SentenceByKey, toml::de::Error> {
    toml::from_str(text)
}

#[cfg(test)]
mod tests;
