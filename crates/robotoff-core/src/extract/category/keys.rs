//! Names of categories in the form in which they are compared, also without their generic words.

use crate::taxonomy::Node;
use crate::text::fold::fold;

/// The languages of protected names; `xx` is for all.
const NAME_LANGS: [&str; 20] = [
    "xx", "en", "fr", "es", "it", "pt", "de", "nl", "el", "pl", "hu", "ro", "sv", "da", "cs", "fi",
    "ca", "sk", "sl", "hr",
];

/// Names of a node by which it is found: its id, and its names in these languages.
pub(super) fn names<'t>(node: Node<'t>) -> impl Iterator<Item = &'t str> {
    let slug = node.id().split_once(':').map(|(_, slug)| slug);
    let names = NAME_LANGS
        .iter()
        .flat_map(move |lang| node.name(lang).into_iter().chain(node.synonyms(lang)));
    slug.into_iter().chain(names)
}

/// `blue-stilton-cheese` without its generic word, where enough of it remains to be a name.
pub(super) fn without_generic_word(key: &str) -> Option<String> {
    let mut phrases = GENERIC_PHRASES.iter();
    if let Some(name) = phrases.find_map(|phrase| key.strip_prefix(phrase)) {
        return (name.len() >= MIN_SHORT_NAME).then(|| name.to_owned());
    }
    let words: Vec<&str> = key.split('-').collect();
    let (first, last) = (words.first()?, words.last()?);
    let rest = match (GENERIC_WORDS.contains(last), GENERIC_WORDS.contains(first)) {
        (true, _) => &words[..words.len() - 1],
        (false, true) => &words[1..],
        (false, false) => return None,
    };
    let short = rest.join("-");
    (short.len() >= MIN_SHORT_NAME).then_some(short)
}

/// Words for a kind of food in names of protected ones.
const GENERIC_WORDS: [&str; 22] = [
    "cheese",
    "cheeses",
    "fromage",
    "fromages",
    "queso",
    "quesos",
    "queijo",
    "formaggio",
    "kase",
    "kaas",
    "ost",
    "ser",
    "syr",
    "branza",
    "sajt",
    "ham",
    "hams",
    "jamon",
    "wine",
    "wines",
    "vin",
    "vino",
];

/// Words for oil before the place that it is of: on a label they are lines apart. The longer of
/// two that begin alike comes first.
const GENERIC_PHRASES: [&str; 11] = [
    "aceite-de-oliva-virgen-extra-de-",
    "aceite-de-oliva-virgen-de-",
    "aceite-de-oliva-de-",
    "aceite-de-",
    "aceite-del-",
    "azeite-de-",
    "azeite-do-",
    "huile-d-olive-de-",
    "huile-d-olive-d-",
    "olio-extravergine-di-oliva-",
    "olive-oils-from-",
];

/// Bytes that a name has at least without its generic word.
const MIN_SHORT_NAME: usize = 5;

/// The form in which names are compared: letters without accents, single hyphens.
pub(super) fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for character in fold(name).chars() {
        if character.is_ascii() {
            push_key(&mut key, character.to_ascii_lowercase());
        } else {
            character.to_lowercase().for_each(|c| push_key(&mut key, c));
        }
    }
    if key.ends_with('-') {
        key.pop();
    }
    key
}

fn push_key(key: &mut String, character: char) {
    if character.is_alphanumeric() {
        key.push(character);
    } else if !key.is_empty() && !key.ends_with('-') {
        key.push('-');
    }
}
