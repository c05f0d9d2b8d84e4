//! The network that turns a row of features into a probability: one hidden layer.
//!
//! Small enough (about 1,100 numbers) to be read from the corpus as text, and to be
//! trained in seconds; a linear score lost 4 points of precision against it, boosted
//! trees won 1 point for ten times the numbers.

use std::fmt::Write as _;

use super::features::FEATURES;

/// Hidden units.
pub const HIDDEN: usize = 24;

/// The weights of the network, for rows of `N` features.
#[derive(Debug, Clone, PartialEq)]
pub struct Network<const N: usize = FEATURES> {
    /// Mean and scale of each feature, so that inputs are about -1 to 1.
    pub mean: [f32; N],
    pub scale: [f32; N],
    /// One row for each hidden unit.
    pub hidden: Vec<[f32; N]>,
    pub hidden_bias: Vec<f32>,
    pub output: Vec<f32>,
    pub output_bias: f32,
}

impl<const N: usize> Network<N> {
    /// The features as the network sees them.
    pub fn scaled(&self, row: &[f32; N]) -> [f32; N] {
        std::array::from_fn(|at| (row[at] - self.mean[at]) * self.scale[at])
    }

    /// The outputs of the hidden units for scaled features; negative sums give 0.
    pub fn hidden_outputs(&self, scaled: &[f32; N]) -> [f32; HIDDEN] {
        std::array::from_fn(|unit| {
            (dot(&self.hidden[unit], scaled) + self.hidden_bias[unit]).max(0.0)
        })
    }

    /// The probability for outputs of the hidden units.
    pub fn output_of(&self, hidden: &[f32; HIDDEN]) -> f32 {
        let sum: f32 = hidden.iter().zip(&self.output).map(|(a, b)| a * b).sum();
        1.0 / (1.0 + (-(sum + self.output_bias)).exp())
    }

    /// The probability that a candidate with these features is right.
    pub fn probability(&self, row: &[f32; N]) -> f32 {
        self.output_of(&self.hidden_outputs(&self.scaled(row)))
    }

    /// The weights as lines of numbers.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        line(&mut text, &self.mean);
        line(&mut text, &self.scale);
        for row in &self.hidden {
            line(&mut text, row);
        }
        line(&mut text, &self.hidden_bias);
        line(&mut text, &self.output);
        line(&mut text, &[self.output_bias]);
        text
    }

    /// Reads what [`Self::to_text`] wrote; `None` when a number is missing.
    pub fn from_lines<'t>(lines: &mut impl Iterator<Item = &'t str>) -> Option<Self> {
        let mut row = || -> Option<[f32; N]> { numbers(lines.next()?)?.try_into().ok() };
        let (mean, scale) = (row()?, row()?);
        let hidden = (0..HIDDEN)
            .map(|_| row())
            .collect::<Option<Vec<[f32; N]>>>()?;
        let hidden_bias = numbers(lines.next()?)?;
        let output = numbers(lines.next()?)?;
        let output_bias = *numbers(lines.next()?)?.first()?;
        let is_whole = hidden_bias.len() == HIDDEN && output.len() == HIDDEN;
        is_whole.then_some(Self {
            mean,
            scale,
            hidden,
            hidden_bias,
            output,
            output_bias,
        })
    }
}

fn dot<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    let mut sum = 0.0;
    for at in 0..N {
        sum += a[at] * b[at];
    }
    sum
}

fn line(text: &mut String, numbers: &[f32]) {
    for (at, number) in numbers.iter().enumerate() {
        let blank = if at == 0 { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{blank}{number:.5}");
    }
    text.push('\n');
}

fn numbers(line: &str) -> Option<Vec<f32>> {
    line.split_ascii_whitespace()
        .map(|number| number.parse().ok())
        .collect()
}
