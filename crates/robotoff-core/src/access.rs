//! Roles of callers, and the parts of the API that a token is good for.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Role of a caller; a later one may do all that an earlier one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Anonymous,
    /// A person with a login.
    User,
    /// Edits missions and annotations in bulk.
    Moderator,
    /// Runs the service.
    Operator,
}

/// Text that is no name of a role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no role: expected user, moderator or operator")]
pub struct UnknownRole(String);

impl Role {
    /// Roles that can be given.
    pub const GIVEN: [Self; 3] = [Self::User, Self::Moderator, Self::Operator];

    /// Name on the command line and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User => "user",
            Self::Moderator => "moderator",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    /// A role that can be given.
    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        let given = Self::GIVEN.into_iter().find(|role| role.name() == name);
        given.ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

/// Parts of the API that a token is good for: names behind `/api/v1/`, or all.
///
/// ```
/// use robotoff_core::access::TokenScope;
///
/// let scope: TokenScope = "images, missions".parse().unwrap();
/// assert!(scope.allows("missions") && !scope.allows("insights"));
/// assert!(TokenScope::default().allows("insights"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenScope(BTreeSet<String>);

/// Text that is no list of parts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no part of the API: expected names as behind /api/v1/, such as insights")]
pub struct InvalidScope(String);

impl TokenScope {
    /// Tells whether the token is good for a part.
    pub fn allows(&self, part: &str) -> bool {
        self.0.is_empty() || self.0.contains(part)
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("all");
        }
        let parts: Vec<&str> = self.0.iter().map(String::as_str).collect();
        f.write_str(&parts.join(","))
    }
}

impl FromStr for TokenScope {
    type Err = InvalidScope;

    /// Parts between commas, or `all`.
    fn from_str(list: &str) -> Result<Self, InvalidScope> {
        if matches!(list.trim(), "" | "all") {
            return Ok(Self::default());
        }
        let part = |part: &str| {
            let part = part.trim();
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            match !part.is_empty() && part != "all" && part.bytes().all(is_plain) {
                true => Ok(part.to_owned()),
                false => Err(InvalidScope(part.to_owned())),
            }
        };
        list.split(',')
            .map(part)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_and_ordered() {
        assert!(Role::Operator > Role::Moderator && Role::User > Role::Anonymous);
        for role in Role::GIVEN {
            assert_eq!(role.name().parse(), Ok(role));
        }
        for name in ["anonymous", "", "Operator", "root"] {
            assert!(name.parse::<Role>().is_err(), "{name:?}");
        }
    }

    #[test]
    fn scopes_are_read_and_written() {
        for (text, written) in [
            ("", "all"),
            ("all", "all"),
            ("missions,images, images", "images,missions"),
            ("image_predictions", "image_predictions"),
        ] {
            let scope: TokenScope = text.parse().unwrap();
            assert_eq!(scope.to_string(), written);
            assert_eq!(written.parse(), Ok(scope), "{text}");
        }
        for text in ["a,", "/images", "images missions", "all,images", "Images"] {
            assert!(text.parse::<TokenScope>().is_err(), "{text:?}");
        }
    }
}
