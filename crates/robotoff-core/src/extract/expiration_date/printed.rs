//! Dates as they are printed: which numbers and names stand where. What order they have
//! is for `order` to say.
//!
//! Written by hand rather than as patterns: a date is tried only where a number starts,
//! and given up at the first character that does not fit.

use std::ops::Range;

use super::cursor::{DateCursor, SIGNS};
use super::months::{canadian_month, may_end_month, month};
use super::number_first::number_first;
use super::printed_date::{DateForm, Numbers, PrintedDate, is_year};
use crate::text::digits::digit_runs;

/// Every printed date in the order of the text; none overlaps another.
pub(super) fn printed_dates(text: &str) -> impl Iterator<Item = PrintedDate> + '_ {
    let mut end = 0;
    digit_runs(text).filter_map(move |run| {
        if run.start < end {
            return None;
        }
        let printed = printed_at(text, &run)?;
        end = printed.range.end;
        Some(printed)
    })
}

/// The date whose first number is this run.
fn printed_at(text: &str, run: &Range<usize>) -> Option<PrintedDate> {
    if !matches!(run.len(), 1 | 2 | 4 | 6 | 8) || !is_free_before(text, run.start) {
        return None;
    }
    let value = text[run.clone()].parse().ok()?;
    let cursor = DateCursor { text, at: run.end };
    let named = month_first(text, run);
    let printed = named.or_else(|| match run.len() {
        4 => year_first(cursor, run.start, value),
        6 | 8 => compact(text, run),
        _ => number_first(cursor, run, value),
    });
    printed.filter(|printed| is_free_after(text, printed))
}

/// `JAN 04 2028`, `July 14, 2027`, `NOV 2026`, `NOV 26`.
fn month_first(text: &str, run: &Range<usize>) -> Option<PrintedDate> {
    let before = text[..run.start].trim_end_matches([' ', '\u{A0}', '.', '-', '/']);
    if run.start - before.len() > 3 {
        return None;
    }
    if !may_end_month(before) {
        return None;
    }
    let word = before.rfind(|c: char| !c.is_alphabetic());
    let start = word.map_or(0, |at| {
        at + before[at..].chars().next().map_or(0, char::len_utf8)
    });
    let month = month(&before[start..])?;
    if before[..start].ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number: u32 = text[run.clone()].parse().ok()?;
    let whole = |end, year, day: Option<u32>, stands_alone| PrintedDate {
        range: start..end,
        form: if day.is_none() {
            DateForm::MonthYear
        } else {
            DateForm::MonthName
        },
        numbers: Numbers::Ordered { year, month, day },
        stands_alone,
    };
    if run.len() == 4 {
        return is_year(number).then(|| whole(run.end, number, None, false));
    }
    let mut cursor = DateCursor { text, at: run.end };
    cursor.ordinal();
    cursor.skip(',');
    let gap = cursor.blanks() + cursor.sign().map_or(0, char::len_utf8);
    match cursor.number() {
        Some((year, 4)) if gap > 0 && is_year(year) => {
            Some(whole(cursor.at, year, Some(number), true))
        }
        Some((year, 2)) if gap > 0 && !cursor.is_time() => {
            Some(whole(cursor.at, year, Some(number), false))
        }
        _ => (run.len() == 2).then(|| PrintedDate {
            numbers: Numbers::NameAndPair {
                month,
                year: number,
            },
            ..whole(run.end, number, None, false)
        }),
    }
}

