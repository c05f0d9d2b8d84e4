//! A list of texts in one column: `varchar[]` on PostgreSQL, its literal on SQLite.

use sea_orm::DeriveValueType;

/// An array literal of PostgreSQL: `{fr,de}`, `{"a b","c\"d"}`.
#[derive(Debug, Clone, PartialEq, Eq, DeriveValueType)]
pub struct TextArray(pub String);

impl TextArray {
    /// The literal of a list.
    pub fn of(items: &[String]) -> Self {
        let quoted: Vec<String> = items.iter().map(|item| quoted(item)).collect();
        Self(format!("{{{}}}", quoted.join(",")))
    }

    /// The list of a literal.
    pub fn items(&self) -> Vec<String> {
        let inner = self.0.trim_start_matches('{').trim_end_matches('}');
        if inner.is_empty() {
            return Vec::new();
        }
        let mut items = vec![String::new()];
        let mut in_quotes = false;
        let mut chars = inner.chars();
        while let Some(char) = chars.next() {
            let last = items.last_mut().expect("the list starts with one item");
            match char {
                '"' => in_quotes = !in_quotes,
                '\\' => last.extend(chars.next()),
                ',' if !in_quotes => items.push(String::new()),
                other => last.push(other),
            }
        }
        items
    }
}

fn quoted(item: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !item.is_empty() && item.bytes().all(plain) && !item.eq_ignore_ascii_case("null") {
        return item.to_owned();
    }
    format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_lead_back_to_their_lists() {
        for (items, literal) in [
            (vec![], "{}"),
            (vec!["fr", "de"], "{fr,de}"),
            (
                vec!["a b", "c\"d", "e,f", "", "g\\h"],
                r#"{"a b","c\"d","e,f","","g\\h"}"#,
            ),
            (vec!["null"], r#"{"null"}"#),
        ] {
            let items: Vec<String> = items.into_iter().map(str::to_owned).collect();
            let array = TextArray::of(&items);
            assert_eq!(array.0, literal);
            assert_eq!(array.items(), items, "{literal}");
        }
    }
}
