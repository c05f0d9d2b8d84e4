//! Boxes on pictures. The order is that of the wire: y before x.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Size of a picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageSize {
    pub width: u32,
    pub height: u32,
}

/// A point in pixels; it may lie outside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Vertex {
    pub x: i32,
    pub y: i32,
}

/// An axis-aligned box in pixels of the picture that was read. On the wire the
/// array `[y_min, x_min, y_max, x_max]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixelBox {
    pub y_min: i32,
    pub x_min: i32,
    pub y_max: i32,
    pub x_max: i32,
}

impl PixelBox {
    /// The smallest box that holds all vertices; nothing when there are none.
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

    /// True when the vertex lies inside, borders included.
    pub const fn contains(&self, vertex: Vertex) -> bool {
        self.y_min <= vertex.y
            && vertex.y <= self.y_max
            && self.x_min <= vertex.x
            && vertex.x <= self.x_max
    }

    /// The numbers in the order of the wire.
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
}
