//! Nutrition values of a model or a person, in the form of the product
//! (`docs/reference/api.md` 5.5.2).

use serde_json::{Map, Value};

use crate::edit::{NutrientValue, ProductChange};
use crate::insight::kinds::given::{invalid, members};
use crate::insight::refusal::Refusal;

/// Member among the nutrients that is not a nutrient.
pub(super) const SERVING_SIZE: &str = "serving_size";

/// Suffixes of names; values that are not per 100 g are per serving.
const PER_100G: &str = "_100g";
const PER_SERVING: &str = "_serving";

/// Default units, which labels leave out.
const UNITS: [(&str, &[&str]); 5] = [
    ("kcal", &["energy-kcal"]),
    ("kJ", &["energy-kj"]),
    (
        "g",
        &[
            "proteins",
            "carbohydrates",
            "sugars",
            "added-sugars",
            "fat",
            "saturated-fat",
            "trans-fat",
            "fiber",
            "salt",
        ],
    ),
    (
        "mg",
        &["iron", "sodium", "calcium", "potassium", "cholesterol"],
    ),
    ("µg", &["vitamin-d"]),
];

/// Values per one amount.
#[derive(Debug, PartialEq)]
pub(super) struct Values {
    per: &'static str,
    serving_size: Option<String>,
    nutrients: Vec<NutrientValue>,
}

impl Values {
    /// Values that a person gave; all must be texts.
    pub(super) fn of_person(given: &Value) -> Result<Self, Refusal> {
        let members = members(given, &["nutrients", SERVING_SIZE, "nutrition_data_per"])?;
        let mut read = Vec::new();
        for (key, nutrient) in nutrients(members)? {
            if key == SERVING_SIZE {
                continue;
            }
            let value = nutrient.get("value").and_then(Value::as_str);
            let value =
                value.ok_or_else(|| invalid(format!("the value of {key:?} must be a text")))?;
            let unit = match nutrient.get("unit") {
                None | Some(Value::Null) => None,
                Some(Value::String(unit)) => Some(unit.clone()),
                Some(_) => {
                    return Err(invalid(format!(
                        "the unit of {key:?} must be a text or null"
                    )));
                }
            };
            read.push((key.as_str(), value.to_owned(), unit));
        }
        let values = Self::read(members, read)?;
        match values
            .nutrients
            .iter()
            .find(|nutrient| nutrient.unit.is_none())
        {
            Some(nutrient) => Err(invalid(format!("{:?} needs a unit", nutrient.name))),
            None => Ok(values),
        }
    }

    /// Values that a model read, without those that lack a value or unit.
    pub(super) fn of_insight(data: &Map<String, Value>) -> Result<Self, Refusal> {
        let values = nutrients(data)?.iter().filter_map(|(key, nutrient)| {
            let value = nutrient.get("value")?.as_str()?;
            let unit = nutrient.get("unit").and_then(Value::as_str);
            let is_nutrient = key != SERVING_SIZE;
            is_nutrient.then(|| (key.as_str(), value.to_owned(), unit.map(str::to_owned)))
        });
        let mut values = Self::read(data, values.collect())?;
        values.nutrients.retain(|nutrient| nutrient.unit.is_some());
        match values.nutrients.is_empty() {
            true => Err(invalid("none of the values has a unit")),
            false => Ok(values),
        }
    }

