//! Vectors of features and of categories, and the probabilities that they give.

use super::features::{Feature, ProductFeatures, WAYS};
use crate::search::category::tree::CategoryNumber;

/// Numbers of a vector, a multiple of `LANES`.
pub const DIMENSION: usize = 48;

/// Sums kept apart, so that the compiler adds several numbers by one instruction.
const LANES: usize = 8;

/// A vector.
pub type Vector = [f32; DIMENSION];

/// The largest value of a number in a byte.
const MAX_BYTE: f32 = 127.0;

/// Scores this far below the best one have no share worth counting.
const FAR_BELOW: f32 = 10.0;

/// The smallest length of the weights of a product, so that a name of one short word does
/// not count as much as a whole name.
const MIN_LENGTH: f32 = 1.0;

/// A vector of bytes with a scale: a quarter of the size, at no cost in quality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallVector {
    /// The upper half of the bits of an `f32`.
    pub scale: u16,
    pub bytes: [i8; DIMENSION],
}

impl SmallVector {
    /// Rounds a vector.
    pub fn of(vector: &Vector) -> Self {
        let largest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        // Rounded up, so that no number exceeds a byte.
        let scale = ((largest / MAX_BYTE).to_bits() >> 16) as u16 + 1;
        let unit = unit(scale);
        Self {
            scale,
            bytes: vector.map(|x| (x / unit).round().clamp(-MAX_BYTE, MAX_BYTE) as i8),
        }
    }

    /// Adds the vector, times a weight.
    pub fn add_to(&self, sum: &mut Vector, weight: f32) {
        let weight = weight * unit(self.scale);
        for (sum, byte) in sum.iter_mut().zip(&self.bytes) {
            *sum += weight * f32::from(*byte);
        }
    }

    /// The vector in full.
    pub fn full(&self) -> Vector {
        let mut full = [0.0; DIMENSION];
        self.add_to(&mut full, 1.0);
        full
    }
}

fn unit(scale: u16) -> f32 {
    f32::from_bits(u32::from(scale) << 16)
}

/// Vectors of features by hash, found by the upper half of the hash and a short scan.
#[derive(Debug, Clone, Default)]
pub struct FeatureVectors {
    hashes: Vec<u32>,
    vectors: Vec<SmallVector>,
    /// For each upper half, the first place whose hash is not below it.
    starts: Vec<u32>,
}

impl FeatureVectors {
    /// Vectors in ascending order of their hashes; `None` when they are not.
    pub fn new(hashes: Vec<u32>, vectors: Vec<SmallVector>) -> Option<Self> {
        let is_sorted = hashes.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_sorted || hashes.len() != vectors.len() {
            return None;
        }
        let starts = (0..=1_u64 << 16).map(|upper| {
            let before = hashes.partition_point(|hash| u64::from(*hash) < upper << 16);
            u32::try_from(before).unwrap_or(u32::MAX)
        });
        Some(Self {
            starts: starts.collect(),
            hashes,
            vectors,
        })
    }

    /// The vector of a feature that was met in training.
    pub fn get(&self, hash: u32) -> Option<&SmallVector> {
        let upper = (hash >> 16) as usize;
        let (from, to) = (*self.starts.get(upper)?, *self.starts.get(upper + 1)?);
        let at = (from as usize..to as usize).find(|at| self.hashes[*at] == hash)?;
        self.vectors.get(at)
    }

    /// Hashes with their vectors.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &SmallVector)> {
        self.hashes.iter().copied().zip(&self.vectors)
    }

    /// Number of features.
    pub const fn len(&self) -> usize {
        self.hashes.len()
    }

    /// True without any feature.
    pub const fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

/// A category that products were trained on. One that the taxonomy of today does not know
/// has no number; it keeps its share of the probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    pub category: Option<CategoryNumber>,
    pub bias: f32,
}

/// The linear part of the model.
#[derive(Debug, Clone)]
pub struct Vectors {
    pub features: FeatureVectors,
    pub classes: Vec<Class>,
    pub class_vectors: Vec<SmallVector>,
    /// Share of a mention in the score of its category, by way.
    pub mention_weights: [f32; WAYS],
    /// The vectors of the classes, number by number: `columns[i][class]`.
    columns: Vec<Vec<f32>>,
    /// Places of classes, by category.
    place_by_category: Vec<(CategoryNumber, u32)>,
}

/// Probabilities of categories for one product.
#[derive(Debug, Clone, Default)]
pub struct Probabilities {
    /// Of each class with a share, and with a number.
    pub by_category: Vec<(CategoryNumber, f32)>,
    /// The share of the weights of the features that are known.
    pub known: f32,
    /// Number of features that are known.
    pub known_features: usize,
}

fn columns(vectors: &[SmallVector]) -> Vec<Vec<f32>> {
    let full: Vec<Vector> = vectors.iter().map(SmallVector::full).collect();
    let column = |at: usize| full.iter().map(|vector| vector[at]).collect();
    (0..DIMENSION).map(column).collect()
}

/// The dot product.
pub fn dot(a: &Vector, b: &Vector) -> f32 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// The length of the weights of a product, by which they are divided.
pub fn length<'f>(features: impl Iterator<Item = &'f Feature>) -> f32 {
    let squares: f32 = features.map(|(_, weight)| weight * weight).sum();
    squares.sqrt().max(MIN_LENGTH)
}

/// Scores become probabilities.
pub fn softmax(scores: &mut [f32]) {
    let best = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        let below = best - *score;
        *score = if below < FAR_BELOW {
            (-below).exp()
        } else {
            0.0
        };
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}

