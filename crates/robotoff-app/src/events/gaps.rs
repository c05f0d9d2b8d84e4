//! Gaps of streams, and replays that fill them.

use robotoff_core::event::{EventEntry, EventStream};
use robotoff_ports::PortResult;
use robotoff_ports::events::StreamGap;
use robotoff_ports::store::{EventGap, EventGapId};

use super::EventIntake;

/// Counts, during a replay, the events that fell into gaps.
pub struct GapCover {
    /// Open gaps, and the events of the replay that fell into each.
    gaps: Vec<(EventGap, u64)>,
}

impl GapCover {
    /// Counts events that were stored.
    pub fn note(&mut self, entries: &[EventEntry]) {
        for (gap, covered) in &mut self.gaps {
            let inside = entries.iter().filter(|entry| {
                let id = entry.id.filter(|_| entry.stream == gap.stream);
                id.is_some_and(|id| {
                    id > gap.gap.after && gap.gap.first.is_none_or(|first| id < first)
                })
            });
            *covered += inside.count() as u64;
        }
    }
}

impl EventIntake {
    /// Gaps that are open and those that are resolved, newest first.
    pub async fn gaps(&self) -> PortResult<Vec<EventGap>> {
        self.store.event_gaps().await
    }

    pub(super) async fn keep_gap(&self, stream: EventStream, gap: &StreamGap) -> PortResult<bool> {
        self.store.store_gap(stream, gap, self.clock.now()).await
    }

    /// Begins to count what a replay fills.
    pub async fn gap_cover(&self) -> PortResult<GapCover> {
        let gaps = self.gaps().await?.into_iter();
        let open = gaps.filter(|gap| gap.resolved_at.is_none());
        Ok(GapCover {
            gaps: open.map(|gap| (gap, 0)).collect(),
        })
    }

    /// Resolves the gaps all of whose events were replayed; returns them. Of a gap whose
    /// number of events is not known nobody can tell: an operator resolves it.
    pub async fn resolve_covered(&self, cover: GapCover) -> PortResult<Vec<EventGap>> {
        let mut resolved = Vec::new();
        for (gap, covered) in cover.gaps {
            let is_covered = gap.gap.lost.is_some_and(|lost| covered >= lost);
            if is_covered && self.resolve_gap(gap.id).await? {
                resolved.push(gap);
            }
        }
        Ok(resolved)
    }

    /// Resolves a gap; false when there is none of this number that is open.
    pub async fn resolve_gap(&self, id: EventGapId) -> PortResult<bool> {
        self.store.resolve_gap(id, self.clock.now()).await
    }
}
