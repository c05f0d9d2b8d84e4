//! Tests of the whole way from JSON to texts, words and counts.

use super::*;
use crate::geometry::PixelBox;

fn word(text: &str, x: i32) -> String {
    let symbols: Vec<String> = text
        .chars()
        .map(|c| match c {
            ' ' => r#"{"text":"","property":{"detectedBreak":{"type":"SPACE"}}}"#.to_owned(),
            '\n' => r#"{"text":"","property":{"detectedBreak":{"type":"LINE_BREAK"}}}"#.to_owned(),
            c => format!(r#"{{"text":"{c}"}}"#),
        })
        .collect();
    let corners = format!(
        r#"{{"x":{x},"y":1}},{{"x":{},"y":1}},{{"x":{},"y":9}},{{"x":{x},"y":9}}"#,
        x + 8,
        x + 8
    );
    format!(
        r#"{{"boundingBox":{{"vertices":[{corners}]}},"symbols":[{}]}}"#,
        symbols.join(",")
    )
}

/// Pages of blocks of paragraphs of words.
fn document(pages: &[&[&[&[&str]]]]) -> String {
    let mut x = 0;
    let list = |items: Vec<String>| items.join(",");
    let mut page_list = Vec::new();
    for page in pages {
        let mut blocks = Vec::new();
        for block in *page {
            let mut paragraphs = Vec::new();
            for paragraph in *block {
                let words = paragraph.iter().map(|text| {
                    x += 10;
                    word(text, x)
                });
                paragraphs.push(format!(r#"{{"words":[{}]}}"#, list(words.collect())));
            }
            blocks.push(format!(
                r#"{{"blockType":"TEXT","paragraphs":[{}]}}"#,
                list(paragraphs)
            ));
        }
        page_list.push(format!(
            r#"{{"width":100,"height":60,"blocks":[{}]}}"#,
            list(blocks)
        ));
    }
    format!(
        r#"{{"responses":[{{"fullTextAnnotation":{{"text":"","pages":[{}]}}}}]}}"#,
        list(page_list)
    )
}

fn read(pages: &[&[&[&[&str]]]]) -> OcrResult {
    OcrResult::from_json(document(pages).as_bytes()).unwrap()
}

#[test]
fn blocks_and_pages_are_kept_apart() {
    let ocr = read(&[&[&[&["Thé ", "vert\n"]], &[&["Bio "]]], &[&[&["x|y"]]]]);
    assert_eq!(ocr.text.full(), "Thé vert\n|Bio |x|y");
    assert_eq!(ocr.text.contiguous(), "Thé vert  Bio |x y");
    let words = &ocr.full_text.as_ref().unwrap().words;
    let spans: Vec<_> = words
        .iter()
        .map(|word| ocr.text.code_points(&word.range))
        .collect();
    assert_eq!(spans, [[0, 4], [4, 9], [10, 14], [15, 18]]);
}

// D-OCR-1.
#[test]
fn words_stand_where_their_text_is() {
    let ocr = read(&[&[&[&["ab"], &["cé"], &["e\u{301}f"]]]]);
    assert_eq!(ocr.text.full(), "ab cé éf");
    let words = &ocr.full_text.as_ref().unwrap().words;
    let spans: Vec<_> = words
        .iter()
        .map(|word| ocr.text.code_points(&word.range))
        .collect();
    assert_eq!(spans, [[0, 2], [3, 5], [6, 8]]);
}

#[test]
fn the_box_of_a_match_holds_the_words_it_touches() {
    let ocr = read(&[&[&[&["Thé ", "vert\n", "bio"]]]]);
    let full_text = ocr.full_text.unwrap();
    let area = full_text.area(1..7).unwrap();
    assert_eq!(
        area,
        PixelBox {
            y_min: 1,
            x_min: 10,
            y_max: 9,
            x_max: 28
        }
    );
    assert_eq!(full_text.words(10..11).len(), 1);
    assert_eq!(full_text.area(900..901), None);
    assert_eq!(
        full_text
            .words_in(PixelBox {
                y_min: 0,
                x_min: 15,
                y_max: 9,
                x_max: 38
            })
            .count(),
        2
    );
}

// D-OCR-4, 10.
#[test]
fn documents_that_are_no_ocr_are_refused_with_their_reason() {
    for (json, reason) in [
        ("{}", "a list named \"responses\" was expected"),
        (
            r#"{"responses":{}}"#,
            "a list named \"responses\" was expected",
        ),
        (r#"{"responses":[]}"#, "is empty"),
        (r#"{"responses":[null]}"#, "error during parsing"),
        (
            r#"{"responses":[{"error":{"code":3}}]}"#,
            "answered with an error: {\"code\":3}",
        ),
        ("[", "not valid JSON"),
        ("", "not valid JSON"),
    ] {
        let error = OcrResult::from_json(json.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(reason), "{json}: {error}");
    }
}

// D-OCR-3.
#[test]
fn what_may_be_absent_is_absent() {
    let empty = OcrResult::from_json(br#"{"responses":[{"fullTextAnnotation":{}}]}"#).unwrap();
    assert!(empty.full_text.is_none());
    assert_eq!(empty.text.default_text(), "");
    let line = r#"{"responses":[{"textAnnotations":[{"description":"Bio\u00e9\n",
        "boundingPoly":{"vertices":[]}}],"logoAnnotations":null}]}"#;
    let ocr = OcrResult::from_json(line.as_bytes()).unwrap();
    assert_eq!(ocr.text.default_text(), "Bioé\n");
    assert_eq!(ocr.text.code_points(&(0..5)), [0, 4]);
    assert_eq!(ocr.text.contiguous(), "");
}

#[test]
fn deep_documents_are_refused_not_followed() {
    let deep = format!(
        r#"{{"responses":[{{"labelAnnotations":{}"#,
        "[".repeat(200_000)
    );
    assert!(OcrResult::from_json(deep.as_bytes()).is_err());
}

// D-OCR-4.
#[test]
fn what_is_missing_costs_only_itself() {
    let document = r#"{"responses":[{"fullTextAnnotation":{"pages":[{"blocks":[{"paragraphs":[
        {"words":[{"symbols":[{"text":"a","property":{"detectedBreak":{"type":"FOLD"}}}]},
        {"symbols":[{"text":"b"}]},{}]},{}]},{}]}]},
        "safeSearchAnnotation":{"adult":"VERY_LIKELY"},"logoAnnotations":[{"description":"x"}]}]}"#;
    let ocr = OcrResult::from_json(document.as_bytes()).unwrap();
    assert_eq!(ocr.text.full(), "ab |");
    assert_eq!(ocr.full_text.unwrap().area(0..2), None);
    assert_eq!(ocr.safe_search.unwrap().violence, Likelihood::Unknown);
    assert_eq!(ocr.logos[0].score, 0.0);
}

// D-OCR-6.
#[test]
fn letters_of_bare_texts_are_composed() {
    assert_eq!(OcrResult::from_text("e\u{301}te").text.full(), "\u{e9}te");
}
