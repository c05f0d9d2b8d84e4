//! Digits of EAN-13, UPC-A, EAN-8 and UPC-E from widths of bars and spaces (GS1 General
//! Specifications, 5.2).
//!
//! A digit is two bars and two spaces, together seven modules wide. Widths are compared with
//! every digit after the spread of the ink, which the guards show, is taken off: bars that are
//! half a module too wide would turn a 1 into a 7.

use std::ops::Range;

/// A kind of symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbology {
    Ean13,
    UpcA,
    Ean8,
    UpcE,
}

impl Symbology {
    /// Its usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ean13 => "EAN-13",
            Self::UpcA => "UPC-A",
            Self::Ean8 => "EAN-8",
            Self::UpcE => "UPC-E",
        }
    }
}

/// A symbol among the widths of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BarcodeSymbol {
    pub(super) symbology: Symbology,
    /// As it stands in catalogues: that of UPC-E is written out to the 12 digits of UPC-A.
    pub(super) code: String,
    /// Its bars and spaces.
    pub(super) runs: Range<usize>,
}

/// Modules of each bar and space of a digit; of the left half, whose digits begin with a space.
pub(super) const WIDTHS: [[f32; 4]; 10] = [
    [3.0, 2.0, 1.0, 1.0],
    [2.0, 2.0, 2.0, 1.0],
    [2.0, 1.0, 2.0, 2.0],
    [1.0, 4.0, 1.0, 1.0],
    [1.0, 1.0, 3.0, 2.0],
    [1.0, 2.0, 3.0, 1.0],
    [1.0, 1.0, 1.0, 4.0],
    [1.0, 3.0, 1.0, 2.0],
    [1.0, 2.0, 1.0, 3.0],
    [3.0, 1.0, 1.0, 2.0],
];

/// Digits of the left half that are mirrored, for each first digit of EAN-13.
const EAN_13_PARITY: [u8; 10] = [
    0b00_0000, 0b00_1011, 0b00_1101, 0b00_1110, 0b01_0011, 0b01_1001, 0b01_1100, 0b01_0101,
    0b01_0110, 0b01_1010,
];

/// The same for each check digit of UPC-E of number system 0; of system 1 it is the opposite.
const UPC_E_PARITY: [u8; 10] = [
    0b11_1000, 0b11_0100, 0b11_0010, 0b11_0001, 0b10_1100, 0b10_0110, 0b10_0011, 0b10_1010,
    0b10_1001, 0b10_0101,
];

/// Modules by which the widths of a digit may differ, together. Blur makes narrow bars wide.
const MAX_DEVIATION: f32 = 1.7;

/// The same, as the mean of a symbol.
const MAX_MEAN_DEVIATION: f32 = 0.85;

/// Part by which a digit or a guard may be wider or narrower than the mean of the symbol: the
/// sides of a bottle are seen at an angle.
const TOLERANCE: f32 = 0.6;

/// Modules without a bar before and behind a symbol; packages keep less than the 7 to 11 of
/// the standard.
pub(super) const QUIET_ZONE: f32 = 3.0;

/// SymbolLayout of a kind of symbol, in runs.
pub(super) struct SymbolLayout {
    left: usize,
    right: usize,
    /// Bars and spaces between the halves, and at the end.
    centre: usize,
    end: usize,
}

pub(super) const EAN_13: SymbolLayout = SymbolLayout {
    left: 6,
    right: 6,
    centre: 5,
    end: 3,
};
const EAN_8: SymbolLayout = SymbolLayout {
    left: 4,
    right: 4,
    centre: 5,
    end: 3,
};
const UPC_E: SymbolLayout = SymbolLayout {
    left: 6,
    right: 0,
    centre: 0,
    end: 6,
};

/// Bars and spaces of the guard at the start.
const START: usize = 3;

impl SymbolLayout {
    const fn runs(&self) -> usize {
        START + 4 * (self.left + self.right) + self.centre + self.end
    }

    fn modules(&self) -> f32 {
        let modules = START + 7 * (self.left + self.right) + self.centre + self.end;
        f32::from(u8::try_from(modules).unwrap_or(u8::MAX))
    }

    /// Where the right half begins.
    const fn right_start(&self) -> usize {
        START + 4 * self.left + self.centre
    }

    /// Runs of the guards, each one module wide.
    fn guards(&self) -> [Range<usize>; 3] {
        let centre = START + 4 * self.left;
        let runs = self.runs();
        [
            0..START,
            centre..centre + self.centre,
            runs - self.end..runs,
        ]
    }
}

