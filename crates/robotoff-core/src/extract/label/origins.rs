//! Farming in and outside of the European Union, in the languages of the member states.

use super::row::{Row, row};
use crate::text::pattern::{Form, Guard};

/// Tags of origin: the wider claim hides the narrower ones that its words contain.
pub(super) const ORIGINS: [&str; 3] = [
    "en:eu-non-eu-agriculture",
    "en:non-eu-agriculture",
    "en:eu-agriculture",
];

/// Words for farming that stand before the Union: `agriculture UE`.
const FARMING_BEFORE: &str = "agriculture|agricultura|agricoltura|agricultură|rolnictwo|rolnictwa|\
    zemědělství|zemědělská (?:produkce|výroba)|produkce z|poľnohospodárstvo|jordbruk|γεωργία|\
    poljoprivreda|kmetijstvo";

/// Words for farming that stand behind it, joined by a hyphen or a blank.
const FARMING_BEHIND: &str = r"landwirtschaft|agriculture|farming|landbouw|jordbruk|jordbrug|\
    landbrug|maatalou\p{L}*|mezőgazdaság\p{L}*|zemědělství";

/// The Union in Latin and Greek letters.
const UNION: &str = r"(?:u\.?e|e\.?u|ε\.?ε)\.?";

/// Words for outside.
const OUTSIDE: &str = "non|no|not|não|nao|nicht|niet|icke|ikke|ei|nem|hors|extra|spoza|mimo|\
    utanför|uden for|buiten|außerhalb|outside|din afara|εκτός|izvan";

/// Signs and words that join origins. `~` is white space.
const JOINERS: &str = r"~*[-–—]?~*(?:[/,&+|]|[-–—]|et|and|und|en|e|y|i|a|och|og|ja|és|si|și|şi|oraz|ou|or|oder|o|of|lub|και)~*[-–—]?~*";

/// Rows of each origin, the widest first.
pub(super) fn rows() -> [Row; 3] {
    let filled = |pattern: &str| {
        let pattern = pattern
            .replace("BEFORE", FARMING_BEFORE)
            .replace("BEHIND", FARMING_BEHIND)
            .replace("UNION", UNION)
            .replace("OUTSIDE", OUTSIDE)
            .replace("JOIN", JOINERS);
        Form::new(format!("(?i){}", pattern.replace('~', r"[\s\x1C-\x1F]")))
    };
    let alone = || Guard::Matches(r"\A|[^\p{L}\p{Nd}\p{Nl}\p{No}_-]".to_owned());
    let no_slash =
        Guard::Matches(r"\z|[^/\s\x1C-\x1F\p{L}\p{Nd}]|[\s\x1C-\x1F](?:\z|[^/])".to_owned());
    let within = r"(?:BEFORE)~(?:din~)?(?:OUTSIDE)~?(?:-~?)?UNION";
    let outside = r"(?:OUTSIDE)~?(?:-~?)?UNION~?[-–]?~?(?:BEHIND)";
    [
        row(
            ORIGINS[0],
            [
                filled(r"(?:BEFORE)~(?:din~)?UNIONJOIN(?:OUTSIDE)~?(?:-~?)?UNION"),
                filled(r"(?:BEFORE)~(?:OUTSIDE)~?(?:-~?)?UNIONJOINUNION"),
                filled(r"UNIONJOIN(?:OUTSIDE)~?(?:-~?)?UNION~?[-–]?~?(?:BEHIND)"),
                filled(r"(?:OUTSIDE)~?(?:-~?)?UNION-?JOINUNION~?[-–]?~?(?:BEHIND)"),
            ]
            .map(|form| form.after_guard(alone())),
        ),
        row(
            ORIGINS[2],
            [
                filled(r"(?:BEFORE)~(?:din~)?UNION").before_guard(no_slash),
                // The blank is part of the recorded match.
                filled(r"~eu agriculture").after_guard(Guard::Matches(r"\A|[^-]".to_owned())),
                filled(r"UNION~?[-–]?~?(?:BEHIND)").after_guard(alone()),
            ],
        ),
        row(ORIGINS[1], [filled(within), filled(outside)]),
    ]
}
