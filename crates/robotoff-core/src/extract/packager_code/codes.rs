//! The forms of printed codes.

use crate::ocr::OcrText;
use crate::text::pattern::{Form, Guard, Hit, WORD_CLASS, WS};

/// One form of code.
pub(super) struct Code {
    /// On the wire: `data.type`.
    pub(super) name: &'static str,
    pub(super) text: fn(&OcrText) -> &str,
    pub(super) pattern: fn() -> Form,
    /// The code as it is stored, from the match.
    pub(super) value: fn(&str, &Hit) -> String,
    /// Whether it may be applied without a person.
    pub(super) automatic: bool,
}

/// Numbers, points and hyphens between the parts of an oval mark.
const SIGN: &str = r"(?:[-.]|[\s\x1C-\x1F])";

pub(super) const CODES: [Code; 7] = [
    Code {
        name: "fr_emb",
        text: OcrText::full,
        pattern: || {
            guarded(
                r"(?i)emb ?(?<digits>[0-9] ?[0-9] ?[0-9] ?[0-9] ?[0-9]|2 ?[ab] ?[0-9] ?[0-9] ?[0-9])(?:(?<letter>[a-z]{1,3}| ?[a-z])| )?",
            )
        },
        value: |text, hit| {
            let code = format!("{}{}", part(text, hit, "digits"), part(text, hit, "letter"));
            format!("EMB {}", code.replace(' ', "").to_uppercase())
        },
        automatic: true,
    },
    Code {
        name: "fsc",
        text: OcrText::full,
        pattern: || {
            let no_digit = Guard::Matches(r"\z|[^\d]".to_owned());
            Form::new(r"(?i)fsc[^\p{L}\p{Nd}\n]? ?c(?<digits>[0-9]{6})")
                .after_guard(Guard::NoWordchar)
                .before_guard(no_digit)
        },
        value: |text, hit| format!("FSC-C{}", part(text, hit, "digits")),
        automatic: true,
    },
    Code {
        name: "eu_fr",
        text: OcrText::contiguous,
        pattern: || {
            guarded(&format!(
                r"(?i)fr{SIGN}{{1,2}}(?<a>[0-9]{{2,3}}|2a|2b){SIGN}(?<b>[0-9]{{3}}){SIGN}(?<c>[0-9]{{3}}){SIGN}{{0,2}}(?:ce|ec)"
            ))
        },
        value: |text, hit| {
            let [a, b, c] = ["a", "b", "c"].map(|name| part(text, hit, name));
            format!("FR {a}.{b}.{c} EC").to_uppercase()
        },
        automatic: true,
    },
    Code {
        name: "eu_de",
        text: OcrText::contiguous,
        pattern: || {
            guarded(&format!(
                r"(?i)de{SIGN}{{1,2}}(?<state>bb|be|bw|by|hb|he|hh|mv|ni|nw|rp|sh|sl|sn|st|th){SIGN}(?<digits>[0-9]{{1,5}}){SIGN}{{0,2}}(?:eg|ec|ce)"
            ))
        },
        value: |text, hit| {
            let state = part(text, hit, "state").to_uppercase();
            format!("DE {state}-{} EC", part(text, hit, "digits"))
        },
        automatic: true,
    },
    Code {
        name: "eu",
        text: OcrText::contiguous,
        pattern: || guarded(&other_countries()),
        value: |text, hit| {
            let body = part(text, hit, "body");
            let words: Vec<&str> = body
                .split([' ', '\n'])
                .filter(|word| !word.is_empty())
                .collect();
            format!("{} {} EC", part(text, hit, "country"), words.join(" "))
        },
        automatic: true,
    },
    Code {
        name: "rspo",
        text: OcrText::contiguous,
        pattern: || {
            Form::new(r"RSPO-[0-9]{7}")
                .after_guard(Guard::NoWordchar)
                .before_guard(Guard::Matches(r"\z|[^\d]".to_owned()))
        },
        value: |text, hit| text[hit.range.clone()].to_owned(),
        automatic: true,
    },
    Code {
        name: "fr_gluten",
        text: OcrText::contiguous,
        pattern: || {
            let before = format!(r"\A|[^{WORD_CLASS}-]");
            let after = format!(r"\z|[^{WORD_CLASS}-]|-(?:\z|[^{WORD_CLASS}])");
            Form::new(r"FR-[0-9]{3}-[0-9]{3}")
                .after_guard(Guard::Matches(before))
                .before_guard(Guard::Matches(after))
        },
        value: |text, hit| text[hit.range.clone()].to_owned(),
        automatic: true,
    },
];

/// The countries whose numbers have no form of their own, and the words for the
/// Community that close their ovals.
const COUNTRIES: &str =
    "AT|BE|BG|CY|CZ|DK|EE|ES|FI|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|UK|XI";
const MARKS: &str = "CE|EB|EC|EF|EG|EK|EO|ES|EY|EÜ|KE|WE";

/// A country, its own number, and the mark of the Community, in capitals.
fn other_countries() -> String {
    let number = r"(?<body>[A-Z]{0,3}[ -]?[0-9]{1,8}(?:[./ -][0-9]{1,8}){0,3}(?:/?[A-Z]{1,2})?)";
    format!("(?<country>{COUNTRIES}){SIGN}{{1,2}}{number}{SIGN}{{0,2}}(?:{MARKS})")
}

/// Neither after nor before a latin letter or a digit.
fn guarded(pattern: &str) -> Form {
    let before = r"\A|(?-i:[^A-Za-z0-9])";
    let after = r"\z|(?-i:[^A-Za-z0-9])";
    Form::new(pattern)
        .after_guard(Guard::Matches(before.to_owned()))
        .before_guard(Guard::Matches(after.to_owned()))
}

fn part<'t>(text: &'t str, hit: &Hit, name: &str) -> &'t str {
    hit.group(name).map_or("", |range| &text[range])
}

/// What is printed beside the codes of the USDA.
pub(super) fn usda_context() -> Form {
    Form::new("(?i)usda|inspected|department of agriculture")
        .after_guard(Guard::NoWordchar)
        .before_guard(Guard::NoWordchar)
}

/// Codes of the USDA: with `EST.`, or a letter and digits.
pub(super) fn usda_codes() -> [Form; 2] {
    let establishment = format!(r"EST\.*{WS}*[0-9]{{1,5}}[A-Z]{{0,3}}");
    [establishment, "[A-Z][0-9]{1,5}[A-Z]?".to_owned()].map(|code| {
        Form::new(code)
            .after_guard(Guard::NoWordchar)
            .before_guard(Guard::NoWordchar)
    })
}
