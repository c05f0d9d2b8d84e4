//! The place of a name on its line: alone, at its head, behind words of making, or inside a
//! sentence.

use std::ops::Range;

use super::firm_words::{LEGAL_FORMS, MAKING, MAKING_LINKS};
use super::given_names::GIVEN_NAMES;
use crate::extract::automatic::{Window, is_break};

/// Bytes that are read on each side of a name.
const REACH: usize = 160;

/// Words of a line that may be a heading, of one whose second word is in lower case, and of
/// one where a name may stand behind another word: `Marque Hacendado`.
const MAX_HEADING_WORDS: usize = 8;
const MAX_PLAIN_WORDS: usize = 5;
const MAX_LABEL_WORDS: usize = 3;

/// Words of this length or less may link a name to the words before: `di Parma`, `aus Rom`.
const MAX_LINK_CHARS: usize = 4;

/// Print of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::extract) enum Case {
    /// No letter in lower case.
    Capitals,
    /// The first letter is a capital, or a digit stands first.
    Title,
    Lower,
}

impl Case {
    pub(in crate::extract) fn of(printed: &str) -> Self {
        let first = printed.chars().find(|c| c.is_alphanumeric());
        match first {
            Some(first) if first.is_lowercase() => Self::Lower,
            _ if printed.contains(char::is_lowercase) => Self::Title,
            _ => Self::Capitals,
        }
    }
}

/// A name with the rest of its line. A line ends at a line end, a bullet, a dash between
/// blanks or the end of a sentence.
#[derive(Debug)]
pub(in crate::extract) struct NamePlace<'t> {
    before: &'t str,
    name: &'t str,
    behind: &'t str,
    /// The sign that ends the line like a sentence.
    is_closed_by: Option<char>,
}

impl<'t> NamePlace<'t> {
    /// The place of a range of a text with its line ends.
    pub(in crate::extract) fn of(text: &'t str, range: &Range<usize>) -> Self {
        let first = text.floor_char_boundary(range.start.saturating_sub(REACH));
        let last = text.floor_char_boundary((range.end + REACH).min(text.len()));
        let window = &text[first..last];
        let before = &text[first..range.start];
        let behind = &text[range.end..last];
        let start = ends_of_lines(before, 0).last();
        let end = ends_of_lines(window, range.end - first).next();
        let end = end.map_or(behind.len(), |end| end.start - (range.end - first));
        let behind = &behind[..end];
        let closing = text[range.end + behind.len()..].chars().next();
        let last = behind.trim_end().chars().next_back();
        let is_closing = |c: &char| matches!(c, '.' | '!' | '?');
        Self {
            before: &before[start.map_or(0, |end| end.end)..],
            name: &text[range.clone()],
            behind,
            is_closed_by: closing.filter(is_closing).or(last.filter(is_closing)),
        }
    }

