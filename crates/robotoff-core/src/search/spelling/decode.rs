//! The search for the likeliest list: a beam over the words, from left to right.

use super::channel;
use super::deletes::MIN_LETTERS;
use super::model::{LanguageModel, UNKNOWN, WordNumber};
use super::tokens::{NUMBER, Token, TokenKind};

/// Lists kept at each word.
const BEAM: usize = 12;

/// Candidates tried for each word, the likeliest first.
const CANDIDATES: usize = 10;

/// Margins by which a correction must be likelier than the list as it is. All are logarithms.
#[derive(Debug, Clone, Copy)]
pub struct Caution {
    /// The share of words with an error.
    pub error: f32,
    /// Odds that are asked for beyond that to change a word that was never counted.
    pub uncounted: f32,
    /// The same for a counted word. Lists that people take for clean hold errors that were
    /// made often enough to be counted; to tell those from rare words takes much.
    pub counted: f32,
    /// Odds beyond those to part a word.
    pub split_word: f32,
    /// Odds to join two words: those of an uncounted word and this for each factor of *e*
    /// in the count of the rarer one.
    pub joined: f32,
}

impl Caution {
    fn of_change(&self, count: f32) -> f32 {
        if count > 0.0 {
            self.counted
        } else {
            self.uncounted
        }
    }

    fn of_joining(&self, rarer: f32) -> f32 {
        let odds = self.uncounted + self.joined * (1.0 + rarer).ln();
        odds.min(self.counted)
    }
}

/// A change of one or two tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpellingChange {
    /// The first token and how many are replaced.
    pub token: usize,
    pub tokens: usize,
    pub words: Vec<WordNumber>,
}

#[derive(Debug, Clone)]
struct Path {
    last: [WordNumber; 2],
    score: f32,
    /// The step before, in the list of steps.
    step: usize,
}

#[derive(Debug, Clone)]
struct Step {
    before: usize,
    change: Option<SpellingChange>,
}

/// The known words that a written one may stand for.
pub type NearWords<'n> = dyn Fn(&str) -> Vec<WordNumber> + 'n;

/// Models that lists of a language are compared with.
#[derive(Clone, Copy)]
pub struct LanguageModels<'l> {
    pub model: &'l LanguageModel,
    /// From the deletes index in memory, or from the index of a search engine.
    pub near: &'l NearWords<'l>,
}

/// The changes that make the likeliest list, from left to right.
pub fn changes(
    language: LanguageModels<'_>,
    tokens: &[Token],
    caution: Caution,
) -> Vec<SpellingChange> {
    let mut search = Search::new(language.model, tokens.len());
    for at in 0..tokens.len() {
        let readings = readings(language, tokens, at, caution);
        for path in search.best_before(at) {
            for reading in &readings {
                search.go_on(at, &path, reading);
            }
        }
    }
    search.changes()
}

/// Paths through the tokens.
struct Search<'m> {
    model: &'m LanguageModel,
    /// The paths that end before each token; two more than tokens, since a reading may take
    /// two of them.
    open: Vec<Vec<Path>>,
    /// All steps; the first is none.
    steps: Vec<Step>,
}

impl<'m> Search<'m> {
    fn new(model: &'m LanguageModel, tokens: usize) -> Self {
        let start = Path {
            last: [UNKNOWN, model.start()],
            score: 0.0,
            step: 0,
        };
        let mut open = vec![Vec::new(); tokens + 2];
        open[0].push(start);
        let none = Step {
            before: 0,
            change: None,
        };
        Self {
            model,
            open,
            steps: vec![none],
        }
    }

    fn best_before(&mut self, at: usize) -> Vec<Path> {
        let mut paths = std::mem::take(&mut self.open[at]);
        paths.sort_by(|a, b| b.score.total_cmp(&a.score));
        keep_different(&mut paths);
        paths
    }

    fn go_on(&mut self, at: usize, path: &Path, reading: &Reading) {
        let mut next = path.clone();
        next.score += reading.score;
        for word in &reading.words {
            next.score += self.model.log_likelihood(next.last, *word);
            next.last = [next.last[1], *word];
        }
        let change = reading.is_change.then(|| SpellingChange {
            token: at,
            tokens: reading.tokens,
            words: reading.words.clone(),
        });
        next.step = self.steps.len();
        self.steps.push(Step {
            before: path.step,
            change,
        });
        self.open[at + reading.tokens].push(next);
    }

    /// The changes of the best path, which ends behind the last token.
    fn changes(self) -> Vec<SpellingChange> {
        let finished = self.open.iter().rev().nth(1).into_iter().flatten();
        let best = finished.max_by(|a, b| a.score.total_cmp(&b.score));
        let mut changes = Vec::new();
        let mut step = best.map_or(0, |path| path.step);
        while step != 0 {
            changes.extend(self.steps[step].change.clone());
            step = self.steps[step].before;
        }
        changes.reverse();
        changes
    }
}

