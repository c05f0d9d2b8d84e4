//! The marked text in lines: coloured on a terminal, in brackets elsewhere.

use std::io::{self, Write};

use robotoff_core::prediction::{Evidence, PredictionKind};

use super::{MarkedText, pieces, place, saying, visible};

/// Colours of kinds, as SGR codes; kinds that are far apart in the list share one.
const SGR: [&str; 12] = [
    "32", "36", "33", "35", "34", "31", "92", "96", "93", "95", "94", "91",
];
const RESET: &str = "\u{1b}[0m";
const DIM: &str = "\u{1b}[2m";

/// Use of escape sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Colours {
    On,
    Off,
}

impl Colours {
    fn start(self, kind: PredictionKind) -> String {
        match self {
            Self::On => format!("\u{1b}[1;4;{}m", SGR[place(kind) % SGR.len()]),
            Self::Off => "[".to_owned(),
        }
    }

    const fn end(self) -> &'static str {
        match self {
            Self::On => RESET,
            Self::Off => "]",
        }
    }

    /// The number of a prediction, after its words.
    fn number(self, prediction: usize) -> String {
        let number = prediction + 1;
        match self {
            Self::On => format!("{DIM}({number}){RESET}"),
            Self::Off => format!("({number})"),
        }
    }
}

/// Writes the text with its matches, then what follows from each.
pub(in crate::cli) fn write(
    out: &mut impl Write,
    marked: &MarkedText<'_>,
    colours: Colours,
) -> io::Result<()> {
    let predictions = marked.predictions;
    writeln!(
        out,
        "{}: {} predictions",
        visible(marked.id),
        predictions.len()
    )?;
    writeln!(out)?;
    write_text(out, marked, colours)?;
    for (at, prediction) in predictions.iter().enumerate() {
        let kind = prediction.kind;
        let name = match colours {
            Colours::On => format!("{}{:<18}{RESET}", colours.start(kind), kind.name()),
            Colours::Off => format!("{:<18}", kind.name()),
        };
        let by = prediction.predictor.as_deref().unwrap_or("-");
        let version = prediction.predictor_version.as_deref().unwrap_or("-");
        let value = saying(prediction);
        writeln!(
            out,
            "{:>4} {name} {}  (by {by}, version {version})",
            at + 1,
            visible(&value)
        )?;
        for ground in &prediction.evidence {
            writeln!(out, "       {}", line(ground))?;
        }
        if prediction.evidence.is_empty() {
            writeln!(out, "       no words: from the image as a whole")?;
        }
    }
    Ok(())
}

fn write_text(out: &mut impl Write, marked: &MarkedText<'_>, colours: Colours) -> io::Result<()> {
    let text = marked.text();
    if text.is_empty() {
        return writeln!(out, "  (no text)\n");
    }
    let matches = marked.matches();
    let mut shown = String::from("  ");
    for piece in pieces(text.len(), &matches) {
        // Line ends start a new indented line, outside of any colour.
        let kind = piece
            .inner
            .map(|inner| marked.predictions[matches[inner].prediction].kind);
        for (at, line) in text[piece.range.clone()].split('\n').enumerate() {
            if at > 0 {
                shown.push_str("\n  ");
            }
            match kind.filter(|_| !line.is_empty()) {
                Some(kind) => {
                    shown.push_str(&colours.start(kind));
                    shown.push_str(&visible(line));
                    shown.push_str(colours.end());
                }
                None => shown.push_str(&visible(line)),
            }
        }
        for prediction in piece.ends {
            shown.push_str(&colours.number(prediction));
        }
        out.write_all(shown.as_bytes())?;
        shown.clear();
    }
    writeln!(out, "\n")
}

/// Evidence in one line: the words, where they stand, their language.
fn line(ground: &Evidence) -> String {
    let [start, end] = ground.span;
    let area = ground.area.map(|area| {
        let [y_min, x_min, y_max, x_max] = area.to_array();
        format!(", box x {x_min}..{x_max} y {y_min}..{y_max}")
    });
    let lc = ground.lc.as_ref().map(|lc| format!(", in {lc}"));
    format!(
        "{:?} at {start}..{end}{}{}",
        ground.text,
        area.unwrap_or_default(),
        lc.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use robotoff_core::ocr::OcrResult;
    use robotoff_core::prediction::Prediction;

    use super::*;

    fn check(colours: Colours, expected: &str) {
        let ocr = OcrResult::from_text("lait\nbio et \u{1b}sel");
        let label = Prediction {
            value_tag: Some("en:organic".to_owned()),
            evidence: vec![Evidence {
                text: "lait\nbio".to_owned(),
                span: [0, 8],
                area: None,
                lc: Some("fr".into()),
            }],
            ..Prediction::new(PredictionKind::Label)
        };
        let marked = MarkedText {
            id: "1.json",
            ocr: &ocr,
            predictions: &[label, Prediction::new(PredictionKind::ImageLang)],
        };
        let mut out = Vec::new();
        write(&mut out, &marked, colours).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn matches_stand_in_brackets_without_colours() {
        let expected = "1.json: 2 predictions\n\n  [lait]\n  [bio](1) et \u{FFFD}sel\n\n   \
            1 label              en:organic  (by -, version 1)\n       \
            \"lait\\nbio\" at 0..8, in fr\n   \
            2 image_lang           (by -, version 1)\n       \
            no words: from the image as a whole\n";
        check(Colours::Off, expected);
    }

    #[test]
    fn colours_end_with_each_line() {
        let green = "\u{1b}[1;4;36m";
        let other = "\u{1b}[1;4;91m";
        let expected = format!(
            "1.json: 2 predictions\n\n  {green}lait{RESET}\n  {green}bio{RESET}{DIM}(1){RESET} et \
             \u{FFFD}sel\n\n   1 {green}label             {RESET} en:organic  (by -, version 1)\n       \
             \"lait\\nbio\" at 0..8, in fr\n   2 {other}image_lang        {RESET}   (by -, version 1)\n       \
             no words: from the image as a whole\n"
        );
        check(Colours::On, &expected);
    }
}
