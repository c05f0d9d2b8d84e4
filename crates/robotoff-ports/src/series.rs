//! Series of points over time, and the facets that they are made of.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::facet::{FacetCount, FacetQuery};

use crate::error::PortResult;

/// A value of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SeriesValue {
    Count(u64),
    Number(f64),
}

/// A point of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPoint {
    /// `facets`, `insights`.
    pub measurement: &'static str,
    /// Labels that tell series apart; one without a text is left out.
    pub tags: Vec<(&'static str, String)>,
    pub fields: Vec<(&'static str, SeriesValue)>,
    pub time: NaiveDateTime,
}

/// A database of series.
#[async_trait]
pub trait SeriesSink: Send + Sync {
    /// Stores points; one with the same measurement, tags and time replaces the earlier one.
    async fn write(&self, points: &[SeriesPoint]) -> PortResult<()>;
}

/// Facets of Product Opener.
#[async_trait]
pub trait FacetSource: Send + Sync {
    /// Number of products of a country; `None` when the server has no pages by country.
    async fn product_count(&self, country: &str) -> PortResult<Option<u64>>;

    /// Counts of a facet.
    async fn facet(
        &self,
        country: &str,
        query: &FacetQuery,
        total: Option<u64>,
    ) -> PortResult<Vec<FacetCount>>;
}
