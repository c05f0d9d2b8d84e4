//! The channel: how likely a printed word is read as a written one.
//!
//! Logarithms of likelihoods, given that something went wrong with the word. Errors of
//! typing and of OCR are inside words far more often than at their ends; a final letter
//! that comes or goes is grammar, not an error.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::deletes::CONFUSIONS;

/// The share of each kind of error among all.
const REPLACED: f32 = 0.11;
const DROPPED: f32 = 0.16;
const DOUBLED: f32 = 0.11;
const ADDED: f32 = 0.02;
const SWAPPED: f32 = 0.13;
const ACCENTS_LOST: f32 = 0.11;
const CONFUSED: f32 = 0.22;
const SPLIT: f32 = 0.11;
const JOINED: f32 = 0.11;

/// Letters that a replaced one may be: about half of the alphabet is likely.
const LETTERS: f32 = 14.0;

/// Errors at the first letter, and letters lost, added or replaced at the end, relative to
/// those inside.
const AT_FIRST: f32 = 0.02;
const AT_LAST: f32 = 0.0005;

/// Accents that differ in another way than by all being lost.
const ACCENTS_CHANGED: f32 = 0.004;

/// The logarithm of the likelihood of reading `written` where `printed` stood; none when
/// more than one error lies between them.
pub fn log_likelihood(printed: &str, written: &str) -> Option<f32> {
    let without = without_accents(printed);
    if without == without_accents(written) {
        let all_lost = without == written;
        return Some(
            if all_lost {
                ACCENTS_LOST
            } else {
                ACCENTS_CHANGED
            }
            .ln(),
        );
    }
    let printed: Vec<char> = printed.chars().collect();
    let written: Vec<char> = written.chars().collect();
    let best = confusion(&printed, &written)
        .into_iter()
        .chain(edit(&printed, &written));
    best.max_by(f32::total_cmp).map(f32::ln)
}

/// The logarithm of the likelihood of a blank inside a word.
pub fn log_split(letters: usize) -> f32 {
    (SPLIT / inside(letters)).ln()
}

/// The logarithm of the likelihood of a blank lost behind a word.
pub fn log_joined() -> f32 {
    JOINED.ln()
}

/// Places inside a word.
fn inside(letters: usize) -> f32 {
    letters.saturating_sub(2).max(1) as f32
}

fn without_accents(word: &str) -> String {
    word.nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .nfc()
        .collect()
}

/// Two letters taken for each other by OCR.
fn confusion(printed: &[char], written: &[char]) -> Option<f32> {
    let start = printed
        .iter()
        .zip(written)
        .take_while(|(a, b)| a == b)
        .count();
    let rest = (printed.len() - start).min(written.len() - start);
    let end = (0..rest)
        .take_while(|at| printed[printed.len() - 1 - at] == written[written.len() - 1 - at])
        .count();
    // The equal letters around may reach into the confused ones ("nn" for "nrn").
    let is_confusion = CONFUSIONS.iter().any(|(read, original)| {
        (0..=start).rev().take(2).any(|start| {
            let (read_len, original_len) = (read.chars().count(), original.chars().count());
            let fits = start + original_len <= printed.len() && start + read_len <= written.len();
            fits && printed.len() - start - original_len <= end
                && printed.len() - start - original_len == written.len() - start - read_len
                && printed[start..start + original_len]
                    .iter()
                    .copied()
                    .eq(original.chars())
                && written[start..start + read_len]
                    .iter()
                    .copied()
                    .eq(read.chars())
        })
    });
    let at_start = if start == 0 { AT_FIRST } else { 1.0 };
    is_confusion.then_some(CONFUSED / 2.0 * at_start)
}

/// One letter replaced, dropped, added, or swapped with the next.
fn edit(printed: &[char], written: &[char]) -> Option<f32> {
    let start = printed
        .iter()
        .zip(written)
        .take_while(|(a, b)| a == b)
        .count();
    let (old, new) = (&printed[start..], &written[start..]);
    let places = inside(printed.len());
    let weight = |len: usize| match start {
        0 => AT_FIRST,
        _ if start + len >= printed.len() => AT_LAST,
        _ => 1.0,
    };
    match old.len() as isize - new.len() as isize {
        0 if old.len() >= 2 && old[0] == new[1] && old[1] == new[0] && old[2..] == new[2..] => {
            let weight = if start == 0 { AT_FIRST } else { 1.0 };
            Some(SWAPPED / places * weight)
        }
        0 if !old.is_empty() && old[1..] == new[1..] => {
            Some(REPLACED / places / LETTERS * weight(1))
        }
        1 if old[1..] == *new => Some(DROPPED / places * weight(1)),
        -1 if *old == new[1..] => {
            let is_doubled = start > 0 && printed[start - 1] == new[0];
            Some(
                if is_doubled {
                    DOUBLED / places
                } else {
                    ADDED / places / LETTERS
                } * weight(0),
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_likelier(printed: &str, a: &str, b: &str) {
        let of = |written| log_likelihood(printed, written).unwrap_or(f32::NEG_INFINITY);
        assert!(of(a) > of(b), "{printed}: {a} {} {b} {}", of(a), of(b));
    }

    #[test]
    fn usual_errors_are_likelier_than_others() {
        is_likelier("crème", "creme", "crame");
        is_likelier("farine", "fanine", "farina");
        is_likelier("farine", "fariine", "farixne");
        is_likelier("corn", "com", "cor");
        is_likelier("sucre", "suere", "suxre");
        is_likelier("sel", "sle", "selx");
    }

    #[test]
    fn two_errors_are_none() {
        for (printed, written) in [
            ("farine", "fxrixe"),
            ("sucre", "sel"),
            ("eau", ""),
            ("", "eau"),
        ] {
            assert_eq!(
                log_likelihood(printed, written),
                None,
                "{printed} {written}"
            );
        }
    }
}
