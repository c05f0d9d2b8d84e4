//! Missions: sets of questions that people work on together, with a goal and an end.

use std::sync::Arc;

use anyhow::Result;
use robotoff_core::insight::InsightKind;
use robotoff_ports::store::{InsightFilter, Mission};
use robotoff_ports::{Clock, Store};

use crate::ports::Ports;

/// Largest number of insights that the progress of a mission counts.
pub const MAX_COUNTED: u64 = 100_000;

/// Number of insights of a mission, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissionProgress {
    pub answered: u64,
    /// Answered and open ones.
    pub matching: u64,
}

/// Reads and edits missions.
pub struct Missions {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Missions {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
        }
    }

    /// All missions, by name.
    pub async fn list(&self) -> Result<Vec<Mission>> {
        Ok(self.store.missions().await?)
    }

    /// Mission of a name.
    pub async fn get(&self, name: &str) -> Result<Option<Mission>> {
        Ok(self.store.mission(name).await?)
    }

    /// True for a mission that has not ended.
    pub fn is_running(&self, mission: &Mission) -> bool {
        mission.ends_at.is_none_or(|end| end > self.clock.now())
    }

    /// Stores a new mission, created now; false when there is one of its name.
    pub async fn create(&self, mission: Mission) -> Result<bool> {
        let mission = Mission {
            created_at: self.clock.now(),
            ..mission
        };
        Ok(self.store.create_mission(&mission).await?)
    }

    /// Replaces title, filter, goal and end; false when there is no mission of its name.
    pub async fn update(&self, mission: &Mission) -> Result<bool> {
        Ok(self.store.update_mission(mission).await?)
    }

    /// Progress of the mission with this filter.
    pub async fn progress(&self, filter: InsightFilter) -> Result<MissionProgress> {
        let every = || InsightKind::ALL.map(InsightKind::prediction_kind).to_vec();
        let matching = InsightFilter {
            kinds: Some(filter.kinds.unwrap_or_else(every)),
            unseen_by: None,
            ..filter
        };
        let answered = InsightFilter {
            answered: Some(true),
            ..matching.clone()
        };
        let (answered, matching) = tokio::try_join!(
            self.store.count_insights(&answered, Some(MAX_COUNTED)),
            self.store.count_insights(&matching, Some(MAX_COUNTED)),
        )?;
        Ok(MissionProgress { answered, matching })
    }
}
