//! Jobs that the schedule enqueues.

use std::time::Duration;

use robotoff_ports::job::{JobKind, Queue};
use serde::{Deserialize, Serialize};

use super::{JobKeys, JobSpec};

/// Enqueues `ApplyInsights` for all products that have due insights. Enqueued by the
/// schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyDue {}

impl JobSpec for ApplyDue {
    const KIND: JobKind = JobKind {
        name: "apply_due",
        queue: Queue::High,
        max_attempts: 3,
        timeout: Duration::from_secs(600),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Settles edits whose sender died. Enqueued by the schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleEdits {}

impl JobSpec for SettleEdits {
    const KIND: JobKind = JobKind {
        name: "settle_edits",
        queue: Queue::High,
        max_attempts: 3,
        timeout: Duration::from_secs(600),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Deletes finished jobs whose retention time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeJobs {}

impl JobSpec for PurgeJobs {
    const KIND: JobKind = JobKind {
        name: "purge_jobs",
        ..upkeep()
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Replaces the devices of old votes by random values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpirePersonalData {}

impl JobSpec for ExpirePersonalData {
    const KIND: JobKind = JobKind {
        name: "expire_personal_data",
        ..upkeep()
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Deletes temporary files that a process which was killed left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanTemporaryFiles {}

impl JobSpec for CleanTemporaryFiles {
    const KIND: JobKind = JobKind {
        name: "clean_temporary_files",
        ..upkeep()
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Writes the facets of Product Opener to the database of series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFacets {}

impl JobSpec for ReportFacets {
    const KIND: JobKind = JobKind {
        name: "report_facets",
        // Some hundred pages, of which each may take a minute.
        timeout: Duration::from_secs(4 * 3600),
        ..upkeep()
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Counts all insights, and writes the numbers to the database of series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportInsights {}

impl JobSpec for ReportInsights {
    const KIND: JobKind = JobKind {
        name: "report_insights",
        ..upkeep()
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Brings all stored rows in line with the newest dump of products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshFromDump {}

impl JobSpec for RefreshFromDump {
    const KIND: JobKind = JobKind {
        name: "refresh_from_dump",
        queue: Queue::Low,
        max_attempts: 3,
        // The dump has 10 GB, and may have to be fetched.
        timeout: Duration::from_secs(6 * 3600),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Makes a backup of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackUp {}

impl JobSpec for BackUp {
    const KIND: JobKind = JobKind {
        name: "backup",
        // It reads all rows.
        timeout: Duration::from_secs(6 * 3600),
        ..upkeep()
    };

    fn keys(&self) -> JobKeys {
        schedule_keys(Self::KIND.name)
    }
}

/// Upkeep that no one waits for. It works in batches, so an attempt that runs out of time
/// has not worked in vain.
const fn upkeep() -> JobKind {
    JobKind {
        name: "",
        queue: Queue::Low,
        max_attempts: 5,
        timeout: Duration::from_secs(1800),
        ordered: false,
    }
}

/// Keys of a job that the schedule enqueues: one runs at a time, and one that waits
/// behind it is enough.
fn schedule_keys(name: &str) -> JobKeys {
    let key = format!("schedule:{name}");
    JobKeys {
        serial: Some(key.clone()),
        unique: Some(key),
    }
}
