//! Annotations of an image beside its text: logos, labels, safe search.

use serde::{Deserialize, Serialize};

/// A logo or label, as Google names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    pub description: String,
    /// Between 0 and 1.
    pub score: f64,
}

/// Likelihood of a safe search category, in ascending order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", from = "String")]
pub enum Likelihood {
    /// Also the value of every name that is missing here.
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

/// The safe search categories that robotoff uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SafeSearch {
    pub adult: Likelihood,
    pub violence: Likelihood,
    pub racy: Likelihood,
}