/// `2027-07-14`, `2027 MAR 15`, `2028 JA 04`, `2027年7月14日`, `2027/07`.
fn year_first(mut cursor: DateCursor<'_>, start: usize, year: u32) -> Option<PrintedDate> {
    if !is_year(year) {
        return None;
    }
    let date = |cursor: &DateCursor<'_>, form, month, day, stands_alone| PrintedDate {
        range: start..cursor.at,
        form,
        numbers: Numbers::Ordered { year, month, day },
        stands_alone,
    };
    let sign = cursor.sign();
    cursor.blanks();
    if let Some((month, 1 | 2)) = cursor.number() {
        let end = cursor.at;
        let second = cursor.sign();
        let gap = cursor.blanks();
        if let Some((day, 1 | 2)) = cursor.number().filter(|_| second.is_some() || gap > 0) {
            let form = if sign.is_some() {
                DateForm::YearFirst
            } else {
                DateForm::Spaced
            };
            cursor.skip('日');
            cursor.skip('일');
            return Some(date(&cursor, form, month, Some(day), true));
        }
        cursor.at = end;
        cursor.skip('月');
        return sign.map(|_| date(&cursor, DateForm::MonthYear, month, None, false));
    }
    let word = cursor.word();
    let (month, is_name) = match month(word) {
        Some(month) => (month, true),
        None => (canadian_month(word)?, false),
    };
    cursor.skip('.');
    cursor.gap();
    let (day, _) = cursor.number().filter(|(_, length)| *length <= 2)?;
    Some(date(
        &cursor,
        DateForm::MonthName,
        month,
        Some(day),
        is_name,
    ))
}

/// `140727`, `20271115`, `15112027`.
fn compact(text: &str, run: &Range<usize>) -> Option<PrintedDate> {
    let beside = [
        text[..run.start].chars().next_back(),
        text[run.end..].chars().next(),
    ];
    if beside.into_iter().flatten().any(char::is_alphanumeric) {
        return None;
    }
    let part = |from, to| text[run.start + from..run.start + to].parse::<u32>().ok();
    let ordered = |year, month, day| Numbers::Ordered {
        year,
        month,
        day: Some(day),
    };
    let numbers = if run.len() == 6 {
        Numbers::Short {
            numbers: [part(0, 2)?, part(2, 4)?, part(4, 6)?],
            sign: ' ',
        }
    } else if is_year(part(0, 4)?) && part(4, 6)? <= 12 {
        ordered(part(0, 4)?, part(4, 6)?, part(6, 8)?)
    } else {
        // Day first, unless only the first number can be a month.
        let year = part(4, 8).filter(|year| is_year(*year))?;
        match (part(0, 2)?, part(2, 4)?) {
            (month @ 1..=12, day @ 13..) => ordered(year, month, day),
            (day, month) => ordered(year, month, day),
        }
    };
    Some(PrintedDate {
        range: run.clone(),
        form: DateForm::Compact,
        numbers,
        stands_alone: false,
    })
}

/// True where no number stands before, nor one with a sign of a date between.
fn is_free_before(text: &str, start: usize) -> bool {
    let before = &text[..start];
    if before.ends_with(char::is_numeric) {
        return false;
    }
    let trimmed = before.trim_end_matches([' ', '\u{A0}']);
    let Some(rest) = trimmed.strip_suffix(SIGNS) else {
        return true;
    };
    if trimmed.len() == before.len() && rest.ends_with(char::is_numeric) {
        return false;
    }
    // `31 / 02 / 2027`: the month of an impossible day is no start.
    let rest = rest.trim_end_matches([' ', '\u{A0}']);
    let digits = rest.len() - rest.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    !matches!(digits, 1 | 2)
}

/// True where no number follows, nor one behind a sign; behind three numbers with
/// blanks none behind a blank either, unless it is a time.
fn is_free_after(text: &str, printed: &PrintedDate) -> bool {
    let after = &text[printed.range.end..];
    let next = after.strip_prefix(SIGNS).unwrap_or(after);
    if next.starts_with(char::is_numeric) {
        return false;
    }
    if printed.form != DateForm::Spaced {
        return true;
    }
    let mut cursor = DateCursor {
        text,
        at: printed.range.end,
    };
    cursor.blanks();
    cursor.number().is_none_or(|_| cursor.is_time())
}
