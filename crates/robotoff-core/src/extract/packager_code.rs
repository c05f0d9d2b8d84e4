//! Codes of packagers and of chains of custody (`docs/reference/ocr.md` 4.10, corrected by section 9, D-PCK).

mod codes;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde_json::{Map, Value};

use codes::{CODES, usda_codes, usda_context};

use super::evidence::{evidence_at, put_box};
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::pattern::{Pattern, Prefilter};

/// Rises when other codes are found in the same text.
const VERSION: &str = "2";

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::PackagerCode,
    finds: "codes of packagers and of chains of custody",
    predictors: &[
        Predictor::new("regex", VERSION),
        Predictor::new("flashtext", VERSION),
    ],
    languages: &[],
    parts: &[
        Part::Lexicon(LexiconKind::FishingCodes),
        Part::Lexicon(LexiconKind::UsdaCodes),
    ],
    runs_on: RunsOn::Images,
    build: |knowledge| Ok(Box::new(PackagerCodeExtractor::new(knowledge)?)),
};

pub(super) struct PackagerCodeExtractor {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
    fishing: KeywordMatcher,
    fishing_codes: Vec<Box<str>>,
    usda: Pattern,
    usda_context: Pattern,
    usda_prefilter: Prefilter,
    /// The code of the USDA by its letters and digits.
    usda_by_compact: HashMap<Box<str>, Box<str>>,
}

impl PackagerCodeExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let patterns: Vec<Pattern> = CODES
            .iter()
            .map(|code| Pattern::new([(code.pattern)()]))
            .collect();
        let fishing = lexicon(knowledge, LexiconKind::FishingCodes)?;
        let mut known = HashSet::new();
        let words = fishing.entries().map(|entry| entry.keyword.trim());
        let words: Vec<&str> = words.filter(|word| known.insert(*word)).collect();
        let usda = lexicon(knowledge, LexiconKind::UsdaCodes)?;
        let usda_context = Pattern::new([usda_context()]);
        Ok(Self {
            prefilter: Prefilter::new(&patterns),
            patterns,
            fishing: KeywordMatcher::new(&words)?,
            fishing_codes: words
                .iter()
                .map(|code| code.to_uppercase().into())
                .collect(),
            usda: Pattern::new(usda_codes()),
            usda_prefilter: Prefilter::new([&usda_context]),
            usda_context,
            usda_by_compact: usda
                .entries()
                .map(|entry| (entry.keyword.into(), entry.key.into()))
                .collect(),
        })
    }

    fn by_patterns(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let views = [ocr.text.full(), ocr.text.contiguous()];
        for position in self.prefilter.candidates_in(&views) {
            let code = &CODES[position];
            let text = (code.text)(&ocr.text);
            for hit in self.patterns[position].hits(text) {
                let value = (code.value)(text, &hit);
                found.push(Prediction {
                    predictor: Some("regex".into()),
                    automatic_processing: Some(code.automatic),
                    ..prediction(ocr, text, &hit.range, code.name, value)
                });
            }
        }
    }

    fn by_fishing_codes(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let text = ocr.text.default_text();
        for hit in self.fishing.find(ocr.text.case_folded()) {
            // Part of a longer code that the list does not know.
            if is_continued(text, &hit.range) {
                continue;
            }
            let value = self.fishing_codes[hit.keyword].to_string();
            found.push(Prediction {
                predictor: Some("flashtext".into()),
                ..prediction(ocr, text, &hit.range, "fishing", value)
            });
        }
    }

    /// Letters with a few digits are everywhere: only beside words of the USDA, only
    /// known ones, and never without a person.
    fn by_usda_codes(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let text = ocr.text.contiguous();
        let may_be = self.usda_prefilter.candidates(text).next().is_some();
        if !may_be || self.usda_context.hits(text).next().is_none() {
            return;
        }
        for hit in self.usda.hits(text) {
            let printed = text[hit.range.clone()].chars();
            let compact: String = printed.filter(char::is_ascii_alphanumeric).collect();
            let code = self.usda_by_compact.get(compact.as_str());
            found.extend(code.map(|code| Prediction {
                predictor: Some("regex".into()),
                automatic_processing: Some(false),
                ..prediction(ocr, text, &hit.range, "usda", code.to_string())
            }));
        }
    }
}

/// True where letters or digits go on behind a hyphen, on either side.
fn is_continued(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].strip_suffix('-');
    let after = text[range.end..].strip_prefix('-');
    before.is_some_and(|rest| rest.ends_with(char::is_alphanumeric))
        || after.is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

