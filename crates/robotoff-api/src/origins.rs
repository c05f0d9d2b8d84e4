//! Origins of pages that browsers may let use the credentials of a person.

use std::str::FromStr;

use thiserror::Error;

/// Pages of this machine, on any port.
const LOCAL: [&str; 6] = [
    "http://localhost",
    "http://localhost:*",
    "http://127.0.0.1",
    "http://127.0.0.1:*",
    "http://[::1]",
    "http://[::1]:*",
];

/// Origins that may send requests with credentials, and requests that write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<OriginPattern>);

impl Default for AllowedOrigins {
    /// Pages of this machine.
    fn default() -> Self {
        let local = LOCAL.iter().map(|pattern| pattern.parse());
        Self(
            local
                .collect::<Result<_, _>>()
                .expect("the patterns are valid"),
        )
    }
}

impl AllowedOrigins {
    /// Exactly these origins, and those of this machine if `allows_local`.
    ///
    /// # Errors
    /// The first text that is no origin and no pattern of one.
    ///
    /// ```
    /// use robotoff_api::AllowedOrigins;
    ///
    /// let origins = AllowedOrigins::new(["https://*.example.org"], false).unwrap();
    /// assert!(origins.allows("https://app.example.org"));
    /// assert!(!origins.allows("https://example.org.evil.example"));
    /// assert!(AllowedOrigins::new(["*"], false).is_err());
    /// ```
    pub fn new<'a>(
        patterns: impl IntoIterator<Item = &'a str>,
        allows_local: bool,
    ) -> Result<Self, InvalidOrigin> {
        let mut all = match allows_local {
            true => Self::default().0,
            false => Vec::new(),
        };
        for pattern in patterns {
            all.push(pattern.parse()?);
        }
        Ok(Self(all))
    }

    /// Tells whether an `Origin` header names one of them.
    pub fn allows(&self, origin: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(origin))
    }
}

/// Text that is no origin and no pattern of one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no origin: expected https://HOST, https://HOST:PORT, https://*.HOST or http://HOST:*"
)]
pub struct InvalidOrigin(String);

/// Origin, in which one `*` stands for names before a host or for a port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OriginPattern {
    start: String,
    /// Text behind the star; `None` without a star.
    end: Option<String>,
}

impl OriginPattern {
    fn matches(&self, origin: &str) -> bool {
        let Some(rest) = origin.strip_prefix(&*self.start) else {
            return false;
        };
        let Some(end) = &self.end else {
            return rest.is_empty();
        };
        // Only what a host or a port may hold: no slash, no colon, no user name.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        rest.strip_suffix(&**end)
            .is_some_and(|middle| !middle.is_empty() && middle.bytes().all(is_plain))
    }
}

impl FromStr for OriginPattern {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let text = text.trim().to_ascii_lowercase();
        let invalid = || InvalidOrigin(text.clone());
        let (scheme, host) = text.split_once("://").ok_or_else(invalid)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]*".contains(&byte);
        if !matches!(scheme, "http" | "https") || host.is_empty() || !host.bytes().all(is_plain) {
            return Err(invalid());
        }
        let Some((start, end)) = text.split_once('*') else {
            return Ok(Self {
                start: text,
                end: None,
            });
        };
        let is_subdomain = start.ends_with("://") && end.len() > 1 && end.starts_with('.');
        let is_port = start.ends_with(':') && end.is_empty();
        if end.contains('*') || !(is_subdomain || is_port) {
            return Err(invalid());
        }
        Ok(Self {
            start: start.to_owned(),
            end: Some(end.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_subdomains_or_ports() {
        let patterns = ["https://*.openfoodfacts.org", "https://app.example:8443"];
        let origins = AllowedOrigins::new(patterns, true).unwrap();
        for (origin, is_allowed) in [
            ("https://hunger.openfoodfacts.org", true),
            ("https://a.b.openfoodfacts.org", true),
            ("https://openfoodfacts.org", false),
            ("http://hunger.openfoodfacts.org", false),
            ("https://evilopenfoodfacts.org", false),
            ("https://evil.example/.openfoodfacts.org", false),
            ("https://evil.example:1.openfoodfacts.org", false),
            ("https://a@b.openfoodfacts.org", false),
            ("https://.openfoodfacts.org", false),
            ("https://hunger.openfoodfacts.org:444", false),
            ("https://hunger.openfoodfacts.org.evil.example", false),
            ("https://app.example:8443", true),
            ("https://app.example", false),
            ("http://localhost", true),
            ("http://localhost:5173", true),
            ("http://localhost.evil.example", false),
            ("http://[::1]:80", true),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(origins.allows(origin), is_allowed, "{origin}");
        }
        let none = AllowedOrigins::new([], false).unwrap();
        assert!(!none.allows("http://localhost"));
    }

    #[test]
    fn other_patterns_are_refused() {
        for pattern in [
            "",
            "*",
            "https://",
            "https://*",
            "https://*.",
            "https://a*.example",
            "ftp://a",
            "https://a.*",
            "https://*.a.example:*",
            "https://a/b",
            "a.example",
            "https://a b",
        ] {
            assert!(
                AllowedOrigins::new([pattern], false).is_err(),
                "{pattern:?}"
            );
        }
    }
}
