//! The one error of all ports. It says what a caller can act on: try again, or not.

use thiserror::Error;

/// An error of a port.
#[derive(Debug, Error)]
pub enum PortError {
    /// Out of reach or too slow; the same call may succeed later.
    #[error("{what} is unavailable: {why}")]
    Unavailable { what: String, why: String },
    /// Understood and refused; the same call will be refused again.
    #[error("{what} refused: {why}")]
    Denied { what: String, why: String },
    /// An assumption of ours is wrong; a person must look.
    #[error("{what}: {why}")]
    Defect { what: String, why: String },
}

/// The result of a port.
pub type PortResult<T> = Result<T, PortError>;

impl PortError {
    /// Out of reach or too slow: `what` cannot be used because of `why`.
    pub fn unavailable(what: impl ToString, why: impl ToString) -> Self {
        Self::Unavailable {
            what: what.to_string(),
            why: why.to_string(),
        }
    }

    /// `what` refused because of `why`.
    pub fn denied(what: impl ToString, why: impl ToString) -> Self {
        Self::Denied {
            what: what.to_string(),
            why: why.to_string(),
        }
    }

    /// `what` is not as it must be, because of `why`.
    pub fn defect(what: impl ToString, why: impl ToString) -> Self {
        Self::Defect {
            what: what.to_string(),
            why: why.to_string(),
        }
    }

    /// True when the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
