//! Labels and claims (`ocr.md` 4.7): patterns, then keywords, then Google's logos.

use super::evidence::{evidence, put_box};
use super::{BuildError, Extractor, lexicon};
use crate::knowledge::{Knowledge, LexiconKind};
use crate::ocr::{OcrResult, OcrText};
use crate::prediction::{Evidence, Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::pattern::{Form, Guard, Pattern, Prefilter, WS};

/// Which view of the text a row is looked for in.
#[derive(Clone, Copy)]
enum View {
    Full,
    Contiguous,
}

impl View {
    fn of(self, text: &OcrText) -> &str {
        match self {
            Self::Full => text.full(),
            Self::Contiguous => text.contiguous(),
        }
    }
}

/// How the tag of a row is made.
enum Tag {
    Fixed(&'static str),
    /// From the printed code of a control body.
    ControlBody,
}

struct Row {
    tag: Tag,
    view: View,
    pattern: Pattern,
}

/// A form in any case; `~` is one white space, `%` a closing character.
fn form(pattern: &str) -> Form {
    Form::new(format!("(?i){}", spelled(pattern)))
}

/// A form in the case given.
fn exact(pattern: &str) -> Form {
    Form::new(spelled(pattern))
}

fn spelled(pattern: &str) -> String {
    pattern.replace('~', WS).replace('%', r"[\s\x1C-\x1F.,)]")
}

/// `sans ...` or `ni ...` as words of their own.
fn without(pattern: &str) -> Form {
    form(&format!("(?:sans|ni) {pattern}")).after_guard(Guard::NoWordchar)
}

/// So that "no artificial flavours" is not read as "no flavours".
fn unless_artificial(form: Form, phrases: &[&str]) -> Form {
    form.before_guard(Guard::none_of(phrases))
}

fn row(tag: &'static str, forms: impl IntoIterator<Item = Form>) -> Row {
    Row {
        tag: Tag::Fixed(tag),
        view: View::Contiguous,
        pattern: Pattern::new(forms),
    }
}

fn control_body_rows() -> [Row; 2] {
    let bodies = exact(r"[A-Z]{2}(?:-|~|\.)(?:BIO|ÖKO|OKO|EKO|ØKO|ORG|Bio)(?:-|~|\.)\d{2,3}");
    let spanish = exact(r"ES(?:-|~|\.)ECO(?:-|~|\.)\d{3}(?:-|~|\.)[A-Z]{2,3}");
    [bodies, spanish].map(|code| Row {
        tag: Tag::ControlBody,
        view: View::Full,
        pattern: Pattern::new([code.after_guard(Guard::NoLatin)]),
    })
}

fn origin_rows() -> [Row; 3] {
    let no_slash = Guard::Matches(format!(r"\z|[^/\s\x1C-\x1F]|{WS}(?:\z|[^/])"));
    [
        row(
            "en:eu-non-eu-agriculture",
            [
                form("agriculture ue~?/~?non~?(?:-~?)?ue"),
                form("eu~?/~?non~?(?:-~?)?eu agriculture"),
            ],
        ),
        row(
            "en:eu-agriculture",
            [
                form("agriculture ue").before_guard(no_slash),
                form("~?eu agriculture").after_guard(Guard::Matches(r"\A|[^-]".to_owned())),
            ],
        ),
        row(
            "en:non-eu-agriculture",
            [
                form("agriculture non~?(?:-~?)?ue"),
                form("non~?(?:-~?)?eu agriculture"),
            ],
        ),
    ]
}

fn claim_rows() -> [Row; 5] {
    let plural: &[&str] = &["s arti", " arti"];
    let singular: &[&str] = &[" arti"];
    [
        row(
            "en:no-preservatives",
            [
                unless_artificial(form("senza conservanti"), singular),
                form("без консервантов"),
                form("conserveermiddelvrij"),
                unless_artificial(without("conservateur"), plural),
                form("fără conservanți"),
                form("no preservative"),
                unless_artificial(form("sin conservante"), plural),
                form("ohne konservierungsstoffe"),
            ],
        ),
        row(
            "en:no-flavors",
            [
                form("без ароматизаторов"),
                form("senza aromi"),
                form("zonder toegevoegde smaakstoffen"),
                without("ar[oô]mes? ajout[eé]s"),
                form("sin aromas?"),
                form("ohne zusatz von aromen"),
                form("no flavors?"),
            ],
        ),
        row(
            "en:no-artificial-flavors",
            [
                form("без искусственных ароматизаторов"),
                form("ohne künstliche aromen"),
                form("sin aromas? artificiales?"),
                form("vrij van kunstmatige smaakstoffen"),
                without("ar[oô]mes? artificiels?"),
                form("no artificial flavors?"),
            ],
        ),
        row(
            "en:no-colorings",
            [
                form("no colorings?"),
                form("no colourants?"),
                form("ohne farbstoffzusatz"),
                without("colorants?"),
                form("zonder kleurstoffen"),
                form("sin colorantes?"),
                form("без красителей"),
                form("senza coloranti"),
            ],
        ),
        row(
            "en:no-additives",
            [
                form("zonder toevoegingen"),
                unless_artificial(form("sin aditivos"), singular),
                unless_artificial(without("additif"), plural),
                form("ohne zusätze"),
                form("no additives?"),
            ],
        ),
    ]
}

/// Every row in the order of the answer.
fn rows() -> Vec<Row> {
    let organic = row(
        "en:organic",
        [
            form("ingr[eé]dients?~biologiques?"),
            form("ingr[eé]dients?~bio%"),
            form("agriculture ue/non ue biologique"),
            form("agriculture bio(?:logique)?%"),
            form("production bio(?:logique)?%"),
        ],
    );
    let label_rouge = form(r"homologation(?: n)?°? ?la ?\d{2}/\d{2}")
        .after_guard(Guard::NoWordchar)
        .before_guard(Guard::NoWordchar);
    let aoc = exact("AOC")
        .after_guard(Guard::NoWordchar)
        .before_guard(Guard::NoWordchar);
    let mut rows = vec![organic];
    rows.extend(control_body_rows());
    rows.extend([
        row("fr:ab-agriculture-biologique", [form("certifi[eé] ab%")]),
        row("fr:label-rouge", [label_rouge]),
        row("fr:aoc", [aoc]),
        Row {
            view: View::Full,
            ..row("en:nutriscore", [exact("NUTRI-SCORE")])
        },
    ]);
    rows.extend(origin_rows());
    rows.extend(claim_rows());
    rows
}

/// `LU BIO 04` is `en:lu-bio-04`; a German code has three digits or is none.
fn control_body_tag(code: &str) -> Option<String> {
    let parts: Vec<String> = code
        .split(|c: char| matches!(c, '-' | '.' | '\u{1C}'..='\u{1F}') || c.is_whitespace())
        .map(str::to_lowercase)
        .collect();
    let is_short_german = parts[0] == "de" && parts.last()?.chars().count() != 3;
    (!is_short_german).then(|| format!("en:{}", parts.join("-")))
}

pub(super) struct LabelExtractor {
    rows: Vec<Row>,
    prefilter: Prefilter,
    keywords: KeywordMatcher,
    /// The tag of each keyword.
    keyword_tags: Vec<Box<str>>,
    /// Google's name of a logo, and its tag.
    logos: Vec<(Box<str>, Box<str>)>,
}

impl LabelExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let keywords = lexicon(knowledge, LexiconKind::LabelKeywords)?;
        let words: Vec<&str> = keywords.entries().map(|entry| entry.keyword).collect();
        let logos = lexicon(knowledge, LexiconKind::LabelLogos)?.entries();
        let rows = rows();
        Ok(Self {
            prefilter: Prefilter::new(rows.iter().map(|row| &row.pattern)),
            rows,
            keywords: KeywordMatcher::new(&words)?,
            keyword_tags: keywords.entries().map(|entry| entry.key.into()).collect(),
            logos: logos
                .map(|entry| (entry.key.into(), entry.keyword.into()))
                .collect(),
        })
    }

    fn by_patterns(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let candidates = self
            .prefilter
            .candidates_in(&[ocr.text.full(), ocr.text.contiguous()]);
        for row in candidates.map(|position| &self.rows[position]) {
            let text = row.view.of(&ocr.text);
            for hit in row.pattern.hits(text) {
                let tag = match row.tag {
                    Tag::Fixed(tag) => Some(tag.to_owned()),
                    Tag::ControlBody => control_body_tag(&text[hit.range.clone()]),
                };
                let ground = || evidence(ocr, text, &hit.range, None);
                found.extend(tag.map(|tag| from_text(tag, "regex", ground())));
            }
        }
    }

    fn by_keywords(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let text = ocr.text.default_text();
        for hit in self.keywords.find(ocr.text.lowered()) {
            let tag = self.keyword_tags[hit.keyword].to_string();
            found.push(from_text(
                tag,
                "flashtext",
                evidence(ocr, text, &hit.range, None),
            ));
        }
    }

    fn by_logos(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        for logo in &ocr.logos {
            let known = self
                .logos
                .iter()
                .find(|(name, _)| **name == *logo.description);
            found.extend(known.map(|(_, tag)| Prediction {
                value_tag: Some(tag.to_string()),
                automatic_processing: Some(false),
                predictor: Some("google-cloud-vision".into()),
                confidence: Some(logo.score),
                ..Prediction::new(PredictionKind::Label)
            }));
        }
    }
}

fn from_text(tag: String, predictor: &'static str, ground: Evidence) -> Prediction {
    let mut prediction = Prediction {
        value_tag: Some(tag),
        predictor: Some(predictor.into()),
        ..Prediction::new(PredictionKind::Label)
    };
    prediction
        .data
        .insert("text".to_owned(), ground.text.as_str().into());
    put_box(&mut prediction.data, ground.area);
    prediction.evidence.push(ground);
    prediction
}

impl Extractor for LabelExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Label
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let mut found = Vec::new();
        self.by_patterns(ocr, &mut found);
        self.by_keywords(ocr, &mut found);
        self.by_logos(ocr, &mut found);
        found
    }
}

#[cfg(test)]
mod tests;
