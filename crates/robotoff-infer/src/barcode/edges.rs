//! Bars and spaces along a line through an image.

use image::GrayImage;

/// A straight line through an image: `samples` points, one pixel apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ScanLine {
    pub(super) start: (f32, f32),
    pub(super) step: (f32, f32),
    pub(super) samples: usize,
}

impl ScanLine {
    /// The point so many pixels from the start.
    pub(super) fn point(&self, at: f32) -> (f32, f32) {
        (
            self.start.0 + self.step.0 * at,
            self.start.1 + self.step.1 * at,
        )
    }

    /// Brightness along the line: the mean of three lines side by side, which noise and
    /// scratches disturb less.
    pub(super) fn profile(&self, image: &GrayImage, profile: &mut Vec<f32>) {
        profile.clear();
        let side = (-self.step.1, self.step.0);
        let (mut x, mut y) = self.start;
        for _ in 0..self.samples {
            let sum = brightness(image, x, y)
                + brightness(image, x + side.0, y + side.1)
                + brightness(image, x - side.0, y - side.1);
            profile.push(sum / 3.0);
            x += self.step.0;
            y += self.step.1;
        }
    }
}

/// Brightness between pixels; outside of the image that of its border.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "positions in an image, which are clamped"
)]
fn brightness(image: &GrayImage, x: f32, y: f32) -> f32 {
    let (width, height) = image.dimensions();
    let x = x.clamp(0.0, (width - 1) as f32);
    let y = y.clamp(0.0, (height - 1) as f32);
    let (left, top) = (x as usize, y as usize);
    let (right, below) = (
        (left + 1).min(width as usize - 1),
        (top + 1).min(height as usize - 1),
    );
    let (across, down) = (x - left as f32, y - top as f32);
    let pixels: &[u8] = image.as_raw();
    let row = |row: usize| {
        let row = row * width as usize;
        let (a, b) = (pixels[row + left], pixels[row + right]);
        f32::from(a) + (f32::from(b) - f32::from(a)) * across
    };
    let (a, b) = (row(top), row(below));
    a + (b - a) * down
}

/// Boundaries of the spaces and bars of a profile: where its first space begins, where that
/// ends and a bar begins, and so on to its end.
///
/// A turn by less than `contrast` is noise. A boundary is where the profile crosses the mean of
/// the extremes on both its sides, so that a narrow bar of a blurred photo, which is gray, keeps
/// its width.
#[expect(clippy::cast_precision_loss, reason = "positions on a line")]
pub(super) fn boundaries(profile: &[f32], contrast: f32, boundaries: &mut Vec<f32>) {
    boundaries.clear();
    let extremes = extremes(profile, contrast);
    let [first, second, ..] = extremes[..] else {
        return;
    };
    if second.value < first.value {
        boundaries.push(0.0);
    }
    let pairs = extremes.windows(2);
    boundaries.extend(pairs.map(|pair| crossing(profile, pair[0], pair[1])));
    boundaries.push(profile.len() as f32);
}

/// A sample that is brighter or darker than those on both its sides.
#[derive(Debug, Clone, Copy)]
struct Extreme {
    at: usize,
    value: f32,
}

/// Extremes that differ from their neighbors by the contrast, bright and dark in turn.
fn extremes(profile: &[f32], contrast: f32) -> Vec<Extreme> {
    let mut extremes = Vec::new();
    let Some(&value) = profile.first() else {
        return extremes;
    };
    // The brightest and the darkest sample since the last sure extreme.
    let (mut bright, mut dark) = (Extreme { at: 0, value }, Extreme { at: 0, value });
    let mut seeks_dark = None;
    for (at, &value) in profile.iter().enumerate() {
        let here = Extreme { at, value };
        if value >= bright.value {
            bright = here;
        }
        if value <= dark.value {
            dark = here;
        }
        if seeks_dark != Some(false) && value >= dark.value + contrast {
            extremes.push(dark);
            (seeks_dark, bright, dark) = (Some(false), here, here);
        } else if seeks_dark != Some(true) && value <= bright.value - contrast {
            extremes.push(bright);
            (seeks_dark, bright, dark) = (Some(true), here, here);
        }
    }
    match seeks_dark {
        Some(true) => extremes.push(dark),
        Some(false) => extremes.push(bright),
        None => {}
    }
    extremes
}

/// Where the profile is halfway between two extremes.
#[expect(clippy::cast_precision_loss, reason = "positions on a line")]
fn crossing(profile: &[f32], from: Extreme, to: Extreme) -> f32 {
    let middle = f32::midpoint(from.value, to.value);
    let falls = to.value < from.value;
    for at in from.at..to.at {
        let (a, b) = (profile[at], profile[at + 1]);
        let crosses = if falls { b <= middle } else { b >= middle };
        if crosses {
            let part = if a == b { 0.5 } else { (middle - a) / (b - a) };
            return at as f32 + part.clamp(0.0, 1.0);
        }
    }
    to.at as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundaries_of(profile: &[f32]) -> Vec<f32> {
        let mut found = Vec::new();
        boundaries(profile, 40.0, &mut found);
        found
    }

    #[test]
    fn boundaries_are_halfway_between_extremes() {
        let (w, b) = (200.0, 20.0);
        assert_eq!(boundaries_of(&[w, w, b, b, b, w, w]), [0.0, 1.5, 4.5, 7.0]);
        // A gray bar of one pixel, and noise.
        assert_eq!(
            boundaries_of(&[w, w, 120.0, w, w, b, b, w, 190.0, w]),
            [0.0, 1.5, 2.5, 4.5, 6.5, 10.0]
        );
        assert_eq!(boundaries_of(&[w; 9]), [] as [f32; 0]);
        assert_eq!(boundaries_of(&[]), [] as [f32; 0]);
    }

    #[test]
    fn a_line_that_begins_dark_has_its_first_space_behind_that() {
        let (w, b) = (200.0, 20.0);
        assert_eq!(boundaries_of(&[b, b, w, w, b, b, w]), [1.5, 3.5, 5.5, 7.0]);
    }

    #[test]
    fn a_profile_is_taken_between_pixels() {
        let image = GrayImage::from_fn(4, 1, |x, _| image::Luma([u8::try_from(x * 10).unwrap()]));
        let line = ScanLine {
            start: (0.5, 0.0),
            step: (1.0, 0.0),
            samples: 4,
        };
        let mut profile = Vec::new();
        line.profile(&image, &mut profile);
        assert_eq!(profile, [5.0, 15.0, 25.0, 30.0]);
    }
}
