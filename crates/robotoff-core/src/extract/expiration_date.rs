//! Dates until which a product is good (`docs/reference/ocr.md` 4.3, corrected by section 9, D-EXP).
//!
//! A date that words such as "best before" govern is one, and applied without a person;
//! one that words such as "packed on" govern is none. A bare date is a question where
//! it stands alone on its line and no other date has words of expiry.

mod cursor;
mod months;
mod number_first;
mod order;
mod phrases;
mod printed;
mod printed_date;
mod triggers;

use std::ops::Range;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use printed::printed_dates;
use printed_date::{DateForm, PrintedDate};
use triggers::{Governor, Trigger, governor};

use super::automatic::{Support, Surroundings, is_automatic};
use super::evidence::{evidence_at, put_box};
use super::{Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};

/// Rises when other dates are found in the same text.
const VERSION: &str = "4";

/// Dates below one heading, at most.
const MAX_HEADING: usize = 4;

/// Letters of a word that a line with a bare date may have at most: codes and `LOT`.
const CODE_LETTERS: usize = 3;

/// Longer words that a line with a bare date may have.
const LOT_WORDS: [&str; 6] = ["lote", "lotto", "batch", "charge", "šarže", "partia"];

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::ExpirationDate,
    finds: "the date until which a product is good",
    predictors: &[Predictor::new("regex", VERSION)],
    languages: &[
        "bg", "cs", "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "ja", "ko", "nl", "pl",
        "pt", "ro", "ru", "sv", "zh",
    ],
    parts: &[],
    runs_on: RunsOn::Images,
    build: |_| Ok(Box::new(ExpirationDateExtractor)),
};

struct ExpirationDateExtractor;

/// A date with all that is known of it.
struct ExpirationDate {
    range: Range<usize>,
    date: NaiveDate,
    form: DateForm,
    /// Words of expiry that govern it.
    trigger: Option<Trigger>,
    /// True where day and month may be the other way round, or another date follows as
    /// the end of a term.
    is_doubtful: bool,
}

/// Every date of expiry in the order of the text.
fn dates(text: &str, seen_on: Option<NaiveDate>) -> Vec<ExpirationDate> {
    let printed: Vec<PrintedDate> = printed_dates(text).collect();
    let read = (0..printed.len()).filter_map(|at| expiration_date(text, &printed, at, seen_on));
    let mut found: Vec<ExpirationDate> = read.collect();
    if found.iter().any(|date| date.trigger.is_some()) {
        found.retain(|date| date.trigger.is_some());
    }
    found
}

/// The date at a position of all that are printed, if it can be one of expiry.
fn expiration_date(
    text: &str,
    all: &[PrintedDate],
    at: usize,
    seen_on: Option<NaiveDate>,
) -> Option<ExpirationDate> {
    let printed = &all[at];
    if is_version(&text[..printed.range.start]) {
        return None;
    }
    let around = Surroundings::of(text, printed.range.clone());
    let dates_since = |byte| {
        let before = all[..at].iter().rev();
        before.take_while(|other| other.range.start >= byte).count()
    };
    let behind = all[at..].windows(2);
    let behind = behind.take_while(|pair| is_beside(text, &pair[0], &pair[1]));
    // A heading has a few triggers.
    let dates_behind = behind.take(MAX_HEADING).count();
    let governor = governor(text, &around, dates_since, dates_behind);
    let is_other = governor == Some(Governor::Other);
    let trigger = governor.and_then(Governor::trigger);
    let is_term = is_term(text, all, at);
    let is_bare = printed.stands_alone
        && printed.form.stands_alone()
        && !is_term
        && !is_behind_letter_of_lot(around.before_on_line())
        && is_line_of_codes(&around);
    if is_other || (trigger.is_none() && !is_bare) {
        return None;
    }
    let read = order::read(printed, trigger.as_ref(), seen_on)?;
    let is_of_event = trigger.as_ref().is_some_and(|trigger| trigger.is_of_event);
    let is_contradicted = || {
        if is_before_slash_and_date(&text[printed.range.end..]) {
            return true;
        }
        let next = all
            .get(at + 1)
            .filter(|next| is_beside(text, printed, next));
        let next = next.and_then(|next| order::read(next, trigger.as_ref(), seen_on));
        next.is_some_and(|next| {
            next.date != read.date && seen_on.is_none_or(|day| next.date >= day)
        })
    };
    Some(ExpirationDate {
        range: printed.range.clone(),
        date: read.date,
        form: printed.form,
        is_doubtful: read.is_ambiguous || is_term || is_of_event || is_contradicted(),
        trigger,
    })
}

/// True where no words stand between two dates, or only `or`: `12.03.27 / 12.09.27`.
fn is_beside(text: &str, first: &PrintedDate, second: &PrintedDate) -> bool {
    let between = &text[first.range.end..second.range.start];
    if between.len() > BESIDE_BYTES {
        return false;
    }
    let between = between
        .trim()
        .trim_matches(['/', ',', ';', '-', '–', '&', '+', ' ']);
    between.is_empty() || OR.contains(&between.to_lowercase().as_str())
}

