//! Settings of the use cases.

use std::time::Duration;

/// Treatment of the edits that answers lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edits {
    /// Edits are neither stored nor sent.
    Off,
    /// Edits are stored to be seen, and never sent.
    Record,
    Send,
}

/// Settings of the use cases.
#[derive(Debug, Clone)]
pub struct AppSettings {
    pub edits: Edits,
    /// Wait of an automatic insight before it is applied.
    pub automatic_wait: Duration,
    /// Lease of an edit: its sender counts as dead when it is over.
    pub edit_lease: Duration,
}
