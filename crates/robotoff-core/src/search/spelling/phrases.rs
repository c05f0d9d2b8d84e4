//! Phrases for a phrase suggester, made again from counts.
//!
//! The corpus that ships holds counts, not lists; a suggester counts for itself. So lists
//! are written that have the counted triples as often as they were counted: a walk through
//! the triples that takes each as often as its count.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::corpus::{LanguageCorpus, START, WordNumber};

/// The words that may follow two others, with how often they still may.
#[derive(Default)]
struct Followers {
    words: Vec<(WordNumber, u32)>,
    /// All before it are used up.
    first: usize,
}

impl Followers {
    fn take(&mut self) -> Option<WordNumber> {
        while let Some((word, left)) = self.words.get_mut(self.first) {
            if *left > 0 {
                *left -= 1;
                return Some(*word);
            }
            self.first += 1;
        }
        None
    }
}

impl LanguageCorpus {
    /// Phrases without signs and numbers, in a fixed order.
    pub fn phrases(&self) -> Vec<String> {
        let mut by_context: BTreeMap<[WordNumber; 2], Followers> = BTreeMap::new();
        for ([a, b, c], count) in self.triples() {
            by_context.entry([a, b]).or_default().words.push((c, count));
        }
        for followers in by_context.values_mut() {
            let words = &mut followers.words;
            words.sort_unstable_by_key(|(word, count)| (Reverse(*count), *word));
        }
        let start = self.words().iter().zip(0..);
        let start = start
            .filter(|((word, _), _)| &**word == START)
            .map(|(_, number)| number)
            .next();
        // Beginnings of lists first, so that walks are as long as lists.
        let mut contexts: Vec<[WordNumber; 2]> = by_context.keys().copied().collect();
        contexts.sort_by_key(|[first, _]| Some(*first) != start);
        let mut phrases = Vec::new();
        for context in contexts {
            while let Some(walk) = walk(&mut by_context, context) {
                self.push_phrases(&walk, &mut phrases);
            }
        }
        phrases
    }

    /// Splits a walk at signs and numbers.
    fn push_phrases(&self, walk: &[WordNumber], phrases: &mut Vec<String>) {
        let words = walk.iter().map(|word| &*self.words()[*word as usize].0);
        let mut phrase: Vec<&str> = Vec::new();
        for word in words.chain([START]) {
            if word.starts_with(char::is_alphabetic) {
                phrase.push(word);
            } else if !phrase.is_empty() {
                phrases.push(phrase.join(" "));
                phrase.clear();
            }
        }
    }
}

fn walk(
    by_context: &mut BTreeMap<[WordNumber; 2], Followers>,
    context: [WordNumber; 2],
) -> Option<Vec<WordNumber>> {
    let mut last = context;
    let mut words = context.to_vec();
    while let Some(word) = by_context.get_mut(&last).and_then(Followers::take) {
        words.push(word);
        last = [last[1], word];
    }
    (words.len() > 2).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_have_the_counted_words_in_their_order() {
        let mut corpus = LanguageCorpus::default();
        corpus.add("Farine de blé 12 %, sucre roux de canne, sel");
        corpus.add("Huile de tournesol");
        let mut phrases = corpus.phrases();
        phrases.sort();
        let expected = [
            "farine de blé",
            "huile de tournesol",
            "sel",
            "sucre roux de canne",
        ];
        assert_eq!(phrases, expected);
    }

    #[test]
    fn each_triple_is_taken_as_often_as_it_was_counted() {
        let mut corpus = LanguageCorpus::default();
        for _ in 0..3 {
            corpus.add("huile de tournesol");
        }
        corpus.add("huile de colza");
        let phrases = corpus.phrases();
        let count = |phrase: &str| phrases.iter().filter(|other| *other == phrase).count();
        assert_eq!(count("huile de tournesol"), 3);
        assert_eq!(count("huile de colza"), 1);
        assert_eq!(phrases, corpus.phrases());
    }
}
