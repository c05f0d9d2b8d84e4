//! The language model: how likely a word follows the two before it.
//!
//! Interpolated absolute discounting over triples, pairs and words. What the discount
//! takes from counted words goes to unknown ones (Good and Turing's estimate: as many as
//! words that were counted once).

use std::collections::HashMap;

pub use super::corpus::WordNumber;
use super::corpus::{LanguageCorpus, START};

/// A word that was never counted nor is known.
pub const UNKNOWN: WordNumber = u32::MAX;

/// Discount of each count.
const DISCOUNT: f32 = 0.75;

/// A count for words that are known though never counted.
const KNOWN_COUNT: f32 = 0.3;

/// The most that words which were never counted may take together.
const MOST_UNKNOWN: f32 = 0.3;

/// The likelihood of one unknown spelling among all.
const UNKNOWN_SPELLING: f32 = 2e-5;

/// Counts of one context.
#[derive(Debug, Clone, Copy, Default)]
struct Context {
    sum: f32,
    followers: f32,
}

/// The model of one language.
#[derive(Debug)]
pub struct LanguageModel {
    numbers: HashMap<Box<str>, WordNumber>,
    /// With their counts.
    words: Vec<(Box<str>, f32)>,
    likelihoods: Vec<f32>,
    unknown: f32,
    pairs: HashMap<u64, f32>,
    triples: HashMap<u64, f32>,
    contexts: HashMap<u64, Context>,
}

fn pair_key(a: WordNumber, b: WordNumber) -> u64 {
    u64::from(a & 0x1F_FFFF) << 21 | u64::from(b & 0x1F_FFFF)
}

fn triple_key(a: WordNumber, b: WordNumber, c: WordNumber) -> u64 {
    pair_key(a, b) << 21 | u64::from(c & 0x1F_FFFF)
}

/// Single words as contexts, apart from pairs.
fn word_key(a: WordNumber) -> u64 {
    1 << 63 | u64::from(a)
}

impl LanguageModel {
    /// The model of counts. Counted words keep their numbers, known ones follow.
    pub fn new(counts: &LanguageCorpus) -> Self {
        let counted = counts
            .words()
            .iter()
            .map(|(word, count)| (word.clone(), *count as f32));
        let known = counts.known().map(|word| (word.into(), 0.0));
        let words: Vec<(Box<str>, f32)> = counted.chain(known).collect();
        let total: f32 = words.iter().map(|(_, count)| count).sum();
        let once = words.iter().filter(|(_, count)| *count == 1.0).count() as f32;
        let uncounted = words.iter().filter(|(_, count)| *count == 0.0).count() as f32;
        let unknown = ((once + 1.0) / (total + 2.0)).min(MOST_UNKNOWN);
        let all = total + KNOWN_COUNT * uncounted;
        let likelihood = |count: f32| (1.0 - unknown) * count.max(KNOWN_COUNT) / all;
        let mut model = Self {
            numbers: words
                .iter()
                .map(|(word, _)| word.clone())
                .zip(0..)
                .collect(),
            likelihoods: words.iter().map(|(_, count)| likelihood(*count)).collect(),
            words,
            unknown: unknown * UNKNOWN_SPELLING,
            pairs: HashMap::new(),
            triples: HashMap::new(),
            contexts: HashMap::new(),
        };
        for ([a, b], count) in counts.pairs() {
            model.pairs.insert(pair_key(a, b), count as f32);
            model.count_in(word_key(a), count);
        }
        for ([a, b, c], count) in counts.triples() {
            model.triples.insert(triple_key(a, b, c), count as f32);
            model.count_in(pair_key(a, b), count);
        }
        model
    }

    fn count_in(&mut self, context: u64, count: u32) {
        let context = self.contexts.entry(context).or_default();
        context.sum += count as f32;
        context.followers += 1.0;
    }

    /// The number of a word; [`UNKNOWN`] when there is none.
    pub fn number(&self, word: &str) -> WordNumber {
        self.numbers.get(word).copied().unwrap_or(UNKNOWN)
    }

    /// The word of a number.
    pub fn word(&self, number: WordNumber) -> &str {
        self.words.get(number as usize).map_or("", |(word, _)| word)
    }

    /// All words.
    pub fn words(&self) -> impl Iterator<Item = (WordNumber, &str)> {
        (0..).zip(self.words.iter().map(|(word, _)| &**word))
    }

    /// The number of the beginning of a list.
    pub fn start(&self) -> WordNumber {
        self.number(START)
    }

    /// The likelihood of a word by itself.
    pub fn likelihood(&self, word: WordNumber) -> f32 {
        self.likelihoods
            .get(word as usize)
            .copied()
            .unwrap_or(self.unknown)
    }

    /// Count of a word.
    pub fn count(&self, word: WordNumber) -> f32 {
        self.words
            .get(word as usize)
            .map_or(0.0, |(_, count)| *count)
    }

    /// The logarithm of the likelihood of a word behind two others.
    pub fn log_likelihood(&self, before: [WordNumber; 2], word: WordNumber) -> f32 {
        let mut likelihood = self.likelihood(word);
        let [first, second] = before;
        if second == UNKNOWN {
            return likelihood.ln();
        }
        if let Some(context) = self.contexts.get(&word_key(second)) {
            let count = self
                .pairs
                .get(&pair_key(second, word))
                .copied()
                .unwrap_or_default();
            likelihood = interpolated(count, *context, likelihood);
        }
        if first != UNKNOWN
            && let Some(context) = self.contexts.get(&pair_key(first, second))
        {
            let count = self
                .triples
                .get(&triple_key(first, second, word))
                .copied()
                .unwrap_or_default();
            likelihood = interpolated(count, *context, likelihood);
        }
        likelihood.ln()
    }
}

fn interpolated(count: f32, context: Context, shorter: f32) -> f32 {
    let rest = DISCOUNT * context.followers / context.sum;
    (count - DISCOUNT).max(0.0) / context.sum + rest * shorter
}
