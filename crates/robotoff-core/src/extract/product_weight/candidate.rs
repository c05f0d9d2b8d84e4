//! Which amounts of a text can be those of the product, and how far each is trusted.

use std::ops::Range;

use super::group::{Group, groups, has_two_sizes};
use super::signs::{
    has_sign, is_basis, is_behind_imperial_word, is_beside_alcohol, is_beside_pieces, is_only_sign,
    is_part, names_energy,
};
use super::words::{AmountMeaning, CUES, FILLERS};
use crate::extract::automatic::{Support, Surroundings, Topic, is_automatic, without_parentheses};
use crate::text::amount::{LIMITS, Layout, MAX_COUNT, PrintedAmount};

/// Without words of net weight only what most products weigh.
const USUAL: [f64; 2] = [10.000_001, 9_999.999_999];
/// One piece of a pack.
const PIECE: [f64; 2] = [1.0, 9_999.999_999];
/// Bytes between words of contents and their amount, at most.
const DISTANCE: usize = 32;
/// Topics that an amount without words of contents belongs to.
const REFUSED_BY: [Topic; 6] = [
    Topic::Dose,
    Topic::Recipe,
    Topic::Serving,
    Topic::Basis,
    Topic::Telephone,
    Topic::Nutrient,
];

/// Topics beside words of contents that call for a person.
const DOUBTED_BY: [Topic; 8] = [
    Topic::Dose,
    Topic::Recipe,
    Topic::Serving,
    Topic::Basis,
    Topic::Telephone,
    Topic::Nutrient,
    Topic::Price,
    Topic::Reference,
];

/// A way to recognise the amount of the product, in the order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Matcher {
    /// Words of net contents before it.
    Net,
    /// Words of the weight without liquid.
    Drained,
    /// The word for weight alone.
    Weight,
    /// Words of net contents behind it.
    NetBehind,
    /// A number of pieces.
    Pack,
    /// The estimated sign, the same amount in other units, the strength of alcohol.
    Sign,
    /// The only amount on a line of its own.
    Alone,
}

impl Matcher {
    /// The name on the wire: `data.matcher_type`.
    pub(super) const fn wire_name(self) -> &'static str {
        match self {
            Self::Net | Self::Drained | Self::Weight => "with_mention",
            Self::NetBehind => "with_ending_mention",
            Self::Pack => "multi_packaging",
            Self::Sign => "no_mention",
            Self::Alone => "alone",
        }
    }

    /// `data.priority`: the lower, the more trusted.
    pub(super) const fn priority(self) -> u8 {
        match self {
            Self::Net | Self::Weight | Self::NetBehind => 1,
            Self::Drained | Self::Pack => 2,
            Self::Sign => 3,
            Self::Alone => 4,
        }
    }

    /// Smallest and largest amount of a piece in grams or millilitres.
    const fn limits(self) -> [f64; 2] {
        match self {
            Self::Net | Self::Drained | Self::NetBehind => LIMITS,
            Self::Pack => PIECE,
            Self::Weight | Self::Sign | Self::Alone => USUAL,
        }
    }
}

/// An amount that can be that of the product.
#[derive(Debug)]
pub(super) struct WeightCandidate {
    pub(super) amount: PrintedAmount,
    pub(super) matcher: Matcher,
    /// Bytes of the text with the trigger.
    pub(super) range: Range<usize>,
    pub(super) trigger: Option<Range<usize>>,
    pub(super) lang: Option<&'static str>,
    /// Support without objection; another amount may still contradict it.
    pub(super) is_automatic: bool,
}

/// The amounts of a text that can be those of the product, most trusted first.
pub(super) fn candidates(text: &str) -> Vec<WeightCandidate> {
    let groups = groups(text);
    let mut found: Vec<WeightCandidate> = groups
        .iter()
        .filter_map(|group| named(text, group))
        .collect();
    found.sort_by_key(|candidate| candidate.matcher);
    if !found.is_empty() || groups.is_empty() || names_energy(text) {
        return found;
    }
    let mut lone = groups.iter().filter(|group| is_lone(text, group));
    // Several lines of amounts are a table.
    let first = lone.next().filter(|_| lone.next().is_none());
    first
        .and_then(|group| alone(text, group))
        .into_iter()
        .collect()
}

/// True for a group that has a line of its own.
fn is_lone(text: &str, group: &Group) -> bool {
    Surroundings::of(text, group.range()).is_alone_on_line()
}

