//! Which way the text of a picture stands (`docs/reference/ocr.md` 1.8).

use serde::Serialize;

use super::Word;
use crate::geometry::Vertex;

/// The direction that the top of the text shows to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Orientation {
    Up,
    /// Turned by 90 degrees counter-clockwise.
    Left,
    Down,
    /// Turned by 90 degrees clockwise.
    Right,
    Unknown,
}

impl Orientation {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Left => "left",
            Self::Down => "down",
            Self::Right => "right",
            Self::Unknown => "unknown",
        }
    }

    /// Degrees, 0 when unknown.
    pub const fn rotation(self) -> u16 {
        match self {
            Self::Up | Self::Unknown => 0,
            Self::Left => 90,
            Self::Down => 180,
            Self::Right => 270,
        }
    }

    /// From the corners of a word, given from its top left one clockwise: the
    /// two highest tell. Fewer than two corners tell nothing.
    pub fn of_corners(corners: &[Vertex]) -> Self {
        let mut order: Vec<usize> = (0..corners.len().min(4)).collect();
        order.sort_by_key(|index| corners[*index].y);
        let &[first, second, ..] = order.as_slice() else {
            return Self::Unknown;
        };
        match (first.min(second), first.max(second)) {
            (0, 1) => Self::Up,
            (1, 2) => Self::Left,
            (2, 3) => Self::Down,
            (0, 3) => Self::Right,
            _ => Self::Unknown,
        }
    }
}

/// How many words stand which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrientationCount {
    /// In the order in which they were met first.
    pub counts: Vec<(Orientation, usize)>,
    /// The most frequent, the first met of equals; unknown without words.
    pub majority: Orientation,
}

impl OrientationCount {
    /// Counts the words of a picture.
    pub fn of_words(words: &[Word]) -> Self {
        let mut counts: Vec<(Orientation, usize)> = Vec::new();
        for word in words {
            match counts
                .iter_mut()
                .find(|(orientation, _)| *orientation == word.orientation)
            {
                Some((_, count)) => *count += 1,
                None => counts.push((word.orientation, 1)),
            }
        }
        let most = counts.iter().map(|(_, count)| *count).max();
        let majority = counts.iter().find(|(_, count)| Some(*count) == most);
        let majority = majority.map_or(Orientation::Unknown, |(orientation, _)| *orientation);
        Self { counts, majority }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // D-OCR-7.
    #[test]
    fn the_two_highest_corners_tell() {
        let corners = |points: &[(i32, i32)]| -> Vec<Vertex> {
            points.iter().map(|&(x, y)| Vertex { x, y }).collect()
        };
        for (points, expected) in [
            (
                &[(10, 50), (12, 8), (30, 9), (28, 51)][..],
                Orientation::Left,
            ),
            (&[(10, 12), (80, 8), (79, 30), (9, 34)], Orientation::Up),
            (&[(0, 9), (9, 9), (9, 0), (0, 0)], Orientation::Down),
            (&[(9, 0), (9, 9), (0, 9), (0, 0)], Orientation::Right),
            (&[(0, 0), (5, 9), (9, 0), (5, -9)], Orientation::Right),
            (&[(0, 0), (5, 9), (9, 0), (5, 9)], Orientation::Unknown),
            (&[(0, 0), (0, 0), (0, 0), (0, 0)], Orientation::Up),
            (&[], Orientation::Unknown),
            (&[(1, 1)], Orientation::Unknown),
        ] {
            assert_eq!(
                Orientation::of_corners(&corners(points)),
                expected,
                "{points:?}"
            );
        }
    }
}
