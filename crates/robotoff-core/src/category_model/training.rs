//! Training of the vectors by gradient steps of Adagrad. Deterministic: the order of the
//! products, and which features are left out, come from a generator with a fixed seed.

use std::collections::{BTreeMap, HashMap};

use super::features::{Feature, Mention, ProductFeatures, WAYS};
use super::vectors::{
    Class, DIMENSION, FeatureVectors, SmallVector, Vector, Vectors, dot, length, softmax,
};
use crate::search::category::training::Shuffle;
use crate::search::category::tree::CategoryNumber;

const EPOCHS: usize = 10;
const LEARNING_RATE: f32 = 0.12;
const BIAS_RATE: f32 = 0.1;
/// Of the weights of mentions, of which there are four for all categories.
const MENTION_RATE: f32 = 0.5;
/// The share of the learning rate that is gone at the end.
const RATE_LOST: f32 = 0.9;

/// ProductFeatures of fewer products say more about these products than about categories.
const MIN_PRODUCTS: u32 = 2;

/// The share of the features of a product that is left out of a step, so that each learns to
/// say something on its own.
const LEFT_OUT: f32 = 0.5;

/// The share of the steps that see labels and ingredients, since many products have none.
const WITH_CONTENTS: f32 = 0.4;

/// Gradients below this move nothing worth the time.
const MIN_GRADIENT: f32 = 1e-4;

/// A product, or a name of the taxonomy, with its categories.
#[derive(Debug)]
pub struct TrainingExample<'f> {
    pub features: &'f ProductFeatures,
    /// The deepest categories.
    pub categories: Vec<CategoryNumber>,
    /// 1 for a product.
    pub weight: f32,
}

/// An example with the places of its features and categories instead of hashes and numbers.
struct Placed {
    names: Vec<(u32, f32)>,
    contents: Vec<(u32, f32)>,
    mentions: Vec<(u32, [f32; WAYS])>,
    classes: Vec<u32>,
    length_of_names: f32,
    length_with_contents: f32,
    weight: f32,
}

/// Numbers with the sums of squared gradients that slow them down.
struct Table {
    vectors: Vec<Vector>,
    squares: Vec<f32>,
}

struct Training {
    features: Table,
    classes: Table,
    bias: Vec<f32>,
    bias_squares: Vec<f32>,
    mention_weights: [f32; WAYS],
    mention_squares: [f32; WAYS],
}

