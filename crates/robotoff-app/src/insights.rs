//! Stored insights by id and by filter (`docs/reference/api.md` 2.6 to 2.9).

use anyhow::Result;
use robotoff_core::insight::{Insight, InsightId};
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};

use crate::App;

/// Filter, order and page of a list of insights.
#[derive(Debug, Clone)]
pub struct InsightQuery {
    pub filter: InsightFilter,
    pub order: InsightOrder,
    pub page: InsightPage,
}

/// InsightPage of insights.
#[derive(Debug, Clone, PartialEq)]
pub struct InsightList {
    /// Number of matches on all pages, as far as they were counted.
    pub count: u64,
    pub insights: Vec<Insight>,
}

impl App {
    /// One insight; `None` for an unknown id.
    pub async fn insight(&self, id: InsightId) -> Result<Option<Insight>> {
        Ok(self.ports.store.insight(id).await?)
    }

    /// Insights that match, in any state.
    pub async fn insights(&self, query: &InsightQuery) -> Result<Vec<Insight>> {
        let InsightQuery {
            filter,
            order,
            page,
        } = query;
        Ok(self.ports.store.insights(filter, *order, page).await?)
    }

    /// Insights that match, and their number on all pages. Counting stops at `count_cap`.
    pub async fn counted_insights(
        &self,
        query: &InsightQuery,
        count_cap: Option<u64>,
    ) -> Result<InsightList> {
        let (count, insights) = tokio::try_join!(
            async {
                Ok(self
                    .ports
                    .store
                    .count_insights(&query.filter, count_cap)
                    .await?)
            },
            self.insights(query),
        )?;
        Ok(InsightList { count, insights })
    }
}
