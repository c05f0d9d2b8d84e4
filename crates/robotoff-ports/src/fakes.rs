//! Fakes of ports for tests and benches: values in memory, without network or files.
//!
//! Each behaves as its port promises. What a single test needs beyond that (a server
//! that refuses one edit, a source that panics) is a stub beside that test.

mod corpora;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::geometry::ImageSize;
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::product::{Lookup, Product, ProductId, SourceImage};

use crate::error::{PortError, PortResult};
use crate::logins::{Authentication, Authenticator};
use crate::products::Credentials;
use crate::{Fetched, ImageFiles, KnowledgeSource, Products};

pub use corpora::{CATEGORIES, FakeCorpora};
pub use search::FakeSearch;

/// Products in memory. Some may be made unavailable.
#[derive(Default)]
pub struct FakeProducts(Mutex<ProductTable>);

#[derive(Default)]
struct ProductTable {
    products: BTreeMap<ProductId, Product>,
    unavailable: BTreeSet<ProductId>,
}

impl FakeProducts {
    /// Adds a product, or replaces it.
    pub fn insert(&self, product: Product) {
        self.table().products.insert(product.id.clone(), product);
    }

    /// Removes a product: it is absent from now on.
    pub fn remove(&self, id: &ProductId) {
        self.table().products.remove(id);
    }

    /// Changes a product; `None` when it is absent.
    pub fn change<T>(&self, id: &ProductId, change: impl FnOnce(&mut Product) -> T) -> Option<T> {
        self.table().products.get_mut(id).map(change)
    }

    /// Makes these products, and no others, unavailable.
    pub fn set_unavailable(&self, ids: impl IntoIterator<Item = ProductId>) {
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
        Ok(found.map_or(Lookup::Absent, Lookup::of))
    }
}

/// A server of images without any file.
pub struct NoImageFiles;

#[async_trait]
impl ImageFiles for NoImageFiles {
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

/// A server of images with files in memory, by their addresses. Other addresses of its host
/// have none; other hosts are not allowed.
#[derive(Default)]
pub struct FakeImageFiles {
    host: &'static str,
    files: BTreeMap<String, PortResult<Vec<u8>>>,
    fetched: Mutex<Vec<String>>,
}

impl FakeImageFiles {
    /// A server whose addresses begin like this.
    pub fn of_host(host: &'static str) -> Self {
        Self {
            host,
            ..Self::default()
        }
    }

    /// Adds a file, or the error that fetching it results in.
    #[must_use]
    pub fn with(mut self, url: &str, file: PortResult<Vec<u8>>) -> Self {
        self.files.insert(url.to_owned(), file);
        self
    }

    /// The addresses that were fetched, in their order.
    pub fn fetched(&self) -> Vec<String> {
        let fetched = self.fetched.lock();
        fetched.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl ImageFiles for FakeImageFiles {
    async fn ocr(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn at(&self, _: &str) -> PortResult<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn fetch(&self, url: &str) -> PortResult<Fetched> {
        if !url.starts_with(self.host) {
            return Ok(Fetched::NotAllowed);
        }
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.push(url.to_owned());
        match self.files.get(url) {
            None => Ok(Fetched::Missing),
            Some(Ok(file)) => Ok(Fetched::File(file.clone())),
            Some(Err(PortError::Unavailable { what, why })) => {
                Err(PortError::unavailable(what, why))
            }
            Some(Err(PortError::Denied { what, why })) => Err(PortError::denied(what, why)),
            Some(Err(PortError::Defect { what, why })) => Err(PortError::defect(what, why)),
        }
    }

    async fn size(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<ImageSize>> {
        Ok(None)
    }
}

/// Knowledge that is loaded already.
pub struct FakeKnowledge(pub Arc<Knowledge>);

#[async_trait]
impl KnowledgeSource for FakeKnowledge {
    async fn knowledge(&self, _: &[Part], _: Duration) -> PortResult<Arc<Knowledge>> {
        Ok(self.0.clone())
    }
}

/// Server of logins: names with their passwords, sessions `SESSION-OF-` and a name.
#[derive(Default)]
pub struct FakeLogins(Mutex<LoginTable>);

#[derive(Default)]
struct LoginTable {
    passwords: BTreeMap<String, String>,
    is_away: bool,
    calls: usize,
}

impl FakeLogins {
    /// Adds an account, or changes its password.
    pub fn insert(&self, username: &str, password: &str) {
        let passwords = &mut self.table().passwords;
        passwords.insert(username.to_owned(), password.to_owned());
    }

    /// Makes the server unavailable, or available again.
    pub fn set_away(&self, is_away: bool) {
        self.table().is_away = is_away;
    }

    /// Number of checks since the last call.
    pub fn take_calls(&self) -> usize {
        std::mem::take(&mut self.table().calls)
    }

    fn table(&self) -> MutexGuard<'_, LoginTable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Authenticator for FakeLogins {
    async fn authenticate(&self, credentials: &Credentials) -> PortResult<Authentication> {
        // Others get their turn, as while a server answers.
        tokio::task::yield_now().await;
        let mut table = self.table();
        table.calls += 1;
        if table.is_away {
            return Err(PortError::unavailable("the logins", "the test says so"));
        }
        let username = match credentials {
            Credentials::Service => None,
            Credentials::Session(session) => session.strip_prefix("SESSION-OF-"),
            Credentials::Password { username, password } => {
                let known = table.passwords.get(username);
                known
                    .filter(|known| *known == password)
                    .map(|_| username.as_str())
            }
        };
        Ok(
            match username.filter(|name| table.passwords.contains_key(*name)) {
                Some(name) => Authentication::Valid {
                    username: Some(name.to_owned()),
                },
                None => Authentication::Invalid,
            },
        )
    }
}
