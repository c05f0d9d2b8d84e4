//! Index of the names of nutrients on labels (`docs/reference/ocr.md` 4.9, corrected by
//! section 9, D-NUT). The names themselves are in `forms`.

mod forms;

use std::ops::Range;

pub(super) use self::forms::{Langs, NUTRIENTS, Nutrient};
use crate::extract::spec::BuildError;
use crate::text::case_folded::CaseFolded;
use crate::text::keyword::KeywordMatcher;
use crate::text::variants::variants;

/// The names of nutrients in one index, as words of their own. Where names overlap, the
/// one that begins first counts, of those the longest: saturated fat is no fat.
pub(super) struct Names {
    matcher: KeywordMatcher,
    /// Of each name its nutrient, as a position in [`NUTRIENTS`], and its languages.
    meanings: Vec<(usize, Langs)>,
}

/// A name in a text.
pub(super) struct Named {
    /// The position in [`NUTRIENTS`].
    pub(super) nutrient: usize,
    pub(super) langs: Langs,
    /// Bytes of the text.
    pub(super) range: Range<usize>,
}

impl Names {
    /// The names of every nutrient that is asked for.
    pub(super) fn new(is_wanted: impl Fn(&Nutrient) -> bool) -> Result<Self, BuildError> {
        let mut names: Vec<String> = Vec::new();
        let mut meanings = Vec::new();
        let wanted = NUTRIENTS.iter().enumerate();
        for (position, nutrient) in wanted.filter(|(_, nutrient)| is_wanted(nutrient)) {
            for (form, langs) in nutrient.forms {
                let texts = variants(form).map_err(|e| BuildError::BrokenPattern(e.to_string()))?;
                meanings.extend(texts.iter().map(|_| (position, *langs)));
                names.extend(texts);
            }
        }
        Ok(Self {
            matcher: KeywordMatcher::new(&names)?,
            meanings,
        })
    }

    /// The same where a value may be glued to a name.
    pub(super) fn followed_by_numbers(self) -> Self {
        Self {
            matcher: self.matcher.followed_by_numbers(),
            ..self
        }
    }

    /// Every name, by nutrient and then by place.
    pub(super) fn find(&self, text: &CaseFolded) -> Vec<Named> {
        let mut found: Vec<Named> = Vec::new();
        for hit in self.matcher.find(text) {
            // A name with several meanings is told once, as the first of them.
            if found.last().is_some_and(|last| last.range == hit.range) {
                continue;
            }
            let (nutrient, langs) = self.meanings[hit.keyword];
            found.push(Named {
                nutrient,
                langs,
                range: hit.range,
            });
        }
        found.sort_by_key(|named| named.nutrient);
        found
    }
}

/// The only language, where there is one.
pub(super) const fn only(langs: Langs) -> Option<&'static str> {
    match langs {
        [only] => Some(*only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_for_two_nutrients() {
        let mut names: Vec<(String, &str)> = Vec::new();
        for nutrient in NUTRIENTS {
            for (form, _) in nutrient.forms {
                let texts = variants(form).unwrap().into_iter();
                names.extend(texts.map(|text| (text, nutrient.name)));
            }
        }
        names.sort_unstable();
        for pair in names.windows(2) {
            assert!(pair[0].0 != pair[1].0, "{pair:?}");
        }
    }
}
