//! Counted words, pairs and triples of clean ingredient lists, by language.
//!
//! The corpus ships as a text; beside it stand the words of the ingredient taxonomy, which
//! are known though they were not counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use thiserror::Error;

use super::tokens::{TokenKind, tokens};

/// The first line of a corpus; another version is refused.
const HEAD: &str = "robotoff spelling corpus 1";

/// The licence, on the second line.
pub const NOTICE: &str = "counted from Open Food Facts data: Open Database License (ODbL) 1.0, \
    (c) Open Food Facts contributors";

/// Begins every list.
pub const START: &str = "<";

/// The counts of all languages.
#[derive(Debug, Clone, Default)]
pub struct SpellingCorpus {
    pub by_language: BTreeMap<String, LanguageCorpus>,
}

/// The number of a word.
pub type WordNumber = u32;

/// The counts of one language. Words are numbered in the order in which they are met.
#[derive(Debug, Clone, Default)]
pub struct LanguageCorpus {
    pub lists: u32,
    numbers: HashMap<Box<str>, WordNumber>,
    words: Vec<(Box<str>, u32)>,
    pairs: HashMap<[WordNumber; 2], u32>,
    triples: HashMap<[WordNumber; 3], u32>,
    /// Known though never counted.
    known: BTreeSet<Box<str>>,
}

/// Why a text is no corpus.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpellingCorpusError {
    #[error("not a spelling corpus of this version: the first line is not {HEAD:?}")]
    OtherVersion,
    #[error("broken spelling corpus, line {0}")]
    Broken(usize),
}

impl LanguageCorpus {
    /// Counts one list.
    pub fn add(&mut self, list: &str) {
        self.lists += 1;
        let mut numbers = vec![self.met(START, 1)];
        for token in tokens(list) {
            numbers.push(self.met(&token.text, 1));
        }
        for pair in numbers.array_windows() {
            *self.pairs.entry(*pair).or_default() += 1;
        }
        for triple in numbers.array_windows() {
            *self.triples.entry(*triple).or_default() += 1;
        }
    }

    /// The number of a word that was met so many times.
    fn met(&mut self, word: &str, times: u32) -> WordNumber {
        let number = self.numbers.get(word).copied().unwrap_or_else(|| {
            let number = WordNumber::try_from(self.words.len()).unwrap_or(WordNumber::MAX);
            self.words.push((word.into(), 0));
            self.numbers.insert(word.into(), number);
            number
        });
        self.words[number as usize].1 += times;
        number
    }

    /// Makes the words of a name known.
    pub fn know(&mut self, name: &str) {
        let words = tokens(name).into_iter();
        for word in words.filter(|token| token.kind == TokenKind::Word) {
            self.known.insert(word.text.into());
        }
    }

    /// Drops known words that were counted.
    pub fn drop_counted_known(&mut self) {
        let numbers = &self.numbers;
        self.known.retain(|word| !numbers.contains_key(word));
    }

    /// The words with their counts, by number.
    pub fn words(&self) -> &[(Box<str>, u32)] {
        &self.words
    }

    /// The words that are known though never counted.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        let known = self.known.iter().map(|word| &**word);
        known.filter(|word| !self.numbers.contains_key(*word))
    }

    /// Counts of pairs of words.
    pub fn pairs(&self) -> impl Iterator<Item = ([WordNumber; 2], u32)> {
        self.pairs.iter().map(|(pair, count)| (*pair, *count))
    }

    /// Counts of three words in a row.
    pub fn triples(&self) -> impl Iterator<Item = ([WordNumber; 3], u32)> {
        self.triples.iter().map(|(triple, count)| (*triple, *count))
    }
}

impl SpellingCorpus {
    /// The corpus as text: for each language a head, the words, then pairs and triples by
    /// the places of their words.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\n{NOTICE}\n");
        for (lang, counts) in &self.by_language {
            counts.write(lang, &mut text);
        }
        text
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, SpellingCorpusError> {
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line) != Some(HEAD) {
            return Err(SpellingCorpusError::OtherVersion);
        }
        lines.next();
        let mut corpus = Self::default();
        let mut line = 2;
        let mut next = || {
            let (number, text) = lines.next()?;
            line = number + 1;
            Some(text)
        };
        while let Some(head) = next() {
            let Some((lang, counts)) = LanguageCorpus::read(head, &mut next) else {
                return Err(SpellingCorpusError::Broken(line));
            };
            corpus.by_language.insert(lang, counts);
        }
        Ok(corpus)
    }
}