/// Learns vectors from examples.
pub fn vectors(examples: &[TrainingExample<'_>]) -> Vectors {
    let hashes = kept_hashes(examples);
    let classes = examples
        .iter()
        .flat_map(|example| example.categories.iter().copied());
    let classes: BTreeMap<CategoryNumber, u32> = classes
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .zip(0..)
        .collect();
    let place: HashMap<u32, u32> = hashes.iter().copied().zip(0..).collect();
    let placed = examples
        .iter()
        .map(|example| Placed::new(example, &place, &classes));
    let placed: Vec<Placed> = placed.collect();
    let mut shuffle = Shuffle::new(17);
    let mut training = Training::new(hashes.len(), classes.len(), &mut shuffle);
    let mut order: Vec<u32> = (0..u32::try_from(placed.len()).unwrap_or(u32::MAX)).collect();
    for epoch in 0..EPOCHS {
        shuffle.order(&mut order);
        let rate = 1.0 - RATE_LOST * epoch as f32 / EPOCHS as f32;
        for at in &order {
            training.step(&placed[*at as usize], rate, &mut shuffle);
        }
    }
    training.finish(hashes, classes.into_keys())
}

/// The hashes of enough products, ascending.
fn kept_hashes(examples: &[TrainingExample<'_>]) -> Vec<u32> {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    for example in examples {
        let features = example.features;
        for (hash, _) in features.names.iter().chain(&features.contents) {
            *counts.entry(*hash).or_default() += 1;
        }
    }
    let kept = counts
        .into_iter()
        .filter(|(_, count)| *count >= MIN_PRODUCTS);
    let mut kept: Vec<u32> = kept.map(|(hash, _)| hash).collect();
    kept.sort_unstable();
    kept
}

impl Placed {
    fn new(
        example: &TrainingExample<'_>,
        places: &HashMap<u32, u32>,
        classes: &BTreeMap<CategoryNumber, u32>,
    ) -> Self {
        let placed = |features: &[Feature]| -> Vec<(u32, f32)> {
            let known = features.iter();
            let known = known.filter_map(|(hash, weight)| Some((*places.get(hash)?, *weight)));
            known.collect()
        };
        let ProductFeatures {
            names,
            contents,
            mentions,
            ..
        } = example.features;
        let mentions = mentions.iter();
        let mentions = mentions
            .filter_map(|(category, ways): &Mention| Some((*classes.get(category)?, *ways)));
        let classes = example
            .categories
            .iter()
            .filter_map(|category| classes.get(category));
        Self {
            names: placed(names),
            contents: placed(contents),
            mentions: mentions.collect(),
            classes: classes.copied().collect(),
            length_of_names: length(names.iter()),
            length_with_contents: length(names.iter().chain(contents)),
            weight: example.weight,
        }
    }

    /// The features of one step.
    fn drawn(&self, shuffle: &mut Shuffle) -> Vec<(u32, f32)> {
        let with_contents = !self.contents.is_empty() && shuffle.share() < WITH_CONTENTS;
        let (contents, length) = if with_contents {
            (self.contents.as_slice(), self.length_with_contents)
        } else {
            (&[][..], self.length_of_names)
        };
        let scale = 1.0 / (length * (1.0 - LEFT_OUT));
        let features = self.names.iter().chain(contents);
        features
            .filter(|_| shuffle.share() >= LEFT_OUT)
            .map(|(place, weight)| (*place, weight * scale))
            .collect()
    }
}

impl Table {
    fn new(len: usize, number: &mut impl FnMut() -> f32) -> Self {
        Self {
            vectors: (0..len)
                .map(|_| std::array::from_fn(|_| number()))
                .collect(),
            squares: vec![1e-6; len],
        }
    }

    /// Moves a vector against its gradient, `factor * direction`.
    fn step(&mut self, at: usize, factor: f32, direction: &Vector, square: f32, rate: f32) {
        let squares = &mut self.squares[at];
        *squares += factor * factor * square;
        let step = rate * factor / squares.sqrt();
        for (number, towards) in self.vectors[at].iter_mut().zip(direction) {
            *number -= step * towards;
        }
    }
}

fn mean_square(vector: &Vector) -> f32 {
    dot(vector, vector) / DIMENSION as f32
}

impl Training {
    fn new(features: usize, classes: usize, shuffle: &mut Shuffle) -> Self {
        let width = 0.5 / (DIMENSION as f32).sqrt();
        Self {
            features: Table::new(features, &mut || shuffle.weight() * width),
            classes: Table::new(classes, &mut || 0.0),
            bias: vec![0.0; classes],
            bias_squares: vec![1e-3; classes],
            mention_weights: [1.0; WAYS],
            mention_squares: [1.0; WAYS],
        }
    }

    /// One step down the gradient of the log loss of one example.
    fn step(&mut self, example: &Placed, rate: f32, shuffle: &mut Shuffle) {
        let drawn = example.drawn(shuffle);
        let mut sum = [0.0; DIMENSION];
        for (place, weight) in &drawn {
            let vector = &self.features.vectors[*place as usize];
            for (sum, number) in sum.iter_mut().zip(vector) {
                *sum += weight * number;
            }
        }
        let errors = self.errors(example, &sum);
        self.step_mentions(example, &errors, rate);
        let square = mean_square(&sum);
        let mut back = [0.0; DIMENSION];
        for (class, error) in errors.iter().enumerate() {
            if error.abs() < MIN_GRADIENT {
                continue;
            }
            self.bias_squares[class] += error * error;
            self.bias[class] -= BIAS_RATE * rate * error / self.bias_squares[class].sqrt();
            for (back, number) in back.iter_mut().zip(&self.classes.vectors[class]) {
                *back += error * number;
            }
            self.classes
                .step(class, *error, &sum, square, LEARNING_RATE * rate);
        }
        let square = mean_square(&back);
        for (place, weight) in &drawn {
            let at = *place as usize;
            self.features
                .step(at, *weight, &back, square, LEARNING_RATE * rate);
        }
    }

    /// Probability minus truth, of each class.
    fn errors(&self, example: &Placed, sum: &Vector) -> Vec<f32> {
        let classes = self.bias.iter().zip(&self.classes.vectors);
        let mut scores: Vec<f32> = classes
            .map(|(bias, vector)| bias + dot(vector, sum))
            .collect();
        for (class, ways) in &example.mentions {
            let added = ways.iter().zip(&self.mention_weights).map(|(a, b)| a * b);
            scores[*class as usize] += added.sum::<f32>();
        }
        softmax(&mut scores);
        let share = 1.0 / example.classes.len().max(1) as f32;
        for class in &example.classes {
            scores[*class as usize] -= share;
        }
        for score in &mut scores {
            *score *= example.weight;
        }
        scores
    }

    fn step_mentions(&mut self, example: &Placed, errors: &[f32], rate: f32) {
        for (class, ways) in &example.mentions {
            for (way, share) in ways.iter().enumerate() {
                let gradient = errors[*class as usize] * share;
                self.mention_squares[way] += gradient * gradient;
                self.mention_weights[way] -=
                    MENTION_RATE * rate * gradient / self.mention_squares[way].sqrt();
            }
        }
    }

    fn finish(self, hashes: Vec<u32>, classes: impl Iterator<Item = CategoryNumber>) -> Vectors {
        let small = |vectors: &[Vector]| -> Vec<SmallVector> {
            vectors.iter().map(SmallVector::of).collect()
        };
        let features = FeatureVectors::new(hashes, small(&self.features.vectors));
        let classes = classes.zip(&self.bias).map(|(category, bias)| Class {
            category: Some(category),
            bias: *bias,
        });
        let vectors = features.and_then(|features| {
            let class_vectors = small(&self.classes.vectors);
            Vectors::new(
                features,
                classes.collect(),
                class_vectors,
                self.mention_weights,
            )
        });
        vectors.expect("hashes are sorted, and each feature and class has a vector")
    }
}
