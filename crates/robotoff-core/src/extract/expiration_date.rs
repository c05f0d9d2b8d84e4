//! Dates until which a product is good (`docs/reference/ocr.md` 4.3, corrected by section 9, D-EXP).
//!
//! A date after words such as "best before" is one; after words such as "packed on" it
//! is none. A bare date counts where its form leaves no doubt, but is applied without
//! a person only where no other date has such words.

mod triggers;

use std::ops::Range;

use chrono::{Datelike, Months, NaiveDate};
use serde_json::{Map, Value};

use triggers::{MONTHS, Meaning, TRIGGERS};

use super::evidence::{evidence_at, put_box};
use super::spans::Spans;
use super::{Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::digits::digit_runs;
use crate::text::pattern::{Form, Guard, Hit, Pattern, Prefilter, WS};

/// Rises when other dates are found in the same text.
const VERSION: &str = "2";

/// No picture is older, nor does a date before say anything.
const FIRST_YEAR: i32 = 2015;

/// No product is good for longer than this after its picture was taken: honey, sugar
/// and cans state up to ten years.
const HORIZON: Months = Months::new(10 * 12);

/// Two-digit years up to this one are of this century.
const LAST_SHORT_YEAR: i32 = 68;

/// Bytes between a trigger and its date, at most.
const PROMPT_DISTANCE: usize = 24;

/// What may stand between the numbers of a date, the non-breaking hyphen included.
const SEPARATOR: &str = r"[./\x{2010}\x{2011}-]";

/// One way to print a date.
struct Format {
    /// On the wire: `data.type`.
    name: &'static str,
    pattern: fn() -> String,
    /// Whether the form is a date without any words before it.
    stands_alone: bool,
}

const FORMATS: [Format; 6] = [
    Format {
        name: "full_digits_short",
        pattern: || {
            format!(
                r"(?<day>[0-9]{{2}}){SEPARATOR}(?<month>[0-9]{{2}}){SEPARATOR}(?<year>[0-9]{{2}})"
            )
        },
        stands_alone: true,
    },
    Format {
        name: "full_digits_long",
        pattern: || {
            format!(
                r"(?<day>[0-9]{{2}}){SEPARATOR}(?<month>[0-9]{{2}}){SEPARATOR}(?<year>[0-9]{{4}})"
            )
        },
        stands_alone: true,
    },
    Format {
        name: "year_first",
        pattern: || {
            format!(
                r"(?<year>20[0-9]{{2}}){SEPARATOR}(?<month>[0-9]{{2}}){SEPARATOR}(?<day>[0-9]{{2}})"
            )
        },
        stands_alone: true,
    },
    Format {
        name: "month_name",
        pattern: || {
            let month = month_names();
            let gap = format!("(?:{WS}|{SEPARATOR})?");
            format!(
                r"(?i)(?:(?<day>[0-9]{{1,2}})(?:er|st|nd|rd|th|\.)?{gap}(?:de |of )?(?:{month})\.?,?{gap}(?:de )?(?<year>20[0-9]{{2}}|[0-9]{{2}}))"
            )
        },
        stands_alone: true,
    },
    Format {
        name: "month_year",
        pattern: || {
            let month = month_names();
            format!(
                r"(?i)(?:(?<month>[0-9]{{2}}){SEPARATOR}|(?:{month})\.?(?:{WS}|{SEPARATOR})?)(?<year>20[0-9]{{2}})"
            )
        },
        stands_alone: false,
    },
    Format {
        name: "spaced",
        pattern: || {
            format!(
                r"(?<day>[0-9]{{2}}){WS}(?<month>[0-9]{{2}}){WS}(?<year>20[0-9]{{2}}|[0-9]{{2}})"
            )
        },
        stands_alone: false,
    },
];

/// The names of the months, each as the group of its number: `m1` to `m12`.
fn month_names() -> String {
    let groups = (1..)
        .zip(MONTHS)
        .map(|(number, names)| format!("(?<m{number}>{names})"));
    groups.collect::<Vec<_>>().join("|")
}

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::ExpirationDate,
    finds: "the date until which a product is good",
    predictors: &[Predictor::new("regex", VERSION)],
    languages: &["de", "en", "es", "fr", "it", "nl"],
    parts: &[],
    runs_on: RunsOn::Images,
    build: |_| Ok(Box::new(ExpirationDateExtractor::new())),
};

