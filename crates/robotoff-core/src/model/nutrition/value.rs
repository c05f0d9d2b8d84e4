//! Value and unit in the words of one entity.

/// Entity of the size of a serving, whose value is its text.
pub(super) const SERVING_SIZE: &str = "serving_size";

/// Nutrients in grams whose unit is often read as a digit: `25.49` for `25.4 g`.
const IN_GRAMS: [&str; 9] = [
    "proteins",
    "sugars",
    "carbohydrates",
    "fat",
    "fiber",
    "salt",
    "saturated-fat",
    "added-sugars",
    "trans-fat",
];

/// Units as they are printed, in lower case, and as they are written. A longer one is before
/// its beginnings.
const UNITS: [(&str, &str); 6] = [
    ("kcal", "kcal"),
    ("kj", "kj"),
    ("mcg", "µg"),
    ("µg", "µg"),
    ("mg", "mg"),
    ("g", "g"),
];

/// Statement of the words of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NutrientReading {
    /// The words without blanks, brackets and slashes around each.
    pub text: String,
    pub value: Option<String>,
    pub unit: Option<String>,
    pub is_valid: bool,
}

/// Reads the words of an entity by its name on the wire.
///
/// ```
/// use robotoff_core::model::nutrition::read_value;
///
/// let read = read_value("saturated-fat_100g", &["0,18".to_owned()]);
/// assert_eq!((read.value.as_deref(), read.unit.as_deref()), (Some("0.1"), Some("g")));
/// ```
pub fn read_value(entity: &str, words: &[String]) -> NutrientReading {
    let around = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '/');
    let mut words: Vec<&str> = words.iter().map(|word| word.trim_matches(around)).collect();
    let name = entity.rsplit_once('_').map_or(entity, |(name, _)| name);
    let is_energy = name.starts_with("energy");
    if let (true, Some(first)) = (is_energy, words.first_mut()) {
        let is_behind_unit = first
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("kj/"));
        if is_behind_unit && first.len() > 3 {
            *first = &first[3..];
        }
    }
    let text = words.join(" ");
    let (value, unit) = if entity == SERVING_SIZE {
        (Some(serving(&text)), None)
    } else if ["trace", "traces"].contains(&text.to_lowercase().as_str()) {
        (Some("traces".to_owned()), None)
    } else {
        match amount(&text) {
            Some((value, unit)) => completed(name, value, unit),
            None => (None, None),
        }
    };
    let is_valid = value.is_some() && unit.is_none_or(|unit| is_unit_of(name, unit));
    NutrientReading {
        text,
        value,
        unit: unit.map(str::to_owned),
        is_valid,
    }
}

/// The size of a serving, where a `9` behind the number is the `g` of grams.
fn serving(text: &str) -> String {
    let number = text
        .bytes()
        .take_while(|b| b.is_ascii_digit() || b",.".contains(b));
    let number = number.count();
    let (amount, rest) = text.split_at(number);
    let (amount, rest) = match rest.strip_prefix(" 9") {
        Some(rest) => (amount, rest),
        None => match amount.strip_suffix('9') {
            Some(amount) => (amount, rest),
            None => return text.to_owned(),
        },
    };
    let is_number = amount.ends_with(|c: char| c.is_ascii_digit());
    let is_word_behind = rest.starts_with(|c: char| c.is_alphanumeric());
    // `159 g` has its unit.
    if !is_number || is_word_behind || rest.trim_start().starts_with(|c: char| c.is_alphabetic()) {
        return text.to_owned();
    }
    format!("{amount} g{rest}")
}

/// The first number of a text and its unit.
fn amount(text: &str) -> Option<(String, Option<&'static str>)> {
    let mut before = None;
    for (at, character) in text.char_indices() {
        let rest = &text[at..];
        let found = match character {
            '0'..='9' => Some(number(rest)),
            'O' | 'o' => zero(rest, before),
            _ => None,
        };
        if let Some((value, rest)) = found {
            let is_below = text[..at].trim_end().ends_with('<');
            let below = if is_below { "< " } else { "" };
            return Some((format!("{below}{value}"), unit(rest)));
        }
        before = Some(character);
    }
    None
}

/// The number at the start of a text, with a point, and what follows it.
fn number(text: &str) -> (String, &str) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits(text));
    let Some(behind) = rest.strip_prefix(['.', ',']) else {
        return (whole.to_owned(), rest);
    };
    let (part, rest) = behind.split_at(digits(behind));
    if part.is_empty() {
        return (whole.to_owned(), behind);
    }
    (format!("{whole}.{part}"), rest)
}

/// A letter that stands for the digit 0: alone, or before a unit.
fn zero(text: &str, before: Option<char>) -> Option<(String, &str)> {
    let rest = &text[1..];
    let is_alone = !rest.starts_with(|c: char| c.is_alphanumeric());
    let follows_word = before.is_some_and(char::is_alphanumeric);
    let is_amount = !follows_word && (is_alone || unit(rest).is_some());
    is_amount.then(|| ("0".to_owned(), rest))
}

fn unit(text: &str) -> Option<&'static str> {
    // Both letters of micro are printed, one of them is Greek.
    let text = text.trim_start().to_lowercase().replace('μ', "µ");
    let known = UNITS.iter().find(|(printed, _)| text.starts_with(printed));
    known.map(|(_, unit)| *unit)
}

/// The value with the unit that its entity implies, where none was read.
fn completed(
    name: &str,
    value: String,
    unit: Option<&'static str>,
) -> (Option<String>, Option<&'static str>) {
    if unit.is_some() {
        return (Some(value), unit);
    }
    if let Some(unit) = name.strip_prefix("energy-") {
        let unit = if unit == "kj" { "kj" } else { "kcal" };
        return (Some(value), Some(unit));
    }
    let number = value.strip_prefix("< ").unwrap_or(&value);
    let is_unit_digit = number.ends_with(['8', '9'])
        && if number.contains('.') {
            !number.ends_with(".8") && !number.ends_with(".9")
        } else {
            number.len() > 2 || ["08", "09"].contains(&number)
        };
    if IN_GRAMS.contains(&name) && is_unit_digit {
        let shorter = value[..value.len() - 1].to_owned();
        return (Some(shorter), Some("g"));
    }
    (Some(value), None)
}

/// True for a unit in which a nutrient is stated.
fn is_unit_of(name: &str, unit: &str) -> bool {
    match name {
        "energy-kcal" => unit == "kcal",
        "energy-kj" => unit == "kj",
        _ => !["kcal", "kj"].contains(&unit),
    }
}