    /// Values of the more frequent amount; the first one on a tie.
    fn read(
        members: &Map<String, Value>,
        read: Vec<(&str, String, Option<String>)>,
    ) -> Result<Self, Refusal> {
        let is_known = |key: &str| key.ends_with(PER_100G) || key.ends_with(PER_SERVING);
        if let Some((key, ..)) = read.iter().find(|(key, ..)| !is_known(key)) {
            return Err(invalid(format!(
                "{key:?} ends in neither {PER_100G} nor {PER_SERVING}"
            )));
        }
        let Some((first, ..)) = read.first() else {
            return Err(invalid("no nutrient is given"));
        };
        let count = |wanted| {
            read.iter()
                .filter(|(key, ..)| name_and_per(key).1 == wanted)
                .count()
        };
        let per = match count("100g").cmp(&count("serving")) {
            std::cmp::Ordering::Greater => "100g",
            std::cmp::Ordering::Less => "serving",
            std::cmp::Ordering::Equal => name_and_per(first).1,
        };
        let of_amount = read.iter().filter(|(key, ..)| name_and_per(key).1 == per);
        let nutrients = of_amount.map(|(key, value, unit)| {
            let name = name_and_per(key).0;
            let unit = unit
                .as_deref()
                .filter(|unit| !unit.is_empty())
                .or(usual_unit(name));
            NutrientValue {
                name: name.to_owned(),
                value: value.trim().to_owned(),
                unit: unit.map(str::to_owned),
            }
        });
        Ok(Self {
            per,
            serving_size: serving_size(members),
            nutrients: nutrients.collect(),
        })
    }

    /// Form in the data of the insight.
    pub(super) fn to_json(&self) -> Value {
        let nutrients = self.nutrients.iter().map(|nutrient| {
            let members = [
                ("value".to_owned(), nutrient.value.as_str().into()),
                ("unit".to_owned(), nutrient.unit.clone().into()),
            ];
            (
                nutrient.name.clone(),
                Value::Object(Map::from_iter(members)),
            )
        });
        Value::Object(Map::from_iter([
            ("nutrients".to_owned(), Value::Object(nutrients.collect())),
            (SERVING_SIZE.to_owned(), self.serving_size.clone().into()),
            ("nutrition_data_per".to_owned(), self.per.into()),
        ]))
    }

    pub(super) fn into_change(self) -> ProductChange {
        ProductChange::SetNutrients {
            per: self.per.to_owned(),
            serving_size: self.serving_size,
            nutrients: self.nutrients,
        }
    }
}

fn nutrients(members: &Map<String, Value>) -> Result<&Map<String, Value>, Refusal> {
    let nutrients = members.get("nutrients").and_then(Value::as_object);
    nutrients.ok_or_else(|| invalid("\"nutrients\" must be an object"))
}

/// Serving size: among the nutrients, as an object or a text, or beside them.
fn serving_size(members: &Map<String, Value>) -> Option<String> {
    let among = members
        .get("nutrients")
        .and_then(|nutrients| nutrients.get(SERVING_SIZE));
    let among = among.map(|size| size.get("value").unwrap_or(size));
    let size = among
        .or_else(|| members.get(SERVING_SIZE))?
        .as_str()?
        .trim();
    (!size.is_empty()).then(|| size.to_owned())
}

/// Splits a name: `fat_100g` is fat per 100 g.
pub(super) fn name_and_per(key: &str) -> (&str, &'static str) {
    match key.strip_suffix(PER_100G) {
        Some(name) => (name, "100g"),
        None => (key.strip_suffix(PER_SERVING).unwrap_or(key), "serving"),
    }
}

fn usual_unit(name: &str) -> Option<&'static str> {
    let found = UNITS.iter().find(|(_, names)| names.contains(&name));
    found.map(|(unit, _)| *unit)
}

/// Languages of the table: those of at least two mentions, else the only first one.
pub(super) fn languages(data: &Map<String, Value>) -> Option<Vec<String>> {
    let mentions = data.get("mentions")?.as_object()?;
    let mut names: Vec<&String> = mentions.keys().collect();
    names.sort_unstable();
    let items = names
        .into_iter()
        .filter_map(|name| mentions[name].as_array())
        .flatten();
    let languages = items
        .filter_map(|item| item.get("languages")?.as_array())
        .flatten();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for lc in languages.filter_map(Value::as_str) {
        match counts.iter_mut().find(|(known, _)| *known == lc) {
            Some((_, count)) => *count += 1,
            None => counts.push((lc, 1)),
        }
    }
    let frequent = counts.iter().filter(|(_, count)| *count >= 2);
    let mut languages: Vec<String> = frequent.map(|(lc, _)| (*lc).to_owned()).collect();
    if languages.is_empty() {
        languages.push(counts.first()?.0.to_owned());
    }
    Some(languages)
}