impl Vectors {
    /// Puts the parts together; `None` when their numbers differ.
    pub fn new(
        features: FeatureVectors,
        classes: Vec<Class>,
        class_vectors: Vec<SmallVector>,
        mention_weights: [f32; WAYS],
    ) -> Option<Self> {
        if classes.len() != class_vectors.len() {
            return None;
        }
        let places = classes.iter().zip(0..);
        let places = places.filter_map(|(class, place)| Some((class.category?, place)));
        let mut place_by_category: Vec<(CategoryNumber, u32)> = places.collect();
        place_by_category.sort_unstable();
        Some(Self {
            columns: columns(&class_vectors),
            features,
            classes,
            class_vectors,
            mention_weights,
            place_by_category,
        })
    }

    fn place(&self, category: CategoryNumber) -> Option<usize> {
        let places = &self.place_by_category;
        let at = places.binary_search_by_key(&category, |(known, _)| *known);
        Some(places[at.ok()?].1 as usize)
    }

    /// The score of each class for the sum of the vectors of a product. Column by column,
    /// which is faster than one dot product for each class; the order of additions is that
    /// of [`dot`], so that training and prediction agree to the last bit.
    fn scores(&self, sum: &Vector) -> Vec<f32> {
        let mut scores = vec![0.0_f32; self.classes.len()];
        let mut of_lane = vec![0.0_f32; self.classes.len()];
        for lane in 0..LANES {
            of_lane.fill(0.0);
            for at in (lane..DIMENSION).step_by(LANES) {
                let weight = sum[at];
                for (score, number) in of_lane.iter_mut().zip(&self.columns[at]) {
                    *score += number * weight;
                }
            }
            for (score, part) in scores.iter_mut().zip(&of_lane) {
                *score += part;
            }
        }
        for (score, class) in scores.iter_mut().zip(&self.classes) {
            *score += class.bias;
        }
        scores
    }

    /// The probability of each class for a product.
    pub fn probabilities(&self, product: &ProductFeatures, with_contents: bool) -> Probabilities {
        let contents = if with_contents {
            product.contents.as_slice()
        } else {
            &[]
        };
        let features = || product.names.iter().chain(contents);
        let length = length(features());
        let (mut sum, mut known, mut known_features) = ([0.0; DIMENSION], 0.0, 0);
        for (hash, weight) in features() {
            if let Some(vector) = self.features.get(*hash) {
                vector.add_to(&mut sum, weight / length);
                known += weight * weight;
                known_features += 1;
            }
        }
        let mut scores = self.scores(&sum);
        for (category, ways) in &product.mentions {
            if let Some(place) = self.place(*category) {
                let added = ways.iter().zip(&self.mention_weights).map(|(a, b)| a * b);
                scores[place] += added.sum::<f32>();
            }
        }
        softmax(&mut scores);
        let shares = self.classes.iter().zip(&scores);
        let shares = shares.filter(|(_, share)| **share > 0.0);
        Probabilities {
            by_category: shares
                .filter_map(|(class, share)| Some((class.category?, *share)))
                .collect(),
            known: known / (length * length),
            known_features,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::category::training::Shuffle;

    fn vectors(count: usize, shuffle: &mut Shuffle) -> Vec<SmallVector> {
        let vector = |shuffle: &mut Shuffle| std::array::from_fn(|_| shuffle.weight());
        (0..count)
            .map(|_| SmallVector::of(&vector(shuffle)))
            .collect()
    }

    #[test]
    fn scores_are_the_dot_products_to_the_last_bit() {
        let mut shuffle = Shuffle::new(3);
        let class_vectors = vectors(37, &mut shuffle);
        let classes = (0..37).map(|number| Class {
            category: Some(number),
            bias: number as f32 / 7.0,
        });
        let features = FeatureVectors::new(Vec::new(), Vec::new()).unwrap();
        let all = Vectors::new(features, classes.collect(), class_vectors, [1.0; WAYS]).unwrap();
        let sum: Vector = std::array::from_fn(|_| shuffle.weight());
        let expected = all.classes.iter().zip(&all.class_vectors);
        let expected = expected.map(|(class, vector)| class.bias + dot(&vector.full(), &sum));
        assert_eq!(all.scores(&sum), expected.collect::<Vec<f32>>());
    }

    #[test]
    fn rounding_to_bytes_costs_less_than_a_hundredth() {
        let mut shuffle = Shuffle::new(5);
        for scale in [1e-6, 0.3, 40.0] {
            let vector: Vector = std::array::from_fn(|_| shuffle.weight() * scale);
            let full = SmallVector::of(&vector).full();
            for (rounded, exact) in full.iter().zip(&vector) {
                assert!((rounded - exact).abs() <= scale * 0.01, "{rounded} {exact}");
            }
        }
        assert_eq!(SmallVector::of(&[0.0; DIMENSION]).full(), [0.0; DIMENSION]);
    }

    #[test]
    fn features_are_found_by_hash_alone() {
        let mut shuffle = Shuffle::new(7);
        let hashes = vec![0, 1, 0xFFFF, 0x1_0000, 0x1_0001, 0xFFFF_FFFF];
        let found = FeatureVectors::new(hashes.clone(), vectors(6, &mut shuffle)).unwrap();
        for (hash, vector) in found.iter() {
            assert_eq!(found.get(hash), Some(vector));
        }
        assert_eq!(found.get(2), None);
        assert_eq!(found.get(0xFFFF_FFFE), None);
        let unsorted = hashes.into_iter().rev().collect();
        assert!(FeatureVectors::new(unsorted, vectors(6, &mut shuffle)).is_none());
    }
}
