//! Events of Product Opener, from the source that `EVENTS_URL` names: Redis Streams, or
//! none (`docs/reference/pipeline.md` 5.1).

mod connection;
mod reply;
mod streams;

use std::fmt;
use std::str::FromStr;

use robotoff_ports::connection_url::without_password;
use thiserror::Error;

pub use streams::{RedisEvents, RedisSettings};

/// The value of `EVENTS_URL`.
#[derive(Clone, PartialEq, Eq)]
pub enum EventsUrl {
    /// No source; events come by the API and by `robotoff replay`.
    None,
    /// `redis://HOST:PORT`, checked. It may hold a password, so it is never shown whole.
    Redis(String),
}

/// Why a value cannot be used. Passwords are left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EventsUrlError {
    #[error("{0:?} is not known: expected redis://HOST:PORT or none")]
    Unknown(String),
    #[error("{0:?} needs TLS, which this program has not for Redis: use a tunnel")]
    Tls(String),
    #[error("{address:?} cannot be used: {why}")]
    Malformed { address: String, why: String },
}

impl FromStr for EventsUrl {
    type Err = EventsUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':').map_or(text, |(scheme, _)| scheme) {
            "" | "none" => Ok(Self::None),
            "redis" => match redis::Client::open(text) {
                Ok(_) => Ok(Self::Redis(text.to_owned())),
                Err(error) => Err(EventsUrlError::Malformed {
                    address: without_password(text),
                    why: error.to_string(),
                }),
            },
            "rediss" => Err(EventsUrlError::Tls(without_password(text))),
            _ => Err(EventsUrlError::Unknown(without_password(text))),
        }
    }
}

/// As it is written, without a password.
impl fmt::Display for EventsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Redis(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for EventsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventsUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_read_or_named_without_its_password() {
        assert_eq!("".parse(), Ok(EventsUrl::None));
        assert_eq!("none".parse(), Ok(EventsUrl::None));
        let url: EventsUrl = "redis://me:s3cret@redis:6379".parse().unwrap();
        assert_eq!(url.to_string(), "redis://me:…@redis:6379");
        for (text, expected) in [
            ("kafka://x", "is not known"),
            ("rediss://me:s3cret@x", "needs TLS"),
            ("redis://me:s3cret@x:port", "cannot be used"),
        ] {
            let error = text.parse::<EventsUrl>().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
