//! The forms of printed codes.

use super::code_form::{SIGN, guarded};
use super::countries::{FRENCH_MARKS, GERMAN_MARKS, british, other_countries};
use crate::ocr::OcrText;
use crate::text::pattern::{Form, Guard, Hit, WORD_CLASS, WS};

/// One form of code.
pub(super) struct Code {
    /// On the wire: `data.type`.
    pub(super) name: &'static str,
    /// A few letters and digits, which a sentence may hold too.
    pub(super) is_short: bool,
    pub(super) text: fn(&OcrText) -> &str,
    pub(super) forms: fn() -> Vec<Form>,
    /// The code as it is stored, from the match; `None` where the numbers cannot be.
    pub(super) value: fn(&str, &Hit) -> Option<CodeReading>,
}

/// A code as it is stored.
pub(super) struct CodeReading {
    pub(super) value: String,
    /// May be applied without a person: the whole form is there, none of it corrected or
    /// contradicted by its check digit.
    pub(super) is_certain: bool,
}

impl CodeReading {
    fn new(value: String) -> Option<Self> {
        Some(Self {
            value,
            is_certain: true,
        })
    }

    fn unless_corrected(value: String, is_corrected: bool) -> Option<Self> {
        Some(Self {
            value,
            is_certain: !is_corrected,
        })
    }
}

/// A hyphen as it is typed or typeset.
const DASH: &str = r"[\-\u{2010}-\u{2015}\u{2212}]";

