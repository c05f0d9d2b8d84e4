//! Comparison of extracted values with those of the product.

use serde_json::{Map, Value};

use super::values::{self, SERVING_SIZE};
use crate::text::units::normalize_quantity;

/// Relative tolerance within which values are equal.
const TOLERANCE: f64 = 1e-9;

/// Units of energy; they are not converted.
const ENERGY: [&str; 2] = ["kj", "kcal"];

/// Spellings of microgram.
const MICROGRAM: [&str; 3] = ["µg", "μg", "mcg"];

/// Sets of values that people, the producer or estimates gave.
pub(super) fn input_sets(nutrition: &Map<String, Value>) -> &[Value] {
    let sets = nutrition.get("input_sets").and_then(Value::as_array);
    sets.map_or(&[], Vec::as_slice)
}

fn from_package<'a>(sets: &'a [Value], per: &str) -> Option<&'a Value> {
    sets.iter()
        .find(|set| set["per"] == per && set["source"] == "packaging")
}

/// True when the package's values per serving were entered.
pub(super) fn has_serving_set(sets: &[Value]) -> bool {
    from_package(sets, "serving").is_some()
}

/// True when one of the values is missing among those of the package.
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

/// Number and unit of a value on the wire, which is a number or text.
fn read(nutrient: &Value) -> (Option<String>, Option<String>) {
    let text = |name: &str| match nutrient.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    (text("value"), text("unit"))
}

/// True when both are the same amount. Values that cannot be compared are different.
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

    /// `100 g`: a value and perhaps a unit; as a text, or as a number.
    fn nutrient(printed: &str, as_number: bool) -> Value {
        let (value, unit) = printed.rsplit_once(' ').unwrap_or((printed, ""));
        let unit = Some(unit).filter(|unit| !unit.is_empty());
        match value.parse::<f64>() {
            Ok(number) if as_number => json!({"value": number, "unit": unit}),
            _ => json!({"value": value, "unit": unit}),
        }
    }

    fn check(table: &[(&str, &str, bool)]) {
        for (predicted, current, same) in table {
            let read = nutrient(predicted, false);
            for known in [nutrient(current, false), nutrient(current, true)] {
                assert_eq!(is_same(&read, &known), *same, "{predicted} {known}");
            }
        }
    }

    #[test]
    fn amounts_are_compared_across_units() {
        check(&[
            ("100.0 g", "100 g", true),
            ("1000 mg", "1 g", true),
            ("100 µg", "0.1 mg", true),
            ("100 µg", "0.1001 mg", false),
            ("102", "100 g", true),
            ("traces", "traces", true),
            ("traces", "0 g", true),
            ("traces", "10 g", false),
            ("<0.5 g", "0.5 g", true),
            ("< 0,5 g", "0.5 g", true),
            ("<0.6 g", "0.5 g", false),
            ("100 KJ", "100 kJ", true),
        ]);
    }

    #[test]
    fn zero_is_a_value_and_what_cannot_be_compared_is_different() {
        check(&[
            ("0 g", "0 g", true),
            ("0 g", "1 g", false),
            ("100 kj", "110 kcal", false),
            ("abc g", "1 g", false),
            ("1 spoon", "1 spoon", false),
            ("100 g", "100", false),
        ]);
        for nothing in [json!(null), json!(""), json!([])] {
            let known = json!({"value": nothing, "unit": "g"});
            let read = nutrient("100 g", false);
            assert!(
                !is_same(&read, &known) && !is_same(&known, &read),
                "{known}"
            );
        }
    }
}
