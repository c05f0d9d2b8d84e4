//! Text of lines: batches of similar width through the recognizer.

use image::RgbImage;

use super::ctc::{LineText, Steps};
use super::geometry::LineBox;
use super::sample::{HEIGHT, line_into, width_of};
use super::tensor::OCR;
use crate::runtime::{InferenceError, LoadedModel};

/// Lines that are read at once.
const BATCH: usize = 8;

/// Largest ratio of the widths in a batch: padding costs as much as text.
const MAX_WIDTH_RATIO: f32 = 1.2;

/// Width to which shorter lines are padded; the recognizer was trained with it.
const MIN_WIDTH: usize = 320;

/// Texts of lines of an image, in the order of the lines.
///
/// # Errors
/// The model is absent or broken.
pub(super) fn recognize(
    model: &LoadedModel,
    image: &RgbImage,
    lines: &[LineBox],
) -> Result<Vec<LineText>, InferenceError> {
    let alphabet = model.alphabet()?;
    let mut texts = vec![LineText::default(); lines.len()];
    for batch in batches(lines) {
        let width = batch.iter().map(|&line| width_of(&lines[line])).max();
        let width = width.unwrap_or(0).max(MIN_WIDTH);
        let size = 3 * HEIGHT * width;
        let mut tensor = vec![0.0; batch.len() * size];
        for (&line, image_tensor) in batch.iter().zip(tensor.chunks_exact_mut(size)) {
            line_into(image, &lines[line], &OCR, width, image_tensor);
        }
        model.run([batch.len(), 3, HEIGHT, width], &tensor, |output| {
            let classes = output.shape.last().copied().unwrap_or(0);
            let classes = usize::try_from(classes).unwrap_or(0);
            let each = output.data.len() / batch.len();
            for (&line, data) in batch.iter().zip(output.data.chunks_exact(each.max(1))) {
                let mut text = Steps { classes, data }.read(&alphabet);
                to_fractions_of_line(&mut text, width, width_of(&lines[line]));
                texts[line] = text;
            }
        })?;
    }
    Ok(texts)
}

/// Spans in fractions of the line instead of the padded tensor.
#[expect(clippy::cast_precision_loss, reason = "pixels of a line")]
fn to_fractions_of_line(text: &mut LineText, tensor_width: usize, line_width: usize) {
    let stretch = tensor_width as f32 / line_width as f32;
    for word in &mut text.words {
        word.span.start = (word.span.start * stretch).min(1.0);
        word.span.end = (word.span.end * stretch).min(1.0);
    }
}

/// Lines of similar width together.
#[expect(clippy::cast_precision_loss, reason = "pixels of a line")]
fn batches(lines: &[LineBox]) -> Vec<Vec<usize>> {
    let width = |line: usize| width_of(&lines[line]).max(MIN_WIDTH) as f32;
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|&a, &b| width(a).total_cmp(&width(b)));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for line in order {
        match batches.last_mut() {
            Some(batch)
                if batch.len() < BATCH && width(line) <= width(batch[0]) * MAX_WIDTH_RATIO =>
            {
                batch.push(line);
            }
            _ => batches.push(vec![line]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::super::geometry::Point;
    use super::*;

    #[test]
    fn lines_of_similar_width_are_read_together() {
        let line = |length: f32| LineBox {
            center: Point::new(0.0, 0.0),
            along: Point::new(1.0, 0.0),
            length,
            height: 48.0,
            is_vertical: false,
        };
        let lines = [2000.0, 10.0, 300.0, 330.0, 900.0, 1000.0].map(line);
        assert_eq!(batches(&lines), [vec![1, 2, 3], vec![4, 5], vec![0]]);
        assert_eq!(batches(&[10.0; 9].map(line)).len(), 2);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn spans_are_fractions_of_the_line() {
        let mut text = LineText {
            words: vec![super::super::ctc::LineWord {
                text: "a".to_owned(),
                span: 0.25..0.6,
            }],
            confidence: 1.0,
        };
        to_fractions_of_line(&mut text, 320, 160);
        assert_eq!(text.words[0].span, 0.5..1.0);
    }
}
