//! Values in a row: those of several columns, or of several names that stand before them
//! (`docs/reference/ocr.md` 9, D-NUT-4).

use super::value::{Amount, Value, behind_below, gap, traces_at, values_with_unit_first};

/// Number of values in a row that are read.
pub(super) const MAX_CELLS: usize = 12;

/// Signs between two values, at most.
const MAX_SIGNS: usize = 3;

/// Units of the values of any nutrient, and the sign of a share.
const UNITS: [&str; 5] = ["g", "mg", "kj", "kcal", "%"];

/// Values from a place on; shares in percent are passed over.
pub(super) fn cells(text: &str, start: usize) -> Vec<Value> {
    if let Some(number) = traces_at(text, start) {
        let unit = number.end..number.end;
        return vec![Value::of(Amount { number, unit }, false)];
    }
    let printed = cells_with_units(text, start);
    match printed.is_empty() {
        true => values_with_unit_first(text, start, &UNITS[..4]),
        false => printed,
    }
}

fn cells_with_units(text: &str, start: usize) -> Vec<Value> {
    let mut cells: Vec<Value> = Vec::new();
    let mut at = start;
    while cells.len() < MAX_CELLS {
        let (begin, is_below) = behind_below(text, at);
        let Some(amount) = amount_at(text, begin) else {
            break;
        };
        let end = amount.unit.end;
        if &text[amount.unit.clone()] != "%" {
            // `1900 kJ 570 kJ 455 kcal 137 kcal`: the units may stand in rows of their own.
            let partner = cells
                .iter_mut()
                .find(|cell| is_other_unit(text, cell, &amount));
            match partner {
                Some(cell) => cell.second = Some(amount),
                None => cells.push(Value::of(amount, is_below)),
            }
        }
        at = behind_signs(text, end);
    }
    cells
}

/// An amount that is a word of its own; the other unit of energy may be glued to it.
fn amount_at(text: &str, at: usize) -> Option<Amount> {
    let amount = Amount::at(text, at, &UNITS)?;
    let is_energy = |amount: &Amount| text[amount.unit.clone()].len() > 1;
    let is_glued = || {
        let next = Amount::at(text, amount.unit.end, &UNITS[2..4]);
        is_energy(&amount) && next.is_some_and(|next| next.is_closed(text))
    };
    (amount.is_closed(text) || is_glued()).then_some(amount)
}

/// The place behind white space and a few signs.
fn behind_signs(text: &str, end: usize) -> usize {
    let mut at = gap(text, end);
    for _ in 0..MAX_SIGNS {
        match text[at..].strip_prefix(['|', '/', '(', ')', '-', '–', '—', ';']) {
            Some(rest) => at = gap(text, text.len() - rest.len()),
            None => break,
        }
    }
    at
}

/// True for kilocalories of a cell in kilojoules, or the other way around.
fn is_other_unit(text: &str, cell: &Value, amount: &Amount) -> bool {
    let [first, second] = [&cell.amount, amount].map(|amount| &text[amount.unit.clone()]);
    let is = |unit: &str, name: &str| unit.eq_ignore_ascii_case(name);
    cell.second.is_none()
        && ((is(first, "kj") && is(second, "kcal")) || (is(first, "kcal") && is(second, "kj")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values from the start of a text on.
    fn row(text: &str) -> Vec<String> {
        let printed = |amount: &Amount| text[amount.number.start..amount.end()].to_owned();
        let shown = |cell: Value| {
            let sign = if cell.is_below { "<" } else { "" };
            let second = cell.second.as_ref().map(printed);
            let second = second.map_or(String::new(), |second| format!("+{second}"));
            format!("{sign}{}{second}", printed(&cell.amount))
        };
        cells(text, 0).into_iter().map(shown).collect()
    }

    // D-NUT-4.
    #[test]
    fn values_in_a_row_are_distinguished() {
        for (text, expected) in [
            (
                "900 kJ / 215 kcal 300 kJ/72 kcal",
                &["900 kJ+215 kcal", "300 kJ+72 kcal"][..],
            ),
            (
                "1900 kJ  570 kJ\n         455 kcal 137 kcal",
                &["1900 kJ+455 kcal", "570 kJ+137 kcal"],
            ),
            ("1010kJ239kcal", &["1010kJ+239kcal"]),
            ("8g 10% 4,5 g", &["8g", "4,5 g"]),
            ("<0,5 g | 1. g (2 %)", &["<0,5 g", "1. g"]),
            ("less than 0.5 g", &["<0.5 g"]),
            ("traces", &["traces"]),
            ("5 g, 3 g", &["5 g"]),
            ("5 gx 3 g", &[]),
            ("12 % g", &[]),
            ("", &[]),
        ] {
            assert_eq!(row(text), expected, "{text:?}");
        }
        assert_eq!(row(&"5 g ".repeat(100)).len(), MAX_CELLS);
    }
}
