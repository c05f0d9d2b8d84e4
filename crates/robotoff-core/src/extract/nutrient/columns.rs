//! Which of several printed values is that of which nutrient (`docs/reference/ocr.md` 9,
//! D-NUT-4): a column for a portion before the one for 100 g, and tables whose names were
//! read before their values.

use std::cell::OnceCell;

use super::names::Named;
use super::value::{Amount, Value, gap, place};
use crate::text::pattern::{Form, Guard, Hit, Pattern, WS};

/// Number of values in a row that are read, and of names before them.
const MAX_CELLS: usize = 12;

/// Between two values: how many spaces and signs.
const MAX_GAP: usize = 4;

/// Largest distance between the heads of two columns, in bytes.
const MAX_HEADS: usize = 40;

/// Units of the values of any nutrient, and the sign of a share.
const UNITS: [&str; 5] = ["g", "mg", "kj", "kcal", "%"];

/// Text between two names, beside signs: words that make the second a part of the first, or none.
const PARTS: [&str; 14] = [
    "dont",
    "davon",
    "darunter",
    "of which",
    "de los cuales",
    "de las cuales",
    "di cui",
    "waarvan",
    "dos quais",
    "das quais",
    "varav",
    "heraf",
    "w tym",
    "",
];

/// Between two names: how many bytes.
const MAX_JOINT: usize = 24;

/// Whose a value is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ValueChoice {
    /// The first one is that of the name right before it.
    First,
    /// Another one is.
    Other(Value),
    /// Names and values stand in rows of their own: position of the nutrient, start of
    /// its name, its value.
    Shared(Vec<(usize, usize, Value)>),
    /// It cannot be told.
    Unclear,
}

/// A text with the names in it, in its order.
pub(super) struct Table<'t> {
    pub(super) text: &'t str,
    pub(super) names: Vec<Named>,
    /// Columns as read: one look is enough.
    portion_first: OnceCell<bool>,
}

impl<'t> Table<'t> {
    pub(super) fn new(text: &'t str, mut names: Vec<Named>) -> Self {
        names.sort_by_key(|named| named.range.start);
        Self {
            text,
            names,
            portion_first: OnceCell::new(),
        }
    }

    /// The nutrients that are named in a row up to a name, the last one first, each
    /// with the start of its name. The same in another language is no other nutrient.
    fn row_of_names(&self, index: usize) -> Vec<(usize, usize)> {
        let mut row: Vec<(usize, usize)> = Vec::new();
        for (at, named) in self.names[..=index].iter().enumerate().rev() {
            match row.last_mut() {
                Some(last) if last.0 == named.nutrient => last.1 = named.range.start,
                _ => row.push((named.nutrient, named.range.start)),
            }
            let before = at.checked_sub(1).map(|before| self.names[before].range.end);
            let is_joined = before.is_some_and(|end| self.is_joint(end, named.range.start));
            if !is_joined || row.len() > MAX_CELLS {
                break;
            }
        }
        row
    }

    /// True for what may stand between the names of a row.
    fn is_joint(&self, start: usize, end: usize) -> bool {
        let Some(between) = self.text.get(start..end).filter(|b| b.len() <= MAX_JOINT) else {
            return false;
        };
        let is_sign = |c: char| c.is_whitespace() || ":(/|*•–-".contains(c);
        let words = between.trim_matches(is_sign);
        PARTS.iter().any(|part| part.eq_ignore_ascii_case(words))
    }
}

/// Knows the heads of columns.
#[derive(Debug)]
pub(super) struct Columns {
    /// For 100 g, for a portion. Compiled on first use.
    heads: Pattern,
}

impl Columns {
    pub(super) fn new() -> Self {
        let per = "(?:per|pour|par|pro|je|por|na)";
        let heads = [
            format!("(?i)(?:{per}{WS})?100 ?(?:g|ml)"),
            format!(
                "(?i)portion(?:en|s)?|servings?|porci[oó]n|porç[aã]o|porzione|portie|porcj[ai]\
                 |{per}{WS}[0-9]+(?:[,.][0-9]+)? ?(?:g|ml)"
            ),
        ];
        let heads = heads.map(|head| {
            Form::new(head)
                .after_guard(Guard::NoWordchar)
                .before_guard(Guard::NoWordchar)
        });
        Self {
            heads: Pattern::new(heads),
        }
    }

