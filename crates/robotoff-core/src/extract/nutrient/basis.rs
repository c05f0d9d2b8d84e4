//! The basis of printed values: 100 g or a portion, and what is no value of the product at
//! all, such as reference intakes (`docs/reference/ocr.md` 9, D-NUT-4).
//!
//! Heads of columns and of running text are the same words: `pour 100 g`, `per serving`.
//! Heads that stand close to one another, without a nutrient between, make one table with
//! columns; a head alone speaks of the values up to the next one.

use std::ops::Range;
use std::sync::LazyLock;

use super::names::Named;
use crate::text::pattern::{Form, Guard, Hit, Pattern, WS};

/// Largest distance between the heads of two columns, in bytes.
const MAX_HEADS: usize = 40;

/// Largest distance between words of reference and the sign that leads to their amounts.
const MAX_LEAD: usize = 60;

/// Length of a sentence of reference, in bytes; OCR may lose its end.
const MAX_SENTENCE: usize = 160;

/// The number of every head for 100 g: texts without it are not searched for heads.
const HUNDRED: &str = "100";

/// Subject of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Hundred,
    Portion,
}

/// Basis of the values in a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    Hundred,
    Portion,
    /// Columns, the one for 100 g first.
    HundredFirst,
    /// Columns, the one for a portion first.
    PortionFirst,
}

/// Parts of a text by the start of each, in its order.
#[derive(Debug, Default)]
pub(super) struct Sections {
    parts: Vec<(usize, Basis)>,
    /// True where values for 100 g are printed apart from those for a portion.
    has_hundred: bool,
}

/// Words before an amount that make it the basis of values.
const PER: &str = "(?:per|pour|par|pro|je|por|na|w|v|ve|pr[.]?|o|la|în|in|na jedn[aąuą])";

/// Those of them that do so with words between: `par pot de 125 g`. The others are words of
/// everyday sentences too: `w tym cukry 27 g`.
const PER_EACH: &str = "(?:per|pour|par|pro|je|por|pr[.]?)";

/// Names of portions.
const PORTIONS: &str = "portion(?:en|s|er|sst[oö]rlek)?|servings?|raci[oó]n(?:es)?|porci[oó]n(?:es)?\
    |porç(?:[aã]o|ões)|doses?|porzion[ei]|porties?|porcj[aięe]|porc[eií]|porți[ei]|porţi[ei]|portie\
    |annos(?:ta)?|adag(?:ban|onk[eé]nt)?|(?:per|pro|je|pr[.]?|par|por|na) (?:slice|biscuit|bar|pot|piece|cup\
    |snee|stuk|reep|koekje|pak|riegel|st[uü]ck|scheibe|keks|becher|glas|flasche|skive|stk|styck|skiva|kaka\
    |tranche|barre|verre|sachet|unidad|galleta|vaso|unidade|bolacha|copo|iogurte|barra|fetta|biscotto|vasetto\
    |bicchiere|plasterek|ciastko|baton|kus|plátek|ks|felie|bucat[aă]|biscuite)";

/// Words of reference intakes and of the quantities that an adult should eat, and of
/// recipes.
const REFERENCES: &str = "apports?(?: quotidiens?)? de r[eé]f[eé]rence|rep[eè]res? nutritionnels?\
    |reference intakes?|guideline daily amounts?|daily (?:amounts?|reference intakes?)|adult'?s? ri\
    |(?:referenz|richt)(?:menge|wert)e?n?|tagesbedarf\
    |(?:ingestas?|cantidad(?:es)?|valor(?:es)?) (?:diari[ao]s? )?de referencia\
    |doses? de refer[eê]ncia|valor(?:es)? (?:diários? )?de refer[eê]ncia|valores diários\
    |assunzion[ei] (?:giornalier[ae] )?di riferimento|quantità giornaliere indicative\
    |referentie-?(?:inname|waarde)n?|dagelijkse referentie-?inname\
    |referensintag|dagligt referensintag|referenceindtag|referanseinntak\
    |referencyjn[aey] wartoś[cć]i?(?: spożycia)?|zalecane(?:go)? dzienne(?:go)? spożyci[ea]\
    |referen[cč]n[ií] (?:hodnot[ay]|příjem|příjmu)|consum(?:ul)? de referin[tțţ][aăe]\
    |saannin vertailuarvot?|viitteellinen saanti|beviteli referencia ?értéke?\
    |recettes?|recipes?|(?:grund)?rezepte?|recetas?|ricett[ae]|receitas?|przepis|recept|opskrift|rețetă|rețeta|ohje\
    |bereiding|zubereitung";

