//! Tests of all languages: complete, and found in any spelling of the code.

use std::collections::BTreeSet;

use super::texts::TEXT_BY_LANGUAGE;
use super::*;
use crate::taxonomy::Keep;

/// Placeholders in braces, sorted.
fn placeholders(text: &str) -> Vec<&str> {
    let parts = text.split('{').skip(1);
    let mut found: Vec<&str> = parts.filter_map(|part| part.split('}').next()).collect();
    found.sort_unstable();
    found
}

/// Errors in the text of a language, compared with English.
fn faults(lang: &str, text: &str, english: &str) -> Vec<String> {
    let sentences = match sentences_in(text) {
        Ok(sentences) => sentences,
        Err(error) => return vec![format!("{lang}: {error}")],
    };
    let english = sentences_in(english).unwrap();
    let mut faults = Vec::new();
    for (key, sentence) in &sentences {
        let Some(english) = english.get(key) else {
            faults.push(format!("{lang}: {key} is unknown"));
            continue;
        };
        if sentence.trim().is_empty() || placeholders(sentence) != placeholders(english) {
            faults.push(format!("{lang}: {key} is {sentence:?} for {english:?}"));
        }
    }
    let missing = english.keys().filter(|key| !sentences.contains_key(*key));
    faults.extend(missing.map(|key| format!("{lang}: {key} is missing")));
    faults
}

#[test]
fn every_language_has_every_key_once_with_the_placeholders_of_english() {
    let english = TEXT_BY_LANGUAGE.iter().find(|(lang, _)| *lang == ENGLISH);
    let english = english.expect("there is English").1;
    let faults: Vec<String> = TEXT_BY_LANGUAGE
        .iter()
        .flat_map(|(lang, text)| faults(lang, text, english))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let english = sentences_in(english).unwrap();
    let keys: BTreeSet<&str> = english.keys().map(String::as_str).collect();
    let kinds: BTreeSet<&str> = InsightKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(keys, kinds);
}

#[test]
fn there_are_at_least_forty_languages_each_once_each_saying_its_own() {
    let languages: BTreeSet<&str> = languages().collect();
    assert!(languages.len() >= 40, "{}", languages.len());
    assert_eq!(languages.len(), TEXT_BY_LANGUAGE.len());
    for kind in InsightKind::ALL {
        let english = languages
            .iter()
            .filter(|lang| sentence(kind, lang) == sentence(kind, ENGLISH));
        assert_eq!(english.collect::<Vec<_>>(), [&ENGLISH], "{kind}");
    }
}

#[test]
fn the_questions_of_one_language_are_not_mixed_up() {
    for lang in languages() {
        let sentences: BTreeSet<&str> = InsightKind::ALL
            .iter()
            .map(|kind| sentence(*kind, lang))
            .collect();
        assert_eq!(sentences.len(), InsightKind::ALL.len(), "{lang}");
    }
}

#[test]
fn a_language_is_found_in_any_spelling_of_its_code() {
    for (requested, expected) in [
        ("pt_BR", "pt_BR"),
        ("pt-BR", "pt_BR"),
        ("PT-br", "pt_BR"),
        ("pt-PT", "pt"),
        ("fr_CA", "fr"),
        ("no", "nb"),
        ("zh-Hant", "zh_TW"),
        ("zh_HK", "zh_TW"),
        ("zh_CN", "zh"),
        ("en_GB", "en"),
        ("xx", "en"),
        ("tlh", "en"),
        ("", "en"),
        ("fr fr", "en"),
    ] {
        for kind in InsightKind::ALL {
            assert_eq!(
                sentence(kind, requested),
                sentence(kind, expected),
                "{requested:?}"
            );
        }
    }
}

#[test]
fn a_value_is_named_in_the_nearest_language() {
    let taxonomy = Taxonomy::from_json(
        r#"{
            "en:all": {"name": {"en": "All", "fr": "Tout", "xx": "ALL", "pt": "Tudo"}},
            "en:two": {"name": {"en": "Two", "xx": "II"}},
            "en:english": {"name": {"en": "English"}},
            "de:nur": {"name": {"de": "Nur"}}
        }"#
        .as_bytes(),
        Keep::All,
    )
    .unwrap();
    for (tag, lang, expected) in [
        ("en:all", "fr", "Tout"),
        ("en:all", "pt-BR", "Tudo"),
        ("en:all", "de", "ALL"),
        ("en:all", "", "ALL"),
        ("en:two", "fr", "II"),
        ("en:english", "fr", "English"),
        ("en:english", "xx", "English"),
        ("de:nur", "fr", "de:nur"),
        ("en:unknown", "fr", "en:unknown"),
    ] {
        assert_eq!(value_name(&taxonomy, tag, lang), expected, "{tag} {lang}");
    }
}

#[test]
fn a_text_with_other_keys_or_placeholders_than_english_is_noticed() {
    let english = "a = \"One {x}?\"\nb = \"Two?\"";
    assert!(faults("fr", "# c\nb = \"Deux ?\"\na = \"Un {x} ?\"", english).is_empty());
    for text in [
        "a = \"Un {x} ?\"",
        "a = \"Un ?\"\nb = \"Deux ?\"",
        "a = \"Un {y} ?\"\nb = \"Deux ?\"",
        "a = \"Un {x} ?\"\nb = \"Deux {x} ?\"",
        "a = \"Un {x} ?\"\nb = \"\"",
        "a = \"Un {x} ?\"\nb = \"Deux ?\"\nb = \"Deux ?\"",
        "a = \"Un {x} ?\"\nb = \"Deux ?\"\nc = \"Trois ?\"",
        "a = \"Un {x} ?\"\nb = 'Deux ?'\nb = \"Deux ?\"",
        "a = \"Un {x} ?\"\nb = Deux ?",
    ] {
        assert!(!faults("fr", text, english).is_empty(), "{text}");
    }
}
