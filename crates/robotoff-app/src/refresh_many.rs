//! Refreshes many products in batches, and resumes a run that was stopped.
//!
//! After each batch the run stores a checkpoint under the name of its selection. The same
//! order, given again after a stop or a kill, resumes behind the last whole batch.
//!
//! The checkpoint of a batch is committed with the jobs that the batch enqueues, but after
//! the products that it refreshes itself: each of these has commits of its own. A run that
//! is killed in between repeats that batch. That does no harm, since a refresh of an
//! unchanged product writes no row. The alternative, a checkpoint for each product, would
//! add a commit to each refresh, most of which need none.
//!
//! A page of stored products starts behind the last code of the page before it, not at an
//! offset: products that others add or delete meanwhile shift no other product, so none is
//! left out.

mod batch;
mod progress;
mod selection;

use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use robotoff_core::product::ProductId;
use robotoff_ports::job::NewJob;
use robotoff_ports::store::{Change, Changes, Checkpoint, Committed};
use robotoff_ports::{Clock, Store};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::enqueue;
use crate::imports::{Imports, Refreshed};
use crate::ports::Ports;

pub use progress::{Failure, MAX_FAILURES, Progress};
pub use selection::Selection;

/// Number of products in a batch, 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSize(u32);

impl BatchSize {
    const MAX: u32 = 10_000;
}

impl Default for BatchSize {
    fn default() -> Self {
        Self(100)
    }
}

/// Error of a text that is no number from 1 to 10,000.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no number from 1 to {max}", max = BatchSize::MAX)]
pub struct InvalidBatchSize(String);

impl FromStr for BatchSize {
    type Err = InvalidBatchSize;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse().ok();
        number
            .filter(|number| (1..=Self::MAX).contains(number))
            .map(Self)
            .ok_or_else(|| InvalidBatchSize(text.to_owned()))
    }
}

/// Executor of the refreshes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executor {
    /// The caller, so many products at the same time.
    Caller(NonZeroUsize),
    /// The workers: a job for each product, in the queue for mass operations.
    Workers,
}

/// Start of a run: at a checkpoint or at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartMode {
    /// At the checkpoint of an earlier run, if there is one.
    Resume,
    /// At the beginning; an earlier checkpoint is deleted.
    Restart,
    /// At the beginning, without checkpoints.
    WithoutCheckpoint,
}

/// Selection of products, and how they are refreshed.
#[derive(Debug, Clone)]
pub struct RefreshOrder {
    pub selection: Selection,
    pub batch_size: BatchSize,
    pub executor: Executor,
    pub start: StartMode,
}

