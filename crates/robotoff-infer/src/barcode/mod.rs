//! Barcodes of products on photos: EAN-13, EAN-8, UPC-A, UPC-E.
//!
//! Lines in all directions are read (`edges`, `symbol`), on the photo made smaller first, since
//! noise and dots of the print vanish there. A code counts where several lines agree. The lines
//! that hold it also outline it, for the share of the photo that it covers; libraries that read
//! barcodes return at most one row of it, so the reading is ours.

mod blurred;
mod edges;
mod symbol;

use std::collections::BTreeMap;

use image::imageops::{FilterType, resize};
use image::{GrayImage, RgbImage};

use edges::{ScanLine, boundaries};
use symbol::{BarcodeSymbol, symbols};

pub use symbol::Symbology;

/// A barcode on an image.
#[derive(Debug, Clone, PartialEq)]
pub struct PrintedBarcode {
    pub symbology: Symbology,
    /// Its digits; those of UPC-E are written out to 12.
    pub code: String,
    /// Corners of the part that holds its bars, in pixels of the image.
    pub corners: Vec<(f32, f32)>,
    /// Area of this part, as a share of the image.
    pub area: f32,
}

/// Longest side of the image and distance of the lines in each pass, in pixels. A pass is made
/// if the one before it has found nothing.
const PASSES: [(u32, f32); 3] = [(1000, 4.0), (2000, 6.0), (4000, 10.0)];

/// Directions of lines: each is read to both ends, so half a turn is all of them.
const DIRECTIONS: u8 = 12;

/// Smallest steps of brightness between bar and space that are tried. The first fits a soft
/// photo, the last one that is noisy.
const CONTRASTS: [f32; 3] = [12.0, 30.0, 60.0];

/// Lines that must agree.
const MIN_LINES: usize = 3;

/// The same for EAN-8 and UPC-E, whose few digits are sooner met by chance.
const MIN_LINES_OF_SHORT: usize = 5;

/// Pass over a blurred photo, when the others have found nothing. A smaller photo is read as it is
/// and then enlarged: of a module of one pixel the enlarged one has samples between pixels.
const BLURRED_PASS: (u32, f32) = (1200, 6.0);

/// Barcodes of an image, those that most lines have read first.
pub fn barcodes(image: &RgbImage) -> Vec<PrintedBarcode> {
    let (width, height) = image.dimensions();
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let gray = image::imageops::grayscale(image);
    for (max_side, distance) in PASSES {
        let (scaled, scale) = within(&gray, max_side);
        let found = read(&scaled, distance, scale, Focus::Sharp);
        if !found.is_empty() {
            return found;
        }
        if scale >= 1.0 {
            break;
        }
    }
    let (side, distance) = BLURRED_PASS;
    let (scaled, scale) = within(&gray, side);
    let found = read(&scaled, distance, scale, Focus::Blurred);
    if !found.is_empty() || scale < 1.0 {
        return found;
    }
    let (scaled, scale) = scaled_to(&gray, side);
    read(&scaled, distance, scale, Focus::Blurred)
}

/// Way in which bars are distinguished from spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    Sharp,
    Blurred,
}

/// The image, made smaller if a side is longer, and the factor.
fn within(image: &GrayImage, max_side: u32) -> (GrayImage, f32) {
    let (width, height) = image.dimensions();
    if width.max(height) <= max_side {
        return (image.clone(), 1.0);
    }
    scaled_to(image, max_side)
}

/// The image with this longest side, and the factor.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "sides in pixels"
)]
fn scaled_to(image: &GrayImage, longest: u32) -> (GrayImage, f32) {
    let (width, height) = image.dimensions();
    let scale = longest as f32 / width.max(height) as f32;
    let side = |length: u32| ((length as f32 * scale) as u32).max(1);
    let filter = if scale < 1.0 {
        FilterType::Triangle
    } else {
        FilterType::CatmullRom
    };
    (resize(image, side(width), side(height), filter), scale)
}

/// A code on several lines.
#[derive(Debug, Clone, Default)]
struct Sightings {
    lines: usize,
    /// Where the bars begin and end on each line.
    ends: Vec<(f32, f32)>,
    middles: Vec<(f32, f32)>,
}

/// Barcodes of an image that was made smaller by `scale`.
#[expect(clippy::cast_precision_loss, reason = "sides in pixels")]
fn read(image: &GrayImage, distance: f32, scale: f32, focus: Focus) -> Vec<PrintedBarcode> {
    let mut codes: Vec<((Symbology, String), Sightings)> = sightings(image, distance, focus)
        .into_iter()
        .filter(|((symbology, _), sightings)| sightings.lines >= min_lines(*symbology))
        .collect();
    codes.sort_by_key(|(_, sightings)| std::cmp::Reverse(sightings.lines));
    let (width, height) = image.dimensions();
    let mut barcodes: Vec<PrintedBarcode> = Vec::new();
    let mut outlines: Vec<Vec<(f32, f32)>> = Vec::new();
    for ((symbology, code), sightings) in codes {
        let mut middles = sightings.middles.iter();
        // A code inside of one that more lines agree on is a misreading of it.
        if middles.any(|&middle| outlines.iter().any(|outline| contains(outline, middle))) {
            continue;
        }
        let outline = hull(sightings.ends);
        barcodes.push(PrintedBarcode {
            symbology,
            code,
            area: area(&outline) / (width as f32 * height as f32),
            corners: outline
                .iter()
                .map(|(x, y)| (x / scale, y / scale))
                .collect(),
        });
        outlines.push(outline);
    }
    barcodes
}

