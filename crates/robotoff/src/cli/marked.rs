//! `robotoff extract --explain`: which words of the text led to which prediction.
//!
//! Here is what both views share: the text cut into pieces, each with the matches
//! that it belongs to. `terminal.rs` and `page.rs` draw them.

mod page;
mod photo;
mod terminal;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use robotoff_core::extract::EXTRACTORS;
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::{Prediction, PredictionKind};
use serde_json::Value;

pub(super) use page::write as write_page;
pub(super) use photo::Photo;
pub(super) use terminal::{Colours, write as write_terminal};

/// A document and what was found in it.
pub(super) struct MarkedText<'a> {
    /// The name of the document, to be shown.
    pub(super) id: &'a str,
    pub(super) ocr: &'a OcrResult,
    pub(super) predictions: &'a [Prediction],
}

/// Words of the text that one prediction rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Match {
    /// The position of the prediction.
    prediction: usize,
    /// Bytes of the text that is shown.
    range: Range<usize>,
}

/// A run of the text that belongs to the same matches.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    range: Range<usize>,
    /// The match that starts last, whose colour the piece has.
    inner: Option<usize>,
    /// Predictions whose match ends with the piece, the inner ones first.
    ends: Vec<usize>,
}

impl MarkedText<'_> {
    /// The text with its lines, where there is one.
    fn text(&self) -> &str {
        match self.ocr.text.full() {
            "" => self.ocr.text.default_text(),
            full => full,
        }
    }

    /// The matches in the order of the predictions. Evidence that is not in the text
    /// has none.
    fn matches(&self) -> Vec<Match> {
        let spans = || {
            let all = self.predictions.iter().enumerate();
            all.flat_map(|(at, p)| p.evidence.iter().map(move |ground| (at, ground.span)))
        };
        let counts: BTreeSet<usize> = spans().flat_map(|(_, span)| span).collect();
        let byte_by_count = bytes_of(self.text(), &counts);
        let placed = spans().filter_map(|(prediction, [start, end])| {
            let range = *byte_by_count.get(&start)?..*byte_by_count.get(&end)?;
            (!range.is_empty()).then_some(Match { prediction, range })
        });
        placed.collect()
    }
}

/// The bytes at which code points start that were counted so far.
fn bytes_of(text: &str, counts: &BTreeSet<usize>) -> BTreeMap<usize, usize> {
    let starts = text.char_indices().map(|(byte, _)| byte);
    let starts = starts.chain([text.len()]).enumerate();
    starts.filter(|(count, _)| counts.contains(count)).collect()
}

/// Cuts a text of this many bytes where a match starts or ends.
fn pieces(len: usize, matches: &[Match]) -> Vec<Piece> {
    let mut cuts: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (at, found) in matches.iter().enumerate() {
        cuts.entry(found.range.start).or_default().0.push(at);
        cuts.entry(found.range.end).or_default().1.push(at);
    }
    cuts.entry(len).or_default();
    let mut pieces: Vec<Piece> = Vec::new();
    // By start, then by order: the last is the innermost.
    let mut open: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut from = 0;
    for (at, (starts, ends)) in cuts {
        if from < at {
            let mut ends: Vec<(usize, usize)> =
                ends.iter().map(|m| (matches[*m].range.start, *m)).collect();
            ends.sort_unstable_by(|a, b| b.cmp(a));
            pieces.push(Piece {
                range: from..at,
                inner: open.last().map(|(_, innermost)| *innermost),
                ends: ends.iter().map(|(_, m)| matches[*m].prediction).collect(),
            });
        }
        for ended in ends {
            open.remove(&(matches[ended].range.start, ended));
        }
        open.extend(starts.into_iter().map(|started| (at, started)));
        from = at;
    }
    pieces
}

/// The place of a kind in the list, from which its colour follows.
fn place(kind: PredictionKind) -> usize {
    let mut kinds = EXTRACTORS.iter().map(|spec| spec.kind);
    kinds.position(|known| known == kind).unwrap_or_default()
}

/// Value of a prediction, in one line.
pub(super) fn saying(prediction: &Prediction) -> Cow<'_, str> {
    let value = prediction.value_tag.as_deref();
    match value.or(prediction.value.as_deref()) {
        Some(value) => value.into(),
        None => summary(prediction).into(),
    }
}

/// Plain members of the data of a prediction without a value.
fn summary(prediction: &Prediction) -> String {
    let plain = prediction
        .data
        .iter()
        .filter_map(|(name, value)| match value {
            Value::Object(members) => {
                let names: Vec<&str> = members.keys().map(String::as_str).collect();
                Some(format!("{name}: {}", names.join(", ")))
            }
            Value::Array(_) => None,
            value => Some(format!("{name}: {}", value.to_string().trim_matches('"'))),
        });
    plain.collect::<Vec<_>>().join("; ")
}

/// Control characters, which could steer a terminal or hide text, become U+FFFD;
/// lines and tabs stay.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(is_hidden) {
        text.replace(is_hidden, "\u{FFFD}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(prediction: usize, range: Range<usize>) -> Match {
        Match { prediction, range }
    }

    fn check(len: usize, matches: &[Match], expected: &[(Range<usize>, Option<usize>, &[usize])]) {
        let seen = pieces(len, matches);
        let seen: Vec<(Range<usize>, Option<usize>, &[usize])> = seen
            .iter()
            .map(|piece| (piece.range.clone(), piece.inner, &*piece.ends))
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_text_is_cut_where_matches_start_and_end() {
        check(0, &[], &[]);
        check(5, &[], &[(0..5, None, &[])]);
        check(
            9,
            &[found(0, 2..4)],
            &[(0..2, None, &[]), (2..4, Some(0), &[0]), (4..9, None, &[])],
        );
    }

    #[test]
    fn inner_and_crossing_matches_keep_their_ends() {
        check(
            9,
            &[found(0, 0..9), found(1, 3..5)],
            &[
                (0..3, Some(0), &[]),
                (3..5, Some(1), &[1]),
                (5..9, Some(0), &[0]),
            ],
        );
        check(
            6,
            &[found(7, 0..4), found(8, 2..6)],
            &[
                (0..2, Some(0), &[]),
                (2..4, Some(1), &[7]),
                (4..6, Some(1), &[8]),
            ],
        );
        check(
            3,
            &[found(0, 0..3), found(1, 0..3)],
            &[(0..3, Some(1), &[1, 0])],
        );
    }

    #[test]
    fn code_points_are_found_again_as_bytes() {
        let counts = BTreeSet::from([0, 1, 3, 9]);
        let bytes = bytes_of("é漢b", &counts);
        assert_eq!(bytes, BTreeMap::from([(0, 0), (1, 2), (3, 6)]));
    }

    #[test]
    fn what_could_steer_a_terminal_is_replaced() {
        assert_eq!(visible("a\u{1b}[31m\nb\u{9b}"), "a\u{FFFD}[31m\nb\u{FFFD}");
    }
}
