//! Record of the requests that wrote: who, what, when.
//!
//! Records are stored some moments later, many at once: a row for each vote would cost as
//! much as the vote. A process that is killed loses those of the last moments; the votes and
//! edits themselves are not lost.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;
use robotoff_ports::store::WriteRecord;
use robotoff_ports::{Clock, Store};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::ports::Ports;

/// Time between two batches.
const FLUSH_INTERVAL: Duration = Duration::from_millis(250);
/// Records of one statement.
const BATCH: usize = 500;
/// Records that wait for a database that is away; the oldest beyond are dropped.
const CAPACITY: usize = 20_000;
/// Batches after which old records are deleted: some ten minutes.
const FLUSHES_PER_CLEANUP: u32 = 2400;
/// Records that one statement deletes.
const DELETED_AT_ONCE: u64 = 5000;
/// Longest action that is stored; an address may be much longer.
const MAX_ACTION_CHARS: usize = 300;

/// Record of writes.
pub struct WriteLog {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    records: VecDeque<WriteRecord>,
    dropped: u64,
}

impl WriteLog {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
            waiting: Mutex::default(),
        }
    }

    /// Records a request that wrote.
    pub fn record(&self, actor: &str, action: &str, status: u16, request_id: &str) {
        let record = WriteRecord {
            id: Uuid::new_v4(),
            at: self.clock.now(),
            actor: actor.to_owned(),
            action: action.chars().take(MAX_ACTION_CHARS).collect(),
            status,
            request_id: request_id.to_owned(),
        };
        let mut waiting = self.waiting();
        if waiting.records.len() >= CAPACITY {
            waiting.records.pop_front();
            waiting.dropped += 1;
        }
        waiting.records.push_back(record);
    }

    /// Stores what waits.
    pub async fn flush(&self) -> Result<()> {
        loop {
            let (batch, dropped) = self.take();
            if dropped > 0 {
                tracing::error!(dropped, "records of writes are lost: the database is away");
            }
            if batch.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.store.record_writes(&batch).await {
                self.give_back(batch);
                return Err(error.into());
            }
        }
    }

    fn take(&self) -> (Vec<WriteRecord>, u64) {
        let mut waiting = self.waiting();
        let count = waiting.records.len().min(BATCH);
        let batch = waiting.records.drain(..count).collect();
        (batch, std::mem::take(&mut waiting.dropped))
    }

    fn give_back(&self, batch: Vec<WriteRecord>) {
        let mut waiting = self.waiting();
        for record in batch.into_iter().rev() {
            waiting.records.push_front(record);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to `limit` records, newest first; of one actor, if one is named.
    pub async fn list(&self, actor: Option<&str>, limit: u64) -> Result<Vec<WriteRecord>> {
        Ok(self.store.writes(actor, limit).await?)
    }

    /// Deletes records that are older; returns how many.
    pub async fn delete_older_than(&self, age: TimeDelta) -> Result<u64> {
        let before = self.clock.now() - age;
        let mut all = 0;
        loop {
            let deleted = self.store.delete_writes(before, DELETED_AT_ONCE).await?;
            all += deleted;
            if deleted < DELETED_AT_ONCE {
                return Ok(all);
            }
        }
    }

    /// Stores records, and deletes old ones, until `stop` is cancelled. What comes after is
    /// for a last [`WriteLog::flush`].
    pub async fn run(&self, retention: TimeDelta, stop: CancellationToken) {
        let mut flushes = 0_u32;
        while !stop.is_cancelled() {
            if let Err(error) = self.flush().await {
                tracing::warn!(error = format!("{error:#}"), "records of writes wait");
            }
            if flushes.is_multiple_of(FLUSHES_PER_CLEANUP)
                && let Err(error) = self.delete_older_than(retention).await
            {
                tracing::warn!(error = format!("{error:#}"), "old records of writes stay");
            }
            flushes = flushes.wrapping_add(1);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(FLUSH_INTERVAL) => {}
            }
        }
    }
}
