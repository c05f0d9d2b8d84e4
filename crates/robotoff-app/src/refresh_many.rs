//! Many products are refreshed, in batches that can be gone on with.
//!
//! After each batch it is kept in the store how far the work has come, under the
//! name of the selection: the same order, given again after a stop or a kill, goes
//! on behind the last whole batch. To repeat a batch does no harm.

mod batch;
mod progress;
mod selection;

use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result};
use robotoff_core::product::ProductId;
use robotoff_ports::job::NewJob;
use robotoff_ports::store::{Change, Changes, Checkpoint, Committed};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::enqueue;
use crate::refresh::Refreshed;

pub use progress::{Failure, MAX_FAILURES, Progress};
pub use selection::Selection;

/// Products of one batch, 1 to 10,000.
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

/// A text that is no number from 1 to 10,000.
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

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The caller, so many products at the same time.
    Caller(NonZeroUsize),
    /// The workers: a job for each product in the queue for mass operations.
    Workers,
}

/// Where the work begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Where it was stopped; at the beginning if it was not.
    WhereItStopped,
    /// At the beginning, whatever was kept.
    Anew,
    /// At the beginning, and nothing is kept.
    Unkept,
}

/// Which products are refreshed, and how.
#[derive(Debug, Clone)]
pub struct RefreshOrder {
    pub selection: Selection,
    pub batch_size: BatchSize,
    pub by: By,
    pub start: Start,
}

/// What is to be seen of the work while it is under way.
#[derive(Debug)]
pub enum Seen<'a> {
    /// How far it had come when it was stopped, if it was.
    Begun(&'a Progress),
    /// One product is done, or has failed.
    Product(&'a ProductId, &'a Result<Refreshed>, &'a Progress),
    /// A batch is done, and kept.
    Batch(&'a Progress),
}

/// Told of what is to be seen.
pub type Watch<'a> = &'a mut (dyn FnMut(Seen<'_>) + Send);

/// How the work ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub progress: Progress,
    /// False: it was stopped, and the same order goes on with it.
    pub is_whole: bool,
}

impl App {
    /// Refreshes the products of the selection. One that fails is counted and named,
    /// and does not stop the others. When told to stop, the batch under way is ended.
    ///
    /// # Errors
    /// When the store is out of reach, or one product after the other cannot be
    /// read: the same order goes on behind the last whole batch.
    pub async fn refresh_many(
        self: &Arc<Self>,
        order: &RefreshOrder,
        stop: &CancellationToken,
        watch: Watch<'_>,
    ) -> Result<Ended> {
        let name = (order.start != Start::Unkept).then(|| order.name());
        let mut walk = Walk {
            progress: self.beginning(order, name.as_deref()).await?,
            app: self,
            order,
            name,
            out_of_reach: 0,
            watch,
        };
        (walk.watch)(Seen::Begun(&walk.progress));
        let is_whole = walk.go(stop).await?;
        Ok(Ended {
            progress: walk.progress,
            is_whole,
        })
    }

    /// Where the work of this name was stopped, or its beginning.
    async fn beginning(&self, order: &RefreshOrder, name: Option<&str>) -> Result<Progress> {
        let now = self.ports.clock.now();
        if let Some(name) = name {
            match order.start {
                Start::WhereItStopped => {
                    if let Some(checkpoint) = self.ports.store.checkpoint(name).await? {
                        let progress: Progress = serde_json::from_value(checkpoint.place)
                            .with_context(|| {
                                format!("cannot read how far {name:?} had come; begin it anew")
                            })?;
                        return Ok(progress.going_on(now));
                    }
                }
                Start::Anew | Start::Unkept => {
                    let forget = Change::DeleteCheckpoint(name.to_owned());
                    self.write(Changes::new().with(forget)).await?;
                }
            }
        }
        Ok(Progress::new(self.count(&order.selection).await, now))
    }

    /// How many products there are; nothing when the store cannot say in time.
    async fn count(&self, selection: &Selection) -> Option<u64> {
        let filter = match selection {
            Selection::Listed(products) => return Some(products.len() as u64),
            Selection::Stored(filter) => filter,
        };
        let counted = self.ports.store.count_products_with(filter).await;
        if let Err(error) = &counted {
            tracing::warn!(%error, "how many products there are is not known");
        }
        counted.ok()
    }

    async fn write(&self, changes: Changes) -> Result<()> {
        match self.ports.store.commit(changes).await? {
            Committed::Done(_) => Ok(()),
            Committed::Conflict(conflict) => {
                anyhow::bail!("cannot keep how far the work has come: {conflict:?}")
            }
        }
    }
}

impl RefreshOrder {
    /// The name of the work: the same for the same products, in the same way.
    fn name(&self) -> String {
        let what = self.selection.name();
        match self.by {
            By::Caller(_) => format!("refresh {what}"),
            By::Workers => format!("enqueue refresh {what}"),
        }
    }
}

/// Work under way.
struct Walk<'a> {
    app: &'a Arc<App>,
    order: &'a RefreshOrder,
    /// Nothing: what comes of it is not kept.
    name: Option<String>,
    progress: Progress,
    /// How many of the last products in a row were out of reach.
    out_of_reach: u32,
    watch: Watch<'a>,
}

impl Walk<'_> {
    /// Batch after batch; false when it was stopped.
    async fn go(&mut self, stop: &CancellationToken) -> Result<bool> {
        loop {
            if stop.is_cancelled() {
                return Ok(false);
            }
            let batch = self.next_batch().await?;
            let Some(last) = batch.last() else {
                break;
            };
            let jobs = match self.order.by {
                By::Caller(at_once) => {
                    self.refresh(&batch, at_once).await?;
                    Vec::new()
                }
                By::Workers => {
                    self.progress.enqueued(&batch, self.app.ports.clock.now());
                    batch.iter().map(enqueue::mass_refresh).collect()
                }
            };
            self.progress.ended_with(last);
            self.keep(jobs).await?;
            (self.watch)(Seen::Batch(&self.progress));
        }
        if let Some(name) = self.name.take() {
            let done = Changes::new().with(Change::DeleteCheckpoint(name));
            self.app.write(done).await?;
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
                let store = &self.app.ports.store;
                let last = self.progress.last();
                Ok(store.products_with(filter, last, limit.into()).await?)
            }
        }
    }

    /// Keeps how far it has come, together with the jobs of the batch.
    async fn keep(&self, jobs: Vec<NewJob>) -> Result<()> {
        let mut changes = Changes {
            jobs,
            ..Changes::new()
        };
        if let Some(name) = &self.name {
            changes = changes.with(Change::StoreCheckpoint(Checkpoint {
                name: name.clone(),
                place: serde_json::to_value(&self.progress)?,
                kept_at: self.app.ports.clock.now(),
            }));
        }
        if changes.changes.is_empty() && changes.jobs.is_empty() {
            return Ok(());
        }
        self.app.write(changes).await
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