    /// Whose the values behind the name at a position of the table are.
    pub(super) fn choice(&self, table: &Table<'_>, index: usize) -> ValueChoice {
        let mut cells = cells(table.text, place(table.text, table.names[index].range.end));
        if cells.len() < 2 {
            return ValueChoice::First;
        }
        let names = table.row_of_names(index);
        if names.len() == 1 {
            let is_second = || self.portion_comes_first(table.text);
            return match table.portion_first.get_or_init(is_second) {
                true => ValueChoice::Other(cells.swap_remove(1)),
                false => ValueChoice::First,
            };
        }
        if names.len() != cells.len() {
            return ValueChoice::Unclear;
        }
        let owners = names.into_iter().rev().zip(cells);
        ValueChoice::Shared(owners.map(|((n, start), cell)| (n, start, cell)).collect())
    }

    /// True when the first heads that stand beside one another name the portion before
    /// the 100 g.
    fn portion_comes_first(&self, text: &str) -> bool {
        let mut last: Option<(bool, usize)> = None;
        let mut is_first = false;
        for Hit { range, form, .. } in self.heads.hits(text) {
            let is_portion = form == 1;
            let beside = last.filter(|(_, end)| range.start <= end + MAX_HEADS);
            match beside {
                Some((true, _)) if !is_portion => is_first = true,
                Some((false, _)) if is_portion => return false,
                None if is_first => return true,
                Some(_) | None => {}
            }
            last = Some((is_portion, range.end));
        }
        is_first
    }
}

/// Values in a row; shares in percent are passed over.
fn cells(text: &str, start: usize) -> Vec<Value> {
    let mut cells: Vec<Value> = Vec::new();
    let mut at = start;
    while cells.len() < MAX_CELLS {
        let below = text[at..].strip_prefix(['<', '≤']);
        if let Some(rest) = below {
            at = gap(text, text.len() - rest.len());
        }
        let amount = Amount::at(text, at, &UNITS).filter(|amount| amount.is_closed(text));
        let Some(amount) = amount else { break };
        let end = amount.unit.end;
        if &text[amount.unit.clone()] != "%" {
            match cells.last_mut() {
                Some(cell) if is_other_unit(text, cell, &amount) => cell.second = Some(amount),
                _ => cells.push(Value {
                    is_below: below.is_some(),
                    amount,
                    second: None,
                }),
            }
        }
        let signs = text[end..].char_indices().take(MAX_GAP);
        let signs = signs.take_while(|(_, c)| c.is_whitespace() || "|/()".contains(*c));
        at = signs
            .map(|(at, c)| end + at + c.len_utf8())
            .last()
            .unwrap_or(end);
    }
    cells
}

/// True for kilocalories behind kilojoules, or the other way around.
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
        let printed = |amount: &Amount| text[amount.number.start..amount.unit.end].to_owned();
        let shown = |cell: Value| {
            let sign = if cell.is_below { "<" } else { "" };
            let second = cell
                .second
                .as_ref()
                .map(|second| format!("+{}", printed(second)));
            format!(
                "{sign}{}{}",
                printed(&cell.amount),
                second.unwrap_or_default()
            )
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
            ("8g 10% 4,5 g", &["8g", "4,5 g"]),
            ("<0,5 g | 1. g (2 %)", &["<0,5 g", "1. g"]),
            ("5 g, 3 g", &["5 g"]),
            ("5 gx 3 g", &[]),
            ("12 % g", &[]),
            ("", &[]),
        ] {
            assert_eq!(row(text), expected, "{text:?}");
        }
        assert_eq!(row(&"5 g ".repeat(100)).len(), MAX_CELLS);
    }

    #[test]
    fn heads_of_columns_tell_their_order() {
        let columns = Columns::new();
        for (text, portion_first) in [
            ("Par portion de 30 g / pour 100 g", true),
            ("per 30 g per 100 g", true),
            ("Serving Per 100ml", true),
            ("pour 100 g par portion", false),
            ("1 portion = 30 g. Pour 100 g Par portion", false),
            (
                "10 portions dans ce paquet de biscuits aux fruits rouges. Pour 100 g",
                false,
            ),
            ("pour 100 g", false),
            ("par portion", false),
            ("", false),
        ] {
            assert_eq!(columns.portion_comes_first(text), portion_first, "{text:?}");
        }
    }
}
