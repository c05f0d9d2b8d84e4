//! What jobs do: the list of kinds, and what each run is given.
//!
//! One file per job stands beside this one; the loop that runs them is `worker`.

mod apply_due;
mod deliver_edit;
mod import_image;
mod refresh;
mod settle_edits;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use robotoff_core::product::ProductId;
use robotoff_ports::job::{JobKind, Lease};
use serde_json::Value;

pub use apply_due::APPLY_DUE;
pub use deliver_edit::DELIVER_EDIT;
pub use import_image::{IMPORT_IMAGE, import_image_job};
pub use refresh::REFRESH;
pub use settle_edits::SETTLE_EDITS;

pub(crate) use deliver_edit::deliver_job;
pub(crate) use refresh::{mass_refresh_job, refresh_job};

use crate::App;

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
    /// operator cancels it. An error is tried again later, unless it is [`Discard`].
    async fn run(&self, this: Try) -> anyhow::Result<()>;
}

/// The error of a job that no later try can help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discard(pub String);

impl fmt::Display for Discard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Discard {}

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

/// Every kind of job of the service.
pub fn registry(app: &Arc<App>) -> Registry {
    Registry::default()
        .with(
            &IMPORT_IMAGE,
            Arc::new(import_image::ImportImage(app.clone())),
        )
        .with(&REFRESH, Arc::new(refresh::Refresh(app.clone())))
        .with(&APPLY_DUE, Arc::new(apply_due::ApplyDue(app.clone())))
        .with(
            &DELIVER_EDIT,
            Arc::new(deliver_edit::DeliverEdit(app.clone())),
        )
        .with(
            &SETTLE_EDITS,
            Arc::new(settle_edits::SettleEdits(app.clone())),
        )
}

/// Jobs that write to a product share this key: they run one after the other.
fn product_key(product: &ProductId) -> String {
    format!("product:{}:{}", product.server_type, product.barcode)
}

/// Reads arguments that we wrote ourselves; if they are not ours, no try helps.
fn arguments<T: serde::de::DeserializeOwned>(this: &Try) -> anyhow::Result<T> {
    serde_json::from_value(this.args.clone()).map_err(|error| {
        Discard(format!("cannot read the arguments {}: {error}", this.args)).into()
    })
}
