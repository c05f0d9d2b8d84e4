//! Text that belongs to an ingredient list though it stands behind it: mentions of
//! allergens and traces, and notes on organic farming (`docs/reference/ocr.md` 5.2).
//!
//! Only what starts exactly at the given place counts, and no more of the text is
//! parsed than that. Positions are bytes of the text as given.

mod wordings;

use std::sync::LazyLock;

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use self::wordings::{WORDINGS, Wording};
use super::allergens::{TEXT_BY_LANGUAGE, names};
use crate::text::folded::Folded;
use crate::text::phrases::Phrases;

/// Notes on organic farming; the last one only behind a mark.
const ORGANIC: &str = concat!(
    r#"(?:(?:\*(?: ?=)?|\(1\)|") ?)?"#,
    r"(?:(?:(?:ingredients?(?: agricoles?)?|produits?) )?issus? de l'agriculture (?:biologique|bio|durable)",
    r"|aus (?:kontrolliert )?(?:biologischer landwirtschaft|(?:biologisch|okologisch)em (?:anbau|landbau))",
    r"|procedentes? (?:del cultivo ecologico|de (?:la )?agricultura ecologica)",
    r"|de cultivo ecologico certificado|ingredientes? ecologicos?",
    r"|(?:ingredienti )?da agricoltura biologica|biologico",
    r"|(?:ingredienten )?(?:van|uit) biologische (?:landbouw|teelt|oorsprong)",
    r"|(?:ingredients )?from organic (?:farming|agriculture)",
    r"|(?:ingredientes )?(?:provenientes )?d[ae] (?:agricultura|producao) biologica",
    r"|(?:skladniki )?(?:z|pochodzace z) (?:rolnictwa ekologicznego|upraw ekologicznych|ekologicznych upraw)",
    r"|(?:ingredienser )?(?:fran|av) ekologisk(?:t)? (?:odling|jordbruk|ursprung)|ekologisk ingrediens|krav-?ekologisk(?:t|a)?",
    r"|(?:ingredienser )?fra okologisk (?:jordbrug|landbrug|jordbruk)|okologisk ingrediens",
    r"|(?:slozky |suroviny )?(?:z|pochazejici z) ekologickeho zemedelstvi|(?:z )?bio produkce",
    r"|(?:ingrediente )?(?:din|provenite din) agricultura ecologica",
    r"|luomutuotettu(?:a)?|luonnonmukaisesti (?:tuotettu(?:a)?|viljelty(?:a)?)",
    r"|(?:ellenorzott )?okologiai gazdalkodasbol(?: szarmazo (?:osszetevok?|alapanyag(?:ok)?))?)",
    r#"|(?:\*(?: ?=)?|\(1\)|") ?organic(?: farming)?"#,
);

/// The parser, built on first use.
static GRAMMAR: LazyLock<Grammar> = LazyLock::new(Grammar::new);

struct Grammar {
    languages: Vec<Language>,
    organic: Regex,
}

struct Language {
    frames: Vec<(Regex, &'static str)>,
    of: Regex,
    and: Regex,
    names: Phrases,
}

/// Where a mention of allergens or traces that starts exactly at `start` ends;
/// `start` itself where none does.
pub fn trace_mention_end(text: &str, start: usize) -> usize {
    let Some(rest) = text.get(start..) else {
        return start;
    };
    let folded = Folded::new(rest);
    match GRAMMAR.trace_end(folded.as_str(), 0) {
        Some(end) => start + folded.original(0..end).end,
        None => start,
    }
}

/// The end of the last of the mentions that follow `start`, apart by white space,
/// full stops and commas; `start` itself where there is none.
pub fn additional_mentions_end(text: &str, start: usize) -> usize {
    let Some(rest) = text.get(start..) else {
        return start;
    };
    let folded = Folded::new(rest);
    let form = folded.as_str();
    let mut last = 0;
    loop {
        let between = |byte: &u8| matches!(byte, b' ' | b'.' | b',');
        let skipped = form.as_bytes()[last..]
            .iter()
            .take_while(|byte| between(byte));
        let mut at = last + skipped.count();
        let begin = at;
        at = GRAMMAR.organic_end(form, at).unwrap_or(at);
        at = GRAMMAR.trace_end(form, at).unwrap_or(at);
        if at == begin {
            break;
        }
        last = at;
    }
    match last {
        0 => start,
        last => start + folded.original(0..last).end,
    }
}

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of the table are compiled by a test")
}

impl Grammar {
    fn new() -> Self {
        let languages = WORDINGS.iter().map(Language::new);
        Self {
            languages: languages.collect(),
            organic: compiled(ORGANIC),
        }
    }

    /// The longest mention in any language.
    fn trace_end(&self, text: &str, at: usize) -> Option<usize> {
        let ends = self
            .languages
            .iter()
            .filter_map(|language| language.mention_end(text, at));
        ends.max()
    }

    fn organic_end(&self, text: &str, at: usize) -> Option<usize> {
        match_end(&self.organic, text, at).filter(|end| ends_word(text, *end))
    }
}

impl Language {
    fn new(wording: &Wording) -> Self {
        let table = TEXT_BY_LANGUAGE.iter().find(|(lc, _)| *lc == wording.lc);
        let allergens = table.into_iter().flat_map(|(_, text)| names(text));
        let names: Vec<String> = allergens
            .filter(|name| name.allergen.is_some())
            .map(|name| Folded::new(name.name).as_str().to_owned())
            .collect();
        let frames = wording.frames.iter();
        Self {
            frames: frames.map(|(head, tail)| (compiled(head), *tail)).collect(),
            of: compiled(wording.of),
            and: compiled(wording.and),
            names: Phrases::new(&names).expect("some hundred names can be indexed"),
        }
    }

    fn mention_end(&self, text: &str, at: usize) -> Option<usize> {
        let ends = self.frames.iter().filter_map(|(head, tail)| {
            let list = match_end(head, text, at)?;
            let end = self.list_end(text, list)? + tail.len();
            let has_tail = text.get(end - tail.len()..end) == Some(tail) && ends_word(text, end);
            has_tail.then_some(end)
        });
        ends.max()
    }

    /// `[of] name { [,] [and] [of] name }`
    fn list_end(&self, text: &str, at: usize) -> Option<usize> {
        let mut end = self.name_end(text, at)?;
        loop {
            let space = |at: usize| at + usize::from(text.as_bytes().get(at) == Some(&b' '));
            let comma = |at: usize| at + usize::from(text.as_bytes().get(at) == Some(&b','));
            let next = space(comma(space(end)));
            let behind_and = match_end(&self.and, text, next).unwrap_or(next);
            match self.name_end(text, behind_and).filter(|_| next > end) {
                Some(next_end) => end = next_end,
                None => return Some(end),
            }
        }
    }

    fn name_end(&self, text: &str, at: usize) -> Option<usize> {
        let behind_of = match_end(&self.of, text, at).unwrap_or(at);
        let (_, end) = self
            .names
            .longest(text, behind_of)
            .or_else(|| self.names.longest(text, at))?;
        Some(end)
    }
}

/// Where a match that starts exactly at a place ends.
fn match_end(regex: &Regex, text: &str, at: usize) -> Option<usize> {
    let input = Input::new(text).range(at..).anchored(Anchored::Yes);
    regex.find(input).map(|found| found.end())
}

fn ends_word(text: &str, end: usize) -> bool {
    let next = text.as_bytes().get(end);
    next.is_none_or(|byte| !crate::text::phrases::is_wordchar(*byte))
}

#[cfg(test)]
mod tests;
