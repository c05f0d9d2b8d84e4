//! Path below which a proxy serves this program.

use std::str::FromStr;

use axum::body::Body;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use thiserror::Error;

/// Path before those of the routes: blank, or `/` and names, without a slash at the end.
///
/// ```
/// use robotoff_api::PathPrefix;
///
/// let prefix: PathPrefix = "robotoff/".parse().unwrap();
/// assert_eq!(prefix.join("/docs"), "/robotoff/docs");
/// assert_eq!(PathPrefix::default().join("/docs"), "/docs");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathPrefix(String);

/// Text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no path: expected names of letters, digits, - _ . and ~, between slashes")]
pub struct InvalidPathPrefix(String);

impl FromStr for PathPrefix {
    type Err = InvalidPathPrefix;

    fn from_str(text: &str) -> Result<Self, InvalidPathPrefix> {
        let names = text.trim_matches('/');
        if names.is_empty() {
            return Ok(Self::default());
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let is_name = |name: &str| !matches!(name, "" | "." | "..") && name.bytes().all(is_plain);
        match names.split('/').all(is_name) {
            true => Ok(Self(format!("/{names}"))),
            false => Err(InvalidPathPrefix(text.to_owned())),
        }
    }
}

impl PathPrefix {
    /// Path of a route as clients know it.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Address of a route in an address of a client; `None` for one that is not below the
    /// path. Those are served too: some proxies take the path away.
    pub(crate) fn strip(&self, uri: &Uri) -> Option<Uri> {
        let rest = uri
            .path()
            .strip_prefix(&*self.0)
            .filter(|_| !self.0.is_empty())?;
        if !rest.starts_with('/') {
            return None;
        }
        let query = uri.query().map(|query| format!("?{query}"));
        let path = format!("{rest}{}", query.unwrap_or_default());
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(path.parse::<PathAndQuery>().ok()?);
        Uri::from_parts(parts).ok()
    }

    /// Redirect of the path itself to its page, whose addresses are relative to the slash.
    pub(crate) fn redirect(&self, path: &str) -> Option<Response<Body>> {
        if self.0.is_empty() || path != self.0 {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
        let location = HeaderValue::from_str(&self.join("/")).ok()?;
        response.headers_mut().insert(header::LOCATION, location);
        Some(response)
    }

    /// Puts the path before that of a redirect.
    pub(crate) fn complete_location(&self, answer: &mut HeaderMap) {
        let location = answer.get(header::LOCATION).and_then(|to| to.to_str().ok());
        let Some(path) = location.filter(|to| to.starts_with('/') && !self.0.is_empty()) else {
            return;
        };
        if let Ok(location) = HeaderValue::from_str(&self.join(path)) {
            answer.insert(header::LOCATION, location);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_taken_away_where_it_is_there() {
        let prefix: PathPrefix = "/a/robotoff".parse().unwrap();
        for (given, rest) in [
            ("/a/robotoff/", Some("/")),
            (
                "/a/robotoff/api/v1/status?x=/a",
                Some("/api/v1/status?x=/a"),
            ),
            ("http://host/a/robotoff/docs", Some("http://host/docs")),
            ("/a/robotoffs/docs", None),
            ("/a/robotoff", None),
            ("/docs", None),
        ] {
            let stripped = prefix.strip(&given.parse().unwrap());
            assert_eq!(
                stripped.map(|uri| uri.to_string()).as_deref(),
                rest,
                "{given}"
            );
        }
        assert_eq!(PathPrefix::default().strip(&"/docs".parse().unwrap()), None);
    }

    #[test]
    fn only_plain_paths_are_taken() {
        for (text, path) in [
            ("", Some("")),
            ("/", Some("")),
            ("robotoff", Some("/robotoff")),
            ("/a-b/c_d.e~/", Some("/a-b/c_d.e~")),
            ("/a//b", None),
            ("/a/../b", None),
            ("/a b", None),
            ("/a?b", None),
            ("/ä", None),
        ] {
            let parsed = text.parse::<PathPrefix>().ok();
            assert_eq!(
                parsed.as_ref().map(|prefix| prefix.0.as_str()),
                path,
                "{text:?}"
            );
        }
    }
}
