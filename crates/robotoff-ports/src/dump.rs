//! A dump of all products of Open Food Facts.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::dump::DumpedProduct;
use robotoff_core::product::Barcode;

use crate::error::PortResult;

/// A dump, read from its start to its end. It blocks: threads read it that may.
pub trait ProductDump: Send {
    /// Passes on each product that is wanted, until `found` returns false; returns the
    /// number of products that were read. A line that is no document, and an end in the
    /// middle of one, is an error.
    fn read(
        self: Box<Self>,
        is_wanted: &dyn Fn(&Barcode) -> bool,
        found: &mut dyn FnMut(Barcode, DumpedProduct) -> bool,
    ) -> PortResult<u64>;
}

/// A dump that is ready to be read.
pub struct DatedDump {
    pub dump: Box<dyn ProductDump>,
    /// Rows that are younger may know more than the dump.
    pub as_of: NaiveDateTime,
}

/// Where dumps come from.
#[async_trait]
pub trait DumpSource: Send + Sync {
    /// The newest dump, fetched if there is a newer one than before.
    async fn newest(&self) -> PortResult<DatedDump>;
}
