//! Fakes of ports, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use robotoff_core::geometry::ImageSize;
use robotoff_core::product::{Lookup, Product, ProductId, SourceImage};
use robotoff_ports::{Pictures, PortError, PortResult, Products};

/// Products in memory. Some may be made unavailable.
#[derive(Default)]
pub(crate) struct FakeProducts(Mutex<ProductTable>);

#[derive(Default)]
struct ProductTable {
    products: BTreeMap<ProductId, Product>,
    unavailable: BTreeSet<ProductId>,
}

impl FakeProducts {
    /// Adds a product, or replaces it.
    pub(crate) fn insert(&self, product: Product) {
        self.table().products.insert(product.id.clone(), product);
    }

    /// Makes these products, and no others, unavailable.
    pub(crate) fn set_unavailable(&self, ids: impl IntoIterator<Item = ProductId>) {
        self.table().unavailable = ids.into_iter().collect();
    }

    fn table(&self) -> MutexGuard<'_, ProductTable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Products for FakeProducts {
    async fn product(&self, id: &ProductId) -> PortResult<Lookup> {
        let table = self.table();
        if table.unavailable.contains(id) {
            return Err(PortError::unavailable("the products", "the test says so"));
        }
        let found = table.products.get(id).cloned();
        Ok(found.map_or(Lookup::Absent, |product| Lookup::Found(Box::new(product))))
    }
}

/// A server of pictures without any file.
pub(crate) struct NoPictures;

#[async_trait]
impl Pictures for NoPictures {
    async fn ocr(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn at(&self, _: &str) -> PortResult<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn size(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<ImageSize>> {
        Ok(None)
    }
}
