//! Nutrition tables that LayoutLMv3 reads: words and their boxes become tensors, the entity of
//! each word becomes values of nutrients (`docs/reference/ml.md` 8).
//!
//! The three steps behind the model are kept apart, since the wire shows all of them: the
//! entity of each word, runs of words of one entity, and the values that they state.

mod value;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use value::{NutrientReading, read_value};

use super::{ModelOutputError, Tensor, TensorValues, largest, softmax};
use crate::ocr::OcrResult;
use crate::text::offsets::CodePointIndex;

/// Name in stored runs and predictions, and of the model on a server.
pub const NAME: &str = "nutrition_extractor";
/// Version in stored runs and predictions.
pub const VERSION: &str = "nutrition_extractor-2.0";

/// Side of the square input in pixels; the image is squeezed into it.
pub const SIDE: u32 = 224;

/// Most tokens of one call.
pub const MAX_TOKENS: usize = 512;

/// Entity of a word that states no nutrient.
const OUTSIDE: &str = "O";

const LAST_COORDINATE: i64 = 999;

/// A word of the OCR result, as the model reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutWord {
    /// With the blanks behind it.
    pub text: String,
    /// Code points of the full text.
    pub char_start: usize,
    pub char_end: usize,
    /// `x0, y0, x1, y1` in thousandths of the image, 0 to 999.
    pub area: [i64; 4],
}

/// Words of an image in reading order. Empty without a text or without a size of the image.
pub fn layout_words(ocr: &OcrResult) -> Vec<LayoutWord> {
    let (Some(full), Some(size)) = (&ocr.full_text, ocr.image_size()) else {
        return Vec::new();
    };
    if size.width == 0 || size.height == 0 {
        return Vec::new();
    }
    let index = CodePointIndex::new(&full.text);
    let thousandth =
        |at: i32, length: u32| (i64::from(at) * 1000 / i64::from(length)).clamp(0, LAST_COORDINATE);
    let words = full.words.iter().filter_map(|word| {
        let area = word.area?;
        Some(LayoutWord {
            text: full.text[word.range.clone()].to_owned(),
            char_start: index.before(&full.text, word.range.start),
            char_end: index.before(&full.text, word.range.end),
            area: [
                thousandth(area.x_min, size.width),
                thousandth(area.y_min, size.height),
                thousandth(area.x_max, size.width),
                thousandth(area.y_max, size.height),
            ],
        })
    });
    words.collect()
}

/// A token of the text of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutToken {
    pub id: i64,
    /// Position of its word; `None` for the tokens around the text.
    pub word: Option<usize>,
}

/// Input tensors: the tokens with the boxes of their words, and the image as RGB bytes of a
/// square of [`SIDE`].
///
/// # Panics
/// The image is of another size, or a token names no word: defects of the caller.
pub fn inputs(words: &[LayoutWord], tokens: &[LayoutToken], image: &[u8]) -> Vec<Tensor> {
    let side = SIDE as usize;
    assert_eq!(image.len(), side * side * 3, "a square image as RGB");
    let count = tokens.len();
    let ids = tokens.iter().map(|token| token.id).collect();
    // The tokens around the text have an empty box.
    let areas = tokens
        .iter()
        .flat_map(|token| token.word.map_or([0; 4], |word| words[word].area));
    let mut pixels = Vec::with_capacity(image.len());
    for channel in 0..3 {
        let bytes = image.iter().skip(channel).step_by(3);
        pixels.extend(bytes.map(|byte| f32::from(*byte) / 127.5 - 1.0));
    }
    vec![
        Tensor::new("input_ids", [1, count], TensorValues::I64(ids)),
        Tensor::new(
            "attention_mask",
            [1, count],
            TensorValues::I64(vec![1; count]),
        ),
        Tensor::new("bbox", [1, count, 4], TensorValues::I64(areas.collect())),
        Tensor::new(
            "pixel_values",
            [1, 3, side, side],
            TensorValues::F32(pixels),
        ),
    ]
}

/// Labels of the classes, from `id2label` of the `config.json` beside the weights.
///
/// # Errors
/// The document has no such object, or its numbers are not 0, 1, 2 and so on.
pub fn labels(config: &Value) -> Result<Vec<String>, String> {
    let labels = config.get("id2label").and_then(Value::as_object);
    let labels = labels.ok_or("config.json has no object `id2label`")?;
    (0..labels.len())
        .map(|class| {
            let label = labels.get(&class.to_string()).and_then(Value::as_str);
            let label = label.ok_or_else(|| format!("`id2label` has no label {class}"))?;
            Ok(label.to_owned())
        })
        .collect()
}

/// A word with its entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordEntity {
    pub word: String,
    /// `O`, or the name of a nutrient and its basis: `SALT_100G`.
    pub entity: String,
    pub score: f64,
    /// Position of the word.
    pub index: usize,
    pub char_start: usize,
    pub char_end: usize,
}

