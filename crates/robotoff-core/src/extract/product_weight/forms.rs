//! The ways to print a weight: words before and after it, packs, the estimated sign.

use crate::text::pattern::{Form, Guard, Pattern, WS};

/// A number as printed: comma or dot as decimal mark or between thousands, or a space
/// between thousands.
const NUMBER: &str = r"(?<value>[0-9]{1,3}(?:[ \x{A0}\x{202F}][0-9]{3})+|[0-9]+[,.]?[0-9]*)";

/// Units and their names; `e` glued to a unit is the estimated sign.
const UNIT: &str = "(?<unit>fl oz|dle?|cle?|mge?|mle?|lbs?|oz|ge?|kge?|le?|hle?\
    |gr|grs|gramm(?:es?|i|o)?|gramos?|grams?|kilos?|kilogramm?(?:es?|s|i|os?)?\
    |lit(?:re|er|ro)s?|litri|centilit(?:re|er|ro)s?|millilit(?:re|er|ro)s?)";

/// What units start with, in lower case; the last is the sign of Kelvin, a `k` to
/// patterns.
pub(super) const UNIT_INITIALS: &str = "cdfghklmo\u{212A}";

/// Words of net weight by language; empty where several languages say so. `?` makes the
/// letter before it optional.
const TRIGGERS: [(&str, &str); 9] = [
    (
        "fr",
        "poids net(?: total| [aà] l'emballage)?|masse nette|volume net(?: total)?|contenu net\
         |contenance(?: nette)?|quantit[ée] nette",
    ),
    (
        "en",
        r"net weight|net wt\.?|net contents?|net quantity|net vol(?:ume|\.)?",
    ),
    (
        "de",
        "(?:netto)?f[üu]llmenge|(?:netto)?inhalt|nettoeinwaage",
    ),
    ("es", "peso neto|contenido neto|cantidad neta"),
    ("it", "peso netto|contenuto netto|quantit[àa] netta"),
    ("nl", "(?:netto[ -]?)?inhoud|netto[ -]?hoeveelheid"),
    ("pt", "peso l[ií]quido|conte[úu]do l[ií]quido"),
    ("pl", "masa netto|waga netto"),
    (
        "",
        "netto[ -]?gewicht|netto|nettovikt|nettov[æe]gt|nettovekt|nettoindhold",
    ),
];

/// Words of the weight without its liquid.
const DRAINED: [(&str, &str); 5] = [
    ("fr", "poids net [ée]goutt[ée]"),
    ("de", "abtropfgewicht"),
    ("es", "peso (?:neto )?escurrido"),
    ("it", "peso (?:netto )?sgocciolato"),
    ("nl", "uitlekgewicht"),
];

/// How far a way to print a weight is trusted.
pub(super) struct Matcher {
    /// On the wire: `data.matcher_type`.
    pub(super) name: &'static str,
    pub(super) priority: u8,
    pub(super) automatic: bool,
    /// Smallest and largest amount in grams or millilitres.
    pub(super) limits: [f64; 2],
    pub(super) pattern: fn() -> Pattern,
    /// The language of each form.
    pub(super) langs: &'static [(&'static str, &'static str)],
}

/// Spices weigh a tenth of a gram, sacks of rice fifty kilograms.
const NET: [f64; 2] = [0.1, 50_000.0];

/// Without words of net weight only what most products weigh.
const USUAL: [f64; 2] = [10.000_001, 9_999.999_999];

/// What is printed in the order of trust; a later one is silent about words that an
/// earlier one has read.
pub(super) const MATCHERS: [Matcher; 7] = [
    Matcher {
        name: "with_mention",
        priority: 1,
        automatic: true,
        limits: NET,
        pattern: || Pattern::new(TRIGGERS.iter().map(|(_, words)| prompted(words))),
        langs: &TRIGGERS,
    },
    // The weight of a product is rather that with its liquid.
    Matcher {
        name: "with_mention",
        priority: 2,
        automatic: false,
        limits: NET,
        pattern: || Pattern::new(DRAINED.iter().map(|(_, words)| prompted(words))),
        langs: &DRAINED,
    },
    // The word alone is also said of portions, doses and animals.
    Matcher {
        name: "with_mention",
        priority: 1,
        automatic: false,
        limits: USUAL,
        pattern: || Pattern::new([prompted("poids")]),
        langs: &[("fr", "")],
    },
    Matcher {
        name: "with_ending_mention",
        priority: 1,
        automatic: true,
        limits: NET,
        pattern: || Pattern::new([counted(&format!("{NUMBER}~?{UNIT}~(?<trigger>net)"))]),
        langs: &[],
    },
    Matcher {
        name: "multi_packaging",
        priority: 2,
        automatic: true,
        limits: [1.0, 9_999.999_999],
        pattern: || {
            let count = r"(?<count>\d+(?:~?[x×*]~?\d+)*)";
            Pattern::new([counted(&format!("{count}~?[x×*]~?{NUMBER}~?{UNIT}"))])
        },
        langs: &[],
    },
    Matcher {
        name: "no_mention",
        priority: 3,
        automatic: false,
        limits: USUAL,
        pattern: || {
            let glued = counted(&format!("{NUMBER}~?(?<unit>dle|cle|mge|mle|ge|kge)"));
            let sign = counted(&format!("{NUMBER}~?{UNIT}~?℮"));
            // In Italian and Portuguese the letter is a word.
            let closes = format!(r"\z|[^\p{{L}}\s]|{WS}(?:\z|[^\p{{Ll}}])");
            let letter = counted(&format!("{NUMBER}~?{UNIT}~(?-i:e)"));
            Pattern::new([glued, sign, letter.before_guard(Guard::Matches(closes))])
        },
        langs: &[],
    },
    Matcher {
        name: "alone",
        priority: 4,
        automatic: false,
        limits: USUAL,
        pattern: || {
            let edge = r"\A|[\n|]";
            let form =
                form(&format!("{NUMBER}~?{UNIT}")).after_guard(Guard::Matches(edge.to_owned()));
            Pattern::new([form.before_guard(Guard::Matches(r" *(?:\z|[\n|])".to_owned()))])
        },
        langs: &[],
    },
];

/// The matcher that reads lines instead of running text.
pub(super) const ALONE: &str = "alone";

/// A form in any case, no letter beside it; `~` is one white space.
fn form(pattern: &str) -> Form {
    Form::new(format!("(?i){}", pattern.replace('~', WS)))
        .after_guard(Guard::NoLatin)
        .before_guard(Guard::NoLatin)
}

fn prompted(words: &str) -> Form {
    form(&format!("(?<trigger>{words})~?:?~?{NUMBER}~?{UNIT}"))
}

/// A form that starts with a number: no digit before it, nor behind a decimal mark.
fn counted(pattern: &str) -> Form {
    let before = r"\A|(?-i:[^A-Za-z\d.,])|(?:\A|[^\d])[.,]";
    form(pattern).after_guard(Guard::Matches(before.to_owned()))
}