const fn min_lines(symbology: Symbology) -> usize {
    match symbology {
        Symbology::Ean13 | Symbology::UpcA => MIN_LINES,
        Symbology::Ean8 | Symbology::UpcE => MIN_LINES_OF_SHORT,
    }
}

/// Codes on lines in all directions.
fn sightings(
    image: &GrayImage,
    distance: f32,
    focus: Focus,
) -> BTreeMap<(Symbology, String), Sightings> {
    let mut sightings: BTreeMap<(Symbology, String), Sightings> = BTreeMap::new();
    let (mut profile, mut at) = (Vec::new(), Vec::new());
    for line in lines(image, distance) {
        line.profile(image, &mut profile);
        for (symbol, ends) in symbols_on(&profile, &mut at, focus) {
            let sighting = sightings
                .entry((symbol.symbology, symbol.code))
                .or_default();
            sighting.lines += 1;
            sighting.ends.extend(ends.map(|at| line.point(at)));
            let middle = f32::midpoint(ends[0], ends[1]);
            sighting.middles.push(line.point(middle));
        }
    }
    sightings
}

/// Symbols on a line, by the first contrast that finds any, and where they begin and end.
fn symbols_on(profile: &[f32], at: &mut Vec<f32>, focus: Focus) -> Vec<(BarcodeSymbol, [f32; 2])> {
    for contrast in CONTRASTS {
        boundaries(profile, contrast, at);
        let found = match focus {
            Focus::Sharp => symbols_both_ways(at),
            Focus::Blurred => blurred::symbols(profile, at),
        };
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Symbols between these boundaries, in both directions of the line, and their ends on it.
fn symbols_both_ways(boundaries: &[f32]) -> Vec<(BarcodeSymbol, [f32; 2])> {
    let mut widths: Vec<f32> = boundaries
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .collect();
    let mut found = Vec::new();
    for symbol in symbols(&widths) {
        let ends = [boundaries[symbol.runs.start], boundaries[symbol.runs.end]];
        found.push((symbol, ends));
    }
    // Backwards a space must be the first, too.
    if widths.len().is_multiple_of(2) {
        widths.pop();
    }
    let last = widths.len();
    widths.reverse();
    for symbol in symbols(&widths) {
        let ends = [
            boundaries[last - symbol.runs.end],
            boundaries[last - symbol.runs.start],
        ];
        found.push((symbol, ends));
    }
    found
}

/// Lines through an image, so far apart, in each direction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "positions in an image"
)]
fn lines(image: &GrayImage, distance: f32) -> Vec<ScanLine> {
    let (width, height) = image.dimensions();
    let (width, height) = (width as f32, height as f32);
    let mut lines = Vec::new();
    for direction in 0..DIRECTIONS {
        let angle = std::f32::consts::PI * f32::from(direction) / f32::from(DIRECTIONS);
        let step = (angle.cos(), angle.sin());
        let side = (-step.1, step.0);
        let reach = (width * side.0.abs() + height * side.1.abs()) / 2.0;
        let count = (reach / distance).floor();
        for number in -(count as i32)..=count as i32 {
            let offset = number as f32 * distance;
            let through = (
                width / 2.0 + side.0 * offset,
                height / 2.0 + side.1 * offset,
            );
            let (from_x, to_x) = span(through.0, step.0, width - 1.0);
            let (from_y, to_y) = span(through.1, step.1, height - 1.0);
            let (from, to) = (from_x.max(from_y), to_x.min(to_y));
            if to - from < 1.0 {
                continue;
            }
            lines.push(ScanLine {
                start: (through.0 + step.0 * from, through.1 + step.1 * from),
                step,
                samples: (to - from) as usize,
            });
        }
    }
    lines
}

/// Steps from a position for which it stays between 0 and a length.
fn span(position: f32, step: f32, length: f32) -> (f32, f32) {
    if step.abs() < 1e-6 {
        let is_inside = (0.0..=length).contains(&position);
        return if is_inside {
            (f32::MIN, f32::MAX)
        } else {
            (0.0, 0.0)
        };
    }
    let (a, b) = (-position / step, (length - position) / step);
    (a.min(b), a.max(b))
}

/// Corners of the smallest convex polygon around points (Andrew's monotone chain).
fn hull(mut points: Vec<(f32, f32)>) -> Vec<(f32, f32)> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut corners: Vec<(f32, f32)> = Vec::new();
    let backwards: Vec<(f32, f32)> = points.iter().rev().copied().collect();
    for side in [points, backwards] {
        let start = corners.len();
        for point in side {
            while corners.len() >= start + 2
                && turn(
                    corners[corners.len() - 2],
                    corners[corners.len() - 1],
                    point,
                ) <= 0.0
            {
                corners.pop();
            }
            corners.push(point);
        }
        // The last corner is the first of the other side.
        corners.pop();
    }
    corners
}

/// Positive when the way over three points turns left.
fn turn(a: (f32, f32), b: (f32, f32), c: (f32, f32)) -> f32 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Area of a polygon (shoelace formula).
fn area(corners: &[(f32, f32)]) -> f32 {
    let next = corners.iter().cycle().skip(1);
    let sum: f32 = corners
        .iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
        .sum();
    sum.abs() / 2.0
}

/// True for a point in a convex polygon.
fn contains(corners: &[(f32, f32)], point: (f32, f32)) -> bool {
    let next = corners.iter().cycle().skip(1);
    corners.len() >= 3
        && corners
            .iter()
            .zip(next)
            .all(|(&a, &b)| turn(a, b, point) >= 0.0)
}

#[cfg(test)]
mod tests;
