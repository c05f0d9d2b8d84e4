//! Ingredient lists in a text, as XLM-RoBERTa marks them: classes of tokens become spans, and
//! spans are extended by the mentions behind them (`docs/reference/ml.md` 7).

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::{ModelOutputError, Tensor, TensorValues, largest, softmax};
use crate::extract::trace::mention::additional_mentions_end;
use crate::geometry::PixelBox;
use crate::ocr::OcrResult;

/// Name in stored runs and predictions.
pub const NAME: &str = "ingredient_detection";
/// Version in stored runs and predictions.
pub const VERSION: &str = "ingredient-detection-1.1";
/// Name of the model on a server, and the version that is asked for.
pub const MODEL: &str = "ingredient-ner";
pub const MODEL_VERSION: &str = "1";

/// Most tokens of a text; what is behind them is not read.
pub const MAX_TOKENS: usize = 512;

/// Label of each class.
const LABELS: [&str; 3] = ["O", "B-ING", "I-ING"];

/// Way in which the tokens of a word become one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aggregation {
    /// Each token is an entity.
    None,
    /// Tokens that follow each other are one entity, whatever their words.
    Simple,
    /// A word has the class of its first token.
    #[default]
    First,
    /// A word has the class of the mean of its tokens.
    Average,
    /// A word has the class of its most certain token.
    Max,
}

impl Aggregation {
    /// The strategy of this name on the wire, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let known = [
            ("NONE", Self::None),
            ("SIMPLE", Self::Simple),
            ("FIRST", Self::First),
            ("AVERAGE", Self::Average),
            ("MAX", Self::Max),
        ];
        let named = known
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, strategy)| *strategy)
    }
}

/// A token of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextToken {
    pub id: i64,
    /// Number of its word; `None` for the tokens around the text.
    pub word: Option<u32>,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// True for the token of characters that the tokenizer does not know: it begins a word.
    pub is_unknown: bool,
}

/// Input tensors of one text.
pub fn inputs(tokens: &[TextToken]) -> Vec<Tensor> {
    let count = tokens.len();
    let ids = tokens.iter().map(|token| token.id).collect();
    vec![
        Tensor::new("input_ids", [1, count], TensorValues::I64(ids)),
        Tensor::new(
            "attention_mask",
            [1, count],
            TensorValues::I64(vec![1; count]),
        ),
    ]
}

/// A span of a text that the model marked.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkedSpan {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Mean of the scores of its words.
    pub score: f32,
}

/// A token, or a word, with its class.
struct Classified {
    range: Range<usize>,
    class: usize,
    score: f32,
}

/// Spans that the model marked, in the order of the text.
///
/// # Errors
/// The output is not `[1, tokens, 3]`, or holds a value that is no number.
pub fn marked_spans(
    tokens: &[TextToken],
    logits: &Tensor,
    strategy: Aggregation,
) -> Result<Vec<MarkedSpan>, ModelOutputError> {
    let classes = LABELS.len();
    if logits.shape != [1, tokens.len(), classes] {
        return Err(logits.wrong_shape(format!("[1, {}, {classes}]", tokens.len())));
    }
    let rows = logits.finite()?.chunks_exact(classes).map(softmax);
    let rows: Vec<(&TextToken, Vec<f32>)> = tokens
        .iter()
        .zip(rows)
        .filter(|(token, _)| token.word.is_some())
        .collect();
    let is_part = |(last, _): &(&TextToken, Vec<f32>), (next, _): &(&TextToken, Vec<f32>)| {
        last.word == next.word && !next.is_unknown
    };
    let classified: Vec<Classified> = match strategy {
        Aggregation::None | Aggregation::Simple => rows
            .chunks(1)
            .filter_map(|row| word(row, strategy))
            .collect(),
        Aggregation::First | Aggregation::Average | Aggregation::Max => rows
            .chunk_by(is_part)
            .filter_map(|tokens| word(tokens, strategy))
            .collect(),
    };
    let joins = |last: &Classified, next: &Classified| {
        strategy != Aggregation::None && is_inside(last) == is_inside(next) && next.class != 1
    };
    let groups = classified.chunk_by(joins);
    Ok(groups.filter_map(span).collect())
}

