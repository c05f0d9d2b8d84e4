//! EAN-13 and UPC-A in blurred photos, where narrow bars melt into their neighbors.
//!
//! Bars are not measured there. The brightness along each digit is correlated with that of every
//! digit, drawn with the same blur. The ends of the symbol come from the spaces around it; that
//! modules are narrower at the sides of a bottle, or at the far end of a tilted package, is
//! searched for.

use std::sync::LazyLock;

use super::symbol::{BarcodeSymbol, Digits, EAN_13, QUIET_ZONE, WIDTHS, code_of};

/// Modules of the symbol, of its guards at the ends, and where its right half begins.
const MODULES: f32 = 95.0;
const GUARD: f32 = 3.0;
const CENTRE: f32 = 45.0;
const RIGHT: f32 = 50.0;

/// Samples of a digit: two for each of its modules.
const SAMPLES: usize = 14;

/// Blurs that are tried, as standard deviations in modules.
const BLURS: [f32; 3] = [0.4, 0.7, 1.0];

/// Changes of the module along the symbol that are tried: from one end to the other, and from
/// the middle to both ends.
const TILTS: [f32; 5] = [-0.14, -0.07, 0.0, 0.07, 0.14];
const BENDS: [f32; 3] = [0.0, -0.15, -0.3];

/// Shifts of each end that are tried, in modules.
const SHIFTS: [f32; 3] = [-0.6, 0.0, 0.6];

/// Correlation from which a digit, a guard and the mean of the digits are believed.
const MIN_DIGIT: f32 = 0.7;
const MIN_GUARD: f32 = 0.5;
const MIN_MEAN: f32 = 0.92;

/// Widest spaces inside of a symbol that are tried, in pixels.
const WIDEST_SPACES: [f32; 6] = [7.0, 11.0, 17.0, 26.0, 39.0, 58.0];

/// Share of the symbol that its widest space may have. Four modules are 4 %; blur adds to it.
const MAX_SPACE_SHARE: f32 = 0.14;

/// Runs that a blurred symbol has at least, of the 59 that it is made of.
const MIN_RUNS: usize = 23;

/// Fewest pixels of a module that are read.
const MIN_MODULE: f32 = 0.8;

/// Brightness of a part of the symbol: mean 0, length 1.
struct Template<const N: usize>([f32; N]);

/// A digit of the left half as printed or mirrored, or of the right half.
struct DigitTemplate {
    value: u8,
    is_mirrored: bool,
    template: Template<SAMPLES>,
}

/// All that is compared, for one blur.
struct Templates {
    left: Vec<DigitTemplate>,
    right: Vec<DigitTemplate>,
    centre: Template<10>,
}

static TEMPLATES: LazyLock<Vec<Templates>> = LazyLock::new(|| BLURS.map(Templates::new).into());

impl<const N: usize> Template<N> {
    /// Of levels for each module; the outer ones are the surroundings.
    fn new(levels: &[f32], modules_before: f32, blur: f32) -> Self {
        const STEPS: u8 = 10;
        let mut values = [0.0; N];
        for (at, value) in values.iter_mut().enumerate() {
            let position = modules_before + (small(at) + 0.5) / 2.0;
            let (mut sum, mut weights) = (0.0, 0.0);
            for (module, level) in levels.iter().enumerate() {
                for step in 0..STEPS {
                    let place = small(module) + (f32::from(step) + 0.5) / f32::from(STEPS);
                    let distance = (place - position) / blur;
                    let weight = (-distance * distance / 2.0).exp();
                    sum += level * weight;
                    weights += weight;
                }
            }
            *value = sum / weights;
        }
        Self(normalized(values))
    }

    /// Correlation with normalised samples.
    fn correlation(&self, samples: &[f32; N]) -> f32 {
        self.0.iter().zip(samples).map(|(a, b)| a * b).sum()
    }
}

