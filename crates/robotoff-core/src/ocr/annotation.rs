//! What Google says of a picture beside its text: logos, labels, safe search.

use serde::{Deserialize, Serialize};

use super::json;

/// A logo or label by Google's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    pub description: String,
    /// Between 0 and 1.
    pub score: f64,
}

impl From<json::Named<'_>> for Annotation {
    fn from(named: json::Named<'_>) -> Self {
        Self {
            description: named.description.into_owned(),
            score: named.score,
        }
    }
}

/// How likely Google holds a thing, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Likelihood {
    Unknown,
    VeryUnlikely,
    Unlikely,
    Possible,
    Likely,
    VeryLikely,
}

/// The two questions of safe search that robotoff asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SafeSearch {
    pub adult: Likelihood,
    pub violence: Likelihood,
}

impl From<json::SafeSearch> for SafeSearch {
    fn from(wire: json::SafeSearch) -> Self {
        Self {
            adult: wire.adult,
            violence: wire.violence,
        }
    }
}