/// Counts by follower, by context.
type Followers<const N: usize> = BTreeMap<[usize; N], BTreeMap<usize, u32>>;

impl LanguageCorpus {
    /// Sections: words by falling count; known words; for each first word its followers; for
    /// each pair its followers.
    fn write(&self, lang: &str, text: &mut String) {
        let mut order: Vec<usize> = (0..self.words.len()).collect();
        order.sort_unstable_by_key(|at| (Reverse(self.words[*at].1), &self.words[*at].0));
        let mut places = vec![0; order.len()];
        for (place, number) in order.iter().enumerate() {
            places[*number] = place;
        }
        let place = |number: WordNumber| places[number as usize];
        let mut after_word = Followers::new();
        for ([a, b], count) in self.pairs() {
            let followers = after_word.entry([place(a)]).or_insert_with(BTreeMap::new);
            followers.insert(place(b), count);
        }
        let mut after_pair = Followers::new();
        for ([a, b, c], count) in self.triples() {
            let context = [place(a), place(b)];
            let followers = after_pair.entry(context).or_insert_with(BTreeMap::new);
            followers.insert(place(c), count);
        }
        let known: Vec<&str> = self.known().collect();
        let sections = [
            self.words.len(),
            known.len(),
            after_word.len(),
            after_pair.len(),
        ];
        let sections = sections.map(|len| len.to_string()).join(" ");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{lang} {} {sections}", self.lists);
        for at in order {
            let (word, count) = &self.words[at];
            let _ = writeln!(text, "{word} {count}");
        }
        for word in known {
            let _ = writeln!(text, "{word}");
        }
        write_followers(text, &after_word);
        write_followers(text, &after_pair);
    }

    fn read<'t>(head: &str, next: &mut impl FnMut() -> Option<&'t str>) -> Option<(String, Self)> {
        let mut members = head.split(' ');
        let lang = members.next()?.to_owned();
        let mut number = || -> Option<usize> { members.next()?.parse().ok() };
        let mut counts = Self {
            lists: u32::try_from(number()?).ok()?,
            ..Self::default()
        };
        let (words, known, words_followed, pairs_followed) =
            (number()?, number()?, number()?, number()?);
        for _ in 0..words {
            let (word, count) = next()?.split_once(' ')?;
            counts.met(word, count.parse().ok()?);
        }
        for _ in 0..known {
            counts.known.insert(next()?.into());
        }
        for _ in 0..words_followed {
            for ([a], b, count) in read_followers(next()?, counts.words.len())? {
                counts.pairs.insert([a, b], count);
            }
        }
        for _ in 0..pairs_followed {
            for ([a, b], c, count) in read_followers(next()?, counts.words.len())? {
                counts.triples.insert([a, b, c], count);
            }
        }
        Some((lang, counts))
    }
}

/// A line for each context: its words, then its followers as differences, so that the
/// numbers stay small.
fn write_followers<const N: usize>(text: &mut String, followers: &Followers<N>) {
    for (context, counts) in followers {
        let _ = write!(text, "{}", context.map(|place| place.to_string()).join(" "));
        let mut last = 0;
        for (follower, count) in counts {
            let step = follower - last;
            last = *follower;
            let _ = match count {
                1 => write!(text, " {step}"),
                _ => write!(text, " {step}:{count}"),
            };
        }
        text.push('\n');
    }
}

type Follower<const N: usize> = ([WordNumber; N], WordNumber, u32);

fn read_followers<const N: usize>(line: &str, words: usize) -> Option<Vec<Follower<N>>> {
    let mut members = line.split(' ');
    let is_word = |number: &WordNumber| (*number as usize) < words;
    let mut context = [0; N];
    for place in &mut context {
        *place = members.next()?.parse().ok().filter(is_word)?;
    }
    let mut follower: WordNumber = 0;
    let followers = members.map(|member| {
        let (step, count) = member.split_once(':').unwrap_or((member, "1"));
        follower = follower.checked_add(step.parse().ok()?).filter(is_word)?;
        Some((context, follower, count.parse().ok()?))
    });
    followers.collect()
}
