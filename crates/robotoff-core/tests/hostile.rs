//! Random texts and documents: no panic, no hang, sound predictions.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use robotoff_core::commune::Communes;
use robotoff_core::extract::trace::mention::{additional_mentions_end, trace_mention_end};
use robotoff_core::extract::{EXTRACTORS, Extractors};
use robotoff_core::knowledge::{Knowledge, LexiconKind, TaxonomyKind};
use robotoff_core::lexicon::{Lexicon, LexiconShape};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::taxonomy::{Keep, Taxonomy, deepest};
use robotoff_core::text::case_folded::CaseFolded;
use robotoff_core::text::fold;
use robotoff_core::text::keyword::KeywordMatcher;
use unicode_normalization::UnicodeNormalization;

/// Built once, because that takes longer than reading.
fn extractors() -> &'static Extractors {
    static BUILT: OnceLock<Extractors> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> Extractors {
    let list = |text, kind: LexiconKind| {
        Arc::new(Lexicon::parse("test", text, kind.shape()).expect("the list is well formed"))
    };
    let mut knowledge = Knowledge::default();
    for kind in LexiconKind::ALL {
        let text = match kind.shape() {
            LexiconShape::Keyword | LexiconShape::NameKeyword => "vegan\nsans gluten\nсыр\n",
            LexiconShape::KeyKeyword => "en:no-gluten||sans gluten\nen:vegan||веган\n",
        };
        knowledge = knowledge.with_lexicon(kind, list(text, kind));
    }
    for kind in TaxonomyKind::ALL {
        let taxonomy = Taxonomy::from_json(b"{}", Keep::All).expect("an empty taxonomy");
        knowledge = knowledge.with_taxonomy(kind, Arc::new(taxonomy));
    }
    let record = r#"[{"fields":{"nom_de_la_commune":"GLUTEN","code_postal":"32000"}}]"#;
    let communes = Communes::from_json(record.as_bytes()).expect("one commune");
    let knowledge = knowledge.with_communes(Arc::new(communes));
    let kinds: Vec<PredictionKind> = EXTRACTORS.iter().map(|spec| spec.kind).collect();
    Extractors::build(&knowledge, &kinds).expect("everything is loaded")
}

/// Checks that the evidence of each prediction is in the text at its span.
fn is_sound(text: &str, predictions: &[Prediction]) -> bool {
    predictions
        .iter()
        .flat_map(|prediction| &prediction.evidence)
        .all(|ground| {
            let [start, end] = ground.span;
            text.chars()
                .skip(start)
                .take(end - start)
                .eq(ground.text.chars())
        })
}

/// Pieces that the patterns match, joined at random.
fn label_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("poids net : ".to_owned()),
        Just("320".to_owned()),
        Just(" g".to_owned()),
        Just("ſel ".to_owned()),
        Just("İ".to_owned()),
        Just("\u{212A}g".to_owned()),
        Just("sans gluten".to_owned()),
        Just("agriculture ue/non".to_owned()),
        Just("ES-ECO-020-".to_owned()),
        Just("fibres alimentaires".to_owned()),
        Just("6 x 33 cl net".to_owned()),
        Just("\u{1C}".to_owned()),
        Just("pot de verre".to_owned()),
        Just(" à recycler".to_owned()),
        Just("Glasflasche".to_owned()),
        Just("peut contenir vegan".to_owned()),
        Just("kann œufs enthalten".to_owned()),
        Just(". * organic".to_owned()),
        Just("may contain milk, ".to_owned()),
        Just(" 2 x pots 12 g 5 %".to_owned()),
        "\\PC{0,4}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn mentions_behind_any_place_end_in_the_text(text in label_text(), start in 0_usize..200) {
        for end_of in [trace_mention_end, additional_mentions_end] {
            let end = end_of(&text, start);
            let is_sound = (start..=text.len()).contains(&end) && text.is_char_boundary(end);
            prop_assert!(end == start || is_sound);
        }
    }

    #[test]
    fn any_text_is_read(text in label_text()) {
        let text: String = text.nfc().collect();
        let found = extractors().find(&OcrResult::from_text(text.as_str()));
        prop_assert!(is_sound(&text, &found), "{found:?}");
    }

    #[test]
    fn any_bytes_are_a_document_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = OcrResult::from_json(&bytes);
    }

    #[test]
    fn keywords_are_found_where_they_stand(text in "[ab é_.]{0,30}", word in "[abé]{1,3}") {
        let matcher = KeywordMatcher::new(&[word.as_str()]).expect("one keyword");
        let mut end = 0;
        for found in matcher.find(&CaseFolded::new(&text)) {
            prop_assert!(found.range.start >= end);
            prop_assert_eq!(&text[found.range.clone()], &word);
            end = found.range.end;
        }
    }

    #[test]
    fn folding_keeps_the_length_where_it_says_so(text in "\\PC{0,40}") {
        prop_assert_eq!(fold::fold_keeping_length(&text).chars().count(), text.chars().count());
        prop_assert!(fold::to_ascii(&text).is_ascii());
    }

    #[test]
    fn taxonomies_with_cycles_are_walked(links in proptest::collection::vec((0..8_u8, 0..8_u8), 0..30)) {
        let node = |id: u8| {
            let parents: Vec<String> =
                links.iter().filter(|(child, _)| *child == id).map(|(_, p)| format!("\"en:{p}\"")).collect();
            format!("\"en:{id}\":{{\"parents\":[{}]}}", parents.join(","))
        };
        let document = format!("{{{}}}", (0..8).map(node).collect::<Vec<_>>().join(","));
        let taxonomy = Taxonomy::from_json(document.as_bytes(), Keep::All).expect("parents are known");
        let nodes: Vec<_> = taxonomy.nodes().collect();
        let kept = deepest(&nodes);
        prop_assert!(kept.iter().all(|node| nodes.iter().all(|other| !node.is_parent_of(*other))));
    }
}

#[test]
fn giant_texts_are_read() {
    let extractors = extractors();
    for piece in [
        "1",
        "poids net ",
        "1 g ",
        "é",
        "agriculture ue ",
        "a b ",
        "BIO-",
        "sans ",
        "pot de ",
        "plastic bottle/",
        "bouchon de bouteille ",
        "kan ",
        "peut contenir lait, ",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let found = extractors.find(&OcrResult::from_text(text));
        assert!(found.len() <= 1 << 20, "{piece:?}");
    }
}

#[test]
fn a_label_of_ten_megabytes_is_read() {
    let piece = "Poids net : 320 g, agriculture UE/non UE, sans gluten, sel 0,5 g. é ";
    let times = (10 << 20) / piece.len();
    let found = extractors().find(&OcrResult::from_text(piece.repeat(times)));
    let weights = found
        .iter()
        .filter(|p| p.kind == PredictionKind::ProductWeight);
    assert_eq!(weights.count(), times);
}

#[test]
fn deeply_nested_documents_are_errors() {
    for open in ["[", "{\"responses\":[", "{\"a\":"] {
        assert!(OcrResult::from_json(open.repeat(1 << 20).as_bytes()).is_err());
    }
}
