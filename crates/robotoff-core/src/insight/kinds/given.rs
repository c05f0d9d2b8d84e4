//! Data that people give with an answer: read strictly, refused with the reason.

use serde_json::{Map, Value};

use crate::geometry::RelativeBox;
use crate::insight::record::Insight;
use crate::insight::refusal::Refusal;
use crate::taxonomy::Taxonomy;

/// Rotations that Product Opener makes, in degrees.
pub(super) const ROTATIONS: [u32; 4] = [0, 90, 180, 270];

pub(super) fn invalid(what: impl Into<String>) -> Refusal {
    Refusal::InvalidData(what.into())
}

/// Members of an object that has no others.
pub(super) fn members<'v>(
    given: &'v Value,
    names: &[&str],
) -> Result<&'v Map<String, Value>, Refusal> {
    let members = given
        .as_object()
        .ok_or_else(|| invalid("data is no JSON object"))?;
    match members
        .keys()
        .find(|member| !names.contains(&member.as_str()))
    {
        Some(other) => Err(invalid(format!(
            "unknown member {other:?}, expected {}",
            names.join(", ")
        ))),
        None => Ok(members),
    }
}

/// The only member of a given object: a text that is not empty.
pub(super) fn only_text<'v>(given: &'v Value, name: &str) -> Result<&'v str, Refusal> {
    let text = members(given, &[name])?.get(name).and_then(Value::as_str);
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| invalid(format!("{name:?} must be a text that is not empty")))
}

/// Tag that a person gave, in its canonical spelling.
pub(super) fn given_tag<'t>(taxonomy: &'t Taxonomy, given: &Value) -> Result<&'t str, Refusal> {
    let tag = only_text(given, "value_tag")?;
    let unknown = || invalid(format!("unknown value tag {tag:?}"));
    Ok(taxonomy.canonical(tag).ok_or_else(unknown)?.id())
}

/// An ingredient list that a person gave, with rotation and box of its photo
/// (`docs/reference/api.md` 5.5.1).
#[derive(Debug, PartialEq)]
pub(super) struct TextGiven {
    pub text: String,
    pub rotation: Option<u32>,
    pub area: Option<RelativeBox>,
}

impl TextGiven {
    pub(super) fn read(given: &Value) -> Result<Self, Refusal> {
        let members = members(given, &["annotation", "rotation", "bounding_box"])?;
        let text = members.get("annotation").and_then(Value::as_str);
        Ok(Self {
            text: text
                .ok_or_else(|| invalid("\"annotation\" must be a text"))?
                .to_owned(),
            rotation: rotation(members.get("rotation"))?,
            area: area(members.get("bounding_box"))?,
        })
    }

    /// Data of the insight with the text added.
    pub(super) fn data_with_text(&self, insight: &Insight) -> Map<String, Value> {
        let mut data = insight.data.clone();
        data.insert("annotation".to_owned(), self.text.as_str().into());
        data
    }
}

/// A rotation; `None` when absent.
pub(super) fn rotation(value: Option<&Value>) -> Result<Option<u32>, Refusal> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let degrees = ROTATIONS
        .into_iter()
        .find(|degrees| value.as_u64() == Some((*degrees).into()));
    degrees
        .map(Some)
        .ok_or_else(|| invalid(format!("rotation {value} is none of 0, 90, 180, 270")))
}

fn area(value: Option<&Value>) -> Result<Option<RelativeBox>, Refusal> {
    let is_absent = |value: &&Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let Some(value) = value.filter(|value| !is_absent(value)) else {
        return Ok(None);
    };
    let is_inside = |area: &RelativeBox| {
        let numbers = [area.y_min, area.x_min, area.y_max, area.x_max];
        numbers.iter().all(|number| (0.0..=1.0).contains(number))
    };
    let area = RelativeBox::from_json(value).filter(is_inside);
    area.map(Some).ok_or_else(|| {
        invalid("bounding_box must be y_min, x_min, y_max, x_max from 0 to 1, min below max")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_read_strictly() {
        for (given, is_read) in [
            (json!({"annotation": "eau"}), true),
            (json!({"annotation": ""}), true),
            (
                json!({"annotation": "eau", "rotation": null, "bounding_box": []}),
                true,
            ),
            (
                json!({"annotation": "eau", "rotation": 270, "bounding_box": [0, 0, 1, 1]}),
                true,
            ),
            (json!({"annotation": 7}), false),
            (json!({}), false),
            (json!({"annotation": "eau", "more": 1}), false),
            (json!({"annotation": "eau", "rotation": 45}), false),
            (json!({"annotation": "eau", "rotation": "90"}), false),
            (
                json!({"annotation": "eau", "bounding_box": [0.5, 0, 0.1, 1]}),
                false,
            ),
            (
                json!({"annotation": "eau", "bounding_box": [0, 0, 1, 1.5]}),
                false,
            ),
            (json!({"annotation": "eau", "bounding_box": "all"}), false),
            (json!([]), false),
        ] {
            assert_eq!(TextGiven::read(&given).is_ok(), is_read, "{given}");
        }
    }
}
