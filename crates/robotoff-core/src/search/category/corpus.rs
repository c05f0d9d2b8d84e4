//! The corpus of the matcher: what was counted and learned, as a text that ships with the
//! program.
//!
//! Categories stand in it by id, so that it outlives a new taxonomy; ids that the taxonomy
//! of today does not know are passed over.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use thiserror::Error;

use super::counts::{CategoryCounts, Clue, Count};
use super::network::Network;
use super::tree::{CategoryNumber, CategoryTree};

/// The first line of a corpus; another version is refused.
const HEAD: &str = "robotoff category corpus 1";

/// The licence, on the second line.
pub const NOTICE: &str = "counted from Open Food Facts data: Open Database License (ODbL) 1.0, (c) Open Food Facts contributors";

/// Knowledge learned from products with categories.
#[derive(Debug, Clone)]
pub struct CategoryCorpus {
    pub counts: CategoryCounts,
    pub network: Network,
    pub calibration: Calibration,
    /// Of categories that need more than the usual confidence.
    pub thresholds: BTreeMap<CategoryNumber, f32>,
    pub usual_threshold: f32,
}

/// Probabilities of the network and how many of the answers with them were right: pairs
/// in ascending order, straight lines between them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibration(pub Vec<(f32, f32)>);

/// Why a text is no corpus.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CorpusError {
    #[error("not a category corpus of this version: the first line is not {HEAD:?}")]
    OtherVersion,
    #[error("broken category corpus, line {0}")]
    Broken(usize),
}

impl Calibration {
    /// The pairs as a line of numbers.
    pub fn to_line(&self) -> String {
        let pairs = self.0.iter();
        let pairs = pairs.map(|(at, share)| format!("{at:.5} {share:.5}"));
        pairs.collect::<Vec<String>>().join(" ")
    }

    /// Reads what [`Self::to_line`] wrote.
    pub fn from_line(line: &str) -> Option<Self> {
        let numbers = line.split(' ').map(str::parse);
        let numbers = numbers.collect::<Result<Vec<f32>, _>>().ok()?;
        let pairs = numbers.chunks_exact(2).map(|pair| (pair[0], pair[1]));
        Some(Self(pairs.collect()))
    }

    /// The share of right answers at a probability.
    pub fn confidence(&self, probability: f32) -> f32 {
        let above = self.0.partition_point(|(known, _)| *known < probability);
        match (
            above.checked_sub(1).and_then(|at| self.0.get(at)),
            self.0.get(above),
        ) {
            (None, None) => probability,
            (None, Some((known, share))) => share * probability / known.max(f32::EPSILON),
            (Some((known, share)), None) => {
                share + (1.0 - share) * (probability - known) / (1.0 - known).max(f32::EPSILON)
            }
            (Some((low, share)), Some((high, next))) => {
                share + (next - share) * (probability - low) / (high - low).max(f32::EPSILON)
            }
        }
    }
}

impl CategoryCorpus {
    /// The confidence that a category needs.
    pub fn threshold(&self, category: CategoryNumber) -> f32 {
        self.thresholds
            .get(&category)
            .copied()
            .unwrap_or(self.usual_threshold)
    }

    /// The corpus as text.
    pub fn to_text(&self, tree: &CategoryTree) -> String {
        let mut text = format!("{HEAD}\n{NOTICE}\n{}", self.network.to_text());
        let _ = writeln!(text, "{}", self.calibration.to_line());
        let _ = writeln!(text, "{:.3} {}", self.usual_threshold, self.counts.products);
        let by_category = &self.counts.by_category;
        let place: BTreeMap<CategoryNumber, usize> = by_category
            .keys()
            .zip(0..)
            .map(|(category, at)| (*category, at))
            .collect();
        let _ = writeln!(text, "{}", by_category.len());
        for (category, count) in by_category {
            let threshold = self
                .thresholds
                .get(category)
                .map(|threshold| format!(" {threshold:.3}"));
            let _ = writeln!(
                text,
                "{} {} {}{}",
                tree.id(*category),
                count.near,
                count.within,
                threshold.unwrap_or_default()
            );
        }
        let mut clues: Vec<(&str, &Clue)> = self.counts.clues().collect();
        clues.sort_unstable_by_key(|(clue, _)| *clue);
        for (clue, counted) in clues {
            let _ = write!(text, "{clue}\t{}", counted.products);
            for (category, count) in &counted.by_category {
                if let Some(at) = place.get(category) {
                    let _ = write!(text, " {at},{},{}", count.near, count.within);
                }
            }
            text.push('\n');
        }
        text
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn from_text(text: &str, tree: &CategoryTree) -> Result<Self, CorpusError> {
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return Err(CorpusError::OtherVersion);
        }
        lines.next();
        let mut reader = Reader {
            lines: &mut lines,
            line: 2,
        };
        reader.corpus(tree).ok_or(CorpusError::Broken(reader.line))
    }
}

struct Reader<'l, 't> {
    lines: &'l mut std::str::Lines<'t>,
    line: usize,
}

impl<'t> Iterator for Reader<'_, 't> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        self.line += 1;
        self.lines.next()
    }
}

impl Reader<'_, '_> {
    fn corpus(&mut self, tree: &CategoryTree) -> Option<CategoryCorpus> {
        let network = Network::from_lines(self)?;
        let calibration = Calibration::from_line(self.next()?)?;
        let (usual_threshold, products) = self.next()?.split_once(' ')?;
        let mut corpus = CategoryCorpus {
            counts: CategoryCounts {
                products: products.parse().ok()?,
                ..CategoryCounts::default()
            },
            network,
            calibration,
            thresholds: BTreeMap::new(),
            usual_threshold: usual_threshold.parse().ok()?,
        };
        let places = self.categories(&mut corpus, tree)?;
        for line in self.by_ref() {
            let (clue, counted) = clue(line, &places)?;
            corpus.counts.insert(clue, counted);
        }
        Some(corpus)
    }

    /// The counts by category; gives the numbers of the categories by their place.
    fn categories(
        &mut self,
        corpus: &mut CategoryCorpus,
        tree: &CategoryTree,
    ) -> Option<Vec<Option<CategoryNumber>>> {
        let len: usize = self.next()?.parse().ok()?;
        let mut places = Vec::new();
        for _ in 0..len {
            let mut members = self.next()?.split(' ');
            let number = tree.number(members.next()?);
            let near = members.next()?.parse().ok()?;
            let within = members.next()?.parse().ok()?;
            if let Some(number) = number {
                corpus
                    .counts
                    .by_category
                    .insert(number, Count { near, within });
                if let Some(threshold) = members.next() {
                    corpus.thresholds.insert(number, threshold.parse().ok()?);
                }
            }
            places.push(number);
        }
        Some(places)
    }
}

fn clue<'t>(line: &'t str, places: &[Option<CategoryNumber>]) -> Option<(&'t str, Clue)> {
    let (clue, rest) = line.split_once('\t')?;
    let mut members = rest.split(' ');
    let mut counted = Clue {
        products: members.next()?.parse().ok()?,
        by_category: Vec::new(),
    };
    for member in members {
        let mut numbers = member.split(',');
        let place: usize = numbers.next()?.parse().ok()?;
        let near = numbers.next()?.parse().ok()?;
        let within = numbers.next()?.parse().ok()?;
        counted.by_category.extend(
            places
                .get(place)?
                .map(|number| (number, Count { near, within })),
        );
    }
    Some((clue, counted))
}