// The words have no limit of letters: each copy of a class of letters adds a hundred states, and
// a pattern of tens of thousands is searched without the lazy automaton, fifty times slower.
static HEADS: LazyLock<Pattern> = LazyLock::new(|| {
    let heads = [
        format!("(?i)(?:{PER}{WS})?100 ?(?:g|ml)"),
        format!(
            "(?i){PORTIONS}|{PER}{WS}[0-9]+(?:[,.][0-9]+)? ?(?:g|ml)\
             |{PER_EACH}{WS}(?:[\\p{{L}}'’]+{WS}){{1,3}}[0-9]+(?:[,.][0-9]+)? ?(?:g|ml)\
             |{PER}{WS}(?:[0-9/]{{1,3}}{WS})?(?:[\\p{{L}}'’]+{WS}){{1,3}}[(][0-9]+(?:[,.][0-9]+)? ?(?:g|ml)"
        ),
    ];
    Pattern::new(heads.map(whole_words))
});

static REFERENCE_WORDS: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new([whole_words(format!("(?i){REFERENCES}"))]));

fn whole_words(pattern: String) -> Form {
    Form::new(pattern)
        .after_guard(Guard::NoWordchar)
        .before_guard(Guard::NoWordchar)
}

impl Sections {
    /// The parts of a text in which these names stand, in its order.
    pub(super) fn of(text: &str, names: &[Named]) -> Self {
        // No values for 100 g: nothing to choose between.
        if !text.contains(HUNDRED) {
            return Self::default();
        }
        let is_hundred = |hit: &Hit| hit.form == 0 || is_hundred_grams(&text[hit.range.clone()]);
        let mut groups: Vec<(Range<usize>, Vec<Head>)> = Vec::new();
        for hit in HEADS.hits(text) {
            let head = if is_hundred(&hit) {
                Head::Hundred
            } else {
                Head::Portion
            };
            let is_beside = |last: &Range<usize>| {
                let next = names.partition_point(|named| named.range.start < last.end);
                let has_name_between = names
                    .get(next)
                    .is_some_and(|named| named.range.start < hit.range.start);
                hit.range.start <= last.end + MAX_HEADS && !has_name_between
            };
            match groups.last_mut() {
                Some((range, heads)) if is_beside(range) => {
                    range.end = hit.range.end;
                    heads.push(head);
                }
                _ => groups.push((hit.range, vec![head])),
            }
        }
        let parts: Vec<(usize, Basis)> = groups
            .into_iter()
            .map(|(range, heads)| (range.start, Basis::of(&heads)))
            .collect();
        let has_hundred = parts.iter().enumerate().any(|(at, (start, basis))| {
            let end = parts.get(at + 1).map_or(text.len(), |(next, _)| *next);
            let next = names.partition_point(|named| named.range.start < *start);
            *basis == Basis::Hundred && names.get(next).is_some_and(|named| named.range.start < end)
        });
        Self { parts, has_hundred }
    }

    /// Basis of the values at a place; `None` before the first head.
    pub(super) fn basis(&self, at: usize) -> Option<Basis> {
        let behind = self.parts.partition_point(|(start, _)| *start <= at);
        let (_, basis) = self.parts.get(behind.checked_sub(1)?)?;
        Some(*basis)
    }