/// Event of a run, for the caller's display.
#[derive(Debug)]
pub enum ProgressEvent<'a> {
    /// The run starts, with the progress of the run that it resumes.
    Started(&'a Progress),
    /// A product was refreshed, or failed.
    Product(&'a ProductId, &'a Result<Refreshed>, &'a Progress),
    /// A batch is done, and its checkpoint stored.
    Batch(&'a Progress),
}

/// Callback for the events of a run.
pub type ProgressCallback<'a> = &'a mut (dyn FnMut(ProgressEvent<'_>) + Send);

/// Summary of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    pub progress: Progress,
    /// False when the run was stopped; the same order resumes it.
    pub is_completed: bool,
}

/// Refreshes many products.
pub struct BatchRefresh {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    imports: Arc<Imports>,
}

impl BatchRefresh {
    pub(crate) fn new(ports: &Ports, imports: Arc<Imports>) -> Self {
        Self {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
            imports,
        }
    }

    /// Refreshes the products of the selection. One that fails is counted and named, and
    /// does not stop the others. When `stop` is cancelled, the current batch is completed.
    ///
    /// # Errors
    /// The store is out of reach, or many products in a row cannot be read: the same order
    /// resumes behind the last whole batch.
    pub async fn run(
        &self,
        order: &RefreshOrder,
        stop: &CancellationToken,
        on_event: ProgressCallback<'_>,
    ) -> Result<RunSummary> {
        let name = (order.start != StartMode::WithoutCheckpoint).then(|| order.name());
        let mut run = Run {
            progress: self.initial_progress(order, name.as_deref()).await?,
            refresh: self,
            order,
            name,
            out_of_reach: 0,
            on_event,
        };
        (run.on_event)(ProgressEvent::Started(&run.progress));
        let is_completed = run.run(stop).await?;
        Ok(RunSummary {
            progress: run.progress,
            is_completed,
        })
    }

    /// Progress at the checkpoint of this name, or at the beginning.
    async fn initial_progress(&self, order: &RefreshOrder, name: Option<&str>) -> Result<Progress> {
        let now = self.clock.now();
        if let Some(name) = name {
            match order.start {
                StartMode::Resume => {
                    if let Some(checkpoint) = self.store.checkpoint(name).await? {
                        let progress: Progress = serde_json::from_value(checkpoint.place)
                            .with_context(|| {
                                format!("cannot read the checkpoint {name:?}; restart the run")
                            })?;
                        return Ok(progress.resumed(now));
                    }
                }
                StartMode::Restart | StartMode::WithoutCheckpoint => {
                    let delete = Change::DeleteCheckpoint(name.to_owned());
                    self.commit(Changes::new().with(delete)).await?;
                }
            }
        }
        Ok(Progress::new(self.count(&order.selection).await, now))
    }

    /// Number of products; `None` when the store cannot count them in time.
    async fn count(&self, selection: &Selection) -> Option<u64> {
        let filter = match selection {
            Selection::Listed(products) => return Some(products.len() as u64),
            Selection::Stored(filter) => filter,
        };
        let counted = self.store.count_products_with(filter).await;
        if let Err(error) = &counted {
            tracing::warn!(%error, "cannot count the products");
        }
        counted.ok()
    }

    async fn commit(&self, changes: Changes) -> Result<()> {
        match self.store.commit(changes).await? {
            Committed::Done(_) => Ok(()),
            Committed::Conflict(conflict) => bail!("cannot store a checkpoint: {conflict:?}"),
        }
    }
}

impl RefreshOrder {
    /// Name of the checkpoint: the same for the same products and executor.
    fn name(&self) -> String {
        let selection = self.selection.name();
        match self.executor {
            Executor::Caller(_) => format!("refresh {selection}"),
            Executor::Workers => format!("enqueue refresh {selection}"),
        }
    }
}

/// A run under way.
struct Run<'a> {
    refresh: &'a BatchRefresh,
    order: &'a RefreshOrder,
    /// Name of the checkpoint; `None` without one.
    name: Option<String>,
    progress: Progress,
    /// Number of the last products, in a row, that were out of reach.
    out_of_reach: u32,
    on_event: ProgressCallback<'a>,
}

impl Run<'_> {
    /// Runs batch after batch; false when the run was stopped.
    async fn run(&mut self, stop: &CancellationToken) -> Result<bool> {
        loop {
            if stop.is_cancelled() {
                return Ok(false);
            }
            let batch = self.next_batch().await?;
            let Some(last) = batch.last() else {
                break;
            };
            let jobs = match self.order.executor {
                Executor::Caller(at_once) => {
                    self.refresh_batch(&batch, at_once).await?;
                    Vec::new()
                }
                Executor::Workers => {
                    self.progress.enqueued(&batch, self.refresh.clock.now());
                    batch.iter().map(enqueue::mass_refresh).collect()
                }
            };
            self.progress.batch_done(last);
            self.store_checkpoint(jobs).await?;
            (self.on_event)(ProgressEvent::Batch(&self.progress));
        }
        if let Some(name) = self.name.take() {
            let done = Changes::new().with(Change::DeleteCheckpoint(name));
            self.refresh.commit(done).await?;
        }
        Ok(true)
    }

    async fn next_batch(&self) -> Result<Vec<ProductId>> {
        let limit = self.order.batch_size.0;
        match &self.order.selection {
            Selection::Listed(products) => {
                let done = usize::try_from(self.progress.done).unwrap_or(usize::MAX);
                let rest = products.iter().skip(done).take(limit as usize);
                Ok(rest.cloned().collect())
            }
            Selection::Stored(filter) => {
                let store = &self.refresh.store;
                let last = self.progress.last();
                Ok(store.products_with(filter, last, limit.into()).await?)
            }
        }
    }

    /// Stores the checkpoint and the jobs of a batch in one commit: a run that is killed
    /// here enqueues no job twice, and leaves none out.
    async fn store_checkpoint(&self, jobs: Vec<NewJob>) -> Result<()> {
        let mut changes = Changes {
            jobs,
            ..Changes::new()
        };
        if let Some(name) = &self.name {
            changes = changes.with(Change::StoreCheckpoint(Checkpoint {
                name: name.clone(),
                place: serde_json::to_value(&self.progress)?,
                kept_at: self.refresh.clock.now(),
            }));
        }
        if changes.changes.is_empty() && changes.jobs.is_empty() {
            return Ok(());
        }
        self.refresh.commit(changes).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_have_from_1_to_10000_products() {
        for (text, is_one) in [
            ("1", true),
            ("100", true),
            ("10000", true),
            ("0", false),
            ("10001", false),
            ("-1", false),
            ("many", false),
        ] {
            assert_eq!(text.parse::<BatchSize>().is_ok(), is_one, "{text}");
        }
    }
}
