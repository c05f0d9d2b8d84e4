//! Folding: letters without their accents (`docs/reference/ocr.md` 2.1).

use std::borrow::Cow;
use std::sync::LazyLock;

use super::fold_table::FOLDS;

/// The table, sorted by character.
static ASCII_FORMS: LazyLock<Vec<(char, &str)>> = LazyLock::new(|| {
    let pairs = FOLDS
        .iter()
        .flat_map(|(ascii, chars)| chars.chars().map(|c| (c, *ascii)));
    let mut forms: Vec<(char, &str)> = pairs.collect();
    forms.sort_unstable();
    forms
});

/// Characters below this are looked up by their number: nearly all letters with accents of
/// labels are among them.
const LATIN_END: u32 = 0x250;

/// Forms of the first characters, each at its number; empty without a form.
static LATIN_FORMS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut forms = vec![""; LATIN_END as usize];
    for (character, ascii) in ASCII_FORMS.iter() {
        if let Some(form) = forms.get_mut(u32::from(*character) as usize) {
            *form = ascii;
        }
    }
    forms
});

/// ASCII form of a character outside ASCII, one to four characters.
pub fn ascii_form(character: char) -> Option<&'static str> {
    if let Some(form) = LATIN_FORMS.get(u32::from(character) as usize) {
        return Some(*form).filter(|form| !form.is_empty());
    }
    let at = ASCII_FORMS
        .binary_search_by_key(&character, |(c, _)| *c)
        .ok()?;
    Some(ASCII_FORMS[at].1)
}

fn folded(text: &str, fold: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            folded.push(character);
        } else {
            fold(character, &mut folded);
        }
    }
    Cow::Owned(folded)
}

/// Folds to ASCII; characters without an ASCII form are deleted.
pub fn to_ascii(text: &str) -> Cow<'_, str> {
    folded(text, |c, out| {
        out.push_str(ascii_form(c).unwrap_or_default())
    })
}

/// Folds; characters without an ASCII form are kept. The length may grow.
///
/// ```
/// use robotoff_core::text::fold::{fold, fold_keeping_length};
///
/// assert_eq!(fold("Crème d’œuf"), "Creme d'oeuf");
/// assert_eq!(fold_keeping_length("œuf"), "œuf");
/// ```
pub fn fold(text: &str) -> Cow<'_, str> {
    folded(text, |c, out| match ascii_form(c) {
        Some(ascii) => out.push_str(ascii),
        None => out.push(c),
    })
}

/// Folds characters whose form is one character, so that positions stay: `œ` is kept.
pub fn fold_keeping_length(text: &str) -> Cow<'_, str> {
    folded(text, |c, out| {
        match ascii_form(c).filter(|ascii| ascii.len() == 1) {
            Some(ascii) => out.push_str(ascii),
            None => out.push(c),
        }
    })
}

/// Compatibility decomposition, then deletion of everything outside ASCII: `½` becomes
/// `12`, `œ` is deleted.
pub fn decompose_to_ascii(text: &str) -> Cow<'_, str> {
    use unicode_normalization::UnicodeNormalization;
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfkd().filter(char::is_ascii).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(ASCII_FORMS.len(), 1242);
        assert!(ASCII_FORMS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            ASCII_FORMS
                .iter()
                .all(|(c, ascii)| !c.is_ascii() && ascii.is_ascii())
        );
    }

    #[test]
    fn four_ways_to_lose_accents() {
        for (text, ascii, kept, same_length, decomposed) in [
            ("Éclair", "Eclair", "Eclair", "Eclair", "Eclair"),
            ("œuf ß ø’", "oeuf ss o'", "oeuf ss o'", "œuf ß o'", "uf  "),
            ("ﬁ½", "fi", "fi½", "ﬁ½", "fi12"),
            (
                "e\u{301}\u{A0}牛",
                "e",
                "e\u{301}\u{A0}牛",
                "e\u{301}\u{A0}牛",
                "e ",
            ),
            ("кефир", "", "кефир", "кефир", ""),
            ("plain", "plain", "plain", "plain", "plain"),
        ] {
            assert_eq!(to_ascii(text), ascii, "{text}");
            assert_eq!(fold(text), kept, "{text}");
            assert_eq!(fold_keeping_length(text), same_length, "{text}");
            assert_eq!(decompose_to_ascii(text), decomposed, "{text}");
        }
    }
}