/// The class of some tokens of one word.
fn word(tokens: &[(&TextToken, Vec<f32>)], strategy: Aggregation) -> Option<Classified> {
    let (first, scores) = tokens.first()?;
    let (last, _) = tokens.last()?;
    let (class, score) = match strategy {
        Aggregation::None | Aggregation::Simple | Aggregation::First => largest(scores),
        Aggregation::Max => {
            let best = tokens.iter().filter_map(|(_, scores)| largest(scores));
            best.reduce(|best, next| if next.1 > best.1 { next } else { best })
        }
        Aggregation::Average => {
            let sums = tokens
                .iter()
                .fold([0.0f32; LABELS.len()], |sums, (_, row)| {
                    std::array::from_fn(|class| sums[class] + row[class])
                });
            // More tokens than `f32` counts exactly do not fit into a call.
            largest(&sums.map(|sum| sum / tokens.len() as f32))
        }
    }?;
    Some(Classified {
        range: first.range.start..last.range.end,
        class,
        score,
    })
}

const fn is_inside(classified: &Classified) -> bool {
    classified.class != 0
}

fn span(group: &[Classified]) -> Option<MarkedSpan> {
    let (first, last) = (group.first()?, group.last()?);
    let sum: f32 = group.iter().map(|word| word.score).sum();
    is_inside(first).then(|| MarkedSpan {
        range: first.range.start..last.range.end,
        score: sum / group.len() as f32,
    })
}

/// An ingredient list of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct IngredientList {
    /// Bytes of the text, with the mentions behind the list.
    pub range: Range<usize>,
    /// End of the part that the model marked, in bytes.
    pub marked_end: usize,
    pub score: f32,
    /// Language and confidence, where it is known.
    pub language: Option<(String, f32)>,
    /// Box around the words of the list, in pixels.
    pub area: Option<PixelBox>,
}

impl IngredientList {
    /// The list with the notes on organic farming and the mentions of allergens behind it.
    pub fn extended(ocr: &OcrResult, text: &str, span: &MarkedSpan) -> Self {
        let marked_end = span.range.end;
        let range = span.range.start..additional_mentions_end(text, marked_end);
        let full = ocr.full_text.as_ref();
        Self {
            area: full.and_then(|full| full.area(range.clone())),
            range,
            marked_end,
            score: span.score,
            language: None,
        }
    }

    /// The list on the wire: positions in code points of the text.
    pub fn to_json(&self, text: &str) -> Value {
        let position = |byte: usize| text[..byte].chars().count();
        let language = self
            .language
            .as_ref()
            .map(|(lang, confidence)| json!({"lang": lang, "confidence": f64::from(*confidence)}));
        json!({
            "start": position(self.range.start),
            "end": position(self.range.end),
            "raw_end": position(self.marked_end),
            "score": f64::from(self.score),
            "text": &text[self.range.clone()],
            "lang": language,
            "bounding_box": self.area,
        })
    }
}

/// Adds to a list what Product Opener parsed of it: the ingredients and their numbers, those
/// inside of others counted too.
pub fn add_parsed(list: &mut Map<String, Value>, ingredients: Value) {
    let (known, all) = counted(&ingredients);
    let share = if all == 0 {
        0.0
    } else {
        known as f64 / all as f64
    };
    list.insert("ingredients".to_owned(), ingredients);
    list.insert("ingredients_n".to_owned(), all.into());
    list.insert("known_ingredients_n".to_owned(), known.into());
    list.insert("unknown_ingredients_n".to_owned(), (all - known).into());
    list.insert("fraction_known_ingredients".to_owned(), share.into());
}