pub(super) struct ExpirationDateExtractor {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
    /// One form for each family of triggers.
    triggers: Pattern,
}

impl ExpirationDateExtractor {
    pub(super) fn new() -> Self {
        let patterns: Vec<Pattern> = FORMATS
            .iter()
            .map(|format| {
                // No digit beside it, nor behind a separator: `12/05/20/23` is no date.
                let before = format!(r"\A|[^\d{}|(?:\A|[^\d]){SEPARATOR}", &SEPARATOR[1..]);
                let after = format!(r"\z|[^\d{}|{SEPARATOR}(?:\z|[^\d])", &SEPARATOR[1..]);
                let form = Form::new((format.pattern)()).after_guard(Guard::Matches(before));
                Pattern::new([form.before_guard(Guard::Matches(after))])
            })
            .collect();
        let triggers = TRIGGERS.iter().map(|(_, _, forms)| {
            let forms = forms.join("|").replace('~', &format!("{WS}+"));
            Form::new(format!("(?i)(?:{forms})"))
                .after_guard(Guard::NoWordchar)
                .before_guard(Guard::Matches(r"\z|[^\p{L}]".to_owned()))
        });
        Self {
            prefilter: Prefilter::new(&patterns),
            patterns,
            triggers: Pattern::new(triggers),
        }
    }

    /// Every date that can be one of expiry, format by format, in text order.
    fn dates(&self, ocr: &OcrResult) -> Vec<Dated> {
        let text = ocr.text.full();
        if !may_hold_date(text) {
            return Vec::new();
        }
        let mut triggers: Option<Vec<Trigger>> = None;
        let mut found: Vec<Dated> = Vec::new();
        let mut read = Spans::default();
        for position in self.prefilter.candidates(text) {
            for hit in self.patterns[position].hits(text) {
                let triggers = triggers.get_or_insert_with(|| self.triggers_in(text));
                let trigger = trigger_of(triggers, text, &hit.range).cloned();
                let dated = dated(&FORMATS[position], text, &hit, trigger);
                let dated = dated.filter(|dated| is_sane(dated.date, ocr.seen_on));
                let dated = dated.filter(|dated| !read.touches(&dated.range));
                if let Some(dated) = dated {
                    read.add(dated.range.clone());
                    found.push(dated);
                }
            }
            read.settle();
        }
        found
    }

    fn triggers_in(&self, text: &str) -> Vec<Trigger> {
        let trigger = |hit: Hit| {
            let (lang, meaning, _) = TRIGGERS[hit.form];
            Trigger {
                range: hit.range,
                lang,
                meaning,
            }
        };
        self.triggers.hits(text).map(trigger).collect()
    }
}

/// False without the digits of a date: a year of this century, or two numbers of which
/// one has two digits.
fn may_hold_date(text: &str) -> bool {
    let (mut runs, mut has_pair) = (0, false);
    for run in digit_runs(text) {
        runs += 1;
        has_pair |= run.len() == 2;
        let is_year = run.len() == 4 && text[run].starts_with("20");
        if is_year || (runs > 1 && has_pair) {
            return true;
        }
    }
    false
}

#[derive(Debug, Clone)]
struct Trigger {
    range: Range<usize>,
    lang: &'static str,
    meaning: Meaning,
}

/// The trigger right before a date: nothing but a few letters and signs between them,
/// and no other date.
fn trigger_of<'p>(triggers: &'p [Trigger], text: &str, date: &Range<usize>) -> Option<&'p Trigger> {
    let before = triggers.partition_point(|trigger| trigger.range.end <= date.start);
    let last = triggers[..before].last()?;
    let between = text.get(last.range.end..date.start)?;
    let is_near = between.len() <= PROMPT_DISTANCE
        && !between.contains(|c: char| c.is_ascii_digit() || c == '|');
    is_near.then_some(last)
}

/// A date with all that is known of it.
struct Dated {
    range: Range<usize>,
    date: NaiveDate,
    format: &'static str,
    /// Words that say that it is the date of expiry.
    trigger: Option<Trigger>,
    /// Day and month may be the other way round.
    is_ambiguous: bool,
}

