//! Words that say that traces may be in it, and what they say it of.

use std::ops::Range;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;

use crate::extract::BuildError;

/// Patterns by language, on folded text. Group `p` is the trigger where it is less
/// than the match; group `w` is what is spoken of where that does not just follow.
/// Of those that start at one place, the first in the list counts.
const PATTERNS: &[(&str, &str)] = &[
    ("fr", r"possibilites? de traces"),
    (
        "fr",
        r"(?:conditionne|fabrique|elabore|produit|prepare|emballe)e?s? dans (?:un|une|des) (?:ateliers?|usines?|sites?|locaux|environnements?) (?:qui (?:manipule|utilise|traite|transforme)(?:nt)?|(?:utilis|manipul|trait)ant)",
    ),
    (
        "fr",
        r"peu(?:t|vent) (?:(?:egalement|aussi|eventuellement) )?contenir(?: (?:des|d'eventuelles) traces(?: eventuelles)?)?",
    ),
    ("fr", r"susceptibles? de contenir(?: des traces)?"),
    (
        "fr",
        r"traces? (?:eventuelle|possible|potentielle)s?(?: ?:(?: ?d(?:e|'))?| ?d(?:e|'))",
    ),
    (
        "fr",
        r"presence (?:eventuelle|possible|potentielle)(?: ?:| d(?:e|'))",
    ),
    ("fr", r"traces? ?(?::|d(?:e|'))"),
    (
        "en",
        r"(?<p>may (?:also )?contain)(?: (?:traces|trace amounts) of)?",
    ),
    ("en", r"(?:possible )?traces of"),
    (
        "en",
        r"(?:made|produced|packed|prepared|manufactured|processed) (?:in|on) (?:(?:a|an|the|our|shared) )?(?:factory|facility|site|environment|line|equipment|premises|kitchen|plant|bakery) (?:that|which|where)(?: also)? (?:handles?|uses?|process(?:es)?|contains?|packs?|manufactures?)",
    ),
    (
        "de",
        r"k(?:ann|onnen)(?: (?:auch|unter umstanden|moglicherweise|ggf\.?))? (?:spuren|geringe mengen|geringfugige mengen)(?: (?:von|an))?",
    ),
    ("de", r"k(?:ann|onnen)(?: auch)? enthalten"),
    (
        "de",
        r"(?<p>k(?:ann|onnen)(?: auch)?)(?<w> [^.!?;:|]{1,100}?) enthalten",
    ),
    (
        "de",
        r"enthalt (?:moglicherweise|eventuell)(?: spuren von)?",
    ),
    ("de", r"spuren von"),
    (
        "de",
        r"(?:hergestellt|abgepackt|produziert|abgefullt) in einem betrieb,? (?:der|welcher|in dem|wo)(?: auch)?",
    ),
    ("es", r"pueden? contener(?: (?:trazas|restos))?"),
    ("es", r"(?:posibles )?trazas de"),
    (
        "es",
        r"(?:elaborad|fabricad|producid|envasad)[oa]s? en una? (?:fabrica|instalacion|planta|obrador) (?:que|donde)(?: tambien)?(?: se)? (?:utiliza|manipula|procesa|elabora|usa)n?",
    ),
    ("it", r"(?:puo|possono) contenere(?: (?:tracce|anche))?"),
    ("it", r"(?:possibili |eventuali )?tracce (?:di|d')"),
    ("it", r"(?:possibile|eventuale) presenza di"),
    (
        "it",
        r"(?:prodott|confezionat|lavorat)[oaie] in (?:uno|un) (?:stabilimento|laboratorio|ambiente) (?:che|dove|in cui)(?: si)? (?:utilizza|lavora|tratta|manipola)(?:no)?",
    ),
    ("nl", r"kan(?: ook)? sporen(?: van)?"),
    ("nl", r"kan(?: ook)? bevatten"),
    ("nl", r"(?<p>kan(?: ook)?)(?<w> [^.!?;:|]{1,100}?) bevatten"),
    ("nl", r"sporen van"),
    (
        "nl",
        r"(?:geproduceerd|verpakt|gemaakt|bereid) in een (?:bedrijf|fabriek|omgeving) (?:waar|die|dat)(?: ook)?",
    ),
];

/// Languages whose triggers may be glued to the word before, as recorded: OCR loses
/// spaces ("possibilité detraces de lait").
const UNGUARDED: [&str; 2] = ["fr", "en"];

/// What makes the contrary of a trigger that follows it.
const NEGATIONS: [&str; 26] = [
    "sans",
    "sans aucune",
    "aucune",
    "pas de",
    "exempt de",
    "exempts de",
    "no",
    "without",
    "without any",
    "free from",
    "free of",
    "not contain",
    "ohne",
    "keine",
    "keinerlei",
    "frei von",
    "sin",
    "no contiene",
    "libre de",
    "senza",
    "non contiene",
    "privo di",
    "priva di",
    "zonder",
    "geen",
    "vrij van",
];

/// A trigger in a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trigger {
    pub(super) lc: &'static str,
    pub(super) range: Range<usize>,
    /// The end of everything that belongs to it.
    pub(super) end: usize,
    /// What is spoken of, where it does not just follow.
    pub(super) window: Option<Range<usize>>,
    /// True where the text says the contrary.
    pub(super) is_negated: bool,
}

/// Finds triggers of all languages in one pass.
#[derive(Debug)]
pub(super) struct Triggers {
    regex: Regex,
}

impl Triggers {
    pub(super) fn new() -> Result<Self, BuildError> {
        let patterns: Vec<String> = PATTERNS
            .iter()
            .map(|(lc, pattern)| match UNGUARDED.contains(lc) {
                true => (*pattern).to_owned(),
                false => format!(r"(?-u:\b)(?:{pattern})"),
            })
            .collect();
        let regex = Regex::new_many(&patterns);
        let regex = regex.map_err(|error| BuildError::BrokenPattern(error.to_string()))?;
        Ok(Self { regex })
    }

    /// Every trigger in the order of the text.
    pub(super) fn find(&self, text: &str) -> Vec<Trigger> {
        let mut found = Vec::new();
        for captures in self.regex.captures_iter(text) {
            let (Some(whole), Some(pattern)) = (captures.get_match(), captures.pattern()) else {
                continue;
            };
            found.push(Trigger {
                lc: PATTERNS[pattern.as_usize()].0,
                range: group(&captures, "p").unwrap_or(whole.range()),
                end: whole.end(),
                window: group(&captures, "w"),
                is_negated: is_negated(&text[..whole.start()]),
            });
        }
        found
    }
}

fn group(captures: &Captures, name: &str) -> Option<Range<usize>> {
    captures.get_group_by_name(name).map(|span| span.range())
}

/// True when the text ends with a word that negates what follows.
fn is_negated(before: &str) -> bool {
    let before = before.trim_end();
    NEGATIONS.iter().any(|negation| {
        let rest = before.strip_suffix(negation);
        rest.is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
    })
}
