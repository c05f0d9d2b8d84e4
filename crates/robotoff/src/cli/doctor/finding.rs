//! The result of a check.

use std::pin::Pin;

use anyhow::Result;
use serde_json::{Value, json};

/// Work that corrects a finding; it returns what it did.
pub(super) type Fix = Pin<Box<dyn Future<Output = Result<String>>>>;

/// FindingSeverity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FindingSeverity {
    Fine,
    /// It works, but not for long, or not as one may expect.
    Warning,
    /// Something does not work.
    Failure,
}

impl FindingSeverity {
    const fn name(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Warning => "warning",
            Self::Failure => "failed",
        }
    }
}

/// Result of a check: what it found, and the cure.
pub(crate) struct DoctorFinding {
    pub(super) id: &'static str,
    pub(super) severity: FindingSeverity,
    pub(super) result: String,
    /// Remedy that a person applies.
    pub(super) cure: Option<String>,
    pub(super) fix: Option<Fix>,
}

impl DoctorFinding {
    pub(super) fn fine(id: &'static str, result: impl Into<String>) -> Self {
        Self {
            id,
            severity: FindingSeverity::Fine,
            result: result.into(),
            cure: None,
            fix: None,
        }
    }

    pub(super) fn warning(
        id: &'static str,
        result: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self {
            severity: FindingSeverity::Warning,
            cure: Some(cure.into()),
            ..Self::fine(id, result)
        }
    }

    pub(super) fn failure(
        id: &'static str,
        result: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self {
            severity: FindingSeverity::Failure,
            ..Self::warning(id, result, cure)
        }
    }

    /// The same with what `--fix` does about it.
    pub(super) fn with_fix(self, fix: impl Future<Output = Result<String>> + 'static) -> Self {
        Self {
            fix: Some(Box::pin(fix)),
            ..self
        }
    }

    pub(crate) fn as_json(&self) -> Value {
        json!({
            "id": self.id, "severity": self.severity.name(), "result": self.result,
            "cure": self.cure, "fixable": self.fix.is_some(),
        })
    }

    pub(crate) fn as_text(&self) -> String {
        let mut text = format!(
            "{:<8} {:<16} {}",
            self.severity.name(),
            self.id,
            self.result
        );
        if let Some(cure) = &self.cure {
            text.push_str(&format!("\n{:<25} cure: {cure}", ""));
        }
        if self.fix.is_some() {
            text.push_str(" (or `robotoff doctor --fix`)");
        }
        text
    }
}