fn dated(format: &Format, text: &str, hit: &Hit, trigger: Option<Trigger>) -> Option<Dated> {
    let is_other = trigger
        .as_ref()
        .is_some_and(|trigger| trigger.meaning == Meaning::Other);
    if is_other
        || is_version(&text[..hit.range.start])
        || (trigger.is_none() && !format.stands_alone)
    {
        return None;
    }
    let part = |name: &str| text[hit.group(name)?].parse::<u32>().ok();
    let year_text = &text[hit.group("year")?];
    if trigger.is_none() && format.name == "month_name" && year_text.len() < 4 {
        return None;
    }
    let named_month = || (1..=12).find(|number| hit.group(&format!("m{number}")).is_some());
    let month = part("month").or_else(named_month)?;
    let year = full_year(year_text.parse().ok()?);
    let date = match part("day") {
        Some(day) => NaiveDate::from_ymd_opt(year, month, day),
        None => last_of_month(year, month),
    };
    let day = part("day").unwrap_or_default();
    let is_english = trigger.as_ref().is_some_and(|trigger| trigger.lang == "en");
    let is_numeric = format.name.starts_with("full_digits") && is_english;
    // Americans print the month first, and say "best by".
    let is_american = is_numeric
        && trigger
            .as_ref()
            .is_some_and(|trigger| is_best_by(&text[trigger.range.clone()]));
    let date = match date {
        None if is_numeric => NaiveDate::from_ymd_opt(year, day, month),
        date => date,
    };
    Some(Dated {
        range: hit.range.clone(),
        date: date?,
        format: format.name,
        trigger,
        is_ambiguous: is_american && day != month && day <= 12 && month <= 12,
    })
}

fn is_best_by(trigger: &str) -> bool {
    let trigger = trigger.to_lowercase();
    trigger.starts_with("best") && trigger.ends_with("by")
}

/// True after `v` or `V.` as in `v01.02.20`.
fn is_version(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '.']);
    before
        .strip_suffix(['v', 'V'])
        .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}

const fn full_year(printed: i32) -> i32 {
    match printed {
        short @ 0..=LAST_SHORT_YEAR => 2000 + short,
        short @ 69..=99 => 1900 + short,
        year => year,
    }
}

fn last_of_month(year: i32, month: u32) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    first.checked_add_months(Months::new(1))?.pred_opt()
}

/// Not before there were pictures, not longer after the picture than food keeps. When
/// that was is not known of every text.
fn is_sane(date: NaiveDate, seen_on: Option<NaiveDate>) -> bool {
    let last = seen_on.and_then(|day| day.checked_add_months(HORIZON));
    date.year() >= FIRST_YEAR && last.is_none_or(|last| date <= last)
}

impl Extractor for ExpirationDateExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::ExpirationDate
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let dates = self.dates(ocr);
        let any_prompted = dates.iter().any(|dated| dated.trigger.is_some());
        let is_automatic = |dated: &Dated| {
            let stands_out = dated.trigger.is_some() || !any_prompted;
            let is_certain = dated.trigger.is_some() || dated.format.starts_with("full_digits");
            stands_out && is_certain && !dated.is_ambiguous
        };
        dates
            .iter()
            .map(|dated| prediction(ocr, dated, is_automatic(dated)))
            .collect()
    }
}

fn prediction(ocr: &OcrResult, dated: &Dated, automatic: bool) -> Prediction {
    let text = ocr.text.full();
    let lang = dated
        .trigger
        .as_ref()
        .map(|trigger| trigger.lang)
        .filter(|lang| !lang.is_empty());
    let evidence = evidence_at(ocr, text, &dated.range, lang);
    let mut data: Map<String, Value> = Map::new();
    data.insert("raw".to_owned(), evidence.text.as_str().into());
    data.insert("type".to_owned(), dated.format.into());
    put_box(&mut data, evidence.area);
    let trigger = dated
        .trigger
        .as_ref()
        .map(|trigger| evidence_at(ocr, text, &trigger.range, lang));
    Prediction {
        value: Some(dated.date.format("%Y-%m-%d").to_string()),
        data,
        automatic_processing: Some(automatic),
        predictor: Some("regex".into()),
        predictor_version: Some(VERSION.into()),
        evidence: [evidence].into_iter().chain(trigger).collect(),
        ..Prediction::new(PredictionKind::ExpirationDate)
    }
}

#[cfg(test)]
mod tests;