    /// True for values of a portion that the text prints for 100 g too.
    pub(super) fn is_repeated_for_hundred(&self, at: usize) -> bool {
        self.has_hundred && self.basis(at) == Some(Basis::Portion)
    }
}

impl Basis {
    /// Basis of values below these heads. `1 portion = 30 g. Pour 100 g, par portion`: the
    /// last head for 100 g decides, and whether a portion follows it.
    fn of(heads: &[Head]) -> Self {
        let last = heads.iter().rposition(|head| *head == Head::Hundred);
        match last {
            None => Self::Portion,
            Some(at) if at + 1 < heads.len() => Self::HundredFirst,
            Some(0) => Self::Hundred,
            Some(_) if heads.contains(&Head::Portion) => Self::PortionFirst,
            Some(_) => Self::Hundred,
        }
    }
}

/// True for `100 g` behind other words: `na każde 100 g`.
fn is_hundred_grams(head: &str) -> bool {
    let head = head.trim_end_matches(')').to_lowercase();
    let number = head.strip_suffix("ml").or_else(|| head.strip_suffix('g'));
    let before = number.and_then(|number| number.trim_end().strip_suffix("100"));
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.');
    before.is_some_and(|before| !before.ends_with(is_part))
}

/// Place behind a head for 100 g that starts at a place, with the blanks behind it; the
/// place itself where none does.
pub(super) fn behind_head(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let end = rest.char_indices().nth(MAX_HEADS);
    let near = &rest[..end.map_or(rest.len(), |(end, _)| end)];
    if !near.contains(HUNDRED) {
        return at;
    }
    match HEADS.hits(near).next() {
        Some(Hit { range, form: 0, .. }) if range.start == 0 => {
            let behind = &rest[range.end..];
            text.len() - behind.trim_start_matches([':', ' ', '\n', '\r']).len()
        }
        Some(_) | None => at,
    }
}

/// Start of the amount for 100 g behind one for a portion that ends at a place: `12 g je
/// Portion, 40 g je 100 g`.
pub(super) fn hundred_behind_portion(text: &str, end: usize) -> Option<usize> {
    let rest = &text[end..];
    let reach = rest.char_indices().nth(MAX_PAIR);
    let near = &rest[..reach.map_or(rest.len(), |(reach, _)| reach)];
    if !near.contains(HUNDRED) {
        return None;
    }
    let mut heads = HEADS.hits(near);
    let (portion, hundred) = (heads.next()?, heads.next()?);
    let is_pair = portion.form == 1 && hundred.form == 0;
    let lead = near[..portion.range.start].trim();
    let between = &near[portion.range.end..hundred.range.start];
    let amount = between.find(|c: char| c.is_ascii_digit())?;
    let is_lead = lead.is_empty() || LEADS.contains(&lead.to_lowercase().as_str());
    let is_joint = |c: char| !c.is_alphanumeric();
    let is_near = between[..amount]
        .split(is_joint)
        .all(|word| word.is_empty() || AND.contains(&word));
    (is_pair && is_lead && is_near).then_some(end + portion.range.end + amount)
}

/// Length of the heads of a pair of values, in characters.
const MAX_PAIR: usize = 80;

/// Words before the name of a portion.
const LEADS: [&str; 12] = [
    "per", "par", "pro", "je", "por", "na", "w", "v", "pr", "pr.", "la", "(",
];

/// Words between the two values of a pair.
const AND: [&str; 12] = [
    "et", "and", "und", "y", "e", "en", "i", "a", "och", "og", "si", "ja",
];

