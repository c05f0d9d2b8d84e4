//! Words around a claim that take it back: negation, conversion to organic farming, a web
//! address, the name of a shop.

use std::ops::Range;

use super::other_products::{is_behind_offer, is_of_range};
use crate::extract::automatic::Window;

/// Bytes that are read on each side of a claim.
const BEFORE: usize = 110;
const BEHIND: usize = 45;

/// Words before a claim that a negation reaches over.
const REACH: usize = 8;

/// Words that deny anything behind them in their clause. All words here are in the form of a
/// [`Window`]: lower case, without accents.
const DENIALS: [&str; 26] = [
    "not", "never", "isn", "aren", "cannot", "neither", "nicht", "kein", "keine", "keinen",
    "weder", "pas", "jamais", "niet", "nie", "nao", "inte", "ej", "icke", "varken", "ikke",
    "hverken", "neni", "nejsou", "nu", "nem",
];

/// Stems of words for "unsuitable", which deny what is behind them in their clause.
const UNSUITABLE: [&str; 17] = [
    "unsuitab",
    "ungeeignet",
    "inadat",
    "inadapt",
    "inadecua",
    "inadequa",
    "inapt",
    "impropre",
    "nieodpowied",
    "nevhodn",
    "olamplig",
    "ongeschikt",
    "uegne",
    "nepotriv",
    "sopimat",
    "soveltumat",
    "alkalmatlan",
];

/// Words that deny only the claim right behind them.
const DIRECT_DENIALS: [&str; 14] = [
    "non", "no", "geen", "ni", "ne", "nor", "ani", "nici", "noch", "sem", "nije", "eika", "ei",
    "не",
];

/// Short words that may stand between a direct denial and its claim.
const LINKS: [&str; 20] = [
    "es", "e", "est", "is", "ar", "er", "to", "jest", "este", "aux", "pour", "les", "des", "para",
    "for", "per", "dla", "fur", "sono", "un",
];

/// Pairs of words that deny anything behind them.
const DENIAL_PAIRS: [(&str, &[&str]); 3] = [
    (
        "no",
        &[
            "es",
            "son",
            "esta",
            "apto",
            "apta",
            "aptos",
            "aptas",
            "adecuado",
            "adecuada",
            "indicado",
            "recomendado",
        ],
    ),
    (
        "non",
        &[
            "e", "sono", "adatto", "adatta", "adatti", "idoneo", "idonea", "vegan", "suitable",
        ],
    ),
    ("ei", &["sovellu", "ole", "sovi", "soveltuu", "tuote"]),
];

/// Words behind a negation that turn it into "not only".
const ONLY: [&str; 14] = [
    "only",
    "nur",
    "seulement",
    "solo",
    "alleen",
    "so",
    "tylko",
    "bara",
    "kun",
    "jen",
    "doar",
    "just",
    "apenas",
    "solamente",
];

/// Verbs of containing: `ne contient pas de` denies an ingredient, not the claim.
const CONTAINING: [&str; 14] = [
    "contain",
    "contient",
    "contiennent",
    "contiene",
    "contem",
    "enthalt",
    "enthalten",
    "bevat",
    "zawiera",
    "innehaller",
    "indeholder",
    "obsahuje",
    "contine",
    "sisalla",
];

/// Stems of words for the years before a farm is organic.
const CONVERSION: [&str; 13] = [
    "conver",
    "konwers",
    "umstellung",
    "omschakel",
    "omstall",
    "omlaegn",
    "prechodn",
    "prevod",
    "atall",
    "atter",
    "siirtym",
    "konverz",
    "transition",
];

/// Words behind a claim that deny it.
const DENIALS_BEHIND: [&str; 14] = [
    "nicht geeignet",
    "ungeeignet",
    "niet geschikt",
    "no apto",
    "non adatt",
    "ikke egnet",
    "inte lamplig",
    "is not",
    "ist nicht",
    "n'est pas",
    "nao adequad",
    "nem alkalmas",
    "alkalmatlan",
    "nie jest",
];

