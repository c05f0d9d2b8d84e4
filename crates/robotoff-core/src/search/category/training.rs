//! Training of the network and of its calibration. Deterministic: the order of rows is
//! shuffled by a generator with a fixed seed.

use super::features::FEATURES;
use super::network::{HIDDEN, Network};

const EPOCHS: usize = 12;
const BATCH: usize = 256;
const LEARNING_RATE: f32 = 0.003;
/// Pulls weights towards 0.
const DECAY: f32 = 1e-5;
/// Of Adam.
const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;

/// A candidate whose truth is known.
#[derive(Debug, Clone)]
pub struct Example<const N: usize = FEATURES> {
    pub features: [f32; N],
    pub is_right: bool,
}

/// Numbers that look random: a linear congruential generator with a mixed output.
#[derive(Debug)]
pub(crate) struct Shuffle(u64);

impl Shuffle {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from -1 to 1.
    pub(crate) fn weight(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    pub(crate) fn order(&mut self, order: &mut [u32]) {
        for at in (1..order.len()).rev() {
            let other = self.next() % (at as u64 + 1);
            order.swap(at, other as usize);
        }
    }
}

/// Weights in one list: the hidden rows, their biases, the output, its bias.
const fn weights(features: usize) -> usize {
    HIDDEN * features + HIDDEN + HIDDEN + 1
}

/// The state of Adam beside the weights.
struct Training<const N: usize> {
    network: Network<N>,
    gradient: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
    step: i32,
}

/// Learns the network from examples.
pub fn network<const N: usize>(examples: &[Example<N>]) -> Network<N> {
    let mut shuffle = Shuffle::new(17);
    let mut training = Training::new(first_network(examples, &mut shuffle));
    let mut order: Vec<u32> = (0..u32::try_from(examples.len()).unwrap_or(u32::MAX)).collect();
    for epoch in 0..EPOCHS {
        shuffle.order(&mut order);
        let rate = LEARNING_RATE * (1.0 - epoch as f32 / EPOCHS as f32).max(0.05);
        for batch in order.chunks(BATCH) {
            for at in batch {
                training.add(&examples[*at as usize]);
            }
            training.step(rate, batch.len());
        }
    }
    training.network
}

fn first_network<const N: usize>(examples: &[Example<N>], shuffle: &mut Shuffle) -> Network<N> {
    let count = examples.len().max(1) as f64;
    let mut mean = [0.0; N];
    let mut scale = [1.0; N];
    for at in 0..N {
        let of = |example: &Example<N>| f64::from(example.features[at]);
        let average = examples.iter().map(of).sum::<f64>() / count;
        let variance = examples
            .iter()
            .map(|example| (of(example) - average).powi(2))
            .sum::<f64>()
            / count;
        mean[at] = average as f32;
        scale[at] = (1.0 / (variance.sqrt() + 1e-4)) as f32;
    }
    let width = (2.0 / N as f32).sqrt();
    Network {
        mean,
        scale,
        hidden: (0..HIDDEN)
            .map(|_| std::array::from_fn(|_| shuffle.weight() * width))
            .collect(),
        hidden_bias: vec![0.0; HIDDEN],
        output: (0..HIDDEN).map(|_| shuffle.weight() * 0.3).collect(),
        output_bias: 0.0,
    }
}

impl<const N: usize> Training<N> {
    fn new(network: Network<N>) -> Self {
        Self {
            network,
            gradient: vec![0.0; weights(N)],
            mean: vec![0.0; weights(N)],
            square: vec![0.0; weights(N)],
            step: 0,
        }
    }

    /// Adds the gradient of the log loss of one example.
    fn add(&mut self, example: &Example<N>) {
        let network = &self.network;
        let scaled = network.scaled(&example.features);
        let hidden = network.hidden_outputs(&scaled);
        let error = network.output_of(&hidden) - f32::from(u8::from(example.is_right));
        let (rows, rest) = self.gradient.split_at_mut(HIDDEN * N);
        let (biases, rest) = rest.split_at_mut(HIDDEN);
        for unit in 0..HIDDEN {
            rest[unit] += error * hidden[unit];
            if hidden[unit] > 0.0 {
                let back = error * network.output[unit];
                biases[unit] += back;
                let row = &mut rows[unit * N..(unit + 1) * N];
                for (sum, input) in row.iter_mut().zip(&scaled) {
                    *sum += back * input;
                }
            }
        }
        rest[HIDDEN] += error;
    }

    fn step(&mut self, rate: f32, examples: usize) {
        self.step += 1;
        let correction = (1.0 - BETA2.powi(self.step)).sqrt() / (1.0 - BETA1.powi(self.step));
        let network = &mut self.network;
        let weights = network
            .hidden
            .iter_mut()
            .flatten()
            .chain(&mut network.hidden_bias)
            .chain(&mut network.output)
            .chain([&mut network.output_bias]);
        for (at, weight) in weights.enumerate() {
            let gradient = self.gradient[at] / examples as f32 + DECAY * *weight;
            self.mean[at] = BETA1 * self.mean[at] + (1.0 - BETA1) * gradient;
            self.square[at] = BETA2 * self.square[at] + (1.0 - BETA2) * gradient * gradient;
            *weight -= rate * correction * self.mean[at] / (self.square[at].sqrt() + 1e-8);
            self.gradient[at] = 0.0;
        }
    }
}
