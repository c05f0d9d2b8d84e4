//! Expansion of a short notation into all spellings: `fib(re|er)s?` stands for four.
//!
//! The notation is that of patterns, limited to finite sets: `?` after a letter or group
//! makes it optional, `[eé]` is one of the letters, `(a|b)` one of the texts; `(?:`
//! equals `(`.

use thiserror::Error;

/// Error in a notation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{notation:?}: {problem} at character {at}")]
pub struct BadNotation {
    pub notation: String,
    pub problem: &'static str,
    /// Position of the character, from 0.
    pub at: usize,
}

/// Texts of a notation, in the order of its parts, each once; a text with an optional
/// part precedes the text without it.
///
/// ```
/// use robotoff_core::text::variants::variants;
///
/// assert_eq!(variants("fib(re|er)s?").unwrap(), ["fibres", "fibre", "fibers", "fiber"]);
/// ```
pub fn variants(notation: &str) -> Result<Vec<String>, BadNotation> {
    let mut reader = Reader {
        characters: notation.chars().collect(),
        at: 0,
    };
    let read = reader.alternatives();
    let read = read.and_then(|texts| match reader.peek() {
        None => Ok(texts),
        Some(_) => Err("a group ends that did not begin"),
    });
    let mut texts = read.map_err(|problem| BadNotation {
        notation: notation.to_owned(),
        problem,
        at: reader.at,
    })?;
    let mut known = std::collections::HashSet::new();
    texts.retain(|text| known.insert(text.clone()));
    Ok(texts)
}

struct Reader {
    characters: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    /// Texts separated by `|`, up to the end or the `)` of the group.
    fn alternatives(&mut self) -> Result<Vec<String>, &'static str> {
        let mut texts = self.row()?;
        while self.peek() == Some('|') {
            self.at += 1;
            texts.extend(self.row()?);
        }
        Ok(texts)
    }

    fn row(&mut self) -> Result<Vec<String>, &'static str> {
        let mut texts = vec![String::new()];
        while let Some(next) = self.peek().filter(|next| !matches!(next, '|' | ')')) {
            let mut piece = self.piece(next)?;
            if self.peek() == Some('?') {
                self.at += 1;
                piece.push(String::new());
            }
            let longer = texts
                .iter()
                .flat_map(|text| piece.iter().map(move |piece| format!("{text}{piece}")));
            texts = longer.collect();
        }
        Ok(texts)
    }

    /// A letter, a choice of letters or a group.
    fn piece(&mut self, first: char) -> Result<Vec<String>, &'static str> {
        self.at += 1;
        match first {
            '[' => {
                let rest = &self.characters[self.at..];
                let length = rest.iter().position(|c| *c == ']');
                let length = length.ok_or("a choice of letters does not end")?;
                self.at += length + 1;
                Ok(rest[..length].iter().map(ToString::to_string).collect())
            }
            '(' => {
                if self.characters[self.at..].starts_with(&['?', ':']) {
                    self.at += 2;
                }
                let texts = self.alternatives()?;
                if self.peek() != Some(')') {
                    return Err("a group does not end");
                }
                self.at += 1;
                Ok(texts)
            }
            '?' | '*' | '+' | '{' | '\\' => Err("a sign that means nothing here"),
            letter => Ok(vec![letter.to_string()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notation_stands_for_its_texts() {
        for (notation, expected) in [
            ("sel", &["sel"][..]),
            ("fib(re|er)s?", &["fibres", "fibre", "fibers", "fiber"]),
            ("(?:total )?fat", &["total fat", "fat"]),
            ("[eé]e?", &["ee", "e", "ée", "é"]),
            ("a|b(c|d?)", &["a", "bc", "bd", "b"]),
            ("a?a?", &["aa", "a", ""]),
            ("g. ?u.", &["g. u.", "g.u."]),
        ] {
            assert_eq!(variants(notation).unwrap(), expected, "{notation}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for notation in ["(a", "a)", "[a", "?", "a+", "a\\b"] {
            assert!(variants(notation).is_err(), "{notation}");
        }
        let error = variants("abc)").unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"abc)\": a group ends that did not begin at character 3"
        );
    }
}
