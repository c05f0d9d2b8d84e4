//! Signs beside an amount: the estimated sign, the strength of alcohol, the basis of a
//! table or a price.

use crate::extract::automatic::Surroundings;
use crate::text::amount::{Layout, PrintedAmount, Unit};
use crate::text::digits::digit_runs;
use crate::text::units::ReferenceUnit;

/// True where the estimated sign stands beside the amount, as `℮` or a letter.
pub(super) fn has_sign(around: &Surroundings<'_>) -> bool {
    let before = around.before_on_line().trim_end();
    let after = around.after_on_line();
    if before.ends_with('℮') || after.trim_start().starts_with('℮') {
        return true;
    }
    let ends_line = !after.contains(char::is_alphanumeric);
    (matches!(before.trim_start(), "e" | "E") && ends_line) || starts_with_letter_sign(after)
}

/// True for ` e` that no sentence goes on from: in Italian the letter is a word.
fn starts_with_letter_sign(after: &str) -> bool {
    let Some(rest) = after.strip_prefix([' ', '\u{A0}']) else {
        return false;
    };
    let Some(rest) = rest.trim_start().strip_prefix('e') else {
        return false;
    };
    let Some(next) = rest.chars().next() else {
        return true;
    };
    let goes_on = rest.trim_start().starts_with(|c: char| c.is_lowercase());
    (next.is_whitespace() && !goes_on) || matches!(next, ')' | '(' | '.' | ',' | ';' | '/' | '|')
}

/// True where the line holds the amount and the letter of the sign only.
pub(super) fn is_only_sign(around: &Surroundings<'_>) -> bool {
    let is_bare = |part: &str| {
        part.trim()
            .trim_matches(['℮', 'e', ' ', '.', ','])
            .is_empty()
    };
    is_bare(around.before_on_line()) && is_bare(around.after_on_line())
}

/// True beside a number of pieces and a slash: `6 kpl / 330 g`, `330 g / 6 kpl`.
pub(super) fn is_beside_pieces(around: &Surroundings<'_>) -> bool {
    let is_piece = |word: &str| PIECES.contains(&word.to_lowercase().as_str());
    let before = around.before_on_line().trim_end().strip_suffix('/');
    let before = before.unwrap_or_default().trim_end_matches([' ', '.']);
    let word = before.trim_end_matches(char::is_alphabetic).len();
    let is_counted = before[..word]
        .trim_end()
        .ends_with(|c: char| c.is_ascii_digit());
    let behind = around.after_on_line().trim_start().strip_prefix('/');
    let count = behind.unwrap_or_default().trim_start();
    let rest = count.trim_start_matches(|c: char| c.is_ascii_digit());
    let next = rest.trim_start().split(|c: char| !c.is_alphabetic()).next();
    is_counted && is_piece(&before[word..])
        || rest.len() < count.len() && next.is_some_and(is_piece)
}

/// True for a volume on one line with the strength of alcohol.
pub(super) fn is_beside_alcohol(amount: &PrintedAmount, around: &Surroundings<'_>) -> bool {
    let sides = [around.before_on_line(), around.after_on_line()];
    let has_percent = sides.iter().any(|side| side.contains('%'));
    if !has_percent || amount.quantity().unit != ReferenceUnit::Millilitre {
        return false;
    }
    let line = sides.join(" ").to_lowercase();
    let names = ["vol", "alc", "alk", "obj", "v/v"];
    names.iter().any(|name| line.contains(name))
}

/// True behind a unit that is not metric and its number in words: `HALF GALLON (1.89 L)`.
pub(super) fn is_behind_imperial_word(around: &Surroundings<'_>) -> bool {
    let before = around.before_on_line().trim_end().strip_suffix('(');
    let before = before.unwrap_or_default().trim_end();
    let word = &before[before
        .trim_end_matches(|c: char| c.is_ascii_alphabetic())
        .len()..];
    Unit::of_word(word).is_some_and(|(unit, _)| !unit.is_metric())
}

/// True for an amount that is not all of the contents: of one piece, or with a share on top.
pub(super) fn is_part(amount: &PrintedAmount, around: &Surroundings<'_>) -> bool {
    has_share_behind(around) || amount.count.is_none() && is_of_one_piece(around)
}

/// True before a share that comes on top: `1 kg + 20 % gratuit`.
fn has_share_behind(around: &Surroundings<'_>) -> bool {
    let behind = around.after_on_line().trim_start();
    let share = behind.strip_prefix('+').unwrap_or_default().trim_start();
    let digits = share.trim_start_matches(|c: char| c.is_ascii_digit());
    digits.len() < share.len() && digits.trim_start().starts_with('%')
}

/// Words before the basis of a table or a price: `pour 100 g`, `€ / 1 kg`.
const PER: [&str; 18] = [
    "pour", "par", "per", "je", "pro", "por", "pr", "cada", "w", "na", "la", "auf", "à", "le",
    "les", "the", "für", "per:",
];

/// Those of them that no name of a pack follows.
const PER_PIECE: [&str; 7] = ["pour", "par", "per", "je", "pro", "por", "für"];

/// True before words that make an amount that of one piece of several: `125 g par pot`.
fn is_of_one_piece(around: &Surroundings<'_>) -> bool {
    let behind = around.after_on_line().trim_start_matches([' ', '℮', ')']);
    let is_first = |rest: &str, words: &[&str]| {
        let end = rest.find(|c: char| !c.is_alphabetic());
        words.contains(&&rest[..end.unwrap_or(rest.len())])
    };
    let slash = behind.strip_prefix('/').map(|rest| rest.trim_start());
    is_first(behind, &EACH) || slash.is_some_and(|rest| is_first(rest, &PIECES))
}

/// Words behind the amount of one piece.
const EACH: [&str; 14] = [
    "par", "per", "pro", "je", "por", "pr", "cada", "each", "chacun", "chacune", "ciascuno",
    "cadauno", "za", "pe",
];

/// Short words for a piece behind a slash: `45 g/st`.
const PIECES: [&str; 12] = [
    "kpl", "stk", "st", "szt", "ks", "pc", "pcs", "piece", "pièce", "db", "buc", "ud",
];

/// True for the basis of a table or a price: one or a hundred of a unit behind `per`.
pub(super) fn is_basis(text: &str, amount: &PrintedAmount) -> bool {
    let before = text[..amount.range.start].trim_end_matches([' ', '\u{A0}', '.']);
    if amount.layout == Layout::Pieces {
        // `pour 1 yaourt de 125 g`.
        let word = before.trim_end_matches(char::is_alphabetic).len();
        return PER_PIECE.contains(&before[word..].to_lowercase().as_str());
    }
    if !matches!(amount.value.as_str(), "1" | "10" | "100" | "1000") || amount.count.is_some() {
        return false;
    }
    if before.ends_with('/') {
        // `12 oz / 100 g` are no twins, and prices stand before a slash.
        return true;
    }
    let word = before.trim_end_matches(char::is_alphabetic).len();
    PER.contains(&before[word..].to_lowercase().as_str())
}

/// True where energy is printed: then an amount on a line of its own is rather the end
/// of a table of nutrients.
pub(super) fn names_energy(text: &str) -> bool {
    digit_runs(text).any(|run| {
        let unit = text.as_bytes()[run.end..].trim_ascii_start();
        [&b"kj"[..], b"kcal"].iter().any(|known| {
            unit.get(..known.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(known))
        })
    })
}
