//! Printed numbers and units of weights.

/// The unit by which a name or symbol is stored, without the estimated sign.
pub(super) fn unit(printed: &str) -> String {
    let printed = printed.to_lowercase();
    let name = match printed.as_str() {
        "gr" | "grs" => "g",
        "lb" => "lbs",
        kilo if kilo.starts_with("kilo") => "kg",
        centi if centi.starts_with("centi") => "cl",
        milli if milli.starts_with("milli") => "ml",
        gram if gram.starts_with("gra") => "g",
        litre if litre.starts_with("lit") => "l",
        symbol => symbol.strip_suffix('e').unwrap_or(symbol),
    };
    name.to_owned()
}

/// A printed number as the shortest that means the same: `1 500` and, of grams,
/// `1.500` are `1500`, `1,50` is `1.5`. Nothing for zero and for numbers that start
/// with a needless zero, which are parts of codes.
pub(super) fn number(printed: &str, unit: &str) -> Option<String> {
    let compact: String = printed
        .chars()
        .filter(|c| c.is_ascii_digit() || ".,".contains(*c))
        .collect();
    let plain = compact.trim_end_matches(['.', ',']);
    let (whole, fraction) = plain.split_once(['.', ',']).unwrap_or((plain, ""));
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    // No scale weighs thousandths of a gram.
    let is_thousands = fraction.len() == 3 && whole != "0" && matches!(unit, "g" | "ml");
    let fraction = if is_thousands {
        fraction
    } else {
        fraction.trim_end_matches('0')
    };
    let number = match (is_thousands, fraction) {
        (true, _) => format!("{whole}{fraction}"),
        (false, "") => whole.to_owned(),
        (false, _) => format!("{whole}.{fraction}"),
    };
    number
        .contains(|c: char| ('1'..='9').contains(&c))
        .then_some(number)
}

/// How many a printed count is: `6`, or `2 x 6` for two times six. `u32::MAX` when it
/// is larger.
pub(super) fn count(printed: &str) -> u32 {
    let factors = printed.split(['x', 'X', '×', '*']).map(str::trim);
    factors.map(number_of).fold(1, u32::saturating_mul)
}

/// The value of digits of any script.
fn number_of(digits: &str) -> u32 {
    digits.chars().fold(0, |number: u32, digit| {
        number.saturating_mul(10).saturating_add(digit_value(digit))
    })
}

/// Decimal digits stand in runs of ten, zero first, in each script.
fn digit_value(digit: char) -> u32 {
    if let Some(value) = digit.to_digit(10) {
        return value;
    }
    let zero = DIGIT_ZEROS.partition_point(|zero| *zero <= digit);
    zero.checked_sub(1)
        .map_or(0, |at| u32::from(digit) - u32::from(DIGIT_ZEROS[at]))
}

/// The zeros of Unicode's decimal digits outside ASCII that labels use.
const DIGIT_ZEROS: [char; 15] = [
    '\u{660}', '\u{6F0}', '\u{7C0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}',
    '\u{BE6}', '\u{C66}', '\u{CE6}', '\u{D66}', '\u{E50}', '\u{ED0}', '\u{FF10}',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_shortest_form() {
        for (printed, unit, expected) in [
            ("40", "g", Some("40")),
            ("275.0", "g", Some("275")),
            ("525.", "g", Some("525")),
            ("525,", "g", Some("525")),
            ("1,5", "kg", Some("1.5")),
            ("0.75", "l", Some("0.75")),
            ("1.000", "kg", Some("1")),
            ("1.500", "g", Some("1500")),
            ("1,250", "kg", Some("1.25")),
            ("1 500", "g", Some("1500")),
            ("1\u{202F}500", "ml", Some("1500")),
            ("0.250", "g", Some("0.25")),
            ("0275", "g", None),
            ("00.5", "g", None),
            ("0", "g", None),
            ("0.0", "g", None),
        ] {
            assert_eq!(
                number(printed, unit).as_deref(),
                expected,
                "{printed} {unit}"
            );
        }
    }

    #[test]
    fn units_have_one_name() {
        for (printed, expected) in [
            ("G", "g"),
            ("ge", "g"),
            ("kge", "kg"),
            ("cL", "cl"),
            ("le", "l"),
            ("fl oz", "fl oz"),
            ("lb", "lbs"),
            ("gr", "g"),
            ("Grammes", "g"),
            ("gramm", "g"),
            ("Litres", "l"),
            ("kilo", "kg"),
            ("litri", "l"),
            ("centilitres", "cl"),
            ("milliliter", "ml"),
        ] {
            assert_eq!(unit(printed), expected);
        }
    }

    #[test]
    fn counts_are_multiplied() {
        for (printed, expected) in [
            ("6", 6),
            ("2 x 6", 12),
            ("2×3*4", 24),
            ("٣٠", 30),
            ("99999999999", u32::MAX),
        ] {
            assert_eq!(count(printed), expected, "{printed}");
        }
    }
}