/// Digits of a symbol, and which of the left half are mirrored, the first one highest.
#[derive(Debug, Default)]
pub(super) struct Digits {
    values: Vec<u8>,
    parity: u8,
}

impl Digits {
    /// Adds a digit; of the left half with whether it is mirrored.
    pub(super) fn push(&mut self, value: u8, is_mirrored: Option<bool>) {
        self.values.push(value);
        if let Some(is_mirrored) = is_mirrored {
            self.parity = self.parity << 1 | u8::from(is_mirrored);
        }
    }
}

/// Symbols among widths that alternate between space and bar, a space first.
pub(super) fn symbols(widths: &[f32]) -> Vec<BarcodeSymbol> {
    let mut symbols = Vec::new();
    let mut at = 1;
    while at < widths.len() {
        let found = [&EAN_13, &EAN_8, &UPC_E].into_iter().find_map(|layout| {
            let digits = digits(widths, at, layout)?;
            let (symbology, code) = code_of(layout, &digits)?;
            let runs = at..at + layout.runs();
            Some(BarcodeSymbol {
                symbology,
                code,
                runs,
            })
        });
        at = found.as_ref().map_or(at + 2, |symbol| symbol.runs.end + 1);
        symbols.extend(found);
    }
    symbols
}

/// Digits of a symbol of this layout that begins with the bar at an index.
fn digits(widths: &[f32], at: usize, layout: &SymbolLayout) -> Option<Digits> {
    let runs = widths.get(at..at + layout.runs())?;
    let module = runs.iter().sum::<f32>() / layout.modules();
    let is_quiet = |space: Option<&f32>| space.is_none_or(|&space| space >= QUIET_ZONE * module);
    if !is_quiet(widths.get(at - 1)) || !is_quiet(widths.get(at + layout.runs())) {
        return None;
    }
    let is_near = |width: f32, modules: f32| (width / (modules * module) - 1.0).abs() <= TOLERANCE;
    for guard in layout.guards() {
        let modules = f32::from(u8::try_from(guard.len()).ok()?);
        if !guard.is_empty() && !is_near(runs[guard].iter().sum(), modules) {
            return None;
        }
    }
    let spread = spread(runs, layout);
    let mut digits = Digits::default();
    let mut deviation = 0.0;
    let starts = (0..layout.left).map(|digit| (START + 4 * digit, true));
    let right = (0..layout.right).map(|digit| (layout.right_start() + 4 * digit, false));
    for (start, is_left) in starts.chain(right) {
        let widths: [f32; 4] = runs[start..start + 4].try_into().ok()?;
        if !is_near(widths.iter().sum(), 7.0) {
            return None;
        }
        let digit = nearest_digit(widths, spread, is_left);
        if digit.deviation > MAX_DEVIATION {
            return None;
        }
        deviation += digit.deviation;
        digits.push(digit.value, is_left.then_some(digit.is_mirrored));
    }
    let count = f32::from(u8::try_from(digits.values.len()).ok()?);
    (deviation / count <= MAX_MEAN_DEVIATION).then_some(digits)
}

/// Half of the difference between the bars and the spaces of the guards, in modules. Each guard
/// is measured by its own modules: on a bottle those at the sides are narrower.
fn spread(runs: &[f32], layout: &SymbolLayout) -> f32 {
    let (mut bars, mut spaces) = ((0.0, 0.0), (0.0, 0.0));
    for guard in layout.guards() {
        let modules = f32::from(u8::try_from(guard.len()).unwrap_or(u8::MAX));
        let module = runs[guard.clone()].iter().sum::<f32>() / modules;
        for run in guard {
            let sum = if run % 2 == 0 { &mut bars } else { &mut spaces };
            sum.0 += runs[run] / module;
            sum.1 += 1.0;
        }
    }
    (bars.0 / bars.1 - spaces.0 / spaces.1) / 2.0
}

struct NearestDigit {
    value: u8,
    is_mirrored: bool,
    /// Sum of the differences of its widths, in modules.
    deviation: f32,
}

