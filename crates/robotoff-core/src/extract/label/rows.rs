//! The patterns of labels and claims, row by row (`docs/reference/ocr.md` 4.7.1, corrected by section 9).

use crate::ocr::OcrText;
use crate::text::pattern::{Form, Guard, Pattern, WS};

/// Which view of the text a row is looked for in.
#[derive(Clone, Copy)]
pub(super) enum View {
    Full,
    Contiguous,
}

impl View {
    pub(super) fn of(self, text: &OcrText) -> &str {
        match self {
            Self::Full => text.full(),
            Self::Contiguous => text.contiguous(),
        }
    }
}

/// How the tag of a row is made.
pub(super) enum Tag {
    Fixed(&'static str),
    /// From the printed code of a control body.
    ControlBody,
}

pub(super) struct Row {
    pub(super) tag: Tag,
    pub(super) view: View,
    pub(super) pattern: Pattern,
}

/// Farming in and outside of the EU: the wider claim hides the narrower ones that
/// its words contain.
pub(super) const ORIGINS: [&str; 3] = [
    "en:eu-non-eu-agriculture",
    "en:non-eu-agriculture",
    "en:eu-agriculture",
];

/// ISO 3166-1 codes; the code of a control body starts with one.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI \
    BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY \
    CZ DE DJ DK DM DO DZ EC EE EG EH EL ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM \
    GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG \
    KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN \
    MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK \
    PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST \
    SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UK UM US UY UZ VA VC VE VG \
    VI VN VU WF WS XK YE YT ZA ZM ZW";

/// A form in any case; `~` is one white space.
fn form(pattern: &str) -> Form {
    Form::new(format!("(?i){}", pattern.replace('~', WS)))
}

/// A form in the case given.
fn exact(pattern: &str) -> Form {
    Form::new(pattern.replace('~', WS))
}

/// A form as words of their own.
fn words(pattern: &str) -> Form {
    form(pattern)
        .after_guard(Guard::NoWordchar)
        .before_guard(Guard::NoWordchar)
}

/// A form with the character that closes it, else as words of their own.
fn closed(pattern: &str) -> [Form; 2] {
    let closing = r"[\s\x1C-\x1F.,)]";
    [
        form(&format!("{pattern}{closing}")),
        form(pattern).before_guard(Guard::NoWordchar),
    ]
}

/// `sans ...` or `ni ...` as words of their own.
fn without(pattern: &str) -> Form {
    form(&format!("(?:sans|ni) {pattern}")).after_guard(Guard::NoWordchar)
}

/// So that "no artificial colourings" is not read as "no colourings".
fn unless_artificial(form: Form) -> Form {
    form.before_guard(Guard::none_of(&[
        "s arti", " arti", "s künst", " künst", " kunst",
    ]))
}

fn row(tag: &'static str, forms: impl IntoIterator<Item = Form>) -> Row {
    Row {
        tag: Tag::Fixed(tag),
        view: View::Contiguous,
        pattern: Pattern::new(forms),
    }
}

fn control_body_rows() -> [Row; 2] {
    let countries = COUNTRIES.split_whitespace().collect::<Vec<_>>().join("|");
    let bodies =
        format!(r"(?:{countries})(?:-|~|\.)(?:BIO|ÖKO|OKO|EKO|ØKO|ORG|Bio)(?:-|~|\.)\d{{2,3}}");
    let bodies = exact(&bodies).before_guard(Guard::Matches(r"\z|[^\d]".to_owned()));
    let spanish = exact(r"ES(?:-|~|\.)ECO(?:-|~|\.)\d{3}(?:-|~|\.)[A-Z]{2,3}");
    [bodies, spanish.before_guard(Guard::NoLatin)].map(|code| Row {
        tag: Tag::ControlBody,
        view: View::Full,
        pattern: Pattern::new([code.after_guard(Guard::NoLatin)]),
    })
}

/// French puts the place last, English first. Other languages say it in the word list.
fn origin_rows() -> [Row; 3] {
    let no_slash = Guard::Matches(format!(r"\z|[^/\s\x1C-\x1F]|{WS}(?:\z|[^/])"));
    let alone = Guard::Matches(r"\A|[^\p{L}\p{Nd}\p{Nl}\p{No}_-]".to_owned());
    [
        row(
            ORIGINS[0],
            [
                form("agriculture ue~?/~?non~?(?:-~?)?ue"),
                form("eu~?/~?non~?(?:-~?)?eu agriculture"),
            ],
        ),
        row(
            ORIGINS[2],
            [
                form("agriculture ue").before_guard(no_slash),
                form("~eu agriculture").after_guard(Guard::Matches(r"\A|[^-]".to_owned())),
                form("eu agriculture").after_guard(alone),
            ],
        ),
        row(
            ORIGINS[1],
            [
                form("agriculture non~?(?:-~?)?ue"),
                form("non~?(?:-~?)?eu agriculture"),
            ],
        ),
    ]
}

fn preservative_row() -> Row {
    row(
        "en:no-preservatives",
        [
            unless_artificial(form("senza conservanti")),
            form("без консервантов"),
            form("conserveermiddelvrij"),
            unless_artificial(without("conservateur")),
            form("fără conservanți"),
            form("no preservative"),
            unless_artificial(form("sin conservante")),
            form("ohne konservierungsstoffe"),
        ],
    )
}

fn flavor_rows() -> [Row; 2] {
    [
        row(
            "en:no-flavors",
            [
                form("без ароматизаторов"),
                unless_artificial(form("senza aromi")),
                form("zonder toegevoegde smaakstoffen"),
                without("ar[oô]mes? ajout[eé]s"),
                unless_artificial(form("sin aromas?")),
                form("ohne zusatz von aromen"),
                form("no flavou?rs?"),
            ],
        ),
        row(
            "en:no-artificial-flavors",
            [
                form("без искусственных ароматизаторов"),
                form("ohne künstliche aromen"),
                form("sin aromas? artificial(?:es)?"),
                form("senza aromi artificiali"),
                form("vrij van kunstmatige smaakstoffen"),
                without("ar[oô]mes? artificiels?"),
                form("no artificial flavou?rs?"),
            ],
        ),
    ]
}

fn coloring_row() -> Row {
    row(
        "en:no-colorings",
        [
            form("no colou?rings?"),
            form("no colou?rants?"),
            form("ohne farbstoffzusatz"),
            unless_artificial(without("colorants?")),
            form("zonder kleurstoffen"),
            unless_artificial(form("sin colorantes?")),
            form("без красителей"),
            unless_artificial(form("senza coloranti")),
        ],
    )
}

fn additive_row() -> Row {
    row(
        "en:no-additives",
        [
            unless_artificial(form("zonder toevoegingen")),
            unless_artificial(form("sin aditivos")),
            unless_artificial(without("additif")),
            form("ohne zusätze"),
            form("no additives?"),
        ],
    )
}

/// Every row in the order of the answer.
pub(super) fn rows() -> Vec<Row> {
    let [bio, bio_alone] = closed("ingr[eé]dients?~bio");
    let [farming, farming_alone] = closed("agriculture bio(?:logique)?");
    let [production, production_alone] = closed("production bio(?:logique)?");
    let organic = row(
        "en:organic",
        [
            form("ingr[eé]dients?~biologiques?"),
            bio,
            form("agriculture ue/non ue biologique"),
            farming,
            production,
            bio_alone,
            farming_alone,
            production_alone,
        ],
    );
    let mut rows = vec![organic];
    rows.extend(control_body_rows());
    rows.extend([
        row("fr:ab-agriculture-biologique", closed("certifi[eé] ab")),
        row(
            "fr:label-rouge",
            [words(r"homologation(?: n)?°? ?la ?\d{2}/\d{2}")],
        ),
        row("fr:aoc", [words("aoc")]),
        Row {
            view: View::Full,
            ..row("en:nutriscore", [words("nutri[- ]?score")])
        },
    ]);
    rows.extend(origin_rows());
    rows.push(preservative_row());
    rows.extend(flavor_rows());
    rows.extend([coloring_row(), additive_row()]);
    rows
}

/// The word that the codes of a country of the EU have; all others say `bio`.
const WORDS: [(&str, &str); 18] = [
    ("de", "oko"),
    ("dk", "øko"),
    ("ee", "oko"),
    ("es", "eco"),
    ("fi", "eko"),
    ("gb", "org"),
    ("hr", "eko"),
    ("hu", "oko"),
    ("ie", "org"),
    ("lt", "eko"),
    ("mt", "org"),
    ("no", "øko"),
    ("pl", "eko"),
    ("ro", "eco"),
    ("se", "eko"),
    ("si", "eko"),
    ("uk", "org"),
    ("us", "org"),
];

/// `LU BIO 04` is `en:lu-bio-04`, `DE-ÖKO-006` is `en:de-oko-006`; a German code has
/// three digits or is none, and each country has its own word. The Danish and Norwegian
/// `ø` is kept.
pub(super) fn control_body_tag(code: &str) -> Option<String> {
    let parts: Vec<String> = code
        .split(|c: char| matches!(c, '-' | '.' | '\u{1C}'..='\u{1F}') || c.is_whitespace())
        .map(|part| part.to_lowercase().replace('ö', "o"))
        .collect();
    let (country, word) = (parts.first()?.as_str(), parts.get(1)?.as_str());
    let own = WORDS.iter().find(|(code, _)| *code == country);
    // Control bodies of third countries have any of two words.
    let is_own = own.is_none_or(|(_, own)| *own == word)
        && (own.is_some() || word == "bio" || word == "org");
    let is_short_german = country == "de" && parts.last()?.chars().count() != 3;
    (is_own && !is_short_german).then(|| format!("en:{}", parts.join("-")))
}