pub(super) const CODES: [Code; 10] = [
    Code {
        name: "fr_emb",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            let digit = "[0-9o]";
            let digits = format!(
                "{digit}{{5}}|{digit}{{2}} {digit}{{3}}|{digit} {digit} {digit} {digit} {digit}|2 ?[ab] ?{digit} ?{digit} ?{digit}"
            );
            vec![guarded(&format!(
                r"(?i)emb(?:{SIGN}|[/_]){{0,3}}(?:n ?[°ºo]{SIGN}{{0,2}})?(?<digits>{digits})(?:(?<letter>[a-z]{{1,3}}| ?[a-z])| )?"
            ))]
        },
        value: packager_of_france,
    },
    Code {
        name: "fsc",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            let no_digit = Guard::Matches(r"\z|[^\d]".to_owned());
            vec![
                Form::new(format!(
                    r"(?i)fsc(?:®|™|\(r\))?{SIGN}{{0,3}}c{SIGN}?(?<digits>[0-9o]{{6}})"
                ))
                .after_guard(Guard::NoWordchar)
                .before_guard(no_digit),
            ]
        },
        value: |text, hit| {
            let (digits, is_corrected) = noughts(part(text, hit, "digits"));
            has_digits(part(text, hit, "digits")).then_some(())?;
            CodeReading::unless_corrected(format!("FSC-C{digits}"), is_corrected)
        },
    },
    Code {
        name: "eu_fr",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            vec![
                guarded(&format!(
                    r"(?i)fr?{SIGN}{{1,3}}(?<a>[0-9o]{{2,3}}|2a|2b){SIGN}{{1,3}}(?<b>[0-9o]{{3}}){SIGN}{{1,3}}(?<c>[0-9o]{{3}}){SIGN}{{0,3}}{FRENCH_MARKS}"
                )),
                guarded(&format!(
                    r"(?i)fr{SIGN}{{1,3}}(?<a>[0-9]{{2}}|2a|2b)(?<b>[0-9]{{3}})(?<c>[0-9]{{3}}){SIGN}{{1,3}}{FRENCH_MARKS}"
                )),
                // The Community's older name counts in capitals only.
                guarded(&format!(
                    r"FR?{SIGN}{{1,3}}(?<a>[0-9]{{2,3}}|2A|2B){SIGN}{{1,3}}(?<b>[0-9]{{3}}){SIGN}{{1,3}}(?<c>[0-9]{{3}}){SIGN}{{0,3}}(?:C\.E\.E\.?|CEE)"
                )),
            ]
        },
        value: |text, hit| {
            let parts = ["a", "b", "c"].map(|name| noughts(part(text, hit, name)));
            let is_corrected = parts.iter().any(|(_, is_corrected)| *is_corrected);
            let [a, b, c] = parts.map(|(digits, _)| digits);
            is_department(&a).then_some(())?;
            CodeReading::unless_corrected(format!("FR {a}.{b}.{c} EC").to_uppercase(), is_corrected)
        },
    },
    Code {
        name: "eu_de",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            vec![guarded(&format!(
                r"(?i)de?{SIGN}{{1,3}}(?<state>bb|be|bw|by|hb|he|hh|mv|ni|nw|rp|sh|sl|sn|st|th){SIGN}{{1,3}}(?<digits>[0-9][0-9o]{{0,4}}){SIGN}{{0,3}}{GERMAN_MARKS}"
            ))]
        },
        value: |text, hit| {
            let state = part(text, hit, "state").to_uppercase();
            let (digits, is_corrected) = noughts(part(text, hit, "digits"));
            CodeReading::unless_corrected(format!("DE {state}-{digits} EC"), is_corrected)
        },
    },
    Code {
        name: "eu",
        is_short: true,
        text: OcrText::contiguous,
        forms: || [other_countries(), vec![british()]].concat(),
        value: |text, hit| {
            let printed = part(text, hit, "body");
            let number = printed.split_whitespace().collect::<Vec<_>>().join(" ");
            let digits = number.bytes().filter(u8::is_ascii_digit).count();
            let number = with_noughts(&number);
            let is_corrected = number.bytes().filter(u8::is_ascii_digit).count() > digits;
            (digits > 0).then_some(())?;
            let country = part(text, hit, "country").replace(' ', "");
            let number = match (country.as_str(), number.as_bytes().get(2)) {
                ("PL", _) => number.replace(' ', ""),
                // `08 123` is region and number.
                ("IT", Some(b' ')) if number.starts_with(|c: char| c.is_ascii_digit()) => {
                    number.replacen(' ', "/", 1)
                }
                _ => number,
            };
            // Letters and digits are everywhere: without a mark a person decides.
            let has_mark = hit.group("mark").is_some();
            Some(CodeReading {
                value: format!("{country} {number} EC"),
                is_certain: has_mark && !is_corrected,
            })
        },
    },
    Code {
        name: "rspo",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            vec![
                Form::new(format!(r"RSPO®?{SIGN}{{0,3}}(?<digits>[0-9]{{7}})"))
                    .after_guard(Guard::NoWordchar)
                    .before_guard(Guard::Matches(r"\z|[^\d]".to_owned())),
            ]
        },
        value: |text, hit| CodeReading::new(format!("RSPO-{}", part(text, hit, "digits"))),
    },
    Code {
        name: "fr_gluten",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            let before = format!(r"\A|[^{WORD_CLASS}-]");
            let after = format!(r"\z|[^{WORD_CLASS}-]|-(?:\z|[^{WORD_CLASS}])");
            vec![
                Form::new(format!(r"FR{DASH}(?<a>[0-9]{{3}}){DASH}(?<b>[0-9]{{3}})"))
                    .after_guard(Guard::Matches(before))
                    .before_guard(Guard::Matches(after)),
            ]
        },
        value: |text, hit| {
            let [a, b] = ["a", "b"].map(|name| part(text, hit, name));
            CodeReading::new(format!("FR-{a}-{b}"))
        },
    },
    Code {
        name: "rgseaa",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            vec![guarded(&format!(
                r"(?i)(?:r\.? ?g\.? ?s\.? ?e\.? ?a\.? ?a|r\.? ?s\.? ?i)\.?(?:{SIGN}|[nº°]){{0,6}}(?:es{SIGN})?(?<a>[0-9]{{2}})[.,](?<b>[0-9]{{4,7}})(?<c>/[a-z]{{1,3}})?"
            ))]
        },
        value: |text, hit| {
            let [a, b, c] = ["a", "b", "c"].map(|name| part(text, hit, name));
            CodeReading::new(format!("RGSEAA {a}.{b}{}", c.to_uppercase()))
        },
    },
    Code {
        name: "ggn",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            vec![guarded(&format!(
                r"(?i)ggn(?:{SIGN}|[®™nº°]){{0,4}}(?<digits>(?:[0-9] ?){{12}}[0-9])"
            ))]
        },
        value: |text, hit| {
            let digits = part(text, hit, "digits").replace(' ', "");
            let is_misread = !is_global_location(&digits);
            CodeReading::unless_corrected(format!("GGN {digits}"), is_misread)
        },
    },
    Code {
        name: "fishing",
        is_short: false,
        text: OcrText::contiguous,
        forms: || {
            let before = format!(r"\A|[^{WORD_CLASS}-]");
            let after = format!(r"\z|[^{WORD_CLASS}-]|-(?:\z|[^{WORD_CLASS}])");
            vec![
                Form::new(format!(
                    r"(?i)(?<scheme>msc|asc)(?:{DASH}| )c(?:{DASH}| )?(?<digits>[0-9]{{5}})"
                ))
                .after_guard(Guard::Matches(before))
                .before_guard(Guard::Matches(after)),
            ]
        },
        value: |text, hit| {
            let scheme = part(text, hit, "scheme").to_uppercase();
            CodeReading::new(format!("{scheme}-C-{}", part(text, hit, "digits")))
        },
    },
];

/// `EMB 35288C` of the printed parts: the number of a commune, and the letters of the firm.
fn packager_of_france(text: &str, hit: &Hit) -> Option<CodeReading> {
    let printed = part(text, hit, "digits");
    let (number, is_corrected) = noughts(&printed.replace(' ', ""));
    let number = number.to_uppercase();
    if !has_digits(printed) || !is_department(&number) || is_counted(&text[hit.range.end..]) {
        return None;
    }
    let letter = part(text, hit, "letter");
    let is_measure = matches!(letter, " g" | " l");
    if is_measure && printed.contains(' ') {
        return None;
    }
    // A small letter apart may begin a sentence.
    let is_word = is_measure || matches!(letter, " a" | " y");
    let letter = if is_word { "" } else { letter.trim_start() };
    CodeReading::unless_corrected(
        format!("EMB {number}{}", letter.to_uppercase()),
        is_corrected,
    )
}

