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
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", from = "String")]
pub enum Likelihood {
    /// Also every likelihood that has no name here.
    #[default]
    Unknown,
    VeryUnlikely,
    Unlikely,
    Possible,
    Likely,
    VeryLikely,
}

impl From<String> for Likelihood {
    fn from(name: String) -> Self {
        match name.as_str() {
            "VERY_UNLIKELY" => Self::VeryUnlikely,
            "UNLIKELY" => Self::Unlikely,
            "POSSIBLE" => Self::Possible,
            "LIKELY" => Self::Likely,
            "VERY_LIKELY" => Self::VeryLikely,
            _ => Self::Unknown,
        }
    }
}

/// The questions of safe search that robotoff asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SafeSearch {
    pub adult: Likelihood,
    pub violence: Likelihood,
    pub racy: Likelihood,
}

impl From<json::SafeSearch> for SafeSearch {
    fn from(wire: json::SafeSearch) -> Self {
        Self {
            adult: wire.adult,
            violence: wire.violence,
            racy: wire.racy,
        }
    }
}
