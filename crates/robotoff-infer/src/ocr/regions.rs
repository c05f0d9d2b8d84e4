//! Lines of text in the probability map of a detector ("differentiable binarization").
//!
//! A region is a set of pixels above a threshold that touch each other. Its smallest rectangle
//! is kept when the mean probability in it is high, and widened, since the detector is trained
//! on shrunken lines. Holes of regions are no lines, so regions are labelled, not traced.

use super::geometry::{LineBox, Point};

/// Probability from which a pixel is text.
const PIXEL_THRESHOLD: f32 = 0.3;

/// Mean probability in the rectangle from which a region is a line.
const BOX_THRESHOLD: f32 = 0.5;

/// Growth of a rectangle, as area by perimeter.
const UNCLIP_RATIO: f32 = 1.6;

/// Smallest side of a rectangle in pixels of the map.
const MIN_SIDE: f32 = 3.0;

/// Regions beyond this are dropped: a photo of noise has thousands.
const MAX_REGIONS: usize = 2000;

/// Probability of text for each pixel.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProbabilityMap<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) data: &'a [f32],
}

/// A run of text pixels in a row; `end` is behind the last one.
#[derive(Debug, Clone, Copy)]
struct Run {
    row: usize,
    start: usize,
    end: usize,
}

impl ProbabilityMap<'_> {
    /// Rectangles around lines of text, in pixels of the map.
    pub(super) fn lines(&self) -> Vec<LineBox> {
        let mut lines = Vec::new();
        for region in self.regions().into_iter().take(MAX_REGIONS) {
            let Some(line) = LineBox::around(&border(&region)) else {
                continue;
            };
            if line.height < MIN_SIDE || self.mean_in(&line) < BOX_THRESHOLD {
                continue;
            }
            let (a, b) = (line.length, line.height);
            lines.push(line.grown(a * b * UNCLIP_RATIO / (2.0 * (a + b))));
        }
        lines
    }

    /// True for a pixel that is text, or one whose neighbor above or to the left is: thin gaps
    /// inside of a line are closed.
    fn is_text(&self, x: usize, y: usize) -> bool {
        let at = |x: usize, y: usize| self.data[y * self.width + x] > PIXEL_THRESHOLD;
        at(x, y)
            || (x > 0 && at(x - 1, y))
            || (y > 0 && (at(x, y - 1) || (x > 0 && at(x - 1, y - 1))))
    }

    /// Runs of each region of text pixels that touch, also by a corner.
    fn regions(&self) -> Vec<Vec<Run>> {
        let mut runs: Vec<Run> = Vec::new();
        let mut labels = Labels::default();
        let mut above = 0..0;
        for row in 0..self.height {
            let first = runs.len();
            let mut x = 0;
            while x < self.width {
                if !self.is_text(x, row) {
                    x += 1;
                    continue;
                }
                let start = x;
                while x < self.width && self.is_text(x, row) {
                    x += 1;
                }
                let label = labels.push();
                for other in above.clone() {
                    let touches = runs[other].start <= x && start <= runs[other].end;
                    if touches {
                        labels.join(label, other);
                    }
                }
                runs.push(Run { row, start, end: x });
            }
            above = first..runs.len();
        }
        let mut regions: Vec<Vec<Run>> = Vec::new();
        let mut region_of_root = vec![usize::MAX; runs.len()];
        for (label, run) in runs.into_iter().enumerate() {
            let root = labels.root(label);
            if region_of_root[root] == usize::MAX {
                region_of_root[root] = regions.len();
                regions.push(Vec::new());
            }
            regions[region_of_root[root]].push(run);
        }
        regions
    }

    /// Mean probability in a rectangle.
    fn mean_in(&self, line: &LineBox) -> f32 {
        let corners = line.corners(0.0, 1.0);
        let bound = |at: &dyn Fn(&Point) -> f32, limit: usize| {
            let low = corners.iter().map(at).fold(f32::MAX, f32::min);
            let high = corners.iter().map(at).fold(f32::MIN, f32::max);
            clamped(low.floor(), limit)..=clamped(high.ceil(), limit)
        };
        let rows = bound(&|corner| corner.y, self.height);
        let columns = bound(&|corner| corner.x, self.width);
        let (mut sum, mut count) = (0.0, 0.0);
        for y in rows {
            for x in columns.clone() {
                if line.contains(pixel(x, y)) {
                    sum += self.data[y * self.width + x];
                    count += 1.0;
                }
            }
        }
        if count == 0.0 { 0.0 } else { sum / count }
    }
}

#[expect(clippy::cast_precision_loss, reason = "pixels of an image")]
const fn pixel(x: usize, y: usize) -> Point {
    Point::new(x as f32, y as f32)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the maximum is not negative, and saturation is meant"
)]
fn clamped(at: f32, limit: usize) -> usize {
    (at.max(0.0) as usize).min(limit.saturating_sub(1))
}

/// Ends of the runs of a region: its hull is theirs.
fn border(region: &[Run]) -> Vec<Point> {
    let ends = region
        .iter()
        .flat_map(|run| [(run.start, run.row), (run.end - 1, run.row)]);
    ends.map(|(x, y)| pixel(x, y)).collect()
}

/// Disjoint sets of runs.
#[derive(Default)]
struct Labels {
    parents: Vec<usize>,
}

impl Labels {
    fn push(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&mut self, mut label: usize) -> usize {
        while self.parents[label] != label {
            // Halves the path for the next search.
            self.parents[label] = self.parents[self.parents[label]];
            label = self.parents[label];
        }
        label
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of a map that is drawn: `#` is text, `+` is likely text.
    fn lines(drawing: &[&str]) -> Vec<LineBox> {
        let width = drawing[0].len();
        let data: Vec<f32> = drawing
            .iter()
            .flat_map(|row| row.chars())
            .map(|c| match c {
                '#' => 0.9,
                '+' => 0.4,
                _ => 0.0,
            })
            .collect();
        let map = ProbabilityMap {
            width,
            height: drawing.len(),
            data: &data,
        };
        map.lines()
    }

    #[test]
    fn regions_become_widened_lines_and_weak_ones_are_dropped() {
        let found = lines(&[
            "....................",
            "..##########........",
            "..##########........",
            "..##########........",
            "..##########........",
            "....................",
            "....................",
            "..++++++++++........",
            "..++++++++++........",
            "..++++++++++........",
            "..++++++++++........",
            "....................",
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        let line = found[0];
        // 10 x 4 as distances between pixels, each one wider: 10 x 4.
        let growth = 10.0 * 4.0 * UNCLIP_RATIO / 28.0;
        assert!(
            (line.length - (10.0 + 2.0 * growth)).abs() < 1e-3,
            "{line:?}"
        );
        assert!(
            (line.height - (4.0 + 2.0 * growth)).abs() < 1e-3,
            "{line:?}"
        );
        assert!(!line.is_vertical);
    }

    #[test]
    fn a_ring_is_one_region_and_specks_are_none() {
        let found = lines(&[
            "#########.......",
            "#########.......",
            "##.....##......#",
            "##.....##.......",
            "##.....##.......",
            "#########.......",
            "#########.......",
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(lines(&["....", "...."]), []);
    }

    #[test]
    fn two_arms_that_meet_below_are_one_region() {
        let found = lines(&[
            "###.......###",
            "###.......###",
            "###.......###",
            "#############",
            "#############",
            "#############",
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
