//! Dates as printed on packages (`ocr.md` 4.3): day, month, year.

use chrono::{Datelike, NaiveDate};
use serde_json::{Map, Value};

use super::Extractor;
use super::evidence::{evidence, put_box};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::pattern::{Form, Guard, Pattern, Prefilter};

/// As recorded: dates outside of these years are dropped.
const YEARS: std::ops::RangeInclusive<i32> = 2015..=2025;

/// Two-digit years up to this one are of this century.
const LAST_SHORT_YEAR: i32 = 68;

/// Name of the pattern on the wire, and how many digits its year has.
const FORMATS: [(&str, usize); 2] = [("full_digits_short", 2), ("full_digits_long", 4)];

pub(super) struct ExpirationDateExtractor {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
}

impl ExpirationDateExtractor {
    pub(super) fn new() -> Self {
        let patterns: Vec<Pattern> = FORMATS
            .iter()
            .map(|(_, year_digits)| {
                let form = Form::new(format!(
                    r"(?<day>[0-9]{{2}})[-./](?<month>[0-9]{{2}})[-./](?<year>[0-9]{{{year_digits}}})"
                ));
                let before = Guard::Matches(r"\A|[^\d]".to_owned());
                let after = Guard::Matches(r"\z|[^\d]".to_owned());
                Pattern::new([form.after_guard(before).before_guard(after)])
            })
            .collect();
        let prefilter = Prefilter::new(&patterns);
        Self {
            patterns,
            prefilter,
        }
    }
}

impl Extractor for ExpirationDateExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::ExpirationDate
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.full();
        let mut found = Vec::new();
        for position in self.prefilter.candidates(text) {
            for hit in self.patterns[position].hits(text) {
                let part = |name| text[hit.group(name)?].parse::<i32>().ok();
                let date = date(part("day"), part("month"), part("year"));
                let Some(date) = date.filter(|date| YEARS.contains(&date.year())) else {
                    continue;
                };
                let ground = evidence(ocr, text, &hit.range, None);
                let mut data: Map<String, Value> = Map::new();
                data.insert("raw".to_owned(), ground.text.as_str().into());
                data.insert("type".to_owned(), FORMATS[position].0.into());
                put_box(&mut data, ground.area);
                found.push(Prediction {
                    value: Some(date.format("%Y-%m-%d").to_string()),
                    data,
                    automatic_processing: Some(true),
                    predictor: Some("regex".into()),
                    evidence: vec![ground],
                    ..Prediction::new(self.kind())
                });
            }
        }
        found
    }
}

fn date(day: Option<i32>, month: Option<i32>, year: Option<i32>) -> Option<NaiveDate> {
    let year = match year? {
        short @ 0..=LAST_SHORT_YEAR => 2000 + short,
        short @ 69..=99 => 1900 + short,
        year => year,
    };
    NaiveDate::from_ymd_opt(year, month?.try_into().ok()?, day?.try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found = ExpirationDateExtractor::new().find(&OcrResult::from_text(text));
        let dates: Vec<&str> = found.iter().filter_map(|p| p.value.as_deref()).collect();
        assert_eq!(dates, expected, "{text:?}");
    }

    #[test]
    fn dates_are_day_month_year() {
        check("DLC 03/11/22", &["2022-11-03"]);
        check("03.11.2022", &["2022-11-03"]);
        check("L03-11/22B", &["2022-11-03"]);
        check(
            "01/01/2020 02/01/20 03/01/2020",
            &["2020-01-02", "2020-01-01", "2020-01-03"],
        );
    }

    #[test]
    fn what_is_no_date_is_dropped() {
        for text in [
            "30/02/2021",
            "11/30/2021",
            "2021/11/03",
            "103/11/22",
            "03/11/221",
            "03 11 22",
            "03/2022",
            "03/11/26",
            "03/11/2014",
            "٣03/11/22",
        ] {
            check(text, &[]);
        }
    }
}
