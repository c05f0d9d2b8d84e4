//! Curated word lists: one item per line, fields separated by `||`
//! (`docs/reference/ocr.md` 6.2).

use std::collections::HashSet;

use thiserror::Error;

/// Shape of the lines of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexiconShape {
    /// `keyword`: key, name and keyword are the same.
    Keyword,
    /// `key||keyword` (the name is the keyword) or `key||name||keyword`.
    KeyKeyword,
    /// `name` (key and keyword are the name) or `name||keyword`.
    NameKeyword,
}

/// One line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    pub key: &'a str,
    pub name: &'a str,
    pub keyword: &'a str,
}

/// A curated word list. Its text is stored once; entries point into it.
///
/// ```
/// use robotoff_core::lexicon::{Lexicon, LexiconShape};
///
/// let lines = "Aldi\nAldi||goldähren";
/// let stores = Lexicon::parse("stores", lines, LexiconShape::NameKeyword)?;
/// let keywords: Vec<&str> = stores.entries().map(|entry| entry.keyword).collect();
/// assert_eq!(keywords, ["Aldi", "goldähren"]);
/// # Ok::<(), robotoff_core::lexicon::LexiconError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    text: Box<str>,
    shape: Option<LexiconShape>,
    len: usize,
}

/// A line that does not have the shape of its list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot read lexicon {lexicon:?} line {line}: {fields} fields, expected {expected}")]
pub struct LexiconError {
    pub lexicon: String,
    /// Line number, from 1.
    pub line: usize,
    pub fields: usize,
    pub expected: &'static str,
}

impl Lexicon {
    /// Reads a list. Blank lines and lines that start with `//` are skipped; nothing is
    /// trimmed.
    pub fn parse(name: &str, text: &str, shape: LexiconShape) -> Result<Self, LexiconError> {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| is_item(line)) {
            if entry(line, shape).is_none() {
                return Err(LexiconError {
                    lexicon: name.to_owned(),
                    line: index + 1,
                    fields: line.split("||").count(),
                    expected: match shape {
                        LexiconShape::Keyword => "one",
                        LexiconShape::KeyKeyword => "two or three, apart by ||",
                        LexiconShape::NameKeyword => "one or two, apart by ||",
                    },
                });
            }
        }
        let len = text.lines().filter(|line| is_item(line)).count();
        Ok(Self {
            text: text.into(),
            shape: Some(shape),
            len,
        })
    }

    /// All entries in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let lines = self.text.lines().filter(|line| is_item(line));
        lines.filter_map(|line| entry(line, self.shape?))
    }

    /// The entries of this list, then those of another whose keyword is not in this one, in
    /// any case. Both are of one shape.
    ///
    /// ```
    /// use robotoff_core::lexicon::{Lexicon, LexiconShape};
    ///
    /// let list = |text| Lexicon::parse("test", text, LexiconShape::KeyKeyword).unwrap();
    /// let both = list("a||Vegan").completed_by(&list("b||vegan\nb||halal"));
    /// let keys: Vec<&str> = both.entries().map(|entry| entry.key).collect();
    /// assert_eq!(keys, ["a", "b"]);
    /// ```
    #[must_use]
    pub fn completed_by(&self, other: &Self) -> Self {
        let normal = |keyword: &str| keyword.trim().to_lowercase();
        let known: HashSet<String> = self.entries().map(|entry| normal(entry.keyword)).collect();
        let shape = self.shape.or(other.shape);
        let missing = other
            .text
            .lines()
            .filter(|line| is_item(line))
            .filter(|line| {
                let entry = shape.and_then(|shape| entry(line, shape));
                entry.is_some_and(|entry| !known.contains(&normal(entry.keyword)))
            });
        let missing: Vec<&str> = missing.collect();
        Self {
            text: format!("{}\n{}", self.text, missing.join("\n")).into(),
            shape,
            len: self.len + missing.len(),
        }
    }

    /// Number of entries.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True when there are no entries.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

fn is_item(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("//")
}

fn entry(line: &str, shape: LexiconShape) -> Option<Entry<'_>> {
    let mut fields = line.split("||");
    let found = match (shape, fields.next()?, fields.next(), fields.next()) {
        (LexiconShape::Keyword | LexiconShape::NameKeyword, keyword, None, None) => Entry {
            key: keyword,
            name: keyword,
            keyword,
        },
        (LexiconShape::NameKeyword, name, Some(keyword), None) => Entry {
            key: name,
            name,
            keyword,
        },
        (LexiconShape::KeyKeyword, key, Some(keyword), None) => Entry {
            key,
            name: keyword,
            keyword,
        },
        (LexiconShape::KeyKeyword, key, Some(name), Some(keyword)) => Entry { key, name, keyword },
        (LexiconShape::Keyword | LexiconShape::KeyKeyword | LexiconShape::NameKeyword, ..) => {
            return None;
        }
    };
    fields.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_two_or_three_fields() {
        let text = "// about\n\na||b c\nd||e|| f \n";
        let lexicon = Lexicon::parse("test", text, LexiconShape::KeyKeyword).unwrap();
        let entries: Vec<Entry<'_>> = lexicon.entries().collect();
        assert_eq!(
            entries,
            [
                Entry {
                    key: "a",
                    name: "b c",
                    keyword: "b c"
                },
                Entry {
                    key: "d",
                    name: "e",
                    keyword: " f "
                },
            ]
        );
        assert_eq!((lexicon.len(), lexicon.is_empty()), (2, false));
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, shape) in [
            ("a||b\nc\n", LexiconShape::KeyKeyword),
            ("a||b\na||b||c||d\n", LexiconShape::KeyKeyword),
            ("a\na||b\n", LexiconShape::Keyword),
        ] {
            let error = Lexicon::parse("brands", text, shape).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("cannot read lexicon \"brands\" line 2: ")
            );
        }
    }
}