/// True where most of a number is digits; the others are the letter O.
fn has_digits(number: &str) -> bool {
    number.bytes().filter(u8::is_ascii_digit).count() >= 3
}

/// Pieces that packing words count: `Emb. 12500 unidades`.
const COUNTED: [&str; 9] = [
    "uds", "unid", "unit", "un.", "caixas", "cajas", "pcs", "pièces", "colis",
];

fn is_counted(behind: &str) -> bool {
    let word = behind.trim_start();
    COUNTED.iter().any(|counted| word.starts_with(counted))
}

/// True where a number begins with that of a French department, overseas ones included.
fn is_department(number: &str) -> bool {
    match number.get(..2) {
        Some("2A" | "2B" | "2a" | "2b") => true,
        Some("97") => matches!(number.as_bytes().get(2), None | Some(b'1'..=b'8')),
        Some("98") => true,
        Some(two) => two.parse().is_ok_and(|two: u8| (1..=95).contains(&two)),
        None => false,
    }
}

/// The digits with each letter O read as a nought, and whether there was one.
fn noughts(digits: &str) -> (String, bool) {
    (digits.replace(['o', 'O'], "0"), digits.contains(['o', 'O']))
}

/// A number with the letter O read as a nought where it follows a digit.
fn with_noughts(number: &str) -> String {
    let mut is_behind_digit = false;
    let read = number.chars().map(|c| {
        let c = if c == 'O' && is_behind_digit { '0' } else { c };
        is_behind_digit = c.is_ascii_digit();
        c
    });
    read.collect()
}

/// True where the last of thirteen digits checks the others (GS1 global location number).
fn is_global_location(digits: &str) -> bool {
    let weighted = digits.bytes().enumerate();
    let sum: u32 = weighted
        .map(|(at, digit)| u32::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 })
        .sum();
    sum.is_multiple_of(10)
}

pub(super) fn part<'t>(text: &'t str, hit: &Hit, name: &str) -> &'t str {
    hit.group(name).map_or("", |range| &text[range])
}

/// The words beside the codes of the USDA.
pub(super) fn usda_context() -> Form {
    Form::new("(?i)usda|inspected|inspection|department of agriculture")
        .after_guard(Guard::NoWordchar)
        .before_guard(Guard::NoWordchar)
}

/// Codes of the USDA: with `EST.`, or a letter and digits. Groups: `letter`, `number`.
pub(super) fn usda_codes() -> [Form; 2] {
    let number = r"(?<number>[0-9]{1,5}[A-Z]{0,3})";
    let establishment = format!(r"(?:EST|Est)\.*{WS}*(?:(?:NO|No)\.?{WS}*|#{WS}?)?{number}");
    let plant = format!("(?<letter>[A-Z]){DASH}?(?<number>[0-9]{{1,5}}[A-Z]?)");
    [establishment, plant].map(|code| {
        Form::new(code)
            .after_guard(Guard::NoWordchar)
            .before_guard(Guard::NoWordchar)
    })
}

/// Words beside the number of a Canadian establishment.
pub(super) fn canadian_context() -> Form {
    Form::new("(?i)inspected|inspect[eé]e?|food inspection|inspection des aliments|safe food for canadians|cfia|acia")
        .after_guard(Guard::NoWordchar)
        .before_guard(Guard::NoWordchar)
}

/// The position in [`canadian`] of the form that needs no words of inspection.
pub(super) const CANADIAN_ESTABLISHMENT: usize = 1;

/// `CANADA` and the number of an establishment, each on a line of its own, behind `EST.` or
/// before words of inspection.
pub(super) fn canadian() -> [Form; 3] {
    let line_start = r"\A|[\n|]";
    let line_end = r"\z|[\n|]";
    [
        Form::new(r"CANADA[ .\-]*\n[ \-]*(?:EST\.? ?)?(?<digits>[0-9]{2,4}[A-Z]?)[ .]*")
            .after_guard(Guard::Matches(line_start.to_owned()))
            .before_guard(Guard::Matches(line_end.to_owned())),
        Form::new(r"CANADA[ .\-\n]{1,3}EST\.? ?(?:NO\.? ?)?(?<digits>[0-9]{1,4}[A-Z]?)")
            .after_guard(Guard::NoWordchar)
            .before_guard(Guard::NoWordchar),
        Form::new(r"CANADA[ .\-]{1,3}(?<digits>[0-9]{1,4}[A-Z]?)[ .,\-\n]{1,3}(?:AGRICULTURE|FEDERALLY|INSPECT)")
            .after_guard(Guard::NoWordchar),
    ]
}
