//! Reads of insights: filters, orders, pages (`docs/reference/api.md` 1.13 and 1.14).

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::insight::{Insight, InsightId, Verdict};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_core::vote::{Viewer, Vote};

use super::Revision;
use super::predictions::StoredPrediction;
use crate::error::PortResult;

/// Conditions that all hold; an absent one does not filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InsightFilter {
    pub server_type: ServerType,
    /// Any of them.
    pub barcodes: Option<Vec<Barcode>>,
    /// Any of them; an empty list matches no row.
    pub kinds: Option<Vec<PredictionKind>>,
    /// True: closed; false: open.
    pub answered: Option<bool>,
    pub verdict: Option<Verdict>,
    pub automatic: Option<bool>,
    pub value_tag: Option<String>,
    pub predictor: Option<String>,
    /// Any of them.
    pub countries: Option<Vec<String>>,
    /// Any of them.
    pub brands: Option<Vec<String>>,
    /// All of them.
    pub campaigns: Option<Vec<String>>,
    /// Any of them.
    pub lc: Option<Vec<String>>,
    pub reserved_barcode: Option<bool>,
    /// Unknown counts as no (`docs/reference/api.md` 9.3).
    pub with_image: Option<bool>,
    /// All of these facets of the product: `labels:en:organic`.
    pub facets: Option<Vec<String>>,
    /// Leaves out what this person has voted on under any identity, skips included.
    pub unseen_by: Option<Viewer>,
    /// Leaves out insights whose edit may still reach the product.
    pub without_live_edit: bool,
    /// Leaves out insights that are lent to anyone at this time.
    pub unlent_at: Option<NaiveDateTime>,
}

/// The order of insights; equals follow by `timestamp`, then id.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum InsightOrder {
    /// By `timestamp`, then id.
    #[default]
    Stored,
    /// Most scanned first.
    Popularity,
    /// Most certain first, unknown last.
    Confidence,
    /// Most votes first.
    Votes,
    /// As drawn by the number, from 0 to 1: the same number gives the same
    /// page. Insights with votes come first more often; pages have no start.
    Random(f64),
}

/// The start of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum PageStart {
    Offset(u64),
    /// Behind this row, in the same order: as fast on page 1000 as on page 2.
    After(InsightCursor),
}

/// A part of a long answer.
#[derive(Debug, Clone, PartialEq)]
pub struct InsightPage {
    pub limit: u64,
    pub start: PageStart,
}

impl InsightPage {
    /// The first rows.
    pub const fn first(limit: u64) -> Self {
        Self {
            limit,
            start: PageStart::Offset(0),
        }
    }

    /// The rows behind one.
    pub const fn after(limit: u64, cursor: InsightCursor) -> Self {
        Self {
            limit,
            start: PageStart::After(cursor),
        }
    }
}

/// The place of an insight in an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InsightCursor {
    /// The value that the order sorts by first; `None` for [`InsightOrder::Stored`]
    /// and for an unknown confidence.
    pub rank: Option<f64>,
    pub timestamp: Option<NaiveDateTime>,
    pub id: InsightId,
}

impl InsightCursor {
    /// The place of the insight.
    pub fn of(insight: &Insight, order: InsightOrder) -> Self {
        let rank = match order {
            InsightOrder::Stored | InsightOrder::Random(_) => None,
            InsightOrder::Popularity => Some(f64::from(insight.unique_scans_n)),
            InsightOrder::Confidence => insight.confidence.map(f64::from),
            InsightOrder::Votes => Some(f64::from(insight.n_votes)),
        };
        Self {
            rank,
            timestamp: insight.timestamp,
            id: insight.id,
        }
    }
}

/// A page of insights, and the number of all that match.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CountedInsights {
    /// On all pages, as far as they were counted.
    pub count: u64,
    pub insights: Vec<Insight>,
}

/// The number of insights that are equal in these columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightTally {
    pub kind: String,
    pub verdict: Option<i32>,
    pub automatic: bool,
    pub predictor: Option<String>,
    pub reserved_barcode: bool,
    pub server_type: Option<String>,
    pub insights: u64,
}

/// A batch of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct InsightBatch {
    pub insights: Vec<Insight>,
    /// The place behind which the next batch begins; `None` behind the last one.
    pub next: Option<InsightCursor>,
}

/// The number of insights that claim a value tag; `None` counts those without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueTagCount {
    pub value_tag: Option<String>,
    pub insights: u64,
}

/// A page of value tags, and the number of insights that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedValueTags {
    pub insights: u64,
    pub rows: Vec<ValueTagCount>,
}

/// All rows that planning the insights of a product needs.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductSnapshot {
    /// To be expected by the commit that follows.
    pub revision: Revision,
    /// Facets of the product when it was planned last; `None` when it was not since they are
    /// stored.
    pub facets: Option<Vec<String>>,
    pub predictions: Vec<StoredPrediction>,
    pub insights: Vec<Insight>,
}

/// Insights, and the votes on them.
#[async_trait]
pub trait InsightReads: Send + Sync {
    /// One insight. A row that cannot be read, of an adopted database, is none: here as in
    /// lists it is logged, counted and left out.
    async fn insight(&self, id: InsightId) -> PortResult<Option<Insight>>;

    /// A page of the insights that match.
    async fn insights(
        &self,
        filter: &InsightFilter,
        order: InsightOrder,
        page: &InsightPage,
    ) -> PortResult<Vec<Insight>>;

    /// A page of the insights that match, and their number, counted up to the cap. Changes
    /// that other processes made in the last second may be missing, and random pages of a
    /// large table are drawn from a sample; what this process changed is never missing, nor
    /// is a vote of the filter's viewer, by whatever process.
    async fn counted_insights(
        &self,
        filter: &InsightFilter,
        order: InsightOrder,
        page: &InsightPage,
        count_cap: Option<u64>,
    ) -> PortResult<CountedInsights>;

    /// Products with insights that match, and their numbers.
    async fn counts_by_barcode(&self, filter: &InsightFilter) -> PortResult<Vec<(Barcode, u64)>>;

    /// A batch of the insights that match, by `timestamp`, then id, behind the place. A batch
    /// costs the same however many came before it. It may be empty and still have a next one.
    async fn insight_batch(
        &self,
        filter: &InsightFilter,
        after: Option<InsightCursor>,
        limit: u64,
    ) -> PortResult<InsightBatch>;

    /// The number of insights that match; with a cap, counting stops there.
    async fn count_insights(&self, filter: &InsightFilter, cap: Option<u64>) -> PortResult<u64>;

    /// The numbers of all insights by kind, verdict and origin. It reads the whole table, and
    /// is for a job once a day.
    async fn insight_tallies(&self) -> PortResult<Vec<InsightTally>>;

    /// The value tags of the insights that match, most frequent first, then by
    /// tag, insights without a tag last, and the number of all insights that match. Of more
    /// than some thousand insights the numbers may be minutes old.
    async fn value_tags(
        &self,
        filter: &InsightFilter,
        limit: u64,
        offset: u64,
    ) -> PortResult<CountedValueTags>;

    /// Open automatic insights that may be applied by `now` and have no edit on
    /// its way, the longest due first.
    async fn due_insights(
        &self,
        now: NaiveDateTime,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<Insight>>;

    /// The predictions and insights of a product, and their revision.
    async fn product_snapshot(&self, product: &ProductId) -> PortResult<ProductSnapshot>;

    /// The votes on an insight, oldest first.
    async fn votes_on(&self, insight: InsightId) -> PortResult<Vec<Vote>>;

    /// The number of insights that a user has closed.
    async fn count_answers_of(&self, username: &str) -> PortResult<u64>;
}
