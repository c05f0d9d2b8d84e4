//! Boxes on images, in the order of the wire: y before x.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Size of an image in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageSize {
    pub width: u32,
    pub height: u32,
}

/// A point in pixels; it may be outside the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Vertex {
    pub x: i32,
    pub y: i32,
}

/// An axis-aligned box in pixels of the image. On the wire the array `[y_min, x_min,
/// y_max, x_max]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixelBox {
    pub y_min: i32,
    pub x_min: i32,
    pub y_max: i32,
    pub x_max: i32,
}

impl PixelBox {
    /// Smallest box around all vertices; `None` without vertices.
    pub fn around(vertices: impl IntoIterator<Item = Vertex>) -> Option<Self> {
        let mut vertices = vertices.into_iter();
        let first = vertices.next()?;
        let start = Self {
            y_min: first.y,
            x_min: first.x,
            y_max: first.y,
            x_max: first.x,
        };
        Some(vertices.fold(start, |area, vertex| Self {
            y_min: area.y_min.min(vertex.y),
            x_min: area.x_min.min(vertex.x),
            y_max: area.y_max.max(vertex.y),
            x_max: area.x_max.max(vertex.x),
        }))
    }

    /// True when the vertex is inside the box, borders included.
    pub const fn contains(&self, vertex: Vertex) -> bool {
        self.y_min <= vertex.y
            && vertex.y <= self.y_max
            && self.x_min <= vertex.x
            && vertex.x <= self.x_max
    }

    /// Numbers in the order of the wire.
    pub const fn to_array(self) -> [i32; 4] {
        [self.y_min, self.x_min, self.y_max, self.x_max]
    }
}

impl Serialize for PixelBox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_array().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PixelBox {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let [y_min, x_min, y_max, x_max] = <[i32; 4]>::deserialize(deserializer)?;
        Ok(Self {
            y_min,
            x_min,
            y_max,
            x_max,
        })
    }
}

/// An axis-aligned box in fractions of an image. On the wire the array `[y_min, x_min,
/// y_max, x_max]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativeBox {
    pub y_min: f64,
    pub x_min: f64,
    pub y_max: f64,
    pub x_max: f64,
}

/// Four numbers of a JSON array.
fn four_numbers(value: &Value) -> Option<[f64; 4]> {
    let numbers: Option<Vec<f64>> = value.as_array()?.iter().map(Value::as_f64).collect();
    numbers?.try_into().ok()
}

impl RelativeBox {
    /// Reads the wire form; `None` for anything else, and for an empty box.
    pub fn from_json(value: &Value) -> Option<Self> {
        let [y_min, x_min, y_max, x_max] = four_numbers(value)?;
        (y_min < y_max && x_min < x_max).then_some(Self {
            y_min,
            x_min,
            y_max,
            x_max,
        })
    }

    /// Part of an image that a box in pixels covers, cut at the borders
    /// (`docs/reference/pipeline.md` 1.4.3).
    pub fn of_pixels(value: &Value, size: ImageSize) -> Option<Self> {
        let [y_min, x_min, y_max, x_max] = four_numbers(value)?;
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        Some(Self {
            y_min: (y_min / height).max(0.0),
            x_min: (x_min / width).max(0.0),
            y_max: (y_max / height).min(1.0),
            x_max: (x_max / width).min(1.0),
        })
    }

    /// Wire form of the box.
    pub fn to_json(self) -> Value {
        vec![self.y_min, self.x_min, self.y_max, self.x_max].into()
    }

    /// Corners `x1, y1, x2, y2` in pixels of the image rotated by the angle.
    pub fn corners(self, size: ImageSize, angle: u32) -> [f64; 4] {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let corners = [
            self.x_min * width,
            self.y_min * height,
            self.x_max * width,
            self.y_max * height,
        ];
        rotated(corners, size, angle)
    }
}

/// Corners `x1, y1, x2, y2` after the image is rotated by an angle in counter-clockwise
/// degrees (`docs/reference/api.md` 5.7). The size is that before the rotation.
pub fn rotated(corners: [f64; 4], size: ImageSize, angle: u32) -> [f64; 4] {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let [x1, y1, x2, y2] = corners;
    match angle {
        90 => [height - y2, x1, height - y1, x2],
        180 => [width - x2, height - y2, width - x1, height - y1],
        270 => [y1, width - x2, y2, width - x1],
        _ => corners,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_around_vertices_is_written_y_first() {
        let vertices = [
            Vertex { x: 4, y: 2 },
            Vertex { x: 90, y: -1 },
            Vertex { x: 30, y: 40 },
        ];
        let area = PixelBox::around(vertices).unwrap();
        assert_eq!(serde_json::to_string(&area).unwrap(), "[-1,4,40,90]");
        assert!(area.contains(Vertex { x: 90, y: 40 }));
        assert!(!area.contains(Vertex { x: 91, y: 40 }));
        assert_eq!(PixelBox::around([]), None);
    }

    #[test]
    fn pixels_become_fractions_cut_at_the_borders() {
        for (area, width, height, expected) in [
            ([10, 20, 50, 60], 200, 100, [0.1, 0.1, 0.5, 0.3]),
            ([-10, -20, 50, 100], 100, 100, [0.0, 0.0, 0.5, 1.0]),
            ([0, 0, 200, 300], 100, 100, [0.0, 0.0, 1.0, 1.0]),
            ([10, 5, 90, 45], 50, 100, [0.1, 0.1, 0.9, 0.9]),
        ] {
            let size = ImageSize { width, height };
            let relative = RelativeBox::of_pixels(&area.to_vec().into(), size).unwrap();
            assert_eq!(
                relative.to_json(),
                Value::from(expected.to_vec()),
                "{area:?}"
            );
        }
        let size = ImageSize {
            width: 1,
            height: 1,
        };
        for odd in [Value::Null, vec![1, 2, 3].into(), vec!["a"; 4].into()] {
            assert_eq!(RelativeBox::of_pixels(&odd, size), None);
        }
    }

    #[test]
    fn a_crop_is_rotated_with_its_image() {
        let area = RelativeBox::from_json(&vec![0.1, 0.2, 0.3, 0.4].into()).unwrap();
        let size = ImageSize {
            width: 1000,
            height: 2000,
        };
        for (angle, expected) in [
            (0, [200.0, 200.0, 400.0, 600.0]),
            (90, [1400.0, 200.0, 1800.0, 400.0]),
            (180, [600.0, 1400.0, 800.0, 1800.0]),
            (270, [200.0, 600.0, 600.0, 800.0]),
        ] {
            assert_eq!(area.corners(size, angle), expected, "{angle}");
        }
        assert_eq!(
            RelativeBox::from_json(&vec![0.3, 0.2, 0.1, 0.4].into()),
            None
        );
    }
}