/// The candidate of a group that words, a count or a sign name.
fn named(text: &str, group: &Group) -> Option<WeightCandidate> {
    let around = Surroundings::of(text, group.range());
    let words = Words::of(text, &around);
    let is_named = matches!(
        words,
        Some(Words {
            meaning: AmountMeaning::Net(_) | AmountMeaning::Weight(_),
            ..
        })
    );
    let amount = group.chosen(is_named)?;
    let (matcher, words) = matcher(text, group, amount, &around, words)?;
    if is_basis(text, amount) || !is_possible(amount, matcher) {
        return None;
    }
    let trigger = words.as_ref().map(|words| words.range.clone());
    let topics = around.topics(trigger.as_ref().map(|range| range.start));
    let is_refused = topics.iter().any(|topic| REFUSED_BY.contains(topic));
    if is_refused && matches!(matcher, Matcher::Pack | Matcher::Sign | Matcher::Weight) {
        return None;
    }
    let support = support(group, matcher, &around, words.as_ref());
    let doubt = topics.into_iter().find(|topic| DOUBTED_BY.contains(topic));
    let range = match &trigger {
        Some(trigger) if matcher != Matcher::Pack => {
            trigger.start.min(amount.range.start)..amount.range.end.max(trigger.end)
        }
        _ => amount.range.clone(),
    };
    Some(WeightCandidate {
        is_automatic: is_automatic(support, doubt)
            && !(group.is_sum_alone() || has_two_sizes(amount.unit) || is_part(amount, &around)),
        amount: amount.clone(),
        matcher,
        range,
        lang: words.map(|words| words.lang),
        trigger: trigger.filter(|_| matcher != Matcher::Pack),
    })
}

/// Phrase that names the amount, and the words that do.
fn matcher(
    text: &str,
    group: &Group,
    amount: &PrintedAmount,
    around: &Surroundings<'_>,
    before: Option<Words>,
) -> Option<(Matcher, Option<Words>)> {
    let is_glued = text[..amount.range.start].ends_with(|c: char| c.is_ascii_alphabetic());
    if let Some(before) = before {
        let is_glued = is_glued && before.range.end != amount.range.start;
        return match before.meaning {
            _ if is_glued => None,
            AmountMeaning::Net(_) if amount.count.is_some() => Some((Matcher::Pack, Some(before))),
            AmountMeaning::Net(_) => Some((Matcher::Net, Some(before))),
            AmountMeaning::Weight(_) if amount.count.is_some() => Some((Matcher::Pack, None)),
            AmountMeaning::Weight(_) if before.is_direct => Some((Matcher::Weight, Some(before))),
            AmountMeaning::Drained(_) => Some((Matcher::Drained, Some(before))),
            AmountMeaning::Gross | AmountMeaning::Nutrient | AmountMeaning::Weight(_) => None,
        };
    }
    let is_glued_to_sign = || around.before_on_line().trim_start() == "e" && has_sign(around);
    if amount.layout == Layout::Doubtful || (is_glued && !is_glued_to_sign()) {
        return None;
    }
    match Words::behind(text, around) {
        Some(Ok(words)) => return Some((Matcher::NetBehind, Some(words))),
        Some(Err(())) => return None,
        None => {}
    }
    if amount.layout == Layout::UnitFirst && !has_sign(around) {
        return None;
    }
    if amount.count.is_some() {
        return Some((Matcher::Pack, None));
    }
    let is_signed = amount.layout == Layout::Estimated
        || has_sign(around)
        || is_beside_alcohol(amount, around)
        || is_beside_pieces(around)
        || is_behind_imperial_word(around);
    (is_signed || (group.has_twin && !group.is_list()) || group.is_sum)
        .then_some((Matcher::Sign, None))
}

/// Positive evidence: words of net contents right before or behind the amount, or a pack
/// alone on its line.
fn support(
    group: &Group,
    matcher: Matcher,
    around: &Surroundings<'_>,
    words: Option<&Words>,
) -> Option<Support> {
    let is_direct = words.is_some_and(|words| words.is_direct);
    match matcher {
        Matcher::Net | Matcher::NetBehind => is_direct.then_some(Support::Trigger),
        Matcher::Pack if is_direct => Some(Support::Trigger),
        Matcher::Pack => {
            let is_counted =
                |member: &PrintedAmount| matches!(member.layout, Layout::Pieces | Layout::Extras);
            let is_plain = !group.members.iter().any(is_counted);
            let is_alone = around.is_alone_on_line() || is_only_sign(around);
            (is_plain && is_alone).then_some(Support::AloneOnLine)
        }
        Matcher::Drained | Matcher::Weight | Matcher::Sign | Matcher::Alone => None,
    }
}

/// The only amount on a line of its own, where no words above it say otherwise.
fn alone(text: &str, group: &Group) -> Option<WeightCandidate> {
    let around = Surroundings::of(text, group.range());
    let amount = group.chosen(false)?;
    let is_usual =
        !matches!(amount.layout, Layout::Estimated | Layout::Doubtful) && amount.count.is_none();
    let is_reference = matches!(amount.canonical().as_str(), "100 g" | "100 ml");
    let is_other = around
        .governing_topic()
        .is_some_and(|topic| REFUSED_BY.contains(&topic));
    let is_named = Words::of(text, &around).is_some();
    let is_free = is_usual && !group.is_list() && !is_reference && !is_other && !is_named;
    (is_free && is_possible(amount, Matcher::Alone)).then(|| WeightCandidate {
        amount: amount.clone(),
        matcher: Matcher::Alone,
        range: amount.range.clone(),
        trigger: None,
        lang: None,
        is_automatic: false,
    })
}

