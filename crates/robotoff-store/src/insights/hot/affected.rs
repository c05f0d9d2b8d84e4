//! Insights that a commit changes, for the lists in memory.

use robotoff_core::insight::InsightId;
use robotoff_ports::store::{Change, Changes};

/// The insights that changes are about.
#[derive(Debug, Default)]
pub(crate) struct AffectedInsights {
    pub(super) insights: Vec<InsightId>,
    /// Insights are made, whose ids the lists cannot know.
    pub(super) creates: bool,
}

impl AffectedInsights {
    /// The insights that the changes are about.
    pub(crate) fn by(changes: &Changes) -> Self {
        let mut affected = Self::default();
        for change in &changes.changes {
            match change {
                Change::CreateInsights(_) => affected.creates = true,
                Change::RefreshInsight(insight) => affected.insights.push(insight.id),
                Change::UpdateAttributes(updates) => {
                    let ids = updates.iter().map(|update| update.insight);
                    affected.insights.extend(ids);
                }
                Change::DeleteInsights(ids) => affected.insights.extend(ids),
                Change::CloseInsight(closure) => affected.insights.push(closure.insight),
                Change::CastVote(vote) => affected.insights.push(vote.insight),
                Change::StartEdit(edit) => affected.insights.push(edit.insight),
                Change::StorePredictions { .. }
                | Change::DeletePredictions(_)
                | Change::MoveEdit(_)
                | Change::RecordMade { .. }
                | Change::StoreImage(_)
                | Change::SetImageDeleted { .. }
                | Change::SetFingerprint { .. }
                | Change::AddImagePrediction(_)
                | Change::AnnotateLogo { .. }
                | Change::SetLogoEmbedding { .. }
                | Change::SetNeighbors { .. }
                | Change::SetFacets { .. }
                | Change::StoreCheckpoint(_)
                | Change::DeleteCheckpoint(_) => {}
            }
        }
        affected
    }
}
