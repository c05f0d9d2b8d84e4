//! Approval numbers in the oval marks of food plants: the number's form by country, and the
//! abbreviations of the European Union that close an oval.

use super::code_form::{SIGN, guarded};
use crate::text::pattern::Form;

/// A country in an oval and the pattern of its numbers. `#` is one digit.
struct Country {
    code: &'static str,
    number: &'static str,
}

const fn country(code: &'static str, number: &'static str) -> Country {
    Country { code, number }
}

/// Countries that have no form of their own in `CODES`. The forms follow the lists of
/// approved establishments that each country publishes; a number that is too long for its
/// country is a telephone, VAT or postal number.
const COUNTRIES: [Country; 31] = [
    country("AT", r"(?:[A-Z]{1,2}[ -]?)?#{2,6}(?:[-/]#{1,2})?"),
    country("BE", r"[A-Z]{0,3}[ -]?#{1,5}(?:[-/]#{1,2})?"),
    country("BG", r"#{6,8}|[A-Z]{1,2}-?#{3,7}"),
    country("CY", r"[A-Z]{0,2}[ -]?#{1,5}"),
    country("CZ", r"#{1,5}"),
    country("DK", r"[A-Z]?[ -]?#{2,5}"),
    country("EE", r"#{1,6}"),
    country("ES", r"#{1,2}[./ -]#{3,7}(?:[/ -] ?[A-Z]{1,3})?"),
    country("FI", r"[A-Z]{0,2}[ -]?#{1,6}(?:-#{1,3})?"),
    country("FO", r"#{1,4}"),
    country("GR|EL", r"[A-Z]{0,3}#{1,4}(?:[./-]#{1,5})?"),
    country("HR", r"#{1,5}"),
    country("HU", r"#{1,6}"),
    country("IE", r"[A-Z]{0,2} ?#{1,5}"),
    country(
        "IT",
        r"[A-Z]#[A-Z]#[A-Z]|#[ -]#{1,5}(?:[ /-]?[A-Z]{1,2})?|#{2}[/ ]#{1,4}|#{1,5}(?:[ /-]{0,3}[A-Z]{1,2})?",
    ),
    country("LT", r"#{2}[- ]#{1,4}(?:[- ]?[A-Z])?"),
    country("LU", r"[A-Z]{0,2}[ -]?#{1,4}"),
    country("LV", r"[A-Z]?[ -]?#{2,6}"),
    country("MT", r"[A-Z]{0,2}[ -]?#{1,4}"),
    country("NL", r"[A-Z]{0,2}[ -]?#{2,5}"),
    country("PL", r"#{4} ?#{2} ?#{2}"),
    country("PT", r"[A-Z]{0,3}[ -]?#{1,5}(?:[ /-]?[A-Z])?"),
    country("RO", r"[A-Z]{0,2}[ -]?#{1,4}"),
    country("SE", r"[A-Z]{0,2}[ -]?#{1,5}"),
    country("SI", r"[A-Z]?[ -]?#{1,4}"),
    country("SK", r"#{1,2}[-.]#{1,3}[-.]#{1,4}"),
    country("GB|UK|XI", r"[A-Z]{0,3}[ -]?#{1,5}[A-Z]?"),
    country(r"UK ?\(NI\)", r"[A-Z]{0,2}[ -]?#{1,5}"),
    country("IS", r"[A-Z]?[ -]?#{1,4}"),
    country("LI", r"[A-Z]?[ -]?#{1,4}"),
    // `NO 1` is an ordinal number.
    country("NO", r"[A-Z]?[ -]?#{2,5}"),
];

/// Abbreviations of the Community, the Union and the Economic Area, each with or without
/// full stops, in the languages of the member states.
const MARKS: &str = r"C\.E\.E\.?|CEE|E\.E\.C\.?|EEC|E\.W\.G\.?|EWG|C\.E\.?|CE|E\.C\.?|EC|U\.E\.?|UE|E\.U\.?|EU|E\.G\.?|EG|W\.E\.?|WE|E\.F\.?|EF|EB|EE|EES|EEA|EFTA|EHP|EK|EL|EO|ES|EY|EZ|EÜ|EØS|KE|ЕО|ЕС|ΕΚ|ΕΕ";

/// Oval marks of France, in any case and with one of the abbreviations.
pub(super) const FRENCH_MARKS: &str = r"(?:c\.e\.?|ce|e\.c\.?|ec|u\.e\.?|ue|e\.u\.?|eu)";

/// Oval marks of Germany: each abbreviation that German plants print.
pub(super) const GERMAN_MARKS: &str =
    r"(?:e\.w\.g\.?|ewg|e\.g\.?|eg|e\.c\.?|ec|c\.e\.?|ce|e\.u\.?|eu|u\.e\.?|ue)";

/// A country, a number of its form, and the mark of the Union, in capitals.
pub(super) fn other_countries() -> Vec<Form> {
    let form = |country: &Country| {
        // The letter O is read for a nought behind a digit.
        let number = country.number.replace('#', "[0-9O]");
        guarded(&format!(
            r"(?<country>{}){SIGN}{{1,3}}(?<body>{number}){SIGN}{{0,3}}(?<mark>{MARKS})",
            country.code
        ))
    };
    COUNTRIES.iter().map(form).collect()
}

/// Great Britain since 2021, and Northern Ireland where its mark is lost: letters and digits
/// without a mark of the Union.
pub(super) fn british() -> Form {
    guarded(&format!(
        r"(?<country>GB|UK(?: ?\(NI\))?){SIGN}{{1,3}}(?<body>[A-Z]{{2}} ?[0-9]{{3,4}})"
    ))
}