/// The digit that four widths are nearest to. Only digits of the left half are mirrored.
fn nearest_digit(widths: [f32; 4], spread: f32, is_left: bool) -> NearestDigit {
    let module = widths.iter().sum::<f32>() / 7.0;
    // Digits of the left half begin with a space, which the ink makes narrower.
    let sign = if is_left { 1.0 } else { -1.0 };
    let [a, b, c, d] = widths.map(|width| width / module);
    let spread = sign * spread;
    let widths = [a + spread, b - spread, c + spread, d - spread];
    let mut nearest = NearestDigit {
        value: 0,
        is_mirrored: false,
        deviation: f32::MAX,
    };
    for (value, expected) in (0..).zip(WIDTHS) {
        for is_mirrored in [false, true] {
            let mut expected = expected;
            if is_mirrored {
                expected.reverse();
            }
            let differences = widths.iter().zip(expected).map(|(a, b)| (a - b).abs());
            let deviation: f32 = differences.sum();
            if deviation < nearest.deviation && (is_left || !is_mirrored) {
                nearest = NearestDigit {
                    value,
                    is_mirrored,
                    deviation,
                };
            }
        }
    }
    nearest
}

/// The code of these digits, if its check digit is right.
pub(super) fn code_of(layout: &SymbolLayout, digits: &Digits) -> Option<(Symbology, String)> {
    let (symbology, code) = match (layout.left, layout.right) {
        (6, 6) => {
            let first = EAN_13_PARITY.iter().position(|&it| it == digits.parity)?;
            let mut code = digits.values.clone();
            if first == 0 {
                (Symbology::UpcA, code)
            } else {
                code.insert(0, u8::try_from(first).ok()?);
                (Symbology::Ean13, code)
            }
        }
        (6, 0) => (Symbology::UpcE, written_out(digits)?),
        _ if digits.parity == 0 => (Symbology::Ean8, digits.values.clone()),
        _ => return None,
    };
    let is_empty = code.iter().all(|&digit| digit == 0);
    (has_check_digit(&code) && !is_empty).then(|| {
        let digits = code.iter().map(|digit| char::from(b'0' + digit));
        (symbology, digits.collect())
    })
}

/// UPC-A of the six digits of UPC-E, whose last one says which zeros were left out.
fn written_out(digits: &Digits) -> Option<Vec<u8>> {
    let position = |parity: u8| UPC_E_PARITY.iter().position(|&it| it == parity);
    let (system, check) = match position(digits.parity) {
        Some(check) => (0, check),
        None => (1, position(!digits.parity & 0b11_1111)?),
    };
    let &[a, b, c, d, e, last] = digits.values.as_slice() else {
        return None;
    };
    let middle = match last {
        0..=2 => [a, b, last, 0, 0, 0, 0, c, d, e],
        3 => [a, b, c, 0, 0, 0, 0, 0, d, e],
        4 => [a, b, c, d, 0, 0, 0, 0, 0, e],
        _ => [a, b, c, d, e, 0, 0, 0, 0, last],
    };
    let mut code = vec![system];
    code.extend(middle);
    code.push(u8::try_from(check).ok()?);
    Some(code)
}

/// True if the weighted sum of the digits, 3 and 1 in turn from the right, ends with 0.
fn has_check_digit(code: &[u8]) -> bool {
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = code
        .iter()
        .rev()
        .zip(weights)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// Symbols to read in tests.
#[cfg(test)]
pub(super) mod fixture {
    use super::{EAN_13_PARITY, START, UPC_E_PARITY, WIDTHS};

    fn push_digit(widths: &mut Vec<f32>, digit: u8, is_mirrored: bool) {
        let mut digit = WIDTHS[usize::from(digit)];
        if is_mirrored {
            digit.reverse();
        }
        widths.extend(digit);
    }

    /// Widths of a code in modules, with quiet zones: of 13 or 12 digits, of 8, and of 6 as
    /// UPC-E of system 0 with this check digit.
    pub(in super::super) fn widths_of(code: &str, upc_e_check: usize) -> Vec<f32> {
        let digits: Vec<u8> = code.bytes().map(|byte| byte - b'0').collect();
        let mut widths = vec![10.0];
        widths.extend([1.0; START]);
        let (parity, rest) = match digits.len() {
            13 => (EAN_13_PARITY[usize::from(digits[0])], &digits[1..]),
            6 => (UPC_E_PARITY[upc_e_check], &digits[..]),
            _ => (0, &digits[..]),
        };
        let left = if digits.len() == 6 { 6 } else { rest.len() / 2 };
        for (position, &digit) in rest[..left].iter().enumerate() {
            push_digit(&mut widths, digit, parity >> (left - 1 - position) & 1 == 1);
        }
        if digits.len() != 6 {
            widths.extend([1.0; 5]);
            for &digit in &rest[left..] {
                push_digit(&mut widths, digit, false);
            }
        }
        widths.extend([1.0; START]);
        if digits.len() == 6 {
            widths.extend([1.0; 3]);
        }
        widths.push(10.0);
        widths
    }
}

#[cfg(test)]
mod tests;
