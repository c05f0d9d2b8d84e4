//! The phrase suggester (`docs/reference/ocr.md` 8.3.2): one suggester for each text, several
//! in one request.

use reqwest::Method;
use robotoff_ports::PortResult;
use robotoff_ports::search::PhraseSuggestion;
use serde_json::{Map, Value, json};

use super::client::{ElasticCall, ElasticClient, reason_of};

/// Texts of one request.
const TEXTS_PER_CALL: usize = 50;

/// Factor by which a suggestion must be likelier than the text.
const CONFIDENCE: f32 = 1.0;

/// The best suggestion for each text.
pub(super) async fn suggest(
    client: &ElasticClient,
    alias: &str,
    lang: &str,
    texts: &[String],
) -> PortResult<Vec<Option<PhraseSuggestion>>> {
    let mut suggested = Vec::with_capacity(texts.len());
    for texts in texts.chunks(TEXTS_PER_CALL) {
        let suggesters: Map<String, Value> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| (at.to_string(), suggester(lang, text)))
            .collect();
        let body = json!({"size": 0, "suggest": suggesters});
        let call = ElasticCall::new(Method::POST, format!("/{alias}/_search")).json(body);
        let answer = client.send(call.accepting(&[404])).await?;
        if answer.get("error").is_some() {
            return Err(client.unavailable(format!(
                "the index {alias} cannot be searched ({}); run `robotoff index build`",
                reason_of(&answer)
            )));
        }
        for at in 0..texts.len() {
            let option = &answer["suggest"][at.to_string()][0]["options"][0];
            suggested.push(option["text"].as_str().map(|text| PhraseSuggestion {
                text: text.to_owned(),
                score: option["score"].as_f64().unwrap_or_default() as f32,
            }));
        }
    }
    Ok(suggested)
}

fn suggester(lang: &str, text: &str) -> Value {
    let field = format!("terms.{lang}");
    json!({
        "text": text,
        "phrase": {
            "field": field, "gram_size": 3, "size": 1, "confidence": CONFIDENCE,
            "max_errors": 2, "smoothing": {"laplace": {"alpha": 0.5}},
            "direct_generator": [{
                "field": field, "suggest_mode": "missing", "min_word_length": 4,
            }],
        },
    })
}
