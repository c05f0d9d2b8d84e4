//! URLs of databases.

use std::fmt;
use std::str::FromStr;

use robotoff_ports::connection_url::without_password;

/// The database of a URL: `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    SqliteMemory,
    SqliteFile(String),
    Postgres(String),
}

/// A URL of no database that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDatabaseUrl(String);

impl fmt::Display for InvalidDatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use database url: {}", self.0)
    }
}

impl std::error::Error for InvalidDatabaseUrl {}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(InvalidDatabaseUrl("it has no scheme".to_owned()));
        };
        match scheme {
            "sqlite" if rest == ":memory:" => Ok(Self::SqliteMemory),
            "sqlite" => match rest.strip_prefix("//").unwrap_or(rest) {
                "" => Err(InvalidDatabaseUrl("sqlite: needs a path".to_owned())),
                path => Ok(Self::SqliteFile(path.to_owned())),
            },
            "postgres" | "postgresql" => Ok(Self::Postgres(url.to_owned())),
            other => Err(InvalidDatabaseUrl(format!(
                "scheme {other:?} is neither sqlite nor postgres"
            ))),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SqliteMemory => f.write_str("sqlite::memory:"),
            Self::SqliteFile(path) => write!(f, "sqlite:{path}"),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_database() {
        for (url, expected) in [
            ("sqlite::memory:", DatabaseUrl::SqliteMemory),
            (
                "sqlite:var/a.db",
                DatabaseUrl::SqliteFile("var/a.db".to_owned()),
            ),
            (
                "sqlite:///srv/a.db",
                DatabaseUrl::SqliteFile("/srv/a.db".to_owned()),
            ),
        ] {
            assert_eq!(url.parse(), Ok(expected), "{url}");
        }
        for url in ["mysql://a", "robotoff.db", "sqlite:"] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }
}