    /// The name as printed.
    pub(in crate::extract) const fn name(&self) -> &'t str {
        self.name
    }

    /// True where the name is printed with these letters, in any case.
    pub(in crate::extract) fn is_called(&self, name: &str) -> bool {
        let letters = |text: &str| -> String {
            let window = Window::new(text, 0..text.len());
            window
                .as_str()
                .chars()
                .filter(|c| c.is_alphanumeric())
                .collect()
        };
        letters(self.name) == letters(name)
    }

    /// Print of the name at its place.
    pub(in crate::extract) fn case(&self) -> Case {
        Case::of(self.name)
    }

    /// True where nothing but amounts stands beside the name.
    pub(in crate::extract) fn is_alone(&self) -> bool {
        self.is_first() && words(self.behind).all(is_amount)
    }

    /// True where no letter and no digit stands beside the name.
    pub(in crate::extract) fn is_bare(&self) -> bool {
        self.is_first() && !self.behind.contains(char::is_alphanumeric)
    }

    /// True where a full stop ends the line, and a word of the name is in lower case.
    pub(in crate::extract) fn is_sentence(&self) -> bool {
        let is_small =
            |word: &str| word.chars().count() > 3 && word.starts_with(char::is_lowercase);
        self.is_closed_by == Some('.') && words(self.name).any(is_small)
    }

    /// True where no letter or digit stands before the name.
    pub(in crate::extract) fn is_first(&self) -> bool {
        !self.before.contains(char::is_alphanumeric)
    }

    /// True with the sign of a trade mark.
    pub(in crate::extract) fn is_marked(&self) -> bool {
        let behind = self.behind.trim_start();
        let lower = behind.get(..4).unwrap_or(behind).to_lowercase();
        ["®", "™", "(r)", "(tm)"]
            .iter()
            .any(|sign| lower.starts_with(sign))
    }

    /// The word behind the name, if only blanks stand between.
    pub(in crate::extract) fn next_word(&self) -> &'t str {
        let behind = self.behind.trim_start_matches(['®', '™', '*', ' ']);
        let end = behind.find(|c: char| !c.is_alphanumeric() && c != '.');
        &behind[..end.unwrap_or(behind.len())]
    }

    /// True for a given name before a surname and a comma: `Mario Rossi, Milano`.
    pub(in crate::extract) fn is_person(&self) -> bool {
        let next = self.next_word();
        let rest = self.behind.split_once(next).filter(|_| !next.is_empty());
        let has_comma = rest.is_some_and(|(_, rest)| rest.starts_with(','));
        has_comma
            && Case::of(next) == Case::Title
            && GIVEN_NAMES.contains(&self.name.to_lowercase().as_str())
    }

    /// True for an article and a word in lower case that others follow: `Le bon goût`.
    pub(in crate::extract) fn is_article_and_adjective(&self) -> bool {
        const ARTICLES: [&str; 14] = [
            "Le", "La", "Les", "L", "The", "Der", "Die", "Das", "El", "Il", "Lo", "De", "Het", "O",
        ];
        let mut words = words(self.name);
        let (first, second) = (words.next(), words.next());
        let is_small = |word: &str| word.starts_with(char::is_lowercase);
        first.is_some_and(|first| ARTICLES.contains(&first))
            && second.is_some_and(is_small)
            && words.next().is_none()
            && is_small(self.next_word())
    }

    /// The word before the name.
    pub(in crate::extract) fn previous_word(&self) -> &'t str {
        words(self.before).last().unwrap_or_default()
    }

    /// True where the line reads like a heading that begins with the name: a few words, no
    /// sentence.
    pub(in crate::extract) fn is_heading(&self) -> bool {
        self.is_first()
            && self.is_short(MAX_HEADING_WORDS)
            && match self.case() {
                Case::Capitals => true,
                Case::Title => match Case::of(self.next_word()) {
                    Case::Capitals | Case::Title => true,
                    Case::Lower => self.is_short(MAX_PLAIN_WORDS) && !self.behind.contains(','),
                },
                Case::Lower => false,
            }
    }

    /// True where the name is printed in capitals on a short line of other letters.
    pub(in crate::extract) fn is_set_off(&self) -> bool {
        let others = [self.before, self.behind];
        let has_small = others.iter().any(|part| part.contains(char::is_lowercase));
        self.case() == Case::Capitals && has_small && self.is_short(MAX_HEADING_WORDS - 2)
    }

    /// True in its own web address: `www.panzani.fr`.
    pub(in crate::extract) fn is_host(&self) -> bool {
        self.before.ends_with("www.") && self.behind.starts_with('.')
    }

    /// True behind `&`: `Milka & Oreo`.
    pub(in crate::extract) fn is_joined(&self) -> bool {
        self.before.trim_end().ends_with('&')
    }

    /// True between commas, or between the last comma and the end of the line.
    pub(in crate::extract) fn is_item(&self) -> bool {
        let behind = self.behind.trim_start();
        self.before.trim_end().ends_with(',') && (behind.is_empty() || behind.starts_with(','))
    }

    /// True at the end of a short line behind words in lower case without any sign: `yaourt
    /// nature Danone`, but not `jambon de Parme`.
    pub(in crate::extract) fn is_last(&self) -> bool {
        let is_plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || "-'’".contains(c);
        let previous = self.previous_word();
        self.before.chars().all(is_plain)
            && words(self.behind).all(is_amount)
            && self.is_short(MAX_HEADING_WORDS - 2)
            && previous.starts_with(char::is_lowercase)
            && previous.chars().count() > MAX_LINK_CHARS
    }

    /// True on a line of a few words.
    pub(in crate::extract) fn is_on_label(&self) -> bool {
        self.has_most_words(MAX_LABEL_WORDS)
    }

    /// True where the line has at most so many words beside amounts, and is no sentence.
    fn is_short(&self, most: usize) -> bool {
        self.is_closed_by.is_none() && self.has_most_words(most)
    }

    fn has_most_words(&self, most: usize) -> bool {
        let others = words(self.before).chain(words(self.behind));
        others.filter(|word| !is_amount(word)).count() < most
    }

    /// True where a legal form stands among the next words: `EDEKA Zentrale AG`. Two letters
    /// without points count at the end of the name only: `5 KG` and `BIO AB` are no firms.
    pub(in crate::extract) fn is_firm(&self, among: usize) -> bool {
        let mut is_behind_number = false;
        let mut near = self.behind.split_whitespace().take(among).peekable();
        while let Some(word) = near.next() {
            let window = Window::new(word, 0..word.len());
            let mut form = window.as_str().to_owned();
            form.retain(char::is_alphanumeric);
            let is_closed = word.ends_with(',') || matches!(near.peek(), None | Some(&"&"));
            let is_clear = form.len() > 2 || word.contains(['.', '/']) || is_closed;
            let is_name = word.contains(char::is_uppercase) || word.contains('.');
            if is_name && is_clear && !is_behind_number && LEGAL_FORMS.contains(&form.as_str()) {
                return true;
            }
            is_behind_number = word.ends_with(|c: char| c.is_ascii_digit());
        }
        false
    }

    /// True behind words of making or selling: `distribué par`, `Vertrieb:`.
    pub(in crate::extract) fn is_made_by(&self) -> bool {
        let window = Window::new(self.before, 0..self.before.len());
        let before = window.as_str().trim_end();
        let is_making = |word: &str| MAKING.iter().any(|stem| word.starts_with(stem));
        let has_making = words(before).any(is_making);
        let last = words(before).last().unwrap_or_default();
        has_making && (MAKING_LINKS.contains(&last) || before.ends_with(':') || is_making(last))
    }
}