/// The only amount in the name of a product: `Farine T55 1kg`, `Fagioli gr400`.
pub(super) fn of_name(name: &str) -> Option<WeightCandidate> {
    let groups = groups(name);
    let [group] = groups.as_slice() else {
        return None;
    };
    let amount = group.chosen(false)?;
    let is_other = group.is_list() || is_basis(name, amount) || amount.layout == Layout::Doubtful;
    (!is_other && is_possible(amount, Matcher::Alone)).then(|| WeightCandidate {
        amount: amount.clone(),
        matcher: Matcher::Alone,
        range: amount.range.clone(),
        trigger: None,
        lang: None,
        is_automatic: false,
    })
}

fn is_possible(amount: &PrintedAmount, matcher: Matcher) -> bool {
    let [low, high] = matcher.limits();
    let piece = amount.quantity().amount;
    let [_, most] = LIMITS;
    (low..=high).contains(&piece)
        && (1..=MAX_COUNT).contains(&amount.count.unwrap_or(1))
        && amount.total() <= most
}

/// Words of contents beside an amount.
struct Words {
    meaning: AmountMeaning,
    range: Range<usize>,
    lang: &'static str,
    /// Only signs and words such as `total` stand between.
    is_direct: bool,
}

impl Words {
    /// The words before an amount that govern it.
    fn of(text: &str, around: &Surroundings<'_>) -> Option<Self> {
        let mut cues = around.cues_before(&CUES);
        let mut last = cues.pop()?;
        if !around.governs(&last.range) {
            return None;
        }
        // `Net / drained weight: 400 g / 240 g`: the first amount is the net one.
        let first = cues.pop().filter(|first| {
            let between = &text[first.range.end..last.range.start];
            let is_pair = matches!(
                (first.role, last.role),
                (AmountMeaning::Net(_), AmountMeaning::Drained(_))
            );
            is_pair && between.trim() == "/"
        });
        let is_heading = first.is_some();
        if let Some(first) = first {
            last = first;
        }
        let between = without_parentheses(&text[last.range.end..around.value().start]);
        let mut words = between
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty());
        let is_direct =
            !is_heading && words.all(|word| FILLERS.contains(&word.to_lowercase().as_str()));
        let is_sentence_end = between.trim_start_matches('.').contains(". ");
        if !is_direct && (between.len() > DISTANCE || is_sentence_end) {
            return None;
        }
        Some(Self::from(last.role, last.range, is_direct))
    }

    /// The words of net contents right behind an amount; an error where other words
    /// stand there that refuse it.
    fn behind(text: &str, around: &Surroundings<'_>) -> Option<Result<Self, ()>> {
        let first = CUES.find(&around.window_after()).into_iter().next()?;
        let value = around.value();
        let gap = &text[value.end..first.range.start];
        let gap = gap
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, '℮' | 'e' | ',' | '(' | ')'));
        // Before another amount the words govern that one.
        let rest = text[first.range.end..].trim_start_matches([' ', ':']);
        let at = text.len() - rest.len();
        let governs_next = PrintedAmount::at(text, at).is_some();
        if !gap.is_empty() || text[first.range.end..].starts_with(':') || governs_next {
            return None;
        }
        match first.role {
            AmountMeaning::Net(_) => Some(Ok(Self::from(
                first.role,
                first_word(text, first.range),
                true,
            ))),
            AmountMeaning::Gross | AmountMeaning::Nutrient => Some(Err(())),
            AmountMeaning::Weight(_) | AmountMeaning::Drained(_) => None,
        }
    }

    const fn from(meaning: AmountMeaning, range: Range<usize>, is_direct: bool) -> Self {
        let lang = match meaning {
            AmountMeaning::Net(lang)
            | AmountMeaning::Weight(lang)
            | AmountMeaning::Drained(lang) => lang,
            AmountMeaning::Gross | AmountMeaning::Nutrient => "",
        };
        Self {
            meaning,
            range,
            lang,
            is_direct,
        }
    }
}

/// `net` of `net weight`: behind an amount the word alone is the trigger.
fn first_word(text: &str, range: Range<usize>) -> Range<usize> {
    match text[range.clone()].get(..3) {
        Some(net) if net.eq_ignore_ascii_case("net") => {
            let word = text[range.clone()].find(|c: char| !c.is_alphabetic());
            range.start..word.map_or(range.end, |end| range.start + end)
        }
        _ => range,
    }
}
