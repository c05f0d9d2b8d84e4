//! Names of the months in fourteen languages, whole and short, in lower case without
//! accents.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::fold::fold;

const MONTHS: [&[&str]; 12] = [
    &[
        "jan",
        "janv",
        "janvier",
        "january",
        "januari",
        "januar",
        "janner",
        "ene",
        "enero",
        "gen",
        "gennaio",
        "janeiro",
        "styczen",
        "stycznia",
        "sty",
        "leden",
        "ledna",
        "led",
        "ian",
        "ianuarie",
        "tammikuu",
        "tammikuuta",
    ],
    &[
        "fev",
        "fevr",
        "fevrier",
        "feb",
        "febr",
        "february",
        "februari",
        "februar",
        "febrero",
        "febbraio",
        "fevereiro",
        "luty",
        "lutego",
        "lut",
        "unor",
        "unora",
        "februarie",
        "helmikuu",
        "helmikuuta",
    ],
    &[
        "mar",
        "mars",
        "march",
        "marz",
        "maerz",
        "mrz",
        "maart",
        "mrt",
        "marzo",
        "marco",
        "marzec",
        "marca",
        "marts",
        "brezen",
        "brezna",
        "bre",
        "martie",
        "marcius",
        "marc",
        "maaliskuu",
        "maaliskuuta",
    ],
    &[
        "avr",
        "avril",
        "apr",
        "april",
        "abr",
        "abril",
        "aprile",
        "kwiecien",
        "kwietnia",
        "kwi",
        "duben",
        "dubna",
        "dub",
        "aprilie",
        "aprilis",
        "huhtikuu",
        "huhtikuuta",
    ],
    &[
        "mai",
        "may",
        "mayo",
        "mag",
        "maggio",
        "mei",
        "maio",
        "maj",
        "maja",
        "kveten",
        "kvetna",
        "kve",
        "majus",
        "toukokuu",
        "toukokuuta",
    ],
    &[
        "juin",
        "jun",
        "june",
        "juni",
        "junio",
        "giu",
        "giugno",
        "junho",
        "czerwiec",
        "czerwca",
        "cze",
        "cerven",
        "cervna",
        "iun",
        "iunie",
        "junius",
        "kesakuu",
        "kesakuuta",
    ],
    &[
        "juil",
        "juillet",
        "jul",
        "july",
        "juli",
        "julio",
        "lug",
        "luglio",
        "julho",
        "lipiec",
        "lipca",
        "lip",
        "cervenec",
        "cervence",
        "iul",
        "iulie",
        "julius",
        "heinakuu",
        "heinakuuta",
    ],
    &[
        "aout",
        "aug",
        "august",
        "augustus",
        "ago",
        "agosto",
        "sierpien",
        "sierpnia",
        "sie",
        "augusti",
        "srpen",
        "srpna",
        "srp",
        "augusztus",
        "elokuu",
        "elokuuta",
    ],
    &[
        "sep",
        "sept",
        "septembre",
        "september",
        "septiembre",
        "setiembre",
        "set",
        "settembre",
        "setembro",
        "wrzesien",
        "wrzesnia",
        "wrz",
        "zari",
        "septembrie",
        "szept",
        "szeptember",
        "syyskuu",
        "syyskuuta",
    ],
    &[
        "oct",
        "octobre",
        "october",
        "octubre",
        "okt",
        "oktober",
        "ott",
        "ottobre",
        "out",
        "outubro",
        "pazdziernik",
        "pazdziernika",
        "paz",
        "rijen",
        "rijna",
        "octombrie",
        "lokakuu",
        "lokakuuta",
    ],
    &[
        "nov",
        "novembre",
        "november",
        "noviembre",
        "novembro",
        "listopad",
        "listopada",
        "lis",
        "listopadu",
        "noi",
        "noiembrie",
        "marraskuu",
        "marraskuuta",
    ],
    &[
        "dec",
        "decembre",
        "december",
        "dez",
        "dezember",
        "dic",
        "diciembre",
        "dicembre",
        "dezembro",
        "grudzien",
        "grudnia",
        "gru",
        "prosinec",
        "prosince",
        "pro",
        "decembrie",
        "joulukuu",
        "joulukuuta",
    ],
];

/// The months of Canadian labels in two languages at once.
const CANADIAN: [&str; 12] = [
    "ja", "fe", "mr", "al", "ma", "jn", "jl", "au", "se", "oc", "no", "de",
];

/// Bytes of the longest name as printed, accents included.
const LONGEST: usize = 16;

static NUMBERS: LazyLock<HashMap<&[u8], u32>> = LazyLock::new(|| {
    let numbered = (1..).zip(MONTHS);
    numbered
        .flat_map(|(number, names)| names.iter().map(move |name| (name.as_bytes(), number)))
        .collect()
});

/// A bit for each letter of the alphabet: those that names end with.
static LAST_LETTERS: LazyLock<u32> = LazyLock::new(|| {
    let names = MONTHS.iter().flat_map(|names| names.iter());
    let last = names.filter_map(|name| name.bytes().last());
    last.map(|letter| 1 << (letter - b'a'))
        .fold(0, |all, bit: u32| all | bit)
});

/// False where a text does not end with the name of a month: a quick look at its last
/// letters.
pub(super) fn may_end_month(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [.., second, last] = bytes else {
        return false;
    };
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let is_last = |byte: u8| {
        let letter = byte.to_ascii_lowercase().wrapping_sub(b'a');
        !byte.is_ascii() || (letter < 26 && *LAST_LETTERS & (1 << letter) != 0)
    };
    is_letter(second) && is_last(*last)
}

/// The number of the month that a word names, in any case.
pub(super) fn month(word: &str) -> Option<u32> {
    if word.len() < 3 || word.len() > LONGEST {
        return None;
    }
    if word.is_ascii() {
        let mut lower = [0; LONGEST];
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        return NUMBERS.get(&*lower).copied();
    }
    NUMBERS.get(fold(word).to_lowercase().as_bytes()).copied()
}

/// The number of the month that two letters of a Canadian label name.
pub(super) fn canadian_month(word: &str) -> Option<u32> {
    if word.len() != 2 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    (1..)
        .zip(CANADIAN)
        .find(|(_, name)| *name == word)
        .map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_belongs_to_two_months() {
        let names: usize = MONTHS.iter().map(|names| names.len()).sum();
        assert_eq!(NUMBERS.len(), names);
    }

    #[test]
    fn months_are_named_in_any_case_with_or_without_accents() {
        for (word, number) in [
            ("MÄRZ", Some(3)),
            ("août", Some(8)),
            ("AOUT", Some(8)),
            ("października", Some(10)),
            ("Unor", Some(2)),
            ("de", None),
            ("martinet", None),
        ] {
            assert_eq!(month(word), number, "{word}");
        }
        assert_eq!(
            [canadian_month("MA"), canadian_month("mar")],
            [Some(5), None]
        );
    }
}
