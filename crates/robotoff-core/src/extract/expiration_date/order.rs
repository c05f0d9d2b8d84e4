//! Which number of a printed date is the day, the month and the year.

use chrono::{Datelike, Months, NaiveDate};

use super::printed_date::{Numbers, PrintedDate};
use super::triggers::Trigger;

/// No image is older, nor does a date before say anything.
const FIRST_YEAR: i32 = 2015;

/// No product is good for longer than this after its image was taken: honey, sugar
/// and cans state up to ten years.
const HORIZON: Months = Months::new(10 * 12);

/// Of two possible dates one that was over for longer than this is not meant.
const OVERDUE: Months = Months::new(2 * 12);

/// Two-digit years up to this one are of this century.
const LAST_SHORT_YEAR: u32 = 68;

/// Languages that print the year first in digits.
const YEAR_FIRST: [&str; 4] = ["ja", "zh", "ko", "hu"];

/// A language that prints both orders.
const EITHER: &str = "sv";

/// A date, and whether its numbers can be read in another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReadDate {
    pub(super) date: NaiveDate,
    pub(super) is_ambiguous: bool,
}

impl ReadDate {
    const fn certain(date: NaiveDate) -> Self {
        Self {
            date,
            is_ambiguous: false,
        }
    }
}

/// The date that printed numbers mean behind a trigger, seen on a day; `None` where
/// there is no such day, or no product keeps so long.
pub(super) fn read(
    printed: &PrintedDate,
    trigger: Option<&Trigger>,
    seen_on: Option<NaiveDate>,
) -> Option<ReadDate> {
    let read = match printed.numbers {
        Numbers::Ordered { year, month, day } => {
            let year = full_year(year);
            let date = match day {
                Some(day) => NaiveDate::from_ymd_opt(year, month, day),
                None => last_of_month(year, month),
            };
            ReadDate::certain(date?)
        }
        Numbers::NameAndPair { month, year } => ReadDate {
            date: last_of_month(full_year(year), month)?,
            is_ambiguous: true,
        },
        Numbers::LongYearLast {
            first,
            second,
            year,
            sign,
        } => day_or_month_first([first, second, year], sign, trigger)?,
        Numbers::Short { numbers, sign } => short(numbers, sign, trigger, seen_on)?,
    };
    is_sane(read.date, seen_on).then_some(read)
}

/// Day first; month first where that alone is a date behind English words. Americans
/// print slashes and hyphens.
fn day_or_month_first(
    [first, second, year]: [u32; 3],
    sign: char,
    trigger: Option<&Trigger>,
) -> Option<ReadDate> {
    let year = full_year(year);
    let day_first = NaiveDate::from_ymd_opt(year, second, first);
    let is_english = trigger.is_some_and(|trigger| matches!(trigger.lang, "en" | ""));
    if !is_english || sign == '.' {
        return day_first.map(ReadDate::certain);
    }
    let month_first = NaiveDate::from_ymd_opt(year, first, second);
    let is_american = trigger.is_some_and(|trigger| trigger.is_american);
    let is_ambiguous =
        is_american && day_first.is_some() && month_first.is_some() && first != second;
    let date = day_first.or(month_first)?;
    Some(ReadDate { date, is_ambiguous })
}

/// Three numbers of two digits: year last or year first, as the language prints it.
fn short(
    numbers: [u32; 3],
    sign: char,
    trigger: Option<&Trigger>,
    seen_on: Option<NaiveDate>,
) -> Option<ReadDate> {
    let [first, second, third] = numbers;
    let lang = trigger.map_or("", |trigger| trigger.lang);
    let year_first = NaiveDate::from_ymd_opt(full_year(first), second, third);
    if YEAR_FIRST.contains(&lang) {
        return year_first.map(ReadDate::certain);
    }
    let year_last = day_or_month_first(numbers, sign, trigger);
    // With signs between, only Swedes print the year first; without, others do too.
    let is_open = lang == EITHER || (sign == ' ' && matches!(lang, "" | "en"));
    if !is_open && sign != ' ' {
        return year_last;
    }
    let is_likely = |date: &NaiveDate| {
        let first = seen_on.and_then(|day| day.checked_sub_months(OVERDUE));
        is_sane(*date, seen_on) && first.is_none_or(|first| *date >= first)
    };
    let year_first = year_first.filter(is_likely);
    match (year_last.filter(|read| is_likely(&read.date)), year_first) {
        (Some(last), Some(first)) if last.date != first && is_open => {
            // A day that is over is the less likely one.
            let is_over = |date: NaiveDate| seen_on.is_some_and(|day| date < day);
            let is_first = is_over(last.date) && !is_over(first);
            Some(ReadDate {
                date: if is_first { first } else { last.date },
                is_ambiguous: true,
            })
        }
        (Some(last), _) => Some(last),
        (None, Some(first)) => Some(ReadDate::certain(first)),
        (None, None) => year_last,
    }
}

const fn full_year(printed: u32) -> i32 {
    let year = match printed {
        0..=LAST_SHORT_YEAR => 2000 + printed,
        short @ 69..=99 => 1900 + short,
        year => year,
    };
    year.cast_signed()
}

fn last_of_month(year: i32, month: u32) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    first.checked_add_months(Months::new(1))?.pred_opt()
}

/// Not before there were images, not longer after the image than food keeps. When that
/// was is not known of every text.
fn is_sane(date: NaiveDate, seen_on: Option<NaiveDate>) -> bool {
    let last = seen_on.and_then(|day| day.checked_add_months(HORIZON));
    date.year() >= FIRST_YEAR && last.is_none_or(|last| date <= last)
}
