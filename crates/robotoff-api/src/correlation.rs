//! Correlation id: ties a request to its log lines, jobs and edits.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// Header in which a caller, or a proxy, names the request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Length of the longest id that is taken from a caller.
const MAX_LENGTH: usize = 64;

/// Id of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CorrelationId(HeaderValue);

impl Default for CorrelationId {
    /// New random id.
    fn default() -> Self {
        let name = Uuid::new_v4().to_string();
        Self(HeaderValue::from_str(&name).expect("a UUID is plain text"))
    }
}

impl CorrelationId {
    /// Id of the caller if it is short and plain, otherwise a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match headers.get(REQUEST_ID) {
            Some(name) if is_plain(name.as_bytes()) => Self(name.clone()),
            Some(_) | None => Self::default(),
        }
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().expect("it is plain text")
    }

    /// As the value of a header.
    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }
}

fn is_plain(name: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    (1..=MAX_LENGTH).contains(&name.len()) && name.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_taken_over() {
        let long = "a".repeat(65);
        for (given, is_kept) in [
            ("abc-1_2.3:4", true),
            (&long[..64], true),
            (&long, false),
            ("", false),
            ("a b", false),
            ("a\"b", false),
        ] {
            let headers = HeaderMap::from_iter([(REQUEST_ID, given.parse().unwrap())]);
            let id = CorrelationId::of(&headers);
            assert_eq!(id.as_str() == given, is_kept, "{given}");
            assert!(!id.as_str().is_empty());
        }
    }
}
