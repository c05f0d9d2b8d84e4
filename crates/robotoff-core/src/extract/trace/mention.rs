//! What belongs to an ingredient list though it stands behind it: mentions of
//! allergens and traces, and notes on organic farming (`ocr.md` 5.2).
//!
//! Only what starts exactly at the given place counts, and no more of the text is
//! parsed than that. Positions are bytes of the text as given.

use std::sync::LazyLock;

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::allergens::{TEXT_BY_LANGUAGE, names};
use crate::text::folded::Folded;
use crate::text::phrases::Phrases;

/// How mentions are worded in one language, on folded text.
struct Wording {
    lc: &'static str,
    /// What stands before the list, and what must stand behind it.
    frames: &'static [(&'static str, &'static str)],
    /// Before a name: "de", "of".
    of: &'static str,
    /// Between two names, in place of a comma or behind it.
    and: &'static str,
}

const WORDINGS: [Wording; 6] = [
    Wording {
        lc: "fr",
        frames: &[
            (
                r"(?:peut (?:egalement |aussi )?contenir des )?traces(?: (?:eventuelles?|possibles?))?(?: ?(?:de)? ?:)? ?",
                "",
            ),
            (r"peut (?:egalement |aussi )?contenir(?: ?:)? ?", ""),
            (r"contient(?: naturellement)?(?: ?:)? ?", ""),
            (
                r"(?:produit )?(?:fabrique|elabore)e? dans un atelier (?:qui utilise|utilisant)(?: ?:)? ?",
                "",
            ),
        ],
        of: r"(?:de la |de l'|de |des |d' ?|du |d )",
        and: r"(?:et|ou) ",
    },
    Wording {
        lc: "en",
        frames: &[
            (r"(?:it )?may (?:also )?contain (?:traces of )?", ""),
            (r"contains(?: traces of)?(?: ?:)? ?", ""),
            (r"prepared in premises where traces of ", " are used"),
        ],
        of: r"of ",
        and: r"(?:and|or) ",
    },
    Wording {
        lc: "es",
        frames: &[
            (
                r"(?:este producto )?puede contener(?: trazas)?(?: ?:)? ?",
                "",
            ),
            (r"(?:este producto )?contiene(?: ?:)? ?", ""),
        ],
        of: r"(?:de|del) ",
        and: r"[yeou] ",
    },
    Wording {
        lc: "de",
        frames: &[
            (r"kann (?:auch )?(?:spuren )?", " enthalten"),
            (r"kann (?:auch )?enthalten(?: ?:)? ?", ""),
            (r"enthalt(?: spuren)?(?: ?:)? ?", ""),
            (r"spuren ", ""),
        ],
        of: r"(?:von|an|anderen|andere) ",
        and: r"(?:und|oder|sowie) ",
    },
    Wording {
        lc: "it",
        frames: &[
            (
                r"(?:questo prodotto )?puo (?:anche )?contenere(?: tracce)?(?: ?:)? ?",
                "",
            ),
            (r"(?:questo prodotto )?contiene(?: ?:)? ?", ""),
            (r"tracce ", ""),
        ],
        of: r"(?:di |del |della |dei |delle |dell'|d'|altra |altri )",
        and: r"(?:ed?|o) ",
    },
    Wording {
        lc: "nl",
        frames: &[
            (r"kan (?:ook )?(?:sporen )?", " bevatten"),
            (
                r"(?:kan bevatten|bevat(?: mogelijk)?(?: sporen)?)(?: ?:)? ?",
                "",
            ),
            (r"sporen ", ""),
        ],
        of: r"(?:van|andere) ",
        and: r"(?:en|of) ",
    },
];