/// Words of one entity that follow each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityRun {
    pub entity: String,
    pub words: Vec<String>,
    /// Of the first word.
    pub score: f64,
    /// Positions of the first word and behind the last.
    pub start: usize,
    pub end: usize,
    pub char_start: usize,
    pub char_end: usize,
}

/// A value of a nutrient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NutrientStatement {
    /// `energy-kj_100g`.
    pub entity: String,
    pub text: String,
    pub value: Option<String>,
    pub unit: Option<String>,
    pub score: f64,
    pub start: usize,
    pub end: usize,
    pub char_start: usize,
    pub char_end: usize,
    pub valid: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invalid_reason: Option<String>,
}

/// Entity of each word, from its first token.
///
/// # Errors
/// The output is not `[1, tokens, labels]`, or holds a value that is no number.
pub fn word_entities(
    words: &[LayoutWord],
    tokens: &[LayoutToken],
    labels: &[String],
    logits: &Tensor,
) -> Result<Vec<WordEntity>, ModelOutputError> {
    let classes = labels.len();
    if logits.shape != [1, tokens.len(), classes] || classes == 0 {
        return Err(logits.wrong_shape(format!("[1, {}, {classes}]", tokens.len())));
    }
    let rows = logits.finite()?.chunks_exact(classes);
    let mut entities: Vec<WordEntity> = Vec::new();
    let mut last = None;
    for (token, row) in tokens.iter().zip(rows) {
        let is_first = token.word != last;
        last = token.word;
        let word = token.word.filter(|_| is_first);
        let Some((index, word)) = word.and_then(|at| Some((at, words.get(at)?))) else {
            continue;
        };
        let Some((class, score)) = largest(&softmax(row)) else {
            continue;
        };
        let label = labels[class].as_str();
        let entity = label
            .strip_prefix("B-")
            .or_else(|| label.strip_prefix("I-"))
            .unwrap_or(label);
        entities.push(WordEntity {
            word: word.text.clone(),
            entity: entity.to_owned(),
            score: f64::from(score),
            index,
            char_start: word.char_start,
            char_end: word.char_end,
        });
    }
    Ok(entities)
}

/// Runs of words of one entity, without the words that state none.
pub fn entity_runs(words: &[WordEntity]) -> Vec<EntityRun> {
    let mut runs = Vec::new();
    for run in words.chunk_by(|word, next| word.entity == next.entity) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        if first.entity == OUTSIDE {
            continue;
        }
        runs.push(EntityRun {
            entity: first.entity.clone(),
            words: run.iter().map(|word| word.word.clone()).collect(),
            score: first.score,
            start: first.index,
            end: last.index + 1,
            char_start: first.char_start,
            char_end: last.char_end,
        });
    }
    runs
}

/// Values that the runs state. Of an entity that occurs several times none is valid.
pub fn nutrient_values(runs: &[EntityRun]) -> Vec<NutrientStatement> {
    let mut count_by_entity: BTreeMap<&str, usize> = BTreeMap::new();
    for run in runs {
        *count_by_entity.entry(&run.entity).or_default() += 1;
    }
    let values = runs.iter().map(|run| {
        let entity = wire_name(&run.entity);
        let reading = read_value(&entity, &run.words);
        let is_repeated = count_by_entity[run.entity.as_str()] > 1;
        NutrientStatement {
            entity,
            text: reading.text,
            value: reading.value,
            unit: reading.unit,
            score: run.score,
            start: run.start,
            end: run.end,
            char_start: run.char_start,
            char_end: run.char_end,
            valid: reading.is_valid && !is_repeated,
            invalid_reason: is_repeated.then(|| "multiple_entities".to_owned()),
        }
    });
    values.collect()
}

/// Data of a run that is stored and of an answer, from the entity of each word, and the
/// highest score.
pub fn stored_run(words: &[WordEntity]) -> (Value, Option<f64>) {
    let runs = entity_runs(words);
    let values = nutrient_values(&runs);
    let mut nutrients = Map::new();
    for value in values.iter().filter(|value| value.valid) {
        let Ok(Value::Object(mut members)) = serde_json::to_value(value) else {
            continue;
        };
        members.shift_remove("valid");
        nutrients.insert(value.entity.clone(), Value::Object(members));
    }
    let score = runs.iter().map(|run| run.score).reduce(f64::max);
    let data = json!({
        "nutrients": nutrients,
        "entities": {"raw": words, "aggregated": runs, "postprocessed": values},
    });
    (data, score)
}

/// `ENERGY_KJ_100G` as `energy-kj_100g`: the last `_` separates the basis.
fn wire_name(entity: &str) -> String {
    let entity = entity.to_lowercase();
    if entity == value::SERVING_SIZE {
        return entity;
    }
    match entity.rsplit_once('_') {
        Some((name, basis)) => format!("{}_{basis}", name.replace('_', "-")),
        None => entity,
    }
}

#[cfg(test)]
mod tests;
