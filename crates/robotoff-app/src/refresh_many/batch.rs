//! One batch: several products at the same time, each for itself.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;

use anyhow::{Result, anyhow, bail};
use robotoff_core::product::ProductId;
use robotoff_ports::PortError;
use tokio::task::{Id, JoinError, JoinSet};

use super::{Seen, Walk};
use crate::refresh::Refreshed;

/// When so many products in a row are out of reach, it is not for the products.
const OUTAGE: u32 = 20;

impl Walk<'_> {
    /// Refreshes the products of a batch. One that fails, or brings its task down,
    /// costs only itself; when nobody can be reached, the batch is given up.
    pub(super) async fn refresh(
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
                let (app, id) = (self.app.clone(), product.clone());
                let task = running.spawn(async move { app.refresh(&id, None).await });
                product_by_task.insert(task.id(), product);
            }
            let Some(joined) = running.join_next_with_id().await else {
                return Ok(());
            };
            let (task, result) = outcome_of(joined);
            let Some(product) = product_by_task.remove(&task) else {
                bail!("a task ended that no product has");
            };
            self.ended(product, &result)?;
        }
    }

    fn ended(&mut self, product: &ProductId, result: &Result<Refreshed>) -> Result<()> {
        let now = self.app.ports.clock.now();
        self.progress.count(product, result, now);
        (self.watch)(Seen::Product(product, result, &self.progress));
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

/// The task, and what it came to. A panic is the failure of its product.
fn outcome_of(joined: Result<(Id, Result<Refreshed>), JoinError>) -> (Id, Result<Refreshed>) {
    match joined {
        Ok(ended) => ended,
        Err(error) => (error.id(), Err(anyhow!("its refresh broke off: {error}"))),
    }
}

fn is_out_of_reach(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<PortError>()
            .is_some_and(PortError::is_retryable)
    })
}
