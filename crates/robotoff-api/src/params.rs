//! Parameters of a request, from its query and its form, and their types
//! (`docs/reference/api.md` 1.3 to 1.5).
//!
//! The meaning of a parameter is that of the routes; this file parses its text.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use uuid::Uuid;

use crate::error::ApiError;

/// Reason for which a text with this character is refused.
const NUL: &str = "may not hold the character U+0000";

/// All values of all parameters, in the order of the request: query, then body.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Params {
    given: Vec<(String, Text)>,
}

/// One occurrence of a parameter.
#[derive(Debug, Clone, PartialEq)]
enum Text {
    /// As it came; commas that were percent-encoded are inside of a value.
    Encoded(String),
    /// Member of a JSON body: neither split nor decoded.
    Plain(String),
}

impl Text {
    fn whole(&self) -> Cow<'_, str> {
        match self {
            Self::Encoded(raw) => decoded(raw),
            Self::Plain(text) => Cow::Borrowed(text),
        }
    }

    /// Part after the last comma that was not encoded.
    fn last(&self) -> Cow<'_, str> {
        match self {
            Self::Encoded(raw) => decoded(raw.rsplit(',').next().unwrap_or_default()),
            Self::Plain(text) => Cow::Borrowed(text),
        }
    }
}

impl Params {
    /// Adds the parameters of a query or of a form.
    pub(crate) fn add_urlencoded(&mut self, text: &str) {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = Text::Encoded(value.to_owned());
            self.given.push((decoded(name).into_owned(), value));
        }
    }

    /// Adds the members of a JSON object; null counts as absent.
    pub(crate) fn add_json(&mut self, members: serde_json::Map<String, Value>) {
        for (name, value) in members {
            match value {
                Value::Null => {}
                Value::Array(items) => {
                    for item in items {
                        self.given.push((name.clone(), Text::Plain(plain(item))));
                    }
                }
                Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    self.given.push((name, Text::Plain(plain(value))));
                }
            }
        }
    }

    /// Refuses U+0000, which PostgreSQL does not accept in a text.
    pub(crate) fn forbid_nul(&self) -> Result<(), ApiError> {
        let has_nul = |text: &Text| match text {
            Text::Encoded(raw) => raw.contains("%00") || raw.contains('\0'),
            Text::Plain(text) => text.contains('\0'),
        };
        match self.given.iter().find(|(_, text)| has_nul(text)) {
            Some((name, _)) => Err(ApiError::invalid(name, NUL)),
            None => Ok(()),
        }
    }

    /// Replaces the parameters that the others name too, and adds those.
    pub(crate) fn replace_by(&mut self, others: Self) {
        self.given
            .retain(|(name, _)| !others.names().any(|other| other == name));
        self.given.extend(others.given);
    }

    /// Names, with repetitions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(|(name, _)| name.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Text> {
        self.given
            .iter()
            .filter(move |(given, _)| given == name)
            .map(|(_, text)| text)
    }

    /// The last value: of several occurrences, and of what stands between commas.
    pub(crate) fn scalar(&self, name: &str) -> Option<Cow<'_, str>> {
        let last = self.given.iter().rev().find(|(given, _)| given == name);
        last.map(|(_, text)| text.last())
    }

    /// As [`Self::scalar`]; `None` when blank.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        let value = self.scalar(name)?;
        (!value.is_empty()).then(|| value.into_owned())
    }

    /// The last occurrence, commas included: for texts and documents, which the
    /// existing service cuts (`docs/reference/api.md` 9.4, 63).
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        let last = self.given.iter().rev().find(|(given, _)| given == name);
        last.map(|(_, text)| text.whole())
    }

    /// All values, split at commas, encoded ones too: clients send lists in both
    /// ways, and no tag holds a comma. `None` when absent or blank.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let items = self.items(name)?;
        items.iter().any(|item| !item.is_empty()).then_some(items)
    }

    /// As [`Self::list`], but a blank list has one blank item.
    pub(crate) fn items(&self, name: &str) -> Option<Vec<String>> {
        let mut items = Vec::new();
        for text in self.all(name) {
            match text {
                Text::Encoded(_) => items.extend(text.whole().split(',').map(str::to_owned)),
                Text::Plain(text) => items.push(text.clone()),
            }
        }
        (!items.is_empty()).then_some(items)
    }

    /// A whole number.
    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.scalar(name) else {
            return Ok(None);
        };
        match value.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ApiError::invalid(name, "must be an integer of 64 bits")),
        }
    }

    /// A whole number between two bounds, both allowed.
    pub(crate) fn int_within(
        &self,
        name: &str,
        from: i64,
        to: i64,
    ) -> Result<Option<i64>, ApiError> {
        let number = self.int(name)?;
        match number {
            Some(number) if number < from => {
                Err(ApiError::invalid(name, &format!("must be at least {from}")))
            }
            Some(number) if number > to => {
                Err(ApiError::invalid(name, &format!("must be at most {to}")))
            }
            Some(_) | None => Ok(number),
        }
    }

    /// A number; neither infinite nor NaN.
    pub(crate) fn float(&self, name: &str) -> Result<Option<f64>, ApiError> {
        let Some(value) = self.scalar(name) else {
            return Ok(None);
        };
        match value.trim().parse() {
            Ok(number) if f64::is_finite(number) => Ok(Some(number)),
            Ok(_) | Err(_) => Err(ApiError::invalid(name, "must be a number")),
        }
    }

    /// A text that must be there.
    pub(crate) fn required_text(&self, name: &str) -> Result<Cow<'_, str>, ApiError> {
        self.text(name).ok_or_else(|| ApiError::missing(name))
    }

    /// Boolean, in the spellings that the existing service accepts; blank is true.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.scalar(name).as_deref() {
            None => Ok(None),
            Some("" | "true" | "True" | "t" | "yes" | "y" | "1" | "on") => Ok(Some(true)),
            Some("false" | "False" | "f" | "no" | "n" | "0" | "off") => Ok(Some(false)),
            Some(_) => Err(ApiError::invalid(name, "must be \"true\" or \"false\"")),
        }
    }

    /// A UUID that must be there, in any of its forms.
    pub(crate) fn required_uuid(&self, name: &str) -> Result<Uuid, ApiError> {
        let value = self.scalar(name).ok_or_else(|| ApiError::missing(name))?;
        Uuid::parse_str(&value).map_err(|_| ApiError::invalid(name, "must be a UUID"))
    }

    /// A JSON document; null counts as absent.
    pub(crate) fn json(&self, name: &str) -> Result<Option<Value>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match serde_json::from_str(&text) {
            Ok(Value::Null) => Ok(None),
            Ok(value) if has_nul(&value) => Err(ApiError::invalid(name, NUL)),
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(ApiError::invalid(name, "must be a JSON document")),
        }
    }
}

