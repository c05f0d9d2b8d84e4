//! What jobs do: the list of kinds, and what each run is given.
//!
//! One file per job stands beside this one; the loop that runs them is `worker`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use robotoff_ports::job::{JobKind, Lease};
use serde_json::Value;

/// One try of a job.
#[derive(Debug, Clone)]
pub struct Try {
    /// Ids, as they were enqueued.
    pub args: Value,
    /// Commits of the job are made under it, so that one that lost its job writes nothing.
    pub lease: Lease,
    /// This try included.
    pub attempts: u32,
    /// Ties the job to the request or event that led to it.
    pub correlation_id: Option<String>,
}

/// What a kind of job does. Done twice it does no harm: a job whose worker was
/// lost is run again.
#[async_trait]
pub trait Work: Send + Sync {
    /// One try. It is dropped when its time is over, its lease lost, or an
    /// operator cancels it. An error is tried again later, unless it is [`Hopeless`].
    async fn run(&self, this: Try) -> anyhow::Result<()>;
}

/// The error of a job that no later try can help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hopeless(pub String);

impl fmt::Display for Hopeless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Hopeless {}

/// The kinds of job that a worker can run.
#[derive(Clone, Default)]
pub struct Registry {
    works: BTreeMap<&'static str, Arc<dyn Work>>,
}

impl Registry {
    /// The registry with one more kind.
    ///
    /// # Panics
    /// When the kind is there already: two lists name it.
    pub fn with(mut self, kind: &JobKind, work: Arc<dyn Work>) -> Self {
        let before = self.works.insert(kind.name, work);
        assert!(before.is_none(), "job {} is registered twice", kind.name);
        self
    }

    /// What a kind does.
    pub fn work(&self, kind: &str) -> Option<Arc<dyn Work>> {
        self.works.get(kind).cloned()
    }
}
