//! Light stems: number, gender and case are dropped, the kind of word is kept.

use super::languages::Language;

/// A rule is not used when it leaves less than this.
const MIN_STEM_BYTES: usize = 3;

/// Words shorter than this stay.
const MIN_WORD_BYTES: usize = 4;

/// The stem of a folded word. Of each step the first rule that fits is used.
pub(super) fn stem(language: &Language, word: &str) -> String {
    let mut stem = word.to_owned();
    for step in language.endings {
        if stem.len() < MIN_WORD_BYTES {
            break;
        }
        let fitting = step.iter().find_map(|(ending, instead)| {
            let front = stem.strip_suffix(ending)?;
            (front.len() + instead.len() >= MIN_STEM_BYTES).then_some((front.len(), *instead))
        });
        if let Some((len, instead)) = fitting {
            stem.truncate(len);
            stem.push_str(instead);
        }
    }
    stem
}
