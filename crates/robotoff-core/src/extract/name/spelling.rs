//! Spellings of a name as labels print it.

use crate::text::fold::fold;

/// Signs that are printed for an apostrophe.
const APOSTROPHES: [&str; 4] = ["'", "’", "´", "`"];

/// Shorter names are other words without their accents.
const MIN_FOLDED_CHARS: usize = 5;

/// Other spellings of a name: each apostrophe, `&` with and without blanks, without accents.
pub(in crate::extract) fn spellings(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned()];
    let folded = fold(name);
    if folded.chars().count() >= MIN_FOLDED_CHARS {
        all.push(folded.into_owned());
    }
    let ampersands: Vec<String> = all
        .iter()
        .filter(|name| name.contains('&'))
        .flat_map(|name| {
            let tight = name.replace(" & ", "&");
            [tight.replace('&', " & "), tight]
        })
        .collect();
    all.extend(ampersands);
    let printed = APOSTROPHES.iter().find(|sign| name.contains(**sign));
    if let Some(printed) = printed {
        let others: Vec<String> = APOSTROPHES
            .iter()
            .filter(|sign| *sign != printed)
            .flat_map(|sign| all.iter().map(|name| name.replace(printed, sign)))
            .collect();
        all.extend(others);
    }
    all.sort();
    all.dedup();
    all.retain(|spelling| spelling != name);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_printed_with_other_signs() {
        for (name, expected) in [
            ("Milka", &[][..]),
            ("Président", &["President"]),
            ("Jü", &[]),
            ("Ben & Jo", &["Ben&Jo"]),
            ("A&B", &["A & B"]),
            ("Lay's", &["Lay`s", "Lay´s", "Lay’s"]),
        ] {
            assert_eq!(spellings(name), expected, "{name}");
        }
    }
}
