//! Reads of the rows that a dump of products is compared with.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::dump::ProductRows;
use robotoff_core::product::{Barcode, ServerType};

use super::Revision;
use crate::error::PortResult;

/// The rows of a product, and the revision at which they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisedRows {
    pub revision: Revision,
    pub rows: ProductRows,
}

/// Rows that a dump is compared with.
#[async_trait]
pub trait DumpReads: Send + Sync {
    /// The open insights and the predictions of products, as far as they are not younger
    /// than this, by product. Products without any are left out.
    async fn rows_until(
        &self,
        server_type: ServerType,
        barcodes: &[Barcode],
        until: NaiveDateTime,
    ) -> PortResult<Vec<RevisedRows>>;
}