/// Where lines end in a text behind a place: the signs that end them.
fn ends_of_lines(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    text[from..].char_indices().filter_map(move |(at, c)| {
        let at = from + at;
        let end = at + c.len_utf8();
        let is_between_blanks = || {
            text[..at].ends_with(char::is_whitespace)
                && text[end..].starts_with(char::is_whitespace)
        };
        let is_end = match c {
            '•' | '·' => true,
            '-' | '–' | '—' | '/' => is_between_blanks(),
            '.' | '!' | '?' => {
                text[end..].starts_with(char::is_whitespace) && ends_sentence(&text[..at])
            }
            c => is_break(c),
        };
        is_end.then_some(at..end)
    })
}

/// True where the word before a full stop is no abbreviation: three letters or more, not all
/// capitals.
fn ends_sentence(before: &str) -> bool {
    const ABBREVIATIONS: [&str; 12] = [
        "Soc", "soc", "Ltd", "Inc", "Corp", "Bros", "Tel", "tel", "Ref", "ref", "Prod", "Dist",
    ];
    let word = before
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    word.chars().count() >= 3 && word.contains(char::is_lowercase) && !ABBREVIATIONS.contains(&word)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
        .filter(|word| word.contains(char::is_alphanumeric))
}

/// True for numbers, units and signs between them.
fn is_amount(word: &str) -> bool {
    const UNITS: [&str; 16] = [
        "g", "kg", "mg", "l", "ml", "cl", "dl", "oz", "lb", "x", "e", "n", "nº", "pack", "er", "fl",
    ];
    word.starts_with(|c: char| c.is_ascii_digit()) || UNITS.contains(&word.to_lowercase().as_str())
}
