//! Reads of edits.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditId, EditState, ProductEdit};
use robotoff_core::insight::InsightId;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ServerType};

use crate::error::PortResult;

/// Edits that an operator looks for; `None` filters out no edit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditFilter {
    pub state: Option<EditState>,
    pub barcode: Option<Barcode>,
    pub server_type: Option<ServerType>,
    /// Edits made before this instant.
    pub created_before: Option<NaiveDateTime>,
    /// Older edits: the page behind the one that ends with this edit.
    pub behind: Option<EditCursor>,
}

/// The place of an edit in the order by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditCursor {
    pub created_at: NaiveDateTime,
    pub id: EditId,
}

impl EditCursor {
    /// The place of the edit.
    pub const fn of(edit: &ProductEdit) -> Self {
        Self {
            created_at: edit.created_at,
            id: edit.id,
        }
    }
}

/// Number of edits in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditCount {
    pub state: EditState,
    /// At most [`EditCount::CAP`].
    pub edits: u64,
    /// There are more than the cap.
    pub is_capped: bool,
}

impl EditCount {
    /// Counting stops here, so that it costs the same at any size of the table.
    pub const CAP: u64 = 1000;
}

/// Edits and their states.
#[async_trait]
pub trait EditReads: Send + Sync {
    /// One edit.
    async fn edit(&self, id: EditId) -> PortResult<Option<ProductEdit>>;

    /// The edit of an insight that may still reach the product.
    async fn live_edit_of(&self, insight: InsightId) -> PortResult<Option<ProductEdit>>;

    /// The number of edits made without a person for insights of the kind since
    /// then; refused and failed ones do not count, those made in part do.
    async fn count_automatic_edits(
        &self,
        kind: PredictionKind,
        since: NaiveDateTime,
    ) -> PortResult<u64>;

    /// Edits in state `sending` whose lease has expired, oldest first.
    async fn expired_edits(&self, limit: u64) -> PortResult<Vec<ProductEdit>>;

    /// Edits that match, newest first.
    async fn edits(&self, filter: &EditFilter, limit: u64) -> PortResult<Vec<ProductEdit>>;

    /// Numbers of edits by state; states without edits are left out.
    async fn edit_counts(&self) -> PortResult<Vec<EditCount>>;
}
