//! The products that have rows, as hashes, and which of them a dump has.

use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, Result};
use robotoff_core::insight::InsightKind;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ServerType};
use robotoff_ports::Store;
use robotoff_ports::store::ProductFilter;

/// Products of one read.
const PAGE: u64 = 10_000;

/// Hashes of barcodes, sorted. Of ten million products two share one with a chance of one in
/// a hundred thousand; the one that the dump lacks then keeps its rows.
pub(super) struct KnownProducts(Vec<u64>);

/// Pages of the products that have rows.
pub(super) struct Pages<'a> {
    store: &'a dyn Store,
    filter: ProductFilter,
    after: Option<Barcode>,
    is_done: bool,
}

impl KnownProducts {
    /// Reads which products have rows.
    pub(super) async fn read(store: &dyn Store, server_type: ServerType) -> Result<Self> {
        let mut hashes = Vec::new();
        let mut pages = Self::pages(store, server_type);
        while let Some(page) = pages.next().await? {
            hashes.extend(page.iter().map(hashed));
        }
        hashes.sort_unstable();
        hashes.dedup();
        hashes.shrink_to_fit();
        Ok(Self(hashes))
    }

    /// Pages of these products, read anew.
    pub(super) fn pages(store: &dyn Store, server_type: ServerType) -> Pages<'_> {
        Pages {
            store,
            filter: ProductFilter {
                server_type,
                predictions: PredictionKind::ALL.into_iter().collect(),
                insights: InsightKind::ALL
                    .into_iter()
                    .map(PredictionKind::from)
                    .collect(),
            },
            after: None,
            is_done: false,
        }
    }

    pub(super) const fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The place of a product; `None` for one without rows.
    pub(super) fn place(&self, barcode: &Barcode) -> Option<usize> {
        self.0.binary_search(&hashed(barcode)).ok()
    }
}

impl Pages<'_> {
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Barcode>>> {
        if self.is_done {
            return Ok(None);
        }
        let page = self
            .store
            .products_with(&self.filter, self.after.as_ref(), PAGE);
        let page = page.await.context("cannot read which products have rows")?;
        self.is_done = (page.len() as u64) < PAGE;
        let page: Vec<Barcode> = page.into_iter().map(|product| product.barcode).collect();
        self.after = page.last().cloned();
        Ok(Some(page))
    }
}

/// One bit for each known product.
pub(super) struct Presence(Vec<u64>);

impl Presence {
    pub(super) fn none(known: &KnownProducts) -> Self {
        Self(vec![0; known.0.len().div_ceil(64)])
    }

    pub(super) fn set(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.0[place / 64] & (1 << (place % 64)) != 0
    }
}

fn hashed(barcode: &Barcode) -> u64 {
    let mut hasher = DefaultHasher::new();
    barcode.hash(&mut hasher);
    hasher.finish()
}