/// Of paths with the same last words only the best can win.
fn keep_different(paths: &mut Vec<Path>) {
    let mut kept: Vec<Path> = Vec::with_capacity(BEAM);
    for path in paths.drain(..) {
        if kept.len() == BEAM {
            break;
        }
        if kept.iter().all(|other| other.last != path.last) {
            kept.push(path);
        }
    }
    *paths = kept;
}

/// A way to read the tokens from a place on.
struct Reading {
    tokens: usize,
    words: Vec<WordNumber>,
    /// The logarithm of the likelihood of the errors that it assumes.
    score: f32,
    is_change: bool,
}

impl Reading {
    fn change(tokens: usize, words: Vec<WordNumber>, score: f32) -> Self {
        Self {
            tokens,
            words,
            score,
            is_change: true,
        }
    }
}

/// The ways to read the tokens from a place on: as they are, with one word corrected or
/// split in two, with two words joined.
fn readings(
    language: LanguageModels<'_>,
    tokens: &[Token],
    at: usize,
    caution: Caution,
) -> Vec<Reading> {
    let LanguageModels { model, .. } = language;
    let token = &tokens[at];
    let written = model.number(&token.text);
    let mut readings = vec![Reading {
        tokens: 1,
        words: vec![written],
        score: 0.0,
        is_change: false,
    }];
    if token.kind != TokenKind::Word {
        return readings;
    }
    if is_correctable(&token.text) {
        let near = near(language, &token.text).into_iter();
        let near = near.filter(|(number, _)| *number != written);
        readings.extend(near.map(|(number, likelihood)| {
            let odds = caution.of_change(model.count(written));
            Reading::change(1, vec![number], caution.error - odds + likelihood)
        }));
    }
    if is_correctable(&token.text) || token.before_percent && ends_with_number(&token.text) {
        let odds = caution.of_change(model.count(written)) + caution.split_word;
        let score = caution.error - odds + channel::log_joined();
        let split_word = split_word(model, &token.text).into_iter();
        readings.extend(split_word.map(|pair| Reading::change(1, pair.to_vec(), score)));
    }
    if let Some(word) = joined(model, tokens, at) {
        let next = model.number(&tokens[at + 1].text);
        let rarer = model.count(written).min(model.count(next));
        let letters = model.word(word).chars().count();
        let score = caution.error - caution.of_joining(rarer) + channel::log_split(letters);
        readings.push(Reading::change(2, vec![word], score));
    }
    readings
}

/// The likeliest known words that may have been read as a written one.
fn near(language: LanguageModels<'_>, written: &str) -> Vec<(WordNumber, f32)> {
    let model = language.model;
    let found = (language.near)(written).into_iter().filter_map(|number| {
        let likelihood = channel::log_likelihood(model.word(number), written)?;
        Some((number, likelihood))
    });
    let mut found: Vec<(WordNumber, f32)> = found.collect();
    let prior =
        |(number, likelihood): &(WordNumber, f32)| likelihood + model.likelihood(*number).ln();
    found.sort_by(|a, b| prior(b).total_cmp(&prior(a)));
    found.truncate(CANDIDATES);
    found
}

/// Letters, with at most one digit among them that OCR may have read for a letter.
pub(super) fn is_correctable(word: &str) -> bool {
    let digits = word.chars().filter(|c| c.is_numeric()).count();
    let starts_well = word.chars().next().is_some_and(char::is_alphabetic);
    word.chars().count() >= MIN_LETTERS
        && starts_well
        && (digits == 0 || digits == 1 && word.chars().count() > 3)
}

/// A word with a number behind it, from which a blank may be lost.
fn ends_with_number(word: &str) -> bool {
    let letters = word.trim_end_matches(char::is_numeric);
    letters.len() < word.len()
        && letters.chars().count() >= 4
        && letters.chars().all(char::is_alphabetic)
}

/// The ways to part a word into two known ones, or a known one and a number.
fn split_word(model: &LanguageModel, word: &str) -> Vec<[WordNumber; 2]> {
    let places = word.char_indices().skip(1).map(|(at, _)| word.split_at(at));
    let known = places.filter_map(|(front, back)| {
        let is_number = back.chars().all(char::is_numeric);
        let back_number = model.number(if is_number { NUMBER } else { back });
        let pair = [model.number(front), back_number];
        let long_enough = front.chars().count() >= 4 || back.chars().count() >= 4;
        (long_enough && pair.iter().all(|number| *number != UNKNOWN)).then_some(pair)
    });
    known.collect()
}

/// The known word that a token makes with the next one.
fn joined(model: &LanguageModel, tokens: &[Token], at: usize) -> Option<WordNumber> {
    let next = tokens.get(at + 1)?;
    if next.kind != TokenKind::Word || !next.after_blank {
        return None;
    }
    let whole = format!("{}{}", tokens[at].text, next.text);
    let number = model.number(&whole);
    (number != UNKNOWN && whole.chars().count() >= 4).then_some(number)
}
