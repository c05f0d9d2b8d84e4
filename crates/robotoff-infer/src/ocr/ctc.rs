//! Characters of a line from the probabilities of the recognizer (CTC), split into words.

use std::ops::Range;

/// Class of the blank, which stands between characters.
const BLANK: usize = 0;

/// Probability of a space between two characters from which one is assumed, although it is
/// not the likeliest. The recognizer drops spaces where letters stand close: of 0.001, 0.003,
/// 0.005, 0.01 and 0.05 this finds most words on photos with known text (docs/ocr.md).
const SPACE_THRESHOLD: f32 = 0.005;

/// Text of a line.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct LineText {
    pub(super) words: Vec<LineWord>,
    /// Mean probability of its characters.
    pub(super) confidence: f32,
}

/// A word of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LineWord {
    pub(super) text: String,
    /// Where it stands, in fractions of the width of the tensor.
    pub(super) span: Range<f32>,
}

/// Probabilities of each class at each step, step by step. The classes are the blank, the
/// alphabet, and the space.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps<'a> {
    pub(super) classes: usize,
    pub(super) data: &'a [f32],
}

/// A character that was read.
struct Character<'a> {
    text: &'a str,
    is_space: bool,
    first_step: usize,
    last_step: usize,
    probability: f32,
}

impl Steps<'_> {
    /// Reads the line: the likeliest class of each step, without repetitions and blanks.
    pub(super) fn read(&self, alphabet: &[String]) -> LineText {
        let characters = self.characters(alphabet);
        let count = self.data.len() / self.classes.max(1);
        let mut line = LineText::default();
        let mut has_space = true;
        let mut previous: Option<&Character<'_>> = None;
        let mut sum = 0.0;
        for character in &characters {
            sum += character.probability;
            if character.is_space {
                has_space = true;
                previous = None;
                continue;
            }
            has_space |= previous
                .is_some_and(|previous| self.has_space(previous.last_step, character.first_step));
            let span =
                fraction(character.first_step, count)..fraction(character.last_step + 1, count);
            match line.words.last_mut() {
                Some(word) if !has_space => {
                    word.text.push_str(character.text);
                    word.span.end = span.end;
                }
                _ => line.words.push(LineWord {
                    text: character.text.to_owned(),
                    span,
                }),
            }
            has_space = false;
            previous = Some(character);
        }
        #[expect(clippy::cast_precision_loss, reason = "characters of a line")]
        let read = characters.len().max(1) as f32;
        line.confidence = sum / read;
        line
    }

    fn characters<'a>(&self, alphabet: &'a [String]) -> Vec<Character<'a>> {
        let mut characters: Vec<Character<'a>> = Vec::new();
        let mut previous = BLANK;
        for (step, probabilities) in self.data.chunks_exact(self.classes.max(1)).enumerate() {
            let (class, probability) = likeliest(probabilities);
            match characters.last_mut() {
                _ if class == BLANK => {}
                Some(last) if class == previous => last.last_step = step,
                _ => characters.push(Character {
                    text: alphabet.get(class - 1).map_or(" ", String::as_str),
                    is_space: class > alphabet.len(),
                    first_step: step,
                    last_step: step,
                    probability,
                }),
            }
            previous = class;
        }
        characters
    }

    /// True when a space is probable at a step between two characters, theirs included.
    fn has_space(&self, from: usize, to: usize) -> bool {
        let space = self.classes - 1;
        (from..=to).any(|step| self.data[step * self.classes + space] > SPACE_THRESHOLD)
    }
}

fn likeliest(probabilities: &[f32]) -> (usize, f32) {
    let mut best = (BLANK, f32::MIN);
    for (class, &probability) in probabilities.iter().enumerate() {
        if probability > best.1 {
            best = (class, probability);
        }
    }
    best
}

#[expect(clippy::cast_precision_loss, reason = "steps of a line")]
fn fraction(step: usize, count: usize) -> f32 {
    step as f32 / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads steps, each the probabilities of a, b and the space; the rest is blank.
    fn read(steps: &[[f32; 3]]) -> LineText {
        let data: Vec<f32> = steps
            .iter()
            .flat_map(|[a, b, space]| [1.0 - a - b - space, *a, *b, *space])
            .collect();
        let steps = Steps {
            classes: 4,
            data: &data,
        };
        steps.read(&["a".to_owned(), "b".to_owned()])
    }

    fn words(line: &LineText) -> Vec<&str> {
        line.words.iter().map(|word| &*word.text).collect()
    }

    #[test]
    fn repetitions_and_blanks_are_dropped() {
        let (a, b, blank) = ([0.9, 0.0, 0.0], [0.0, 0.9, 0.0], [0.0; 3]);
        let line = read(&[a, a, blank, a, b, b, blank, blank]);
        assert_eq!(words(&line), ["aab"]);
        assert!((line.confidence - 0.9).abs() < 1e-6);
        assert_eq!(line.words[0].span, 0.0..0.75);
        assert_eq!(read(&[blank, blank]), LineText::default());
        assert_eq!(read(&[]), LineText::default());
    }

    #[test]
    fn words_are_split_at_spaces_and_at_probable_ones() {
        let (a, b) = ([0.9, 0.0, 0.0], [0.0, 0.9, 0.0]);
        let (space, probable, improbable) = ([0.0, 0.0, 0.9], [0.0, 0.0, 0.01], [0.0, 0.0, 0.001]);
        for (between, expected) in [
            (space, &["a", "b"][..]),
            (probable, &["a", "b"]),
            (improbable, &["ab"]),
        ] {
            let line = read(&[a, between, b]);
            assert_eq!(words(&line), expected);
            assert_eq!(line.words[0].span.start, 0.0);
            assert_eq!(line.words.last().expect("a word").span.end, 1.0);
        }
    }
}
