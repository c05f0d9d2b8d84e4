//! Oriented rectangles: the shape of a line of text on a photo.

use robotoff_core::geometry::Vertex;

/// A point or a vector, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Point {
    pub(super) x: f32,
    pub(super) y: f32,
}

impl Point {
    pub(super) const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub(super) fn plus(self, other: Self, times: f32) -> Self {
        Self::new(self.x + other.x * times, self.y + other.y * times)
    }

    pub(super) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }

    pub(super) fn length(self) -> f32 {
        self.x.hypot(self.y)
    }

    /// The vector rotated by 90 degrees clockwise on the image: from right to down.
    pub(super) const fn clockwise(self) -> Self {
        Self::new(-self.y, self.x)
    }

    fn scaled(self, x: f32, y: f32) -> Self {
        Self::new(self.x * x, self.y * y)
    }

    pub(super) fn vertex(self) -> Vertex {
        #[expect(clippy::cast_possible_truncation, reason = "pixels of an image")]
        let round = |at: f32| at.round() as i32;
        Vertex {
            x: round(self.x),
            y: round(self.y),
        }
    }
}

/// A rectangle around a line of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LineBox {
    pub(super) center: Point,
    /// Direction of reading, of length 1.
    pub(super) along: Point,
    /// Extent in the direction of reading.
    pub(super) length: f32,
    pub(super) height: f32,
    /// True when the line is read from top to bottom, or the other way: its direction is a
    /// guess.
    pub(super) is_vertical: bool,
}

/// A rectangle is a vertical line from this ratio of height to width on.
const VERTICAL_RATIO: f32 = 1.5;

impl LineBox {
    /// A rectangle as a line that is read to the right, or down where it is tall.
    fn of_rectangle(center: Point, axis: Point, along_axis: f32, across: f32) -> Self {
        // Of the two axes the one that is closer to the horizontal, pointing right.
        let (axis, width, height) = if axis.x.abs() >= axis.y.abs() {
            (axis, along_axis, across)
        } else {
            (axis.clockwise(), across, along_axis)
        };
        let along = if axis.x < 0.0 {
            Point::new(-axis.x, -axis.y)
        } else {
            axis
        };
        let is_vertical = height >= VERTICAL_RATIO * width;
        let (along, length, height) = if is_vertical {
            (along.clockwise(), height, width)
        } else {
            (along, width, height)
        };
        Self {
            center,
            along,
            length,
            height,
            is_vertical,
        }
    }

    /// Smallest rectangle around points; `None` for fewer than three points or a flat one.
    pub(super) fn around(points: &[Point]) -> Option<Self> {
        let hull = convex_hull(points);
        if hull.len() < 3 {
            return None;
        }
        let mut smallest: Option<(f32, Self)> = None;
        for (index, from) in hull.iter().enumerate() {
            let to = hull[(index + 1) % hull.len()];
            let edge = to.plus(*from, -1.0);
            let length = edge.length();
            if length <= f32::EPSILON {
                continue;
            }
            let axis = Point::new(edge.x / length, edge.y / length);
            let across = axis.clockwise();
            let (left, right) = extent(&hull, axis);
            let (top, bottom) = extent(&hull, across);
            let area = (right - left) * (bottom - top);
            if smallest.is_none_or(|(known, _)| area < known) {
                let center = Point::default()
                    .plus(axis, f32::midpoint(left, right))
                    .plus(across, f32::midpoint(top, bottom));
                let line = Self::of_rectangle(center, axis, right - left, bottom - top);
                smallest = Some((area, line));
            }
        }
        smallest.map(|(_, line)| line)
    }

    /// The rectangle grown by a distance on every side.
    pub(super) fn grown(self, by: f32) -> Self {
        Self {
            length: self.length + 2.0 * by,
            height: self.height + 2.0 * by,
            ..self
        }
    }

    /// The rectangle on an image of another size.
    pub(super) fn scaled(self, x: f32, y: f32) -> Self {
        let along = self.along.scaled(x, y);
        let stretch = along.length();
        Self {
            center: self.center.scaled(x, y),
            along: Point::new(along.x / stretch, along.y / stretch),
            length: self.length * stretch,
            height: self.height * self.along.clockwise().scaled(x, y).length(),
            is_vertical: self.is_vertical,
        }
    }

    /// The same rectangle, read in the opposite direction.
    pub(super) const fn reversed(self) -> Self {
        Self {
            along: Point::new(-self.along.x, -self.along.y),
            ..self
        }
    }

    /// The rectangle on the image rotated by 180 degrees, read in the direction in which it
    /// was read before.
    pub(super) fn on_rotated_by_180(self, width: f32, height: f32) -> Self {
        Self {
            center: Point::new(width - self.center.x, height - self.center.y),
            ..self
        }
    }

    /// A point by its fractions of the length and of the height.
    pub(super) fn at(&self, along: f32, across: f32) -> Point {
        self.center
            .plus(self.along, (along - 0.5) * self.length)
            .plus(self.along.clockwise(), (across - 0.5) * self.height)
    }