impl Templates {
    fn new(blur: f32) -> Self {
        // What stands two modules away is not known.
        const UNKNOWN: f32 = 0.5;
        let digit = |value: usize, is_mirrored: bool, is_left: bool| {
            let mut widths = WIDTHS[value];
            if is_mirrored {
                widths.reverse();
            }
            // A left digit begins with a space behind a bar, a right one the other way round.
            let (mut level, before): (f32, f32) = if is_left { (1.0, 0.0) } else { (0.0, 1.0) };
            let behind = level;
            let mut levels = vec![UNKNOWN, before];
            for width in widths {
                let mut left = width;
                while left > 0.5 {
                    levels.push(level);
                    left -= 1.0;
                }
                level = 1.0 - level;
            }
            levels.extend([behind, UNKNOWN]);
            DigitTemplate {
                value: u8::try_from(value).unwrap_or(0),
                is_mirrored,
                template: Template::new(&levels, 2.0, blur),
            }
        };
        let mirrored = (0..10).map(|value| digit(value, true, true));
        Self {
            left: (0..10)
                .map(|value| digit(value, false, true))
                .chain(mirrored)
                .collect(),
            right: (0..10).map(|value| digit(value, false, false)).collect(),
            centre: Template::new(
                &[UNKNOWN, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, UNKNOWN],
                2.0,
                blur,
            ),
        }
    }
}

fn small(number: usize) -> f32 {
    f32::from(u8::try_from(number).unwrap_or(u8::MAX))
}

fn normalized<const N: usize>(mut values: [f32; N]) -> [f32; N] {
    let mean = values.iter().sum::<f32>() / small(N);
    let mut length = 0.0;
    for value in &mut values {
        *value -= mean;
        length += *value * *value;
    }
    let length = length.sqrt().max(1e-3);
    values.map(|value| value / length)
}

/// Where the modules of a symbol stand on a line.
#[derive(Clone, Copy)]
struct SymbolLayout {
    start: f32,
    end: f32,
    tilt: f32,
    bend: f32,
}

impl SymbolLayout {
    fn position(&self, module: f32) -> f32 {
        let t = module / MODULES;
        let inside = t * (1.0 - t);
        let t = t + self.tilt * inside + self.bend * inside * (1.0 - 2.0 * t);
        self.start + (self.end - self.start) * t
    }

    /// Normalised brightness from a module on.
    fn samples<const N: usize>(&self, profile: &[f32], module: f32) -> [f32; N] {
        let mut samples = [0.0; N];
        for (at, sample) in samples.iter_mut().enumerate() {
            *sample = value_at(profile, self.position(module + (small(at) + 0.5) / 2.0));
        }
        normalized(samples)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a position on the line, which is clamped"
)]
fn value_at(profile: &[f32], at: f32) -> f32 {
    // Boundaries count from the border of the first sample, samples from its middle.
    let at = (at - 0.5).clamp(0.0, (profile.len() - 1) as f32);
    let before = at as usize;
    let behind = (before + 1).min(profile.len() - 1);
    profile[before] + (profile[behind] - profile[before]) * (at - before as f32)
}

/// Digits of a symbol and the mean of their correlations.
struct Reading {
    digits: Digits,
    mean: f32,
}

/// The likeliest digits of a layout with a blur; `None` if one of them is too unlikely.
fn read(profile: &[f32], layout: SymbolLayout, templates: &Templates) -> Option<Reading> {
    let centre = layout.samples::<10>(profile, CENTRE);
    if templates.centre.correlation(&centre) < MIN_GUARD {
        return None;
    }
    let mut digits = Digits::default();
    let mut sum = 0.0;
    for digit in 0..12_u8 {
        let is_left = digit < 6;
        let (start, candidates) = match is_left {
            true => (GUARD + 7.0 * f32::from(digit), &templates.left),
            false => (RIGHT + 7.0 * f32::from(digit - 6), &templates.right),
        };
        let samples = layout.samples::<SAMPLES>(profile, start);
        let best = candidates
            .iter()
            .map(|candidate| (candidate.template.correlation(&samples), candidate))
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        if best.0 < MIN_DIGIT {
            return None;
        }
        sum += best.0;
        digits.push(best.1.value, is_left.then_some(best.1.is_mirrored));
    }
    Some(Reading {
        digits,
        mean: sum / 12.0,
    })
}

