//! Number of pieces of a packaging in the text: "2 pots", "4 x bouteilles"
//! (`docs/reference/ocr.md` 9, D-PAC-8). The count is evidence: `data` has no member for
//! it.

use std::ops::Range;

use crate::text::phrases::is_wordchar;

/// A number above a gross counts something else.
const MAX_COUNT: u32 = 144;

/// Two to six in folded words, by language.
const WORDS: [(&str, [&str; 5]); 6] = [
    ("fr", ["deux", "trois", "quatre", "cinq", "six"]),
    ("en", ["two", "three", "four", "five", "six"]),
    ("de", ["zwei", "drei", "vier", "funf", "sechs"]),
    ("es", ["dos", "tres", "cuatro", "cinco", "seis"]),
    ("it", ["due", "tre", "quattro", "cinque", "sei"]),
    ("nl", ["twee", "drie", "vier", "vijf", "zes"]),
];

/// Words whose number is part of them: "PP 5", "N° 2".
const NUMBERED: [&str; 19] = [
    "alu", "c", "fe", "for", "gl", "glas", "hdpe", "ldpe", "n", "no", "o", "pap", "pe", "pehd",
    "pet", "pete", "pp", "ps", "pvc",
];

/// The count that stands right before a place of a folded text.
pub(super) fn count_before(lc: &str, text: &str, start: usize) -> Option<Range<usize>> {
    let before = text[..start].strip_suffix(' ')?;
    let bare = before.strip_suffix(['x', '*']).unwrap_or(before);
    let bare = bare.strip_suffix(' ').unwrap_or(bare);
    let digits = bare.bytes().rev().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return word_before(lc, before);
    }
    let begin = bare.len() - digits;
    let count: u32 = bare[begin..].parse().ok()?;
    let in_front = bare[..begin].bytes().next_back();
    // Part of a decimal, a date, a code.
    let is_part = in_front.is_some_and(|byte| is_wordchar(byte) || b".,-/:%#".contains(&byte));
    let word = last_word(&bare[..begin]);
    let is_count = (2..=MAX_COUNT).contains(&count) && !is_part && !NUMBERED.contains(&word);
    is_count.then_some(begin..before.len())
}

fn word_before(lc: &str, before: &str) -> Option<Range<usize>> {
    let word = last_word(before);
    let (_, words) = WORDS.iter().find(|(known, _)| *known == lc)?;
    words
        .contains(&word)
        .then(|| before.len() - word.len()..before.len())
}

/// The word that a text ends with, a space or a degree sign behind it or not.
fn last_word(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '(']);
    let length = text.bytes().rev().take_while(|byte| is_wordchar(*byte));
    &text[text.len() - length.count()..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::folded::Folded;

    #[test]
    fn d_pac_8_counts_stand_before_what_they_count() {
        for (lc, text, expected) in [
            ("fr", "2 #pots", Some("2")),
            ("fr", "lot de 4 x #bouteilles", Some("4 x")),
            ("fr", "4× #bouteilles", Some("4")),
            ("en", "(6x #bottles", Some("6x")),
            ("de", "Zwei #Becher", Some("Zwei")),
            ("de", "fünf #Becher", Some("fünf")),
            ("es", "dos #botellas", Some("dos")),
            ("it", "tre #vasetti", Some("tre")),
            ("nl", "12 #flessen", Some("12")),
            ("en", "dos #bottles", None),
            ("fr", "#pots", None),
            ("fr", "1 #pot", None),
            ("fr", "1,5 #pots", None),
            ("fr", "11/23 #pot", None),
            ("fr", "L123 #pot", None),
            ("fr", "pp 5 #barquette", None),
            ("fr", "n° 2 #pot", None),
            ("fr", "2024 #pots", None),
            ("fr", "99999999999 #pots", None),
            ("fr", "2, #pots", None),
        ] {
            let (before, rest) = text.split_once('#').unwrap();
            let folded = Folded::new(&format!("{before}{rest}"));
            let start = Folded::new(before).as_str().len();
            let found = count_before(lc, folded.as_str(), start);
            let printed = found.map(|range| text[folded.original(range)].to_owned());
            assert_eq!(printed.as_deref(), expected, "{text:?}");
        }
    }
}
