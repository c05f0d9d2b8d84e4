//! Recorded outputs of the production model, and the rules one by one.

use super::*;

/// Recorded outputs: the entity of each word, and what became of them.
const RECORDED: [&str; 2] = [
    include_str!("../../../../../tests/data/models/nutrition_predict_0011110702081_2.json"),
    include_str!("../../../../../tests/data/models/nutrition_predict_2509757363133_2.json"),
];

#[test]
fn recorded_words_become_the_recorded_values() {
    for recorded in RECORDED {
        let recorded: Value = serde_json::from_str(recorded).expect("a document");
        let words: Vec<WordEntity> =
            serde_json::from_value(recorded["entities"]["raw"].clone()).expect("words");
        let (data, score) = stored_run(&words);
        // As strings: the order of members is part of the wire.
        for step in ["aggregated", "postprocessed"] {
            let (found, expected) = (&data["entities"][step], &recorded["entities"][step]);
            assert_eq!(found.to_string(), expected.to_string(), "{step}");
        }
        assert_eq!(
            data["nutrients"].to_string(),
            recorded["nutrients"].to_string()
        );
        assert!(score.is_some_and(|score| score > 0.99));
    }
}

/// Value and unit; a value in brackets is invalid.
fn read(entity: &str, words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let reading = read_value(entity, &words);
    let unit = reading
        .unit
        .map_or(String::new(), |unit| format!(" {unit}"));
    let text = format!("{}{unit}", reading.value.unwrap_or_default());
    if reading.is_valid {
        return text;
    }
    format!("[{text}]")
}

#[test]
fn values_are_read_with_their_units() {
    for (entity, words, expected) in [
        ("saturated-fat_100g", &["0,18"][..], "0.1 g"),
        ("proteins_100g", &["091"], "091"),
        ("proteins_100g", &["105"], "105"),
        ("carbohydrates_100g", &["318"], "31 g"),
        ("carbohydrates_100g", &["219"], "21 g"),
        ("fat_100g", &["25.49"], "25.4 g"),
        ("fat_100g", &["25.9"], "25.9"),
        ("iron_100g", &["25.9"], "25.9"),
        ("salt_100g", &["08"], "0 g"),
        ("salt_100g", &["18"], "18"),
        ("energy-kcal_100g", &["525 g"], "[525 g]"),
        ("energy-kj_100g", &["525"], "525 kj"),
        ("energy-kj_100g", &["kJ/2187 "], "2187 kj"),
        ("energy-kcal_serving", &["kcal"], "[]"),
        ("sodium_100g", &["66.3 kcal"], "[66.3 kcal]"),
        ("sodium_100g", &["66,3", "mg"], "66.3 mg"),
        ("vitamin-d_serving", &["Omcg "], "0 µg"),
        ("vitamin-d_serving", &["2 μg"], "2 µg"),
        ("fiber_100g", &["O"], "0"),
        ("fiber_100g", &["folate"], "[]"),
        ("sugars_100g", &["(<0,5", "g)"], "< 0.5 g"),
        ("sugars_100g", &["<", "0.5g"], "< 0.5 g"),
        ("fat_100g", &["Traces"], "traces"),
        ("fat_100g", &["5. g"], "5 g"),
        ("fat_100g", &[""], "[]"),
        ("serving_size", &["(15mL)\n"], "15mL"),
        ("serving_size", &["42.5 9"], "42.5 g"),
        ("serving_size", &["159"], "15 g"),
        ("serving_size", &["159 g"], "159 g"),
        ("serving_size", &["9"], "9"),
    ] {
        assert_eq!(read(entity, words), expected, "{entity} {words:?}");
    }
}

fn word(text: &str, char_start: usize) -> LayoutWord {
    LayoutWord {
        text: text.to_owned(),
        char_start,
        char_end: char_start + text.chars().count(),
        area: [1, 2, 3, 4],
    }
}

#[test]
fn a_word_has_the_entity_of_its_first_token() {
    let words = [word("12", 0), word("g ", 2)];
    let token = |id, word| LayoutToken { id, word };
    let tokens = [
        token(0, None),
        token(7, Some(0)),
        token(8, Some(0)),
        token(9, Some(1)),
        token(2, None),
    ];
    let config = json!({"id2label": {"0": "O", "1": "B-FAT_100G", "2": "I-FAT_100G"}});
    let labels = labels(&config).expect("labels");
    let logits = |values: Vec<f32>| Tensor::new("logits", [1, 5, 3], TensorValues::F32(values));
    let rows = [
        [9.0, 0.0, 0.0],
        [0.0, 9.0, 0.0],
        [9.0, 0.0, 0.0],
        [0.0, 0.0, 9.0],
        [9.0, 0.0, 0.0],
    ];
    let found = word_entities(&words, &tokens, &labels, &logits(rows.concat()));
    let found = found.expect("a well-formed output");
    let runs = entity_runs(&found);
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].start, runs[0].end, runs[0].char_end), (0, 2, 4));
    assert_eq!(runs[0].words, ["12", "g "]);

    for odd in [vec![f32::NAN; 15], vec![0.0; 3]] {
        assert!(word_entities(&words, &tokens, &labels, &logits(odd)).is_err());
    }
    let tensors = inputs(&words, &tokens, &[255; 224 * 224 * 3]);
    let names: Vec<&str> = tensors.iter().map(|tensor| &*tensor.name).collect();
    assert_eq!(
        names,
        ["input_ids", "attention_mask", "bbox", "pixel_values"]
    );
    assert_eq!(tensors[2].shape, [1, 5, 4]);
    assert!(
        tensors[3]
            .finite()
            .expect("numbers")
            .iter()
            .all(|v| *v == 1.0)
    );
}

#[test]
fn labels_are_numbered_without_gaps() {
    assert!(labels(&json!({"id2label": {"0": "O", "2": "B-FAT"}})).is_err());
    assert!(labels(&json!({})).is_err());
}

#[test]
fn boxes_are_thousandths_of_the_image() {
    let vertices = json!([{"x": -5, "y": 10}, {"x": 100, "y": 10}, {"x": 100, "y": 30}]);
    let word = json!({"boundingBox": {"vertices": vertices}, "symbols": [{"text": "é"}]});
    let document = json!({"responses": [{
        "textAnnotations": [{"description": "é"}],
        "fullTextAnnotation": {"text": "é", "pages": [{"width": 100, "height": 40,
            "blocks": [{"paragraphs": [{"words": [word, word]}]}]}]},
    }]});
    let ocr = OcrResult::from_json(document.to_string().as_bytes()).expect("a document");
    let words = layout_words(&ocr);
    assert_eq!(words[1].area, [0, 250, 999, 750]);
    assert_eq!((words[1].char_start, words[1].char_end), (1, 2));
    assert!(layout_words(&OcrResult::from_text("é")).is_empty());
}