    /// Corners from the top left of the text, clockwise, of the part between two fractions of
    /// the length.
    pub(super) fn corners(&self, from: f32, to: f32) -> [Point; 4] {
        [
            self.at(from, 0.0),
            self.at(to, 0.0),
            self.at(to, 1.0),
            self.at(from, 1.0),
        ]
    }

    pub(super) fn contains(&self, point: Point) -> bool {
        let from = point.plus(self.center, -1.0);
        from.dot(self.along).abs() <= self.length / 2.0
            && from.dot(self.along.clockwise()).abs() <= self.height / 2.0
    }

    /// Share of the rectangle that others cover, by a grid of points.
    pub(super) fn covered_by(&self, others: &[Self]) -> f32 {
        const ALONG: u8 = 20;
        const ACROSS: u8 = 5;
        let fraction = |step: u8, steps: u8| (f32::from(step) + 0.5) / f32::from(steps);
        let points = (0..ALONG).flat_map(|x| (0..ACROSS).map(move |y| (x, y)));
        let covered = points.filter(|&(x, y)| {
            let point = self.at(fraction(x, ALONG), fraction(y, ACROSS));
            others.iter().any(|other| other.contains(point))
        });
        #[expect(clippy::cast_precision_loss, reason = "at most 100")]
        let count = covered.count() as f32;
        count / (f32::from(ALONG) * f32::from(ACROSS))
    }
}

/// Smallest and largest position of the points along an axis.
fn extent(points: &[Point], axis: Point) -> (f32, f32) {
    points.iter().fold((f32::MAX, f32::MIN), |(low, high), p| {
        let at = p.dot(axis);
        (low.min(at), high.max(at))
    })
}

/// Convex hull by Andrew's monotone chain, without its collinear points.
fn convex_hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..] {
                let cross = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
                if cross > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut hull = half(&mut sorted.iter().copied());
    hull.extend(half(&mut sorted.iter().rev().copied()));
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(a: f32, b: f32) {
        assert!((a - b).abs() < 1e-3, "{a} is not {b}");
    }

    fn around(points: &[(f32, f32)]) -> LineBox {
        let points: Vec<Point> = points.iter().map(|&(x, y)| Point::new(x, y)).collect();
        LineBox::around(&points).expect("a rectangle")
    }

    #[test]
    fn a_slanted_line_gets_a_slanted_rectangle() {
        // A rectangle of 50 x 10 whose direction is (4, 3) / 5.
        let line = around(&[
            (0.0, 0.0),
            (40.0, 30.0),
            (34.0, 38.0),
            (-6.0, 8.0),
            (10.0, 12.0),
        ]);
        assert_near(line.along.x, 0.8);
        assert_near(line.along.y, 0.6);
        assert_near(line.length, 50.0);
        assert_near(line.height, 10.0);
        assert!(!line.is_vertical);
        let [top_left, ..] = line.corners(0.0, 1.0);
        assert_near(top_left.x, 0.0);
        assert_near(top_left.y, 0.0);
    }

    #[test]
    fn a_tall_rectangle_is_read_down() {
        let line = around(&[(0.0, 0.0), (10.0, 0.0), (10.0, 60.0), (0.0, 60.0)]);
        assert!(line.is_vertical);
        assert_near(line.along.y, 1.0);
        assert_near(line.length, 60.0);
        // The top of text that is read down is on the right.
        let [top_left, ..] = line.corners(0.0, 1.0);
        assert_eq!(top_left.vertex(), Vertex { x: 10, y: 0 });
        let [top_left, ..] = line.reversed().corners(0.0, 1.0);
        assert_eq!(top_left.vertex(), Vertex { x: 0, y: 60 });
    }

    #[test]
    fn points_on_a_line_have_no_rectangle() {
        let on_a_line: Vec<Point> = (0..9_u8).map(|x| Point::new(x.into(), x.into())).collect();
        assert_eq!(LineBox::around(&on_a_line), None);
        assert_eq!(LineBox::around(&[]), None);
    }

    #[test]
    fn a_rectangle_is_scaled_and_rotated_with_its_image() {
        let line = around(&[(10.0, 20.0), (50.0, 20.0), (50.0, 30.0), (10.0, 30.0)]);
        let scaled = line.scaled(2.0, 3.0);
        assert_near(scaled.length, 80.0);
        assert_near(scaled.height, 30.0);
        let rotated = line.on_rotated_by_180(100.0, 100.0);
        assert_eq!(
            rotated.corners(0.0, 1.0)[0].vertex(),
            Vertex { x: 50, y: 70 }
        );
        assert_near(line.covered_by(&[line]), 1.0);
        assert_near(line.covered_by(&[rotated]), 0.0);
        assert_near(
            line.covered_by(&[LineBox {
                length: 20.0,
                ..line
            }]),
            0.5,
        );
    }
}
