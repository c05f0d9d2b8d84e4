//! From lines on the upright image to a page on the image as it was given.

use image::RgbImage;
use robotoff_core::geometry::{ImageSize, Vertex};
use robotoff_core::ocr::{ReadBlock, ReadPage, ReadWord};

use super::ctc::LineText;
use super::geometry::{LineBox, Point};
use super::order::{Outline, in_reading_order};
use super::upright::Quarters;

/// A line and its text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RecognizedLine {
    pub(super) place: LineBox,
    pub(super) text: LineText,
}

/// Relation of the upright image to the one that was given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    given: ImageSize,
    /// Size of the upright image.
    width: f32,
    height: f32,
    /// The rotation that turned it upright.
    rotation: Quarters,
}

#[expect(clippy::cast_precision_loss, reason = "sides in pixels")]
impl Frame {
    pub(super) fn new(given: ImageSize, upright: &RgbImage, rotation: Quarters) -> Self {
        let (width, height) = upright.dimensions();
        Self {
            given,
            width: width as f32,
            height: height as f32,
            rotation,
        }
    }

    /// A point of the upright image on the one that was given.
    fn given(&self, point: Point) -> Vertex {
        let (x, y) = (point.x / self.width, point.y / self.height);
        let (x, y) = match self.rotation {
            Quarters::None => (x, y),
            Quarters::One => (y, 1.0 - x),
            Quarters::Two => (1.0 - x, 1.0 - y),
            Quarters::Three => (1.0 - y, x),
        };
        let (width, height) = (self.given.width as f32, self.given.height as f32);
        Point::new(x.clamp(0.0, 1.0) * width, y.clamp(0.0, 1.0) * height).vertex()
    }
}

/// The page of these lines.
pub(super) fn page(frame: &Frame, lines: &[RecognizedLine]) -> ReadPage {
    let slope = slope(lines);
    let outlines: Vec<Outline> = lines.iter().map(|line| outline(line, slope)).collect();
    let blocks = in_reading_order(&outlines).into_iter().map(|rows| {
        let rows = rows.into_iter().map(|row| {
            let words = row.into_iter().flat_map(|line| words(frame, &lines[line]));
            words.collect()
        });
        ReadBlock {
            language: None,
            rows: rows.collect(),
        }
    });
    ReadPage {
        size: Some(frame.given),
        blocks: blocks.collect(),
    }
}

fn words(frame: &Frame, line: &RecognizedLine) -> Vec<ReadWord> {
    let word = |word: &super::ctc::LineWord| ReadWord {
        text: word.text.clone(),
        corners: line
            .place
            .corners(word.span.start, word.span.end)
            .map(|corner| frame.given(corner)),
        confidence: line.text.confidence,
    };
    line.text.words.iter().map(word).collect()
}

/// Direction of the page: the median of its lines, by their length.
fn slope(lines: &[RecognizedLine]) -> Point {
    let mut places: Vec<&LineBox> = lines
        .iter()
        .map(|line| &line.place)
        .filter(|place| !place.is_vertical)
        .collect();
    places.sort_by(|a, b| a.along.y.total_cmp(&b.along.y));
    let half: f32 = places.iter().map(|place| place.length).sum::<f32>() / 2.0;
    let mut length = 0.0;
    for place in places {
        length += place.length;
        if length >= half {
            return place.along;
        }
    }
    Point::new(1.0, 0.0)
}

/// Outline of a line on the page, turned so that its lines are horizontal.
fn outline(line: &RecognizedLine, slope: Point) -> Outline {
    let corners = line.place.corners(0.0, 1.0);
    let down = slope.clockwise();
    let across = corners.map(|corner| corner.dot(slope));
    let along = corners.map(|corner| corner.dot(down));
    let low = |values: [f32; 4]| values.into_iter().fold(f32::MAX, f32::min);
    let high = |values: [f32; 4]| values.into_iter().fold(f32::MIN, f32::max);
    let characters = line.text.words.iter().map(|word| word.text.chars().count());
    Outline {
        left: low(across),
        right: high(across),
        top: low(along),
        bottom: high(along),
        characters: characters.sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ctc::LineWord;
    use super::*;

    fn line(center: (f32, f32), texts: &[&str]) -> RecognizedLine {
        let count = f32::from(u8::try_from(texts.len()).expect("few words"));
        let mut start = 0.0;
        let words = texts.iter().map(|text| {
            let span = start..start + 1.0 / count;
            start = span.end;
            LineWord {
                text: (*text).to_owned(),
                span,
            }
        });
        RecognizedLine {
            text: LineText {
                words: words.collect(),
                confidence: 0.9,
            },
            place: LineBox {
                center: Point::new(center.0, center.1),
                along: Point::new(1.0, 0.0),
                length: 40.0,
                height: 10.0,
                is_vertical: false,
            },
        }
    }

    #[test]
    fn words_are_where_they_were_on_the_given_image() {
        // Upright it has 100 x 50 pixels; the given one is twice as large.
        let upright = RgbImage::new(100, 50);
        let lines = [
            line((20.0, 25.0), &["ab", "cd"]),
            line((20.0, 5.0), &["ef"]),
        ];
        for (rotation, given, corner) in [
            (Quarters::None, (200, 100), (40, 40)),
            (Quarters::One, (100, 200), (40, 160)),
            (Quarters::Two, (200, 100), (160, 60)),
            (Quarters::Three, (100, 200), (60, 40)),
        ] {
            let size = ImageSize {
                width: given.0,
                height: given.1,
            };
            let page = page(&Frame::new(size, &upright, rotation), &lines);
            assert_eq!(page.text(), "ef\nab cd\n", "{rotation:?}");
            let second = page.blocks.iter().flat_map(|block| &block.rows).nth(1);
            let word = &second.expect("two rows")[1];
            let Vertex { x, y } = word.corners[0];
            assert_eq!((x, y), corner, "{rotation:?}");
        }
    }
}
