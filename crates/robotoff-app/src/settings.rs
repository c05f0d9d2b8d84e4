//! Settings of the use cases.

use std::time::Duration;

use robotoff_core::event::OwnAccounts;

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
    /// Wait between a change of a product and its update here, in which further changes join.
    pub update_wait: Duration,
    /// Accounts whose edits update no product: this service made them.
    pub own_accounts: OwnAccounts,
    /// Retention time of finished jobs.
    pub job_retention: Duration,
    /// Time after which the devices of votes become random values.
    pub personal_data: Duration,
}

impl Default for AppSettings {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        Self {
            edits: Edits::Record,
            automatic_wait: Duration::from_secs(600),
            edit_lease: Duration::from_secs(120),
            update_wait: Duration::from_secs(10),
            own_accounts: OwnAccounts::default(),
            job_retention: DAY,
            personal_data: DAY * 365,
        }
    }
}
