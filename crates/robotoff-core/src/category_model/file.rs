//! The file of the model: lines of text, then bytes, then a checksum.
//!
//! Categories stand in it by id, so that it outlives a new taxonomy. Numbers are little
//! endian. The same products give the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use thiserror::Error;

use super::candidates::{Habits, ROW};
use super::features::WAYS;
use super::model::Learned;
use super::vectors::{Class, DIMENSION, FeatureVectors, SmallVector, Vectors};
use crate::search::category::corpus::Calibration;
use crate::search::category::counts::Count;
use crate::search::category::network::Network;
use crate::search::category::tree::CategoryTree;

/// The first line; another version is refused.
const HEAD: &str = "robotoff category model 1";

/// The licence, on the second line.
pub const NOTICE: &str = "learned from Open Food Facts data: Open Database License (ODbL) 1.0, (c) Open Food Facts contributors";

/// The line between text and bytes.
const BYTES: &str = "bytes";

/// Bytes of the checksum at the end.
const CHECKSUM: usize = 8;

/// Why a file is no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ModelFileError {
    #[error("not a category model of this version: the first line is not {HEAD:?}")]
    OtherVersion,
    #[error("damaged category model: its checksum is wrong")]
    Damaged,
    #[error("broken category model: its {0}")]
    Broken(&'static str),
}

use ModelFileError::Broken;

impl Learned {
    /// The bytes of the file.
    pub fn to_bytes(&self, tree: &CategoryTree) -> Vec<u8> {
        let mut text = format!("{HEAD}\n{NOTICE}\n{}", self.network.to_text());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", self.calibration.to_line());
        let _ = writeln!(
            text,
            "{:.3} {} {DIMENSION} {} {} {}",
            self.usual_threshold,
            self.habits.products,
            self.vectors.features.len(),
            self.vectors.classes.len(),
            self.habits.by_category.len(),
        );
        for class in &self.vectors.classes {
            let id = class.category.map_or("-", |category| tree.id(category));
            let _ = writeln!(text, "{id}");
        }
        for (category, count) in &self.habits.by_category {
            let threshold = self.thresholds.get(category);
            let threshold = threshold.map(|threshold| format!(" {threshold:.3}"));
            let _ = writeln!(
                text,
                "{} {} {}{}",
                tree.id(*category),
                count.near,
                count.within,
                threshold.unwrap_or_default()
            );
        }
        let _ = writeln!(text, "{BYTES}");
        let mut bytes = text.into_bytes();
        self.vectors.add_bytes(&mut bytes);
        let sum = checksum(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8], tree: &CategoryTree) -> Result<Self, ModelFileError> {
        if !bytes.starts_with(HEAD.as_bytes()) {
            return Err(ModelFileError::OtherVersion);
        }
        let (content, sum) = bytes
            .split_last_chunk::<CHECKSUM>()
            .ok_or(ModelFileError::Damaged)?;
        if checksum(content) != u64::from_le_bytes(*sum) {
            return Err(ModelFileError::Damaged);
        }
        let separator = format!("\n{BYTES}\n");
        let end = memchr::memmem::find(content, separator.as_bytes()).ok_or(Broken("text"))?;
        let text = std::str::from_utf8(&content[..end]).map_err(|_| Broken("text"))?;
        let mut lines = text.lines().skip(2);
        let network = Network::<ROW>::from_lines(&mut lines).ok_or(Broken("network"))?;
        let calibration = lines.next().and_then(Calibration::from_line);
        let calibration = calibration.ok_or(Broken("calibration"))?;
        let sizes = lines.next().and_then(Sizes::from_line);
        let sizes = sizes.ok_or(Broken("sizes"))?;
        let ids: Vec<&str> = lines.by_ref().take(sizes.classes).collect();
        let mut learned = Self {
            vectors: Vectors::from_bytes(&content[end + separator.len()..], &sizes, &ids, tree)
                .ok_or(Broken("vectors"))?,
            habits: Habits {
                products: sizes.products,
                by_category: BTreeMap::new(),
            },
            network,
            calibration,
            thresholds: BTreeMap::new(),
            usual_threshold: sizes.usual_threshold,
        };
        for line in lines {
            learned.add_habit(line, tree).ok_or(Broken("categories"))?;
        }
        Ok(learned)
    }