/// Places of a text that speak of what an adult should eat, or of a recipe: from the words
/// to the end of the sentence, of the line or of the parentheses.
///
/// Lines of an OCR document are joined, so the words may also be the head of a column:
/// behind a sign of percent, or right before a name, they are no such sentence.
pub(super) fn references(text: &str, names: &[Named]) -> Vec<Range<usize>> {
    let hits = REFERENCE_WORDS.hits(text);
    let sentences = hits.filter(|hit| {
        let is_head = text[..hit.range.start].trim_end().ends_with('%');
        !is_head && leads_to_list(text, hit.range.end, names)
    });
    let scopes = sentences.map(|hit| {
        let rest = &text[hit.range.end..];
        let ends = |(at, c): (usize, char)| match c {
            '\n' | ')' | ';' => true,
            '.' => !rest[at + 1..].starts_with(|next: char| next.is_ascii_digit()),
            _ => at > MAX_SENTENCE,
        };
        let end = rest.char_indices().find(|place| ends(*place));
        hit.range.start..end.map_or(text.len(), |(at, _)| hit.range.end + at)
    });
    scopes.collect()
}

/// True where a sign that leads to amounts comes before the next name.
fn leads_to_list(text: &str, at: usize, names: &[Named]) -> bool {
    let next = names.partition_point(|named| named.range.start < at);
    let name = names
        .get(next)
        .map_or(text.len(), |named| named.range.start);
    let sign = text[at..name]
        .char_indices()
        .find(|(_, c)| matches!(c, ':' | '(' | ','));
    sign.is_some_and(|(sign, _)| sign <= MAX_LEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_columns_tell_their_order() {
        use Basis::{Hundred, HundredFirst, Portion, PortionFirst};
        for (text, expected) in [
            ("Par portion de 30 g / pour 100 g", Some(PortionFirst)),
            ("per 30 g per 100 g", Some(PortionFirst)),
            ("Serving Per 100ml", Some(PortionFirst)),
            ("v porci 50 g | ve 100 g", Some(PortionFirst)),
            ("Por iogurte 120 g | Por 100 g", Some(PortionFirst)),
            ("pr. skive (30 g) | pr. 100 g", Some(PortionFirst)),
            ("per porție (30 g) | per 100 g", Some(PortionFirst)),
            ("pour 100 g par portion", Some(HundredFirst)),
            (
                "1 portion = 30 g. Pour 100 g Par portion",
                Some(HundredFirst),
            ),
            ("na 100 g w porcji 25 g", Some(HundredFirst)),
            ("w 1 ciastku (15 g) / w 100 g", Some(PortionFirst)),
            ("100 g: Białko 2 g, w tym cukry 27 g", Some(Hundred)),
            (
                "10 portions dans ce paquet de biscuits aux fruits rouges. Pour 100 g",
                Some(Hundred),
            ),
            ("pour 100 g", Some(Hundred)),
            ("par portion, 100 % pur", Some(Portion)),
            ("par portion", None),
            ("", None),
        ] {
            let sections = Sections::of(text, &[]);
            assert_eq!(sections.basis(text.len()), expected, "{text:?}");
        }
    }

    #[test]
    fn a_head_for_100_g_may_stand_on_its_line() {
        for (text, behind) in [
            ("pro 100 g\n1200 kJ", 10),
            ("per 100ml:\n 5 g", 12),
            ("pro 100 g 5 g", 10),
            ("Fett pro 100 g 5 g", 0),
            ("5 g", 0),
            ("", 0),
        ] {
            assert_eq!(behind_head(text, 0), behind, "{text:?}");
        }
    }

    #[test]
    fn reference_intakes_end_with_their_sentence_or_parentheses() {
        for (text, expected) in [
            (
                "Guideline daily amounts: Fat 70g, Salt 6.5g. Fat 3 g",
                vec!["Guideline daily amounts: Fat 70g, Salt 6.5g"],
            ),
            (
                "*referentie-inname (8400 kJ/2000 kcal) Vet 22 g",
                vec!["referentie-inname (8400 kJ/2000 kcal"],
            ),
            ("% Reference intake (RI) Fat 3 g", vec![]),
            ("Nouvelle recette Lipides 3 g", vec![]),
            ("Fett 3 g", vec![]),
        ] {
            let found = references(text, &[]).into_iter().map(|range| &text[range]);
            assert_eq!(found.collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