/// True where a slash and numbers like a date follow, which are read as no date of their
/// own: `12.03.27 / 12.09.27`.
fn is_before_slash_and_date(after: &str) -> bool {
    let Some(next) = after.trim_start_matches(' ').strip_prefix('/') else {
        return false;
    };
    let numbers = next
        .trim_start_matches(' ')
        .split(|c: char| !c.is_ascii_digit());
    let sizes: Vec<usize> = numbers.take(3).map(str::len).collect();
    matches!(sizes[..], [1 | 2, 1 | 2, 2 | 4])
}

/// Bytes between two dates that stand side by side, at most.
const BESIDE_BYTES: usize = 16;

/// Words between two dates of which one holds.
const OR: [&str; 13] = [
    "or", "ou", "oder", "o", "of", "lub", "eller", "nebo", "sau", "tai", "vagy", "et", "and",
];

/// True for one of two dates between which something lasts: `du … au …`.
fn is_term(text: &str, all: &[PrintedDate], at: usize) -> bool {
    let joins = |first: Option<&PrintedDate>, second: Option<&PrintedDate>| {
        let between = first
            .zip(second)
            .map(|(first, second)| &text[first.range.end..second.range.start]);
        between
            .is_some_and(|between| TERM_JOINERS.contains(&between.trim().to_lowercase().as_str()))
    };
    joins(all.get(at), all.get(at + 1))
        || joins(
            at.checked_sub(1).and_then(|before| all.get(before)),
            all.get(at),
        )
}

/// Words and signs between the first and the last day of a term.
const TERM_JOINERS: [&str; 22] = [
    "-",
    "–",
    "—",
    "au",
    "jusqu'au",
    "to",
    "until",
    "till",
    "through",
    "bis",
    "bis zum",
    "al",
    "hasta",
    "hasta el",
    "tot",
    "t/m",
    "tot en met",
    "a",
    "até",
    "do",
    "til",
    "până la",
];

/// True where no words stand on the line, or beside the date up to the next full stop,
/// only codes, times and the like.
fn is_line_of_codes(around: &Surroundings<'_>) -> bool {
    let is_code = |word: &str| {
        word.chars().count() <= CODE_LETTERS || LOT_WORDS.contains(&word.to_lowercase().as_str())
    };
    let before = around.before_on_line().trim_end();
    let before = match before.strip_suffix('.') {
        Some(_) => "",
        None => before.rsplit(". ").next().unwrap_or_default(),
    };
    let after = around.after_on_line();
    let after = after.split(". ").next().unwrap_or_default();
    [before, after]
        .iter()
        .all(|part| part.split(|c: char| !c.is_alphabetic()).all(is_code))
}

/// True after `L` alone on a line: `L 12.05.27`.
fn is_behind_letter_of_lot(before: &str) -> bool {
    before.trim_start() == "L "
}

/// True after `v` or `V.` as in `v01.02.20`.
fn is_version(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '.']);
    before
        .strip_suffix(['v', 'V'])
        .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}

impl Extractor for ExpirationDateExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::ExpirationDate
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let dates = dates(ocr.text.lined(), ocr.seen_on);
        let mut days = dates.iter().map(|date| date.date);
        let first = days.next();
        let is_contradicted = days.any(|day| Some(day) != first);
        let prediction = |date| prediction(ocr, date, is_contradicted);
        dates.iter().map(prediction).collect()
    }
}

fn prediction(ocr: &OcrResult, date: &ExpirationDate, is_contradicted: bool) -> Prediction {
    let text = ocr.text.full();
    let trigger = date.trigger.as_ref();
    let support = trigger.map(|_| Support::Trigger);
    let automatic = is_automatic(support, None) && !date.is_doubtful && !is_contradicted;
    let lang = trigger
        .map(|trigger| trigger.lang)
        .filter(|lang| !lang.is_empty());
    let seen = evidence_at(ocr, text, &date.range, lang);
    let mut data: Map<String, Value> = Map::new();
    data.insert("raw".to_owned(), seen.text.as_str().into());
    data.insert("type".to_owned(), date.form.wire_name().into());
    put_box(&mut data, seen.area);
    let trigger = trigger.map(|trigger| evidence_at(ocr, text, &trigger.range, lang));
    Prediction {
        value: Some(date.date.format("%Y-%m-%d").to_string()),
        data,
        automatic_processing: Some(automatic),
        predictor: Some("regex".into()),
        predictor_version: Some(VERSION.into()),
        evidence: [seen].into_iter().chain(trigger).collect(),
        ..Prediction::new(PredictionKind::ExpirationDate)
    }
}

#[cfg(test)]
mod tests;
