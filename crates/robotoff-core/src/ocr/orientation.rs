//! Orientation of the text of an image (`docs/reference/ocr.md` 1.8).

use serde::Serialize;

use crate::geometry::Vertex;

/// Direction to which the top of the text points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Orientation {
    Up,
    /// Rotated by 90 degrees counter-clockwise.
    Left,
    Down,
    /// Rotated by 90 degrees clockwise.
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

    /// Rotation in degrees, 0 when unknown.
    pub const fn rotation(self) -> u16 {
        match self {
            Self::Up | Self::Unknown => 0,
            Self::Left => 90,
            Self::Down => 180,
            Self::Right => 270,
        }
    }

    /// Orientation of a word by its corners, which start at the top left of the text and
    /// go clockwise: the two highest corners on the image decide. Unknown for fewer than
    /// two corners.
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

/// Number of words for each orientation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrientationCount {
    /// In the order of their first words.
    pub counts: Vec<(Orientation, usize)>,
    /// The most frequent one, the first of equals; unknown without words.
    pub majority: Orientation,
}

impl OrientationCount {
    /// Counts the orientations of the words of an image.
    pub fn of_words(orientations: impl IntoIterator<Item = Orientation>) -> Self {
        let mut counts: Vec<(Orientation, usize)> = Vec::new();
        for orientation in orientations {
            match counts.iter_mut().find(|(known, _)| *known == orientation) {
                Some((_, count)) => *count += 1,
                None => counts.push((orientation, 1)),
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
