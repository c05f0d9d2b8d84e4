//! Printed values as items of the answer, and what is doubted: amounts that cannot be, and
//! energies that contradict each other.

use serde_json::json;

use super::names::Nutrient;
use super::value::{Amount, Value};

/// Name of energy on the wire.
pub(super) const ENERGY: &str = "energy";

const KILOJOULES_PER_KILOCALORIE: f64 = 4.184;

/// Share by which the amounts in both units may differ: some labels count 4.2, and round.
const ENERGY_TOLERANCE: f64 = 0.1;

/// Difference in kilojoules that rounding explains.
const SMALL_ENERGY: f64 = 5.0;

/// The amounts of one value: one, or the energy in both units. None where the nutrient
/// is measured in other units, or where both units contradict each other.
pub(super) fn items(
    nutrient: &Nutrient,
    text: &str,
    start: usize,
    value: &Value,
) -> Vec<serde_json::Value> {
    let is_energy = nutrient.name == ENERGY;
    if value.amount.unit.is_empty() {
        let unit = nutrient.units.first().filter(|_| !is_energy);
        let traces = unit.map(|unit| {
            json!({
                "raw": &text[start..value.amount.end()],
                "nutrient": nutrient.name,
                "value": "traces",
                "unit": unit,
            })
        });
        return traces.into_iter().collect();
    }
    let sign = if value.is_below { "<" } else { "" };
    let item = |amount: &Amount| {
        let number = text[amount.number.clone()].replace(',', ".");
        json!({
            "raw": &text[start..amount.end()],
            "nutrient": nutrient.name,
            "value": format!("{sign}{}", number.trim_end_matches('.')),
            "unit": symbol(&text[amount.unit.clone()]),
        })
    };
    let has_unit = |amount: &&Amount| {
        let unit = &text[amount.unit.clone()];
        let mut units = nutrient.units.iter();
        units.any(|known| known.eq_ignore_ascii_case(unit))
    };
    let amounts = std::iter::once(&value.amount).chain(&value.second);
    let is_plausible = |amount: &&Amount| is_plausible(text, amount);
    let items: Vec<serde_json::Value> = amounts
        .filter(has_unit)
        .filter(is_plausible)
        .map(item)
        .collect();
    match is_energy && contradict(&items) {
        true => Vec::new(),
        false => items,
    }
}

/// True for two amounts of energy, one in each unit, that are not the same: a slash may
/// have been read as 1, and nobody knows in which of both.
pub(super) fn contradict(items: &[serde_json::Value]) -> bool {
    let amount = |unit: &str| {
        let mut of_unit = items.iter().filter(|item| item["unit"] == unit);
        let only = of_unit.next().filter(|_| of_unit.next().is_none())?;
        only["value"]
            .as_str()?
            .trim_start_matches('<')
            .parse::<f64>()
            .ok()
    };
    let (Some(kilojoules), Some(kilocalories)) = (amount("kJ"), amount("kcal")) else {
        return false;
    };
    let difference = (kilojoules - KILOJOULES_PER_KILOCALORIE * kilocalories).abs();
    difference > (ENERGY_TOLERANCE * kilojoules).max(SMALL_ENERGY)
}

/// False for a number with a leading zero, whose comma was not read, and for more than
/// 100 g: a table speaks of 100 g.
fn is_plausible(text: &str, amount: &Amount) -> bool {
    let number = text[amount.number.clone()].replace(',', ".");
    let has_leading_zero = number.len() > 1 && number.starts_with('0') && !number.starts_with("0.");
    let is_gram = text[amount.unit.clone()].eq_ignore_ascii_case("g");
    let whole = number.split('.').next().unwrap_or_default();
    let is_too_much = is_gram && whole.len() > 2 && number.trim_end_matches('.') != "100";
    !has_leading_zero && !is_too_much
}

/// The unit in the case of its symbol.
fn symbol(printed: &str) -> String {
    match printed.to_lowercase().as_str() {
        "kj" => "kJ".to_owned(),
        lower => lower.to_owned(),
    }
}