    fn add_habit(&mut self, line: &str, tree: &CategoryTree) -> Option<()> {
        let mut members = line.split(' ');
        let number = tree.number(members.next()?);
        let near = members.next()?.parse().ok()?;
        let within = members.next()?.parse().ok()?;
        let threshold = members.next().map(str::parse).transpose().ok()?;
        if let Some(number) = number {
            let count = Count { near, within };
            self.habits.by_category.insert(number, count);
            if let Some(threshold) = threshold {
                self.thresholds.insert(number, threshold);
            }
        }
        Some(())
    }
}

struct Sizes {
    usual_threshold: f32,
    products: u32,
    features: usize,
    classes: usize,
}

impl Sizes {
    fn from_line(line: &str) -> Option<Self> {
        let mut members = line.split(' ');
        let usual_threshold = members.next()?.parse().ok()?;
        let products = members.next()?.parse().ok()?;
        let dimension: usize = members.next()?.parse().ok()?;
        let features = members.next()?.parse().ok()?;
        let classes = members.next()?.parse().ok()?;
        (dimension == DIMENSION).then_some(Self {
            usual_threshold,
            products,
            features,
            classes,
        })
    }
}

impl Vectors {
    fn add_bytes(&self, bytes: &mut Vec<u8>) {
        for (hash, _) in self.features.iter() {
            bytes.extend(hash.to_le_bytes());
        }
        let class_vectors = self.class_vectors.iter();
        for vector in self
            .features
            .iter()
            .map(|(_, vector)| vector)
            .chain(class_vectors)
        {
            bytes.extend(vector.scale.to_le_bytes());
            bytes.extend(vector.bytes.map(|byte| byte.to_le_bytes()[0]));
        }
        let biases = self.classes.iter().map(|class| class.bias);
        for number in biases.chain(self.mention_weights) {
            bytes.extend(number.to_le_bytes());
        }
    }

    /// `None` when the bytes are not exactly what the sizes say.
    fn from_bytes(bytes: &[u8], sizes: &Sizes, ids: &[&str], tree: &CategoryTree) -> Option<Self> {
        let mut rest = bytes;
        let hashes = taken(&mut rest, sizes.features)?;
        let hashes = hashes.iter().map(|bytes| u32::from_le_bytes(*bytes));
        let vectors = small_vectors(&mut rest, sizes.features)?;
        let class_vectors = small_vectors(&mut rest, sizes.classes)?;
        let biases = taken::<4>(&mut rest, ids.len())?;
        let classes = ids.iter().zip(biases).map(|(id, bias)| Class {
            category: tree.number(id),
            bias: f32::from_le_bytes(*bias),
        });
        let weights = taken::<4>(&mut rest, WAYS)?;
        let weights = weights.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let weights: Vec<f32> = weights.collect();
        if !rest.is_empty() {
            return None;
        }
        let features = FeatureVectors::new(hashes.collect(), vectors)?;
        Self::new(
            features,
            classes.collect(),
            class_vectors,
            weights.try_into().ok()?,
        )
    }
}

/// The next `count` chunks; `None` when there are fewer.
fn taken<'b, const N: usize>(rest: &mut &'b [u8], count: usize) -> Option<&'b [[u8; N]]> {
    let (taken, left) = rest.split_at_checked(count.checked_mul(N)?)?;
    *rest = left;
    Some(taken.as_chunks().0)
}

fn small_vectors(rest: &mut &[u8], count: usize) -> Option<Vec<SmallVector>> {
    let chunks = taken::<{ DIMENSION + 2 }>(rest, count)?;
    let vectors = chunks.iter().map(|chunk| {
        let (scale, bytes) = chunk.split_at(2);
        SmallVector {
            scale: u16::from_le_bytes([scale[0], scale[1]]),
            bytes: std::array::from_fn(|at| i8::from_le_bytes([bytes[at]])),
        }
    });
    Some(vectors.collect())
}

/// FNV-1a: it finds damage, not forgery.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
