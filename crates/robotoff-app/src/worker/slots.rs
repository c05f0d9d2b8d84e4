//! The slots of a worker: which jobs run, and which may start.
//!
//! A worker has `concurrency` slots for jobs of any kind, and one more in reserve. When
//! all others are taken, the reserved slot runs one job of the most urgent queue, of a kind
//! of which no job of that queue runs. So a kind whose jobs hang (a server of images that
//! does not answer) may take all other slots, and the next answer of a person is delivered
//! all the same. The alternative, fewer slots for each kind, would leave slots empty in
//! the usual case of one kind with much to do.

use std::collections::HashMap;

use robotoff_ports::job::{Lease, Queue};
use tokio::task::{Id, JoinError, JoinSet};

/// Jobs that run.
#[derive(Default)]
pub(super) struct Slots {
    tasks: JoinSet<Option<Lease>>,
    jobs: HashMap<Id, Slot>,
}

struct Slot {
    queue: Queue,
    kind: String,
    is_reserved: bool,
}

impl Slots {
    /// Number of jobs that may start in slots that are not reserved.
    pub(super) fn room(&self, concurrency: u32) -> u32 {
        let taken = self.jobs.values().filter(|slot| !slot.is_reserved).count();
        concurrency.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
    }

    /// True while no job runs in the reserved slot.
    pub(super) fn has_reserve(&self) -> bool {
        !self.jobs.values().any(|slot| slot.is_reserved)
    }

    /// Those of the kinds of which no job of the queue runs.
    pub(super) fn idle_kinds(&self, queue: Queue, kinds: &[&'static str]) -> Vec<&'static str> {
        let runs = |kind: &str| {
            let mut slots = self.jobs.values();
            slots.any(|slot| slot.queue == queue && slot.kind == kind)
        };
        kinds.iter().copied().filter(|kind| !runs(kind)).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Starts a job.
    pub(super) fn spawn(
        &mut self,
        (queue, kind): (Queue, String),
        is_reserved: bool,
        run: impl Future<Output = Option<Lease>> + Send + 'static,
    ) {
        let task = self.tasks.spawn(run);
        let slot = Slot {
            queue,
            kind,
            is_reserved,
        };
        self.jobs.insert(task.id(), slot);
    }

    /// Waits until a job ends, and takes those that ended at the same time; returns the
    /// leases of those that are done. Without a job it returns at once.
    pub(super) async fn ended(&mut self) -> Vec<Lease> {
        let mut done = Vec::new();
        let first = self.tasks.join_next_with_id().await;
        done.extend(self.free(first));
        loop {
            let Some(ended) = self.tasks.try_join_next_with_id() else {
                return done;
            };
            done.extend(self.free(Some(ended)));
        }
    }

    /// Frees the slot of a job; returns its lease if it is done.
    fn free(&mut self, ended: Option<Result<(Id, Option<Lease>), JoinError>>) -> Option<Lease> {
        let (id, lease) = match ended? {
            Ok((id, lease)) => (id, lease),
            Err(error) => (error.id(), None),
        };
        self.jobs.remove(&id);
        lease
    }
}