/// Symbols on a line, with where they begin and end.
pub(super) fn symbols(profile: &[f32], boundaries: &[f32]) -> Vec<(BarcodeSymbol, [f32; 2])> {
    let mut found = Vec::new();
    for widest in WIDEST_SPACES {
        for group in groups(boundaries, widest) {
            let ends = [group[0], group[group.len() - 1]];
            found.extend(symbol_between(profile, ends).map(|symbol| (symbol, ends)));
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// Boundaries of neighboring bars that no space parts which is wider than this, between two
/// spaces of the width of a quiet zone: stripes that go on are no symbol.
fn groups(boundaries: &[f32], widest: f32) -> impl Iterator<Item = &[f32]> {
    // A bar begins at each odd boundary and ends at the next one.
    let bars = &boundaries[boundaries.len().min(1)..];
    let bars = &bars[..bars.len() / 2 * 2];
    let mut starts = vec![0];
    let parted = |at: &usize| bars[*at] - bars[*at - 1] > widest;
    starts.extend((2..bars.len()).step_by(2).filter(parted));
    starts.push(bars.len());
    let pairs: Vec<[usize; 2]> = starts.windows(2).map(|pair| [pair[0], pair[1]]).collect();
    pairs.into_iter().filter_map(move |[from, to]| {
        let group = bars.get(from..to)?;
        let (start, end) = (*group.first()?, *group.last()?);
        // The boundary before a bar is one further in all boundaries.
        let quiet = start - boundaries[from];
        let quiet = quiet.min(boundaries.get(to + 1)? - end);
        let length = end - start;
        let is_symbol = group.len() > MIN_RUNS
            && length >= MODULES * MIN_MODULE
            && widest <= MAX_SPACE_SHARE * length
            && quiet >= QUIET_ZONE * length / MODULES;
        is_symbol.then_some(group)
    })
}

/// The symbol that best explains the brightness between two ends, read in either direction.
fn symbol_between(profile: &[f32], [start, end]: [f32; 2]) -> Option<BarcodeSymbol> {
    let forwards = likeliest(profile, start, end);
    let backwards = likeliest(profile, end, start);
    let mean = |reading: &Option<Reading>| reading.as_ref().map_or(0.0, |reading| reading.mean);
    let best = match mean(&forwards) >= mean(&backwards) {
        true => forwards,
        false => backwards,
    };
    let reading = best.filter(|reading| reading.mean >= MIN_MEAN)?;
    let (symbology, code) = code_of(&EAN_13, &reading.digits)?;
    Some(BarcodeSymbol {
        symbology,
        code,
        runs: 0..0,
    })
}

/// The reading with the highest mean: first over the shapes, then over the ends.
fn likeliest(profile: &[f32], start: f32, end: f32) -> Option<Reading> {
    let module = (end - start) / MODULES;
    let mut best: Option<(Reading, SymbolLayout, &Templates)> = None;
    let mut consider = |layout: SymbolLayout, templates: &'static Templates| {
        let Some(reading) = read(profile, layout, templates) else {
            return best
                .as_ref()
                .map(|(_, layout, templates)| (*layout, *templates));
        };
        if best
            .as_ref()
            .is_none_or(|(known, ..)| reading.mean > known.mean)
        {
            best = Some((reading, layout, templates));
        }
        best.as_ref()
            .map(|(_, layout, templates)| (*layout, *templates))
    };
    let mut shape = None;
    for templates in TEMPLATES.iter() {
        for tilt in TILTS {
            for bend in BENDS {
                let layout = SymbolLayout {
                    start,
                    end,
                    tilt,
                    bend,
                };
                shape = consider(layout, templates);
            }
        }
    }
    let (layout, _) = shape?;
    for templates in TEMPLATES.iter() {
        for shift_start in SHIFTS {
            for shift_end in SHIFTS {
                let shifted = SymbolLayout {
                    start: start + shift_start * module,
                    end: end + shift_end * module,
                    ..layout
                };
                consider(shifted, templates);
            }
        }
    }
    best.map(|(reading, ..)| reading)
}