/// Stems of words for recipes, shops and the like: a vegan recipe or shop is no vegan product.
const OTHER_THINGS: [&str; 33] = [
    "rezept",
    "recette",
    "recipe",
    "receta",
    "ricett",
    "recept",
    "przepis",
    "opskrift",
    "resept",
    "receita",
    "kochbuch",
    "kookboek",
    "cookbook",
    "kokbok",
    "kogebog",
    "blog",
    "webshop",
    "onlineshop",
    "online",
    "shop",
    "boutique",
    "tienda",
    "negozi",
    "winkel",
    "sklep",
    "butik",
    "obchod",
    "magazin",
    "kauppa",
    "restaur",
    "ristorant",
    "community",
    "lifestyle",
];

/// Ends of names of firms.
const FIRMS: [&str; 8] = [
    "& co", "& cie", "& sons", "gmbh", "ltd", "s.a.", "sarl", "b.v.",
];

/// Words before the name of a shop, a club or a site.
const BEFORE_NAMES: [&str; 19] = [
    "de",
    "the",
    "le",
    "la",
    "les",
    "der",
    "die",
    "das",
    "el",
    "il",
    "den",
    "club",
    "chez",
    "bij",
    "bei",
    "bar",
    "cafe",
    "restaurant",
    "boutique",
];

/// Endings of host names.
const DOMAINS: [&str; 30] = [
    "com", "fr", "de", "es", "it", "nl", "pt", "pl", "se", "dk", "cz", "ro", "fi", "hu", "eu",
    "org", "net", "uk", "be", "ch", "at", "info", "shop", "lu", "sk", "ie", "us", "ca", "coop",
    "no",
];

/// True where the words around a range say that the claim there is not made. `text` has its
/// line ends.
pub(super) fn is_denied(text: &str, range: &Range<usize>) -> bool {
    let from = clause_start(text, range.start);
    let before = Window::new(text, from..range.start);
    let words: Vec<&str> = words(before.as_str()).collect();
    is_denied_before(&words)
        || is_of_range(&words)
        || is_behind_offer(text, range.start)
        || is_denied_behind(text, range.end)
        || is_about_a_part(text, range)
        || is_in_address(text, range)
        || is_name(text, range)
}