/// Text of a query: `+` is a space; what is no UTF-8 is replaced.
fn decoded(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['+', '%']) {
        return Cow::Borrowed(raw);
    }
    let spaced = raw.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

pub(crate) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => {
            let has_nul = |(name, value): (&String, &Value)| name.contains('\0') || has_nul(value);
            members.iter().any(has_nul)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(query: &str) -> Params {
        let mut params = Params::default();
        params.add_urlencoded(query);
        params
    }

    #[test]
    fn the_last_value_of_a_scalar_wins() {
        for (query, expected) in [
            ("a=1", Some("1")),
            ("a=1&a=2", Some("2")),
            ("a=x,y", Some("y")),
            ("a=x%2Cy", Some("x,y")),
            ("a=x&a=y,", Some("")),
            ("a", Some("")),
            ("a=x+y%21", Some("x y!")),
            ("a=%ff%zz", Some("\u{fffd}%zz")),
            ("%61=b", Some("b")),
            ("b=1", None),
            ("", None),
        ] {
            assert_eq!(params(query).scalar("a").as_deref(), expected, "{query}");
        }
    }

    #[test]
    fn a_text_keeps_its_commas() {
        let params = params("data=0&data={\"x\":[1,2]}");
        assert_eq!(params.text("data").as_deref(), Some("{\"x\":[1,2]}"));
        assert_eq!(params.json("data").unwrap(), Some(json!({"x": [1, 2]})));
    }

    #[test]
    fn lists_are_split_at_commas_of_both_kinds() {
        for (query, expected) in [
            ("a=x,y&a=z", Some(vec!["x", "y", "z"])),
            ("a=x%2Cy", Some(vec!["x", "y"])),
            ("a=x,,y", Some(vec!["x", "", "y"])),
            ("a=", None),
            ("a", None),
            ("b=1", None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|items| items.into_iter().map(str::to_owned).collect());
            assert_eq!(params(query).list("a"), expected, "{query}");
        }
        assert_eq!(params("a=").items("a"), Some(vec![String::new()]));
    }

    #[test]
    fn numbers_have_64_bits_and_bounds() {
        for (query, expected) in [
            ("a=5", Ok(Some(5))),
            ("a=%2B5", Ok(Some(5))),
            ("a=+5", Ok(Some(5))),
            ("a=0", Err("must be at least 1")),
            ("a=-9223372036854775808", Err("must be at least 1")),
            ("a=11", Err("must be at most 10")),
            ("a=", Err("must be an integer")),
            ("a=1.0", Err("must be an integer")),
            ("a=9223372036854775808", Err("must be an integer")),
            ("a=99999999999999999999999999", Err("must be an integer")),
            ("b=1", Ok(None)),
        ] {
            match (params(query).int_within("a", 1, 10), expected) {
                (Ok(number), Ok(expected)) => assert_eq!(number, expected, "{query}"),
                (Err(error), Err(why)) => {
                    let description = error.description.unwrap_or_default();
                    assert!(description.contains(why), "{query}: {description}");
                    assert!(description.contains("\"a\""), "{query}: {description}");
                }
                (other, _) => panic!("{query}: {other:?}"),
            }
        }
    }

    #[test]
    fn flags_are_read_by_words() {
        for (query, expected) in [
            ("a=true", Some(Some(true))),
            ("a=t", Some(Some(true))),
            ("a=on", Some(Some(true))),
            ("a=", Some(Some(true))),
            ("a", Some(Some(true))),
            ("a=False", Some(Some(false))),
            ("a=n", Some(Some(false))),
            ("a=TRUE", None),
            ("a=2", None),
            ("b", Some(None)),
        ] {
            assert_eq!(params(query).flag("a").ok(), expected, "{query}");
        }
    }

    #[test]
    fn uuids_have_many_forms() {
        let id = "6a0a6b2e-4cc4-4cde-9a60-6bcf0d0a6a0e";
        let upper = id.to_uppercase();
        let bare = id.replace('-', "");
        for form in [id, &upper, &bare, &format!("%7B{id}%7D")] {
            let given = params(&format!("id={form}")).required_uuid("id").unwrap();
            assert_eq!(given.to_string(), id, "{form}");
        }
        let error = params("id=xyz").required_uuid("id").unwrap_err();
        assert_eq!(error.title, "Invalid parameter");
        let error = params("").required_uuid("id").unwrap_err();
        assert_eq!(error.title, "Missing parameter");
    }

    #[test]
    fn a_character_that_no_database_takes_is_refused() {
        for query in ["a=%00", "b=1&a=x%00y"] {
            let error = params(query).forbid_nul().unwrap_err();
            assert!(error.description.is_some_and(|why| why.contains("\"a\"")));
        }
        assert_eq!(params("a=%20&b=00").forbid_nul(), Ok(()));
        for data in [r#"["\u0000"]"#, r#"{"a":{"\u0000":1}}"#] {
            assert!(
                params(&format!("data={data}")).json("data").is_err(),
                "{data}"
            );
        }
    }

    #[test]
    fn members_of_a_json_body_are_parameters_too() {
        let Value::Object(members) = json!({
            "annotation": 2, "update": true, "data": {"x": "1,5"}, "text": "a,b",
            "types": ["x", "y,z"], "none": null,
        }) else {
            panic!("an object")
        };
        let mut params = params("annotation=0&types=w");
        params.add_json(members);
        assert_eq!(params.int("annotation").unwrap(), Some(2));
        assert_eq!(params.flag("update").unwrap(), Some(true));
        assert_eq!(params.json("data").unwrap(), Some(json!({"x": "1,5"})));
        assert_eq!(params.scalar("text").as_deref(), Some("a,b"));
        let types = ["w", "x", "y,z"].map(str::to_owned).to_vec();
        assert_eq!(params.list("types"), Some(types));
        assert_eq!(params.scalar("none"), None);
    }
}
