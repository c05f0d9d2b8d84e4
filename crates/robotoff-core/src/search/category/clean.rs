//! Product names without weights, brands, labels and marketing words (`docs/reference/ocr.md`
//! 8.2.2).

use crate::text::fold::fold;

/// Units of weights and volumes, the longer first.
const UNITS: &[&str] = &[
    "fl oz", "litres", "liter", "litre", "cl", "dl", "kg", "mg", "ml", "lbs", "oz", "lb", "g", "l",
];

/// Words that say how a product was made, sold or praised, not which product it is.
/// Folded, since names are written with and without accents.
const PASSED_OVER: &[(&str, &[&str])] = &[
    ("", &["bio", "organic", "igp", "aop", "doc", "docg", "dop"]),
    (
        "fr",
        &[
            "issu de l'agriculture biologique",
            "agriculture biologique",
            "biologique",
            "biologiques",
            "aoc",
            "label rouge",
            "gourmand",
            "gourmande",
            "gourmands",
            "gourmandes",
        ],
    ),
    ("en", &["pgi", "pdo", "delicious", "tasty"]),
    (
        "es",
        &[
            "ecologico",
            "ecologica",
            "ecologicos",
            "ecologicas",
            "extra",
        ],
    ),
    ("it", &["biologico", "biologica", "biologici", "biologiche"]),
    ("nl", &["biologisch", "biologische"]),
    ("pt", &["biologico", "biologica"]),
    ("sv", &["ekologisk", "ekologiska"]),
    ("da", &["okologisk", "okologiske"]),
    ("pl", &["ekologiczny", "ekologiczna", "ekologiczne"]),
];

/// A name without what says nothing about the category. Positions are not kept.
///
/// ```
/// use robotoff_core::search::category::clean::cleaned;
/// assert_eq!(cleaned("Organic honey 1 l", "en", &[]), "honey");
/// assert_eq!(cleaned("Fromage  BIO 200g", "fr", &[]), "fromage");
/// assert_eq!(cleaned("Danone yaourt nature 4 x 125g", "fr", &["Danone"]), "yaourt nature");
/// ```
pub fn cleaned(name: &str, lang: &str, brands: &[&str]) -> String {
    let lower = name.to_lowercase();
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    remove_weights(&mut words);
    for brand in brands {
        remove_phrase(&mut words, &folded_words(brand));
    }
    for (of_lang, phrases) in PASSED_OVER {
        if of_lang.is_empty() || *of_lang == lang {
            for phrase in *phrases {
                remove_phrase(&mut words, &folded_words(phrase));
            }
        }
    }
    words.join(" ")
}

fn folded_words(text: &str) -> Vec<String> {
    let folded = fold(&text.to_lowercase()).into_owned();
    folded
        .split_whitespace()
        .map(bare)
        .map(str::to_owned)
        .collect()
}

/// A word without signs around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Removes a phrase, unless it is all that there is.
fn remove_phrase(words: &mut Vec<&str>, phrase: &[String]) {
    if phrase.is_empty() || phrase.iter().all(String::is_empty) {
        return;
    }
    let mut at = 0;
    while at + phrase.len() <= words.len() && words.len() > phrase.len() {
        let here = &words[at..at + phrase.len()];
        if here
            .iter()
            .zip(phrase)
            .all(|(word, wanted)| fold(bare(word)) == *wanted)
        {
            words.drain(at..at + phrase.len());
        } else {
            at += 1;
        }
    }
}

/// Removes `200g`, `1,5 l`, `4 x 125 g`, `70%`, and lone numbers.
fn remove_weights(words: &mut Vec<&str>) {
    let mut kept = Vec::with_capacity(words.len());
    let mut after_number = false;
    for word in words.iter() {
        let plain = bare(word);
        let unit = plain.trim_start_matches(|c: char| {
            c.is_ascii_digit() || matches!(c, '.' | ',' | 'x' | '*' | '/')
        });
        let begins_with_number = plain.starts_with(|c: char| c.is_ascii_digit());
        let is_weight = begins_with_number && (unit.is_empty() || UNITS.contains(&unit));
        let is_unit = after_number && (UNITS.contains(&plain) || plain == "x" || plain == "fl");
        after_number = is_weight && unit.is_empty() || is_unit && matches!(plain, "x" | "fl");
        if !is_weight && !is_unit {
            kept.push(*word);
        }
    }
    *words = kept;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_brands_and_praise_are_removed() {
        for (lang, brands, name, expected) in [
            ("fr", vec![], "Fromage  BIO 200g", "fromage"),
            ("en", vec![], "Organic honey 1 l", "honey"),
            ("en", vec![], "", ""),
            ("fr", vec![], "Jus d'orange 6 x 20 cl", "jus d'orange"),
            ("fr", vec![], "Eau 1,5L", "eau"),
            ("fr", vec![], "Chocolat noir 70%", "chocolat noir"),
            ("it", vec![], "Passata biologica", "passata"),
            (
                "fr",
                vec!["Bonne Maman"],
                "Bonne maman confiture fraise",
                "confiture fraise",
            ),
            // A name that is all brand keeps it.
            ("fr", vec!["Nutella"], "Nutella", "nutella"),
            // Part of a word is no brand.
            ("en", vec!["Coop"], "Cooper cheese", "cooper cheese"),
            ("fr", vec![], "7up", "7up"),
        ] {
            assert_eq!(cleaned(name, lang, &brands), expected, "{name}");
        }
    }
}
