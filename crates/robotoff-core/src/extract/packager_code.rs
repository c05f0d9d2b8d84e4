//! Codes of packagers and of chains of custody (`ocr.md` 4.10).

use std::ops::Range;

use serde_json::{Map, Value};

use super::evidence::{evidence, put_box};
use super::{BuildError, Extractor, lexicon};
use crate::knowledge::{Knowledge, LexiconKind};
use crate::ocr::{OcrResult, OcrText};
use crate::prediction::{Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::pattern::{Form, Guard, Hit, Pattern, Prefilter, WS};

/// One form of code.
struct Code {
    name: &'static str,
    text: fn(&OcrText) -> &str,
    pattern: fn() -> Form,
    /// The code as it is stored, from the match.
    value: fn(&str, &Hit) -> String,
}

const CODES: [Code; 6] = [
    Code {
        name: "fr_emb",
        text: OcrText::full,
        pattern: || guarded(r"(?i)emb ?(?<digits>\d ?\d ?\d ?\d ?\d) ?(?<letter>[a-z])?"),
        value: |text, hit| {
            let code = format!(
                "EMB {}{}",
                part(text, hit, "digits"),
                part(text, hit, "letter")
            );
            let (prefix, rest) = code.split_at(4);
            format!("{prefix}{}", rest.replace(' ', "").to_uppercase())
        },
    },
    Code {
        name: "fsc",
        text: OcrText::full,
        pattern: || Form::new(r"(?i)fsc.? ?c(?<digits>\d{6})"),
        value: |text, hit| format!("FSC-C{}", part(text, hit, "digits")),
    },
    Code {
        name: "eu_fr",
        text: OcrText::contiguous,
        pattern: || {
            guarded(&format!(
                r"(?i)fr (?<a>\d{{2,3}}|2a|2b)(?:-|{WS}|\.)(?<b>\d{{3}})(?:-|{WS}|\.)(?<c>\d{{3}}) (?:ce|ec)"
            ))
        },
        value: |text, hit| {
            let [a, b, c] = ["a", "b", "c"].map(|name| part(text, hit, name));
            format!("FR {a}.{b}.{c} EC").to_uppercase()
        },
    },
    Code {
        name: "eu_de",
        text: OcrText::contiguous,
        pattern: || {
            guarded(&format!(
                r"(?i)de (?<state>bb|be|bw|by|hb|he|hh|mv|ni|nw|rp|sh|sl|sn|st|th)(?:-|{WS}|\.)(?<digits>\d{{1,5}})(?:-|{WS}|\.) ?(?:eg|ec)"
            ))
        },
        value: |text, hit| {
            let state = part(text, hit, "state").to_uppercase();
            format!("DE {state}-{} EC", part(text, hit, "digits"))
        },
    },
    Code {
        name: "rspo",
        text: OcrText::contiguous,
        pattern: || {
            Form::new(r"RSPO-\d{7}")
                .after_guard(Guard::NoWordchar)
                .before_guard(Guard::Matches(r"\z|[^\d]".to_owned()))
        },
        value: |text, hit| text[hit.range.clone()].to_owned(),
    },
    Code {
        name: "fr_gluten",
        text: OcrText::contiguous,
        pattern: || Form::new(r"FR-\d{3}-\d{3}"),
        value: |text, hit| text[hit.range.clone()].to_owned(),
    },
];

/// Not followed by a latin letter or a digit.
fn guarded(pattern: &str) -> Form {
    Form::new(pattern).before_guard(Guard::Matches(r"\z|(?-i:[^A-Za-z0-9])".to_owned()))
}

fn part<'t>(text: &'t str, hit: &Hit, name: &str) -> &'t str {
    hit.group(name).map_or("", |range| &text[range])
}

pub(super) struct PackagerCodeExtractor {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
    fishing: KeywordMatcher,
    fishing_codes: Vec<Box<str>>,
}

impl PackagerCodeExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let patterns: Vec<Pattern> = CODES
            .iter()
            .map(|code| Pattern::new([(code.pattern)()]))
            .collect();
        let fishing = lexicon(knowledge, LexiconKind::FishingCodes)?;
        let words: Vec<&str> = fishing.entries().map(|entry| entry.keyword).collect();
        Ok(Self {
            prefilter: Prefilter::new(&patterns),
            patterns,
            fishing: KeywordMatcher::new(&words)?,
            fishing_codes: words
                .iter()
                .map(|code| code.to_uppercase().into())
                .collect(),
        })
    }
}

impl Extractor for PackagerCodeExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::PackagerCode
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let mut found = Vec::new();
        for position in self
            .prefilter
            .candidates_in(&[ocr.text.full(), ocr.text.contiguous()])
        {
            let code = &CODES[position];
            let text = (code.text)(&ocr.text);
            for hit in self.patterns[position].hits(text) {
                let value = (code.value)(text, &hit);
                found.push(prediction(ocr, text, &hit.range, code.name, value));
            }
        }
        let text = ocr.text.default_text();
        for hit in self.fishing.find(ocr.text.lowered()) {
            let value = self.fishing_codes[hit.keyword].to_string();
            let mut prediction = prediction(ocr, text, &hit.range, "fishing", value);
            prediction.predictor = Some("flashtext".into());
            found.push(prediction);
        }
        found
    }
}

fn prediction(
    ocr: &OcrResult,
    text: &str,
    range: &Range<usize>,
    name: &str,
    value: String,
) -> Prediction {
    let ground = evidence(ocr, text, range, None);
    let mut data: Map<String, Value> = Map::new();
    data.insert("raw".to_owned(), ground.text.as_str().into());
    data.insert("type".to_owned(), name.into());
    put_box(&mut data, ground.area);
    Prediction {
        value: Some(value),
        data,
        automatic_processing: Some(true),
        evidence: vec![ground],
        ..Prediction::new(PredictionKind::PackagerCode)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lexicon::{Lexicon, LexiconShape};

    fn check(text: &str, expected: &[&str]) {
        let codes = Lexicon::parse("test", "MSC-C-50368\n", LexiconShape::Keyword).unwrap();
        let knowledge =
            Knowledge::default().with_lexicon(LexiconKind::FishingCodes, Arc::new(codes));
        let found = PackagerCodeExtractor::new(&knowledge).unwrap();
        let found = found.find(&OcrResult::from_text(text));
        let values: Vec<&str> = found.iter().filter_map(|p| p.value.as_deref()).collect();
        assert_eq!(values, expected, "{text:?}");
    }

    #[test]
    fn codes_are_written_in_one_way() {
        check("Emb 3 5 2 8 8 c", &["EMB 35288C"]);
        check("EMB35288", &["EMB 35288"]);
        check("EMB 35288 AB", &["EMB 35288"]);
        check("FSC® C098765", &["FSC-C098765"]);
        check("FR 35.288.004 CE", &["FR 35.288.004 EC"]);
        check("fr 2b-033-001 ec", &["FR 2B.033.001 EC"]);
        check("DE BW 1234 EG", &["DE BW-1234 EC"]);
        check("RSPO-7654321", &["RSPO-7654321"]);
        check("FR-321-654", &["FR-321-654"]);
        check("msc-c-50368", &["MSC-C-50368"]);
    }

    #[test]
    fn what_is_no_code_is_not_found() {
        for text in [
            "EMB 352889",
            "EMB 35288AB",
            "FR 35.288.004CE",
            "DE-BW-1234-EG",
            "RSPO-76543210",
            "XRSPO-7654321",
            "rspo-7654321",
            "fr-321-654",
        ] {
            check(text, &[]);
        }
    }
}
