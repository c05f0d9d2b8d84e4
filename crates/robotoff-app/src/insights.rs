//! Stored insights by id and by filter (`docs/reference/api.md` 2.6 to 2.9).

use std::sync::Arc;

use anyhow::Result;
use robotoff_core::insight::{Insight, InsightId};
use robotoff_ports::Store;
use robotoff_ports::store::{
    CountedInsights, InsightBatch, InsightCursor, InsightFilter, InsightOrder, InsightPage,
};

use crate::ports::Ports;

/// Filter, order and page of a list of insights.
#[derive(Debug, Clone)]
pub struct InsightQuery {
    pub filter: InsightFilter,
    pub order: InsightOrder,
    pub page: InsightPage,
}

/// Page of insights.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InsightList {
    /// Number of matches on all pages, as far as they were counted.
    pub count: u64,
    pub insights: Vec<Insight>,
    /// Place behind the last one; `None` for an empty page and a random order.
    pub next: Option<InsightCursor>,
}

/// Reads stored insights, in any state.
pub struct Insights {
    store: Arc<dyn Store>,
}

impl Insights {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
        }
    }

    /// One insight; `None` for an unknown id.
    pub async fn get(&self, id: InsightId) -> Result<Option<Insight>> {
        Ok(self.store.insight(id).await?)
    }

    /// Insights that match.
    pub async fn list(&self, query: &InsightQuery) -> Result<Vec<Insight>> {
        let InsightQuery {
            filter,
            order,
            page,
        } = query;
        Ok(self.store.insights(filter, *order, page).await?)
    }

    /// Batch of an export: see [`robotoff_ports::store::InsightReads::insight_batch`].
    pub async fn batch(
        &self,
        filter: &InsightFilter,
        after: Option<InsightCursor>,
        limit: u64,
    ) -> Result<InsightBatch> {
        Ok(self.store.insight_batch(filter, after, limit).await?)
    }

    /// Number of insights that a user has closed.
    pub async fn answers_of(&self, username: &str) -> Result<u64> {
        Ok(self.store.count_answers_of(username).await?)
    }

    /// Insights that match, and their number on all pages. Counting stops at `count_cap`.
    pub async fn counted_list(
        &self,
        query: &InsightQuery,
        count_cap: Option<u64>,
    ) -> Result<InsightList> {
        let InsightQuery {
            filter,
            order,
            page,
        } = query;
        let CountedInsights { count, insights } = self
            .store
            .counted_insights(filter, *order, page, count_cap)
            .await?;
        Ok(InsightList {
            count,
            next: place_behind(&insights, *order),
            insights,
        })
    }
}

/// Place behind the last of the insights. A page may lack rows that cannot be read, so only an
/// empty one is known to be the last.
pub(crate) fn place_behind(insights: &[Insight], order: InsightOrder) -> Option<InsightCursor> {
    match order {
        InsightOrder::Random(_) => None,
        InsightOrder::Stored
        | InsightOrder::Popularity
        | InsightOrder::Confidence
        | InsightOrder::Votes => Some(InsightCursor::of(insights.last()?, order)),
    }
}
