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

/// Part of an image to cut out: inside of the image, and not empty.
///
/// ```
/// use robotoff_core::geometry::{CropArea, ImageSize, InvalidCropArea, RelativeBox};
///
/// let beyond = RelativeBox { y_min: -1.0, x_min: 0.25, y_max: 2.0, x_max: 0.5 };
/// let area = CropArea::of(beyond).unwrap();
/// let size = ImageSize { width: 100, height: 50 };
/// assert_eq!(area.pixels(size).to_array(), [0, 25, 50, 50]);
///
/// let inverted = RelativeBox { y_min: 0.5, x_min: 0.0, y_max: 0.1, x_max: 1.0 };
/// assert_eq!(CropArea::of(inverted), Err(InvalidCropArea::Inverted));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CropArea(RelativeBox);

/// Reason for which nothing can be cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCropArea {
    #[error("the box must have y_min below y_max and x_min below x_max")]
    Inverted,
    #[error("the box is outside of the image")]
    Outside,
}

impl CropArea {
    /// The part of the box that is inside of the image.
    ///
    /// # Errors
    /// The box is inverted, empty or not a number, or no part of it is inside.
    pub fn of(area: RelativeBox) -> Result<Self, InvalidCropArea> {
        // Also false for what is not a number.
        if !(area.y_min < area.y_max && area.x_min < area.x_max) {
            return Err(InvalidCropArea::Inverted);
        }
        let inside = RelativeBox {
            y_min: area.y_min.max(0.0),
            x_min: area.x_min.max(0.0),
            y_max: area.y_max.min(1.0),
            x_max: area.x_max.min(1.0),
        };
        if inside.y_min >= inside.y_max || inside.x_min >= inside.x_max {
            return Err(InvalidCropArea::Outside);
        }
        Ok(Self(inside))
    }

    /// The area in pixels of an image, at least one; `x_max` and `y_max` are behind the last
    /// one. Rounded as the existing service does: halves to the even number.
    pub fn pixels(self, size: ImageSize) -> PixelBox {
        let (y_min, y_max) = pixel_range(self.0.y_min, self.0.y_max, size.height);
        let (x_min, x_max) = pixel_range(self.0.x_min, self.0.x_max, size.width);
        PixelBox {
            y_min,
            x_min,
            y_max,
            x_max,
        }
    }

    /// The area in fractions.
    pub const fn relative(self) -> RelativeBox {
        self.0
    }
}

/// Range of pixels on one axis, at least one of them.
fn pixel_range(min: f64, max: f64, length: u32) -> (i32, i32) {
    let last = i32::try_from(length).unwrap_or(i32::MAX).max(1) - 1;
    // A cast of a float saturates; both are between 0 and the length.
    let pixel = |part: f64| (part * f64::from(length)).round_ties_even() as i32;
    let min = pixel(min).clamp(0, last);
    (min, pixel(max).clamp(min + 1, last + 1))
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
    fn a_crop_is_inside_of_its_image_and_not_empty() {
        let size = ImageSize {
            width: 200,
            height: 100,
        };
        for (area, expected) in [
            ([0.0, 0.0, 1.0, 1.0], Ok([0, 0, 100, 200])),
            ([0.1, 0.2, 0.3, 0.4], Ok([10, 40, 30, 80])),
            ([-1.0, -1.0, 2.0, 1e300], Ok([0, 0, 100, 200])),
            // Halves go to the even number.
            ([0.125, 0.0125, 0.375, 0.5], Ok([12, 2, 38, 100])),
            ([0.5, 0.5, 0.500_1, 0.500_1], Ok([50, 100, 51, 101])),
            ([0.999, 0.9999, 1.0, 1.0], Ok([99, 199, 100, 200])),
            ([0.5, 0.0, 0.1, 1.0], Err(InvalidCropArea::Inverted)),
            ([0.0, 1.0, 1.0, 1.0], Err(InvalidCropArea::Inverted)),
            ([f64::NAN, 0.0, 1.0, 1.0], Err(InvalidCropArea::Inverted)),
            ([1.0, 0.0, 2.0, 1.0], Err(InvalidCropArea::Outside)),
            ([-2.0, 0.0, 0.0, 1.0], Err(InvalidCropArea::Outside)),
        ] {
            let [y_min, x_min, y_max, x_max] = area;
            let found = CropArea::of(RelativeBox {
                y_min,
                x_min,
                y_max,
                x_max,
            });
            let found = found.map(|found| found.pixels(size).to_array());
            assert_eq!(found, expected, "{area:?}");
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
