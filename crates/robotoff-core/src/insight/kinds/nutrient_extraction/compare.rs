//! Whether values that were read are already on the product.

use serde_json::{Map, Value};

use super::values::{self, SERVING_SIZE};
use crate::text::units::normalize_quantity;

/// Values that differ by less than this part are the same.
const TOLERANCE: f64 = 1e-9;

/// Units of energy, which are not converted.
const ENERGY: [&str; 2] = ["kj", "kcal"];

/// Spellings of the millionth of a gram.
const MICROGRAM: [&str; 3] = ["µg", "μg", "mcg"];

/// The sets of values that people, the producer or estimates gave.
pub(super) fn input_sets(nutrition: &Map<String, Value>) -> &[Value] {
    let sets = nutrition.get("input_sets").and_then(Value::as_array);
    sets.map_or(&[], Vec::as_slice)
}

fn from_package<'a>(sets: &'a [Value], per: &str) -> Option<&'a Value> {
    sets.iter()
        .find(|set| set["per"] == per && set["source"] == "packaging")
}

/// True when somebody typed values per serving from the package.
pub(super) fn has_serving_set(sets: &[Value]) -> bool {
    from_package(sets, "serving").is_some()
}

/// True when one of the values is not among those of the package.
pub(super) fn says_more(sets: &[Value], nutrients: &Map<String, Value>) -> bool {
    let mut values = nutrients.iter().filter(|(key, _)| *key != SERVING_SIZE);
    values.any(|(key, read)| {
        let (name, per) = values::name_and_per(key);
        let current = match per {
            "100g" => nutrient(sets, per, name).or_else(|| nutrient(sets, "100ml", name)),
            _ => nutrient(sets, per, name),
        };
        !current.is_some_and(|current| is_same(read, current))
    })
}

fn nutrient<'a>(sets: &'a [Value], per: &str, name: &str) -> Option<&'a Value> {
    from_package(sets, per)?.get("nutrients")?.get(name)
}

/// The number and the unit of a value on the wire, number or text.
fn read(nutrient: &Value) -> (Option<String>, Option<String>) {
    let text = |name: &str| match nutrient.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    (text("value"), text("unit"))
}

/// True when both are the same amount. What cannot be compared is different.
pub(super) fn is_same(predicted: &Value, current: &Value) -> bool {
    let ((Some(value), unit), (Some(known), known_unit)) = (read(predicted), read(current)) else {
        return false;
    };
    if value == "traces" {
        return known == "traces" || number(&known) == Some(0.0);
    }
    let Some(unit) = unit.map(|unit| unit.to_lowercase()) else {
        return true;
    };
    let Some(known_unit) = known_unit.map(|unit| unit.to_lowercase()) else {
        return false;
    };
    if ENERGY.contains(&unit.as_str()) {
        return unit == known_unit && are_close(number(&value), number(&known));
    }
    let value = value.trim_start_matches(['<', ' ']);
    are_close(amount(value, &unit), amount(&known, &known_unit))
}

fn number(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse().ok()
}

fn amount(value: &str, unit: &str) -> Option<f64> {
    if MICROGRAM.contains(&unit) {
        return Some(normalize_quantity(value, "mg").ok()?.amount / 1000.0);
    }
    Some(normalize_quantity(value, unit).ok()?.amount)
}

fn are_close(a: Option<f64>, b: Option<f64>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return false;
    };
    (a - b).abs() <= TOLERANCE * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_compared_across_units() {
        for (predicted, current, same) in [
            (
                json!({"value": "100.0", "unit": "g"}),
                json!({"value": 100, "unit": "g"}),
                true,
            ),
            (
                json!({"value": "1000", "unit": "mg"}),
                json!({"value": 1, "unit": "g"}),
                true,
            ),
            (
                json!({"value": "100", "unit": "µg"}),
                json!({"value": 0.1, "unit": "mg"}),
                true,
            ),
            (
                json!({"value": "100", "unit": "µg"}),
                json!({"value": 0.1001, "unit": "mg"}),
                false,
            ),
            (
                json!({"value": "102", "unit": null}),
                json!({"value": 100, "unit": "g"}),
                true,
            ),
            (
                json!({"value": "traces", "unit": null}),
                json!({"value": "traces"}),
                true,
            ),
            (
                json!({"value": "traces", "unit": null}),
                json!({"value": 0, "unit": "g"}),
                true,
            ),
            (
                json!({"value": "traces", "unit": null}),
                json!({"value": 10, "unit": "g"}),
                false,
            ),
            (
                json!({"value": "<0.5", "unit": "g"}),
                json!({"value": 0.5, "unit": "g"}),
                true,
            ),
            (
                json!({"value": "< 0,5", "unit": "g"}),
                json!({"value": 0.5, "unit": "g"}),
                true,
            ),
            (
                json!({"value": "<0.6", "unit": "g"}),
                json!({"value": 0.5, "unit": "g"}),
                false,
            ),
            (
                json!({"value": "100", "unit": "g"}),
                json!({"value": null, "unit": "g"}),
                false,
            ),
            (
                json!({"value": "100", "unit": "g"}),
                json!({"value": "", "unit": "g"}),
                false,
            ),
            // Mended: zero is a value, and what cannot be compared is different.
            (
                json!({"value": "0", "unit": "g"}),
                json!({"value": 0, "unit": "g"}),
                true,
            ),
            (
                json!({"value": "100", "unit": "kj"}),
                json!({"value": 110, "unit": "kcal"}),
                false,
            ),
            (
                json!({"value": "100", "unit": "KJ"}),
                json!({"value": 100, "unit": "kJ"}),
                true,
            ),
            (
                json!({"value": "abc", "unit": "g"}),
                json!({"value": 1, "unit": "g"}),
                false,
            ),
            (
                json!({"value": "1", "unit": "spoon"}),
                json!({"value": 1, "unit": "spoon"}),
                false,
            ),
            (json!(null), json!({"value": 1, "unit": "g"}), false),
        ] {
            assert_eq!(is_same(&predicted, &current), same, "{predicted} {current}");
        }
    }
}