/// Numbers of ingredients of the taxonomy and of all.
fn counted(ingredients: &Value) -> (usize, usize) {
    let ingredients = ingredients.as_array().into_iter().flatten();
    ingredients.fold((0, 0), |(known, all), ingredient| {
        let is_known = match ingredient
            .get("in_taxonomy")
            .or(ingredient.get("is_in_taxonomy"))
        {
            Some(Value::Bool(is_known)) => *is_known,
            Some(number) => number.as_i64() == Some(1),
            None => false,
        };
        let inner = ingredient.get("ingredients").map_or((0, 0), counted);
        (known + usize::from(is_known) + inner.0, all + 1 + inner.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens from `(word, text)`, one after the other.
    fn tokens(parts: &[(Option<u32>, &str)]) -> (Vec<TextToken>, String) {
        let mut text = String::new();
        let mut tokens = Vec::new();
        for (word, part) in parts {
            let start = text.len();
            text.push_str(part);
            let blanks = part.len() - part.trim_start().len();
            tokens.push(TextToken {
                id: 5,
                word: *word,
                range: start + blanks..text.len(),
                is_unknown: false,
            });
        }
        (tokens, text)
    }

    fn logits(rows: &[[f32; 3]]) -> Tensor {
        Tensor::new(
            "logits",
            [1, rows.len(), 3],
            TensorValues::F32(rows.concat()),
        )
    }

    const OUT: [f32; 3] = [8.0, 0.0, 0.0];
    const BEGIN: [f32; 3] = [0.0, 8.0, 0.0];
    const IN: [f32; 3] = [0.0, 0.0, 8.0];
    /// Inside, but less certain.
    const WEAK: [f32; 3] = [0.0, 0.0, 1.0];

    fn found(strategy: Aggregation) -> Vec<String> {
        let (tokens, text) = tokens(&[
            (None, ""),
            (Some(0), "Net"),
            (Some(1), " eau"),
            (Some(2), ","),
            (Some(3), " su"),
            (Some(3), "cre"),
            (Some(4), " sel"),
            (None, ""),
        ]);
        let rows = [OUT, OUT, BEGIN, IN, WEAK, OUT, BEGIN, OUT];
        let spans = marked_spans(&tokens, &logits(&rows), strategy).expect("well-formed");
        spans
            .into_iter()
            .map(|span| text[span.range].to_owned())
            .collect()
    }

    #[test]
    fn words_are_joined_by_each_strategy() {
        assert_eq!(found(Aggregation::First), ["eau, sucre", "sel"]);
        assert_eq!(found(Aggregation::Simple), ["eau, su", "sel"]);
        assert_eq!(found(Aggregation::Max), ["eau,", "sel"]);
        assert_eq!(found(Aggregation::Average), ["eau,", "sel"]);
        assert_eq!(found(Aggregation::None), ["eau", ",", "su", "sel"]);
        assert_eq!(Aggregation::named("max"), Some(Aggregation::Max));
        assert_eq!(Aggregation::named("mean"), None);
    }

    #[test]
    fn a_list_ends_behind_its_mentions() {
        let text = "Eau, poireaux*, carottes*, navet*. *= produits issus de l'agriculture \
            durable. Valeurs nutritionnelles";
        let span = MarkedSpan {
            range: 0..33,
            score: 0.5,
        };
        let list = IngredientList::extended(&OcrResult::from_text(text), text, &span);
        let json = list.to_json(text);
        assert_eq!((&json["end"], &json["raw_end"]), (&json!(77), &json!(33)));
        assert_eq!(json["lang"], Value::Null);
    }

    #[test]
    fn ingredients_inside_of_others_are_counted() {
        let mut list = Map::new();
        let inner = json!([{"id": "en:salt", "in_taxonomy": true}, {"id": "fr:x"}]);
        let parsed = json!([{"id": "en:ham", "in_taxonomy": true, "ingredients": inner}]);
        add_parsed(&mut list, parsed);
        assert_eq!(list["ingredients_n"], 3);
        assert_eq!(list["unknown_ingredients_n"], 1);
        assert!(
            (list["fraction_known_ingredients"].as_f64().unwrap_or(0.0) - 2.0 / 3.0).abs() < 1e-9
        );
        add_parsed(&mut list, json!([]));
        assert_eq!(list["fraction_known_ingredients"], 0.0);
    }

    #[test]
    fn odd_outputs_are_errors() {
        let (tokens, _) = tokens(&[(Some(0), "eau")]);
        for odd in [logits(&[]), logits(&[OUT, OUT]), logits(&[[f32::NAN; 3]])] {
            assert!(marked_spans(&tokens, &odd, Aggregation::First).is_err());
        }
    }
}
