//! Tags of free texts. There are four functions, because stored tags depend on each
//! (`docs/reference/ocr.md` 2.2).

use super::fold::{fold, fold_keeping_length};

/// Tag of a value. Other punctuation and double hyphens are kept.
///
/// ```
/// use robotoff_core::text::tag::tag;
///
/// assert_eq!(tag("Crème d'Été"), "creme-d-ete");
/// ```
pub fn tag(text: &str) -> String {
    let lower = fold(text).to_lowercase().replace(" & ", "-");
    let spelled = lower.replace([' ', '\'', '.'], "-").replace(['!', '?'], "");
    spelled.trim_matches('-').to_owned()
}

/// Tag for a look-up in a taxonomy; a language prefix is kept.
pub fn taxonomy_tag(text: &str) -> String {
    const TO_HYPHEN: &str = " '`\".!?[](){}#$%&\\*+,/;<>=@^_|~";
    let lower = text.to_lowercase();
    let (prefix, rest) = match lower.char_indices().nth(2) {
        Some((at, ':')) => lower.split_at(at + 1),
        _ => ("", lower.as_str()),
    };
    let rest = fold_keeping_length(rest).replace('œ', "oe");
    let hyphenated = rest.replace(|c| TO_HYPHEN.contains(c), "-");
    format!("{prefix}{}", without_runs(&hyphenated))
}

/// Tag of a captured category name: few accents are folded.
pub fn category_tag(text: &str) -> String {
    const SIGNS: &str = "!\"#$%&'()*+,/:;<=>?@[\\]^_`{|}~×ˆ˜–—‘’‚“”„†‡•…‰‹›€™";
    let folded = text
        .replace(['é', 'è'], "e")
        .replace('à', "a")
        .replace('ù', "u");
    let hyphenated = without_entities(&folded).replace(
        |c: char| {
            c.is_whitespace()
                || SIGNS.contains(c)
                || matches!(c, '\u{1C}'..='\u{1F}' | '\u{A1}'..='\u{AC}' | '\u{AE}'..='\u{BF}')
        },
        "-",
    );
    without_runs(&hyphenated.to_lowercase())
}

/// Tag of a shop: accents and other punctuation are kept.
pub fn store_tag(text: &str) -> String {
    text.to_lowercase()
        .replace(" & ", "-")
        .replace([' ', '\''], "-")
}

/// Replaces runs of two or more spaces by one; other white space is kept.
pub fn collapse_spaces(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for character in text.chars() {
        if character != ' ' || !collapsed.ends_with(' ') {
            collapsed.push(character);
        }
    }
    collapsed
}

/// `&` + word characters + `;` as a hyphen.
fn without_entities(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        cleaned.push_str(&rest[..at]);
        let name = &rest[at + 1..];
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
        match end.filter(|end| *end > 0 && name[*end..].starts_with(';')) {
            Some(end) => {
                cleaned.push('-');
                rest = &name[end + 1..];
            }
            None => {
                cleaned.push('&');
                rest = name;
            }
        }
    }
    cleaned + rest
}

fn without_runs(text: &str) -> String {
    let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_tags() {
        for (text, expected) in [
            ("Prés & Bois", "pres-bois"),
            ("Crème d'Été", "creme-d-ete"),
            ("Dr.Miel", "dr-miel"),
            ("Où est Paul ?", "ou-est-paul"),
            ("Score 2.5", "score-2-5"),
            ("кефир", "кефир"),
            ("a  b", "a--b"),
            ("Œuf (bio)", "oeuf-(bio)"),
            ("Straße", "strasse"),
        ] {
            assert_eq!(tag(text), expected, "{text}");
        }
    }

    #[test]
    fn other_tags_differ() {
        assert_eq!(taxonomy_tag("fr:Sans  Miel (Œuf)"), "fr:sans-miel-oeuf");
        assert_eq!(taxonomy_tag("Straße & Été"), "straße-ete");
        assert_eq!(category_tag("Crème fraîche"), "creme-fraîche");
        assert_eq!(category_tag("ÉCHALOTE"), "échalote");
        assert_eq!(category_tag("a&nbsp;b &x"), "a-b-x");
        assert_eq!(store_tag("Marks & Spencer d'Été"), "marks-spencer-d-été");
        assert_eq!(collapse_spaces("a   b\n\nc"), "a b\n\nc");
    }
}