/// Notes on organic farming; the last one only behind a mark.
const ORGANIC: &str = concat!(
    r#"(?:(?:\*(?: ?=)?|\(1\)|") ?)?"#,
    r"(?:(?:(?:ingredients?(?: agricoles?)?|produits?) )?issus? de l'agriculture (?:biologique|bio|durable)",
    r"|aus biologischer landwirtschaft",
    r"|procedentes del cultivo ecologico|de cultivo ecologico certificado|ingredientes? ecologicos?",
    r"|biologico)",
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
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, mention: &str) {
        assert!(text.starts_with(mention));
        assert_eq!(&text[..trace_mention_end(text, 0)], mention, "{text:?}");
    }

    #[test]
    fn mentions_are_read_from_their_first_letter() {
        for (text, mention) in [
            (
                "peut contenir des traces de lait et de noix.",
                "peut contenir des traces de lait et de noix",
            ),
            ("contains: milk", "contains: milk"),
            ("Este producto contiene soja", "Este producto contiene soja"),
            ("bla peut contenir du lait", ""),
            ("peut contenir du lait bla", "peut contenir du lait"),
            ("peut contenir lait/soja", "peut contenir lait"),
            ("peut contenir", ""),
            ("xcontient lait", ""),
            (
                "Contient naturellement du céleri, des œufs",
                "Contient naturellement du céleri, des œufs",
            ),
            (
                "traces éventuelles de : BLÉ, lait,\n soja et d'arachide !",
                "traces éventuelles de : BLÉ, lait,\n soja et d'arachide",
            ),
            (
                "Produit élaboré dans un atelier qui utilise : lait",
                "Produit élaboré dans un atelier qui utilise : lait",
            ),
            (
                "It may contain traces of nuts, and milk powder",
                "It may contain traces of nuts, and milk powder",
            ),
            (
                "prepared in premises where traces of nuts are used",
                "prepared in premises where traces of nuts are used",
            ),
            ("prepared in premises where traces of nuts", ""),
            (
                "puede contener: leche, soja y huevo",
                "puede contener: leche, soja y huevo",
            ),
            ("peut\u{A0}contenir du lait", "peut\u{A0}contenir du lait"),
            ("peut contenir du laitage", ""),
            ("", ""),
        ] {
            check(text, mention);
        }
    }

    #[test]
    fn d_tra_4_german_italian_dutch_and_also_are_read() {
        for (text, mention) in [
            ("enthält Milch", "enthält Milch"),
            (
                "Enthält: Weizen, Soja und Senf.",
                "Enthält: Weizen, Soja und Senf",
            ),
            (
                "Kann Spuren von Erdnüssen und Milch enthalten!",
                "Kann Spuren von Erdnüssen und Milch enthalten",
            ),
            ("Kann Spuren von Erdnüssen", ""),
            ("kann auch Eier enthalten", "kann auch Eier enthalten"),
            ("may also contain eggs", "may also contain eggs"),
            (
                "peut également contenir du soja",
                "peut également contenir du soja",
            ),
            (
                "puede contener trazas de leche",
                "puede contener trazas de leche",
            ),
            (
                "Può contenere tracce di latte e soia",
                "Può contenere tracce di latte e soia",
            ),
            ("Bevat melk, ei en tarwe", "Bevat melk, ei en tarwe"),
            (
                "Kan sporen van noten bevatten",
                "Kan sporen van noten bevatten",
            ),
            ("traces possibles: lait", "traces possibles: lait"),
            ("enthält Zucker", ""),
            ("contiene sal", ""),
        ] {
            check(text, mention);
        }
    }

    #[test]
    fn mentions_behind_a_list_are_absorbed() {
        for (text, rest) in [
            (". *issus de l'agriculture biologique", ""),
            (" organic", " organic"),
            (" * organic farming.", "."),
            (" *issu de l'agriculture bio, peut contenir du lait", ""),
            (
                " . , Contient du lait. May contain nuts. Store dry.",
                ". Store dry.",
            ),
            (
                "(¹) Ingrédients agricoles issus de l’agriculture durable x",
                " x",
            ),
            ("* = aus biologischer Landwirtschaft", ""),
            ("biologicos", "biologicos"),
            (" . rest", " . rest"),
        ] {
            assert_eq!(&text[additional_mentions_end(text, 0)..], rest, "{text:?}");
        }
        assert_eq!(additional_mentions_end("sel. Contient du lait", 3), 21);
        assert_eq!(additional_mentions_end("é", 1), 1);
        assert_eq!(trace_mention_end("é", 9), 9);
    }

    #[test]
    fn long_texts_are_read_in_linear_time() {
        let text = "contient du lait, ".repeat(50_000);
        assert_eq!(additional_mentions_end(&text, 0), text.len() - 2);
        let list = format!("contient {}", "lait, ".repeat(200_000));
        assert_eq!(trace_mention_end(&list, 0), list.len() - 2);
    }
}