impl Extractor for PackagerCodeExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::PackagerCode
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let mut found = Vec::new();
        // Every code but some of fishing harbours has a digit.
        let has_digit = ocr.text.full().bytes().any(|byte| byte.is_ascii_digit());
        if has_digit {
            self.by_patterns(ocr, &mut found);
        }
        self.by_fishing_codes(ocr, &mut found);
        if has_digit {
            self.by_usda_codes(ocr, &mut found);
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
    let evidence = evidence_at(ocr, text, range, None);
    let mut data: Map<String, Value> = Map::new();
    data.insert("raw".to_owned(), evidence.text.as_str().into());
    data.insert("type".to_owned(), name.into());
    put_box(&mut data, evidence.area);
    Prediction {
        value: Some(value),
        data,
        automatic_processing: Some(true),
        predictor_version: Some(VERSION.into()),
        evidence: vec![evidence],
        ..Prediction::new(PredictionKind::PackagerCode)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lexicon::{Lexicon, LexiconShape};

    fn check(text: &str, expected: &[&str]) {
        let list = |lines, shape| Arc::new(Lexicon::parse("test", lines, shape).unwrap());
        let fishing = list(
            "MSC-C-50368\nC-50501  \nmml-c-1687 \n",
            LexiconShape::Keyword,
        );
        let usda = list("EST. 1004||EST1004\nM123||M123\n", LexiconShape::KeyKeyword);
        let knowledge = Knowledge::default()
            .with_lexicon(LexiconKind::FishingCodes, fishing)
            .with_lexicon(LexiconKind::UsdaCodes, usda);
        let found = PackagerCodeExtractor::new(&knowledge).unwrap();
        let found = found.find(&OcrResult::from_text(text));
        assert!(found.iter().all(|p| p.predictor.is_some()));
        let values: Vec<&str> = found.iter().filter_map(|p| p.value.as_deref()).collect();
        assert_eq!(values, expected, "{text:?}");
    }

    // D-PCK-7: every method has its name.
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

    // D-PCK-1, 2, 4, 5.
    #[test]
    fn what_is_no_code_is_not_found() {
        for text in [
            "EMB 352889",
            "REMB 12345",
            "NOVEMB 12345",
            "XFR 35.288.004 CE",
            "RSPO-76543210",
            "XRSPO-7654321",
            "rspo-7654321",
            "fr-321-654",
            "FR-321-6541",
            "AFR-321-654",
            "FR-321-654-7",
            "FSCXC098765",
            "FSC C0987654",
            "MSC-C-50368-99",
            "XX-MSC-C-50368",
            "MSC-C-50501",
        ] {
            check(text, &[]);
        }
    }

    // D-PCK-1.
    #[test]
    fn companies_have_up_to_three_letters_and_corsica_is_in_france() {
        check("EMB 35288AB", &["EMB 35288AB"]);
        check("EMB 2A004", &["EMB 2A004"]);
        check("emb 2 b 033 c", &["EMB 2B033C"]);
        check("EMB 35288ABCD", &[]);
    }

    // D-PCK-3.
    #[test]
    fn ovals_are_read_in_three_lines_and_of_every_country() {
        check("FR\n35.288.004\nCE", &["FR 35.288.004 EC"]);
        check("FR 35.288.004CE", &["FR 35.288.004 EC"]);
        check("DE-BW-1234-EG", &["DE BW-1234 EC"]);
        for (printed, code) in [
            ("IE 1234 EC", "IE 1234 EC"),
            ("IT 9-3456/L CE", "IT 9-3456/L EC"),
            ("ES 10.01234/B CE", "ES 10.01234/B EC"),
            ("NL\nZ0123\nEG", "NL Z0123 EC"),
            ("BE KF123 EG", "BE KF123 EC"),
            ("PL 30123456 WE", "PL 30123456 EC"),
            ("UK AB123 EC", "UK AB123 EC"),
            ("DK 1234 EF", "DK 1234 EC"),
            ("FI 12345 EY", "FI 12345 EC"),
            ("CZ 1234 ES", "CZ 1234 EC"),
            ("HU 1234 EK", "HU 1234 EC"),
            ("PT ABC 12 CE", "PT ABC 12 EC"),
        ] {
            check(printed, &[code]);
        }
        for text in [
            "it 10 ce",
            "SPLIT 10 CE",
            "ES 10 CEREALES",
            "AT 10 g de CE PRODUIT",
            "PT 12345678901234567890 CE",
        ] {
            check(text, &[]);
        }
    }

    // D-PCK-8.
    #[test]
    fn digits_are_those_of_ascii_and_lists_are_trimmed() {
        check("FR ٥٩.٣٥٠.٠٠١ CE", &[]);
        check("MML-C-1687", &["MML-C-1687"]);
        check("C-50501.", &["C-50501"]);
    }

    // D-PCK-6.
    #[test]
    fn codes_of_the_usda_need_its_words() {
        check("U.S. INSPECTED AND PASSED EST.  1004", &["EST. 1004"]);
        check("USDA organic M123 EST 9", &["M123"]);
        check("il EST 1004, vitamine M123", &[]);
    }
}
