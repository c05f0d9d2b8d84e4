//! One batch: several products at the same time, each in a task of its own.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;

use anyhow::{Result, anyhow, bail};
use robotoff_core::product::ProductId;
use robotoff_ports::PortError;
use tokio::task::{Id, JoinError, JoinSet};

use super::{ProgressEvent, Run};
use crate::imports::Refreshed;

/// Products in a row that are out of reach before the run is given up: then it is the
/// server, and a run that went on would count every product as failed.
const OUTAGE: u32 = 20;

impl Run<'_> {
    /// Refreshes the products of a batch. One that fails, or whose task panics, does not
    /// affect the others.
    ///
    /// # Errors
    /// [`OUTAGE`] products in a row are out of reach.
    pub(super) async fn refresh_batch(
        &mut self,
        batch: &[ProductId],
        at_once: NonZeroUsize,
    ) -> Result<()> {
        let mut waiting: VecDeque<&ProductId> = batch.iter().collect();
        let mut running = JoinSet::new();
        let mut product_by_task: HashMap<Id, &ProductId> = HashMap::new();
        loop {
            while running.len() < at_once.get()
                && let Some(product) = waiting.pop_front()
            {
                let (imports, id) = (self.refresh.imports.clone(), product.clone());
                let task = running.spawn(async move { imports.refresh(&id, None).await });
                product_by_task.insert(task.id(), product);
            }
            let Some(joined) = running.join_next_with_id().await else {
                return Ok(());
            };
            let (task, result) = result_of(joined);
            let Some(product) = product_by_task.remove(&task) else {
                bail!("a task without a product ended");
            };
            self.product_done(product, &result)?;
        }
    }

    fn product_done(&mut self, product: &ProductId, result: &Result<Refreshed>) -> Result<()> {
        let now = self.refresh.clock.now();
        self.progress.count(product, result, now);
        (self.on_event)(ProgressEvent::Product(product, result, &self.progress));
        self.out_of_reach = match result {
            Err(error) if is_out_of_reach(error) => self.out_of_reach + 1,
            Ok(_) | Err(_) => 0,
        };
        match result {
            Err(error) if self.out_of_reach >= OUTAGE => {
                bail!("{OUTAGE} products in a row could not be refreshed, the last: {error:#}")
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// The task and its result. A panic is a failure of the product.
fn result_of(joined: Result<(Id, Result<Refreshed>), JoinError>) -> (Id, Result<Refreshed>) {
    match joined {
        Ok(ended) => ended,
        Err(error) => (error.id(), Err(anyhow!("its task failed: {error}"))),
    }
}

fn is_out_of_reach(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<PortError>()
            .is_some_and(PortError::is_retryable)
    })
}
