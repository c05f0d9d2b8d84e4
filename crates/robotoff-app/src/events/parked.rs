//! Parked events: replayed when their sender or this program was corrected.

use anyhow::{Context, Result};
use robotoff_ports::store::{ParkedEvent, ParkedEventId};

use super::EventIntake;

/// Result of replaying a parked event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayedEvent {
    /// It gave so many jobs, and is not parked any more.
    Done { jobs: usize },
    /// It still cannot be read, for this reason, and stays.
    StillUnreadable(String),
    /// It is not parked (any more).
    Unknown,
}

impl EventIntake {
    /// Parked events with lower numbers than `below`, newest first.
    pub async fn parked(
        &self,
        below: Option<ParkedEventId>,
        limit: u64,
    ) -> Result<Vec<ParkedEvent>> {
        let parked = self.store.parked_events(below, limit).await;
        parked.context("cannot list parked events")
    }

    /// Reads a parked event again, and stores its jobs.
    pub async fn replay_parked(&self, id: ParkedEventId) -> Result<ReplayedEvent> {
        let Some(parked) = self.store.parked_event(id).await? else {
            return Ok(ReplayedEvent::Unknown);
        };
        let jobs = match self.jobs_of(&parked.entry, true) {
            Ok(jobs) => jobs,
            Err(error) => return Ok(ReplayedEvent::StillUnreadable(error)),
        };
        let unparked = self.store.unpark_event(id, &jobs).await;
        Ok(match unparked.context("cannot replay a parked event")? {
            true => ReplayedEvent::Done { jobs: jobs.len() },
            false => ReplayedEvent::Unknown,
        })
    }

    /// Deletes a parked event; false: it is not parked (any more).
    pub async fn discard_parked(&self, id: ParkedEventId) -> Result<bool> {
        let deleted = self.store.unpark_event(id, &[]).await;
        deleted.context("cannot discard a parked event")
    }
}
