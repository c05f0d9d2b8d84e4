//! Dates that start with a number of one or two digits.

use std::ops::Range;

use super::cursor::DateCursor;
use super::months::{canadian_month, month};
use super::printed_date::{DateForm, Numbers, PrintedDate, is_year};

/// `03/11/26`, `3.11.2026`, `03 11 26`, `11/2026`, `11/26`, `3 NOV 2026`, `27 AU 09`.
pub(super) fn number_first(
    mut cursor: DateCursor<'_>,
    run: &Range<usize>,
    first: u32,
) -> Option<PrintedDate> {
    let after_first = cursor.at;
    let sign = cursor.sign();
    let gap = cursor.blanks();
    let Some((second, length)) = cursor.number().filter(|_| sign.is_some() || gap > 0) else {
        cursor.at = after_first;
        return day_and_name(cursor, run, first);
    };
    let start = run.start;
    match length {
        4 => is_year(second).then(|| month_year(start..cursor.at, first, second)),
        1 | 2 => {
            let after_second = cursor.at;
            match third_number(&mut cursor, sign) {
                Some((third, digits)) => {
                    let numbers = [(first, run.len()), (second, length), (third, digits)];
                    three_numbers(start..cursor.at, numbers, sign)
                }
                None if sign.is_some() && length == 2 => {
                    Some(month_year(start..after_second, first, second))
                }
                None => None,
            }
        }
        _ => None,
    }
}

/// The number behind the second one, parted from it as the second from the first.
fn third_number(cursor: &mut DateCursor<'_>, sign: Option<char>) -> Option<(u32, usize)> {
    let second_sign = cursor.sign();
    let gap = cursor.blanks();
    if second_sign.is_some() {
        cursor.break_before_year();
    }
    cursor.number().filter(|_| match sign {
        Some(_) => second_sign.is_some(),
        None => second_sign.is_none() && gap > 0,
    })
}

/// A date of three numbers, each with its digits.
fn three_numbers(
    range: Range<usize>,
    [
        (first, first_digits),
        (second, second_digits),
        (third, third_digits),
    ]: [(u32, usize); 3],
    sign: Option<char>,
) -> Option<PrintedDate> {
    let is_pair = first_digits == 2 && second_digits == 2;
    let (form, numbers) = match third_digits {
        4 if is_year(third) => {
            let sign = sign.unwrap_or(' ');
            let numbers = Numbers::LongYearLast {
                first,
                second,
                year: third,
                sign,
            };
            (DateForm::FullDigitsLong, numbers)
        }
        2 if sign.is_some() || is_pair => {
            let sign = sign.unwrap_or(' ');
            let numbers = Numbers::Short {
                numbers: [first, second, third],
                sign,
            };
            (DateForm::FullDigitsShort, numbers)
        }
        _ => return None,
    };
    Some(PrintedDate {
        range,
        form: if sign.is_some() {
            form
        } else {
            DateForm::Spaced
        },
        numbers,
        stands_alone: is_pair,
    })
}

fn month_year(range: Range<usize>, month: u32, year: u32) -> PrintedDate {
    PrintedDate {
        range,
        form: DateForm::MonthYear,
        numbers: Numbers::Ordered {
            year,
            month,
            day: None,
        },
        stands_alone: false,
    }
}

/// `3 NOV 2026`, `1er août 26`, `30GIU2027`, `27 AU 09`, `3 de dic. de 2026`.
fn day_and_name(mut cursor: DateCursor<'_>, run: &Range<usize>, first: u32) -> Option<PrintedDate> {
    cursor.ordinal();
    cursor.gap();
    let mut word = cursor.word();
    if matches!(word, "de" | "DE" | "of" | "OF") {
        let after = cursor.at;
        cursor.blanks();
        let next = cursor.word();
        if next.is_empty() {
            cursor.at = after;
        } else {
            word = next;
        }
    }
    let (month, is_name) = match month(word) {
        Some(month) => (month, true),
        None => (canadian_month(word)?, false),
    };
    cursor.skip('.');
    cursor.skip(',');
    cursor.gap();
    let after = cursor.at;
    if cursor.word().eq_ignore_ascii_case("de") {
        cursor.blanks();
    } else {
        cursor.at = after;
    }
    cursor.break_before_year();
    let (last, length) = cursor.number()?;
    let (year, day) = match length {
        4 if is_year(last) && is_name => (last, first),
        2 if is_name => (last, first),
        // Two letters stand on Canadian labels, year first.
        2 if run.len() == 2 => (first, last),
        _ => return None,
    };
    Some(PrintedDate {
        range: run.start..cursor.at,
        form: DateForm::MonthName,
        numbers: Numbers::Ordered {
            year,
            month,
            day: Some(day),
        },
        stands_alone: length == 4,
    })
}