/// True where a farm or a product becomes organic, but is not yet.
pub(super) fn is_in_conversion(text: &str, range: &Range<usize>) -> bool {
    let from = clause_start(text, range.start);
    let to = clause_end(text, range.end);
    let parts = [from..range.start, range.end..to];
    parts.into_iter().any(|part| {
        let window = Window::new(text, part);
        words(window.as_str()).any(|word| CONVERSION.iter().any(|stem| word.starts_with(stem)))
    })
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn is_denied_before(words: &[&str]) -> bool {
    let near = &words[words.len().saturating_sub(REACH)..];
    let mut last = near.iter().rev();
    let direct = last.find(|word| !LINKS.contains(word));
    let skipped = near.len() - last.len();
    let is_direct = direct.is_some_and(|word| {
        DIRECT_DENIALS.contains(word) || skipped <= 2 && DENIALS.contains(word)
    });
    if is_direct {
        return true;
    }
    if near.iter().any(|word| CONTAINING.contains(word)) {
        return false;
    }
    let is_unsuitable = |word: &&str| UNSUITABLE.iter().any(|stem| word.starts_with(stem));
    near.iter().any(is_unsuitable)
        || near.iter().enumerate().any(|(at, word)| {
            let next = near.get(at + 1).copied().unwrap_or_default();
            let is_pair =
                |(first, seconds): &(&str, &[&str])| first == word && seconds.contains(&next);
            let is_origin = matches!(next, "eu" | "ue");
            DENIALS.contains(word) && !ONLY.contains(&next) && !is_origin
                || DENIAL_PAIRS.iter().any(is_pair)
        })
}

fn is_denied_behind(text: &str, at: usize) -> bool {
    let window = Window::new(text, at..clause_end(text, at));
    let behind = window.as_str();
    let is_other_thing = words(behind)
        .take(2)
        .any(|word| OTHER_THINGS.iter().any(|stem| word.starts_with(stem)));
    // A question claims nothing: `Vegan? Leider nein.`
    let is_question = text[clause_end(text, at)..].starts_with('?');
    is_other_thing || is_question || DENIALS_BEHIND.iter().any(|phrase| behind.contains(phrase))
}

/// True where an absence is that of a part only: `no salt in can`.
fn is_about_a_part(text: &str, range: &Range<usize>) -> bool {
    let is_absence = text[range.clone()].to_lowercase().starts_with("no ");
    is_absence && text[range.end..].starts_with(" in ")
}

/// The start of the clause that ends here: behind the last sign that parts clauses. A line
/// that begins in lower case, or with a word such as `for`, goes on the one above.
fn clause_start(text: &str, at: usize) -> usize {
    let first = text.floor_char_boundary(at.saturating_sub(BEFORE));
    let window = &text[first..at];
    for (index, c) in window.char_indices().rev() {
        let rest = &window[index + c.len_utf8()..];
        let is_end = match c {
            ';' | '!' | '?' | '|' | '•' | '·' | ':' | '(' | ',' | '*' => true,
            '.' => rest.is_empty() || rest.starts_with(char::is_whitespace),
            '-' | '–' | '—' => {
                let is_apart = window[..index].ends_with(char::is_whitespace);
                is_apart && rest.starts_with(char::is_whitespace)
            }
            '\n' => !goes_on(if rest.trim().is_empty() {
                &text[at..]
            } else {
                rest
            }),
            _ => false,
        };
        if is_end {
            return first + index + c.len_utf8();
        }
    }
    first
}

/// True where a line goes on with the sentence of the line above.
fn goes_on(line: &str) -> bool {
    let line = line.trim_start();
    let first = line.split(char::is_whitespace).next().unwrap_or_default();
    let links = [
        "FOR", "POUR", "FÜR", "PARA", "PER", "VOOR", "DLA", "FÖR", "PRO", "PENTRU", "TIL",
    ];
    line.starts_with(char::is_lowercase) || links.contains(&first)
}

fn clause_end(text: &str, at: usize) -> usize {
    let last = text.floor_char_boundary((at + BEHIND).min(text.len()));
    let end = text[at..last].find(['.', ';', '!', '?', '|', '•', '\n', ',', ':']);
    end.map_or(last, |length| at + length)
}

/// True inside of a web address, an e-mail address or a hashtag. Keywords that are addresses
/// themselves do not count.
fn is_in_address(text: &str, range: &Range<usize>) -> bool {
    if text[range.clone()].contains('.') {
        return false;
    }
    let first = text.floor_char_boundary(range.start.saturating_sub(BEFORE));
    let last = text.floor_char_boundary((range.end + BEHIND).min(text.len()));
    let start = text[first..range.start].rfind(char::is_whitespace);
    let start = start.map_or(first, |at| first + at);
    let end = text[range.end..last].find(char::is_whitespace);
    let token = text[start..end.map_or(last, |at| range.end + at)].trim();
    token.starts_with('#')
        || token.contains('@')
        || token.contains("www.")
        || token.contains("://")
        || has_domain(token)
}

/// True where a word such as `site.fr` or `site.fr/page` is part of a token.
fn has_domain(token: &str) -> bool {
    token.match_indices('.').any(|(at, _)| {
        let rest = &token[at + 1..];
        let end = rest
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(rest.len());
        let is_closed = !rest[end..].starts_with(char::is_alphanumeric);
        token[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
            && is_closed
            && DOMAINS.contains(&&rest[..end])
    })
}

/// True inside of the name of a shop or a firm: `De Vegan Slager`, `Vegan & Co`.
fn is_name(text: &str, range: &Range<usize>) -> bool {
    let behind = text[range.end..].strip_prefix(' ').unwrap_or_default();
    let end = behind.floor_char_boundary(8.min(behind.len()));
    let near = behind[..end].to_lowercase();
    if FIRMS.iter().any(|firm| near.starts_with(firm)) {
        return true;
    }
    let printed = &text[range.clone()];
    let is_title = printed.starts_with(char::is_uppercase) && printed.contains(char::is_lowercase);
    let first = text.floor_char_boundary(range.start.saturating_sub(BEFORE));
    let before = text[first..range.start]
        .strip_suffix(' ')
        .unwrap_or_default();
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    is_title
        && behind.starts_with(char::is_uppercase)
        && BEFORE_NAMES.contains(&word.to_lowercase().as_str())
}
