//! Look-ups of products for their images: at the same time within bounds, until one
//! deadline for the page, and not again for a while where they failed.
//!
//! A question without its image is better than a late one, so nothing here is an error of
//! the page. Failures are remembered in two ways. One product that cannot be read is left
//! alone for [`ERROR_TTL`]. Failures in a row of different products of one project mean
//! that its server is away: then none of its products is read for [`OUTAGE_TTL`], or each
//! page of an outage would wait until its deadline, with other products each time.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::NaiveDateTime;
use futures_util::StreamExt;
use futures_util::stream;
use robotoff_core::product::{Lookup, ProductId, ServerType};
use robotoff_ports::{Clock, PortError, Products};
use tokio::sync::Semaphore;

use super::image::CachedImages;
use crate::ports::Ports;

/// Look-ups of one page at the same time.
const PAGE_CONCURRENCY: usize = 8;
/// Look-ups of all pages at the same time.
const TOTAL_CONCURRENCY: usize = 32;
/// Shortest time that a look-up is given: with less time left, it is not begun.
const MIN_READ_TIME: Duration = Duration::from_millis(300);
/// Time that the images of a product are cached.
const CACHE_TTL: Duration = Duration::from_secs(600);
/// Products in the cache.
const CACHE_CAPACITY: u64 = 50_000;
/// Time for which a product that could not be read is not read again.
const ERROR_TTL: Duration = Duration::from_secs(10);
/// Time for which no product is read of a project whose server is away.
const OUTAGE_TTL: Duration = Duration::from_secs(5);
/// Failures in a row after which a server is away.
const OUTAGE_FAILURES: u32 = 3;

/// Images of products, known or to be read.
pub(super) struct ProductImageLookups {
    products: Arc<dyn Products>,
    clock: Arc<dyn Clock>,
    cache: moka::future::Cache<ProductId, Known>,
    slots: Semaphore,
    health: Mutex<[ServerHealth; ServerType::ALL.len()]>,
}

/// Result of a look-up.
#[derive(Debug, Clone)]
enum Known {
    /// `None`: the product is absent, or there is no source of products.
    Images(Option<Arc<CachedImages>>),
    /// The look-up failed; it is not repeated before.
    Failed { until: NaiveDateTime },
}

/// Failures of a server in a row.
#[derive(Debug, Clone, Copy, Default)]
struct ServerHealth {
    failures: u32,
    away_until: NaiveDateTime,
}

impl ProductImageLookups {
    pub(super) fn new(ports: &Ports) -> Self {
        let cache = moka::future::Cache::builder()
            .max_capacity(CACHE_CAPACITY)
            .time_to_live(CACHE_TTL);
        Self {
            products: ports.products.clone(),
            clock: ports.clock.clone(),
            cache: cache.build(),
            slots: Semaphore::new(TOTAL_CONCURRENCY),
            health: Mutex::default(),
        }
    }

    /// Images of the products, as far as they can be known until the deadline.
    pub(super) async fn images_of(
        &self,
        products: BTreeSet<ProductId>,
        deadline: NaiveDateTime,
    ) -> HashMap<ProductId, Arc<CachedImages>> {
        let reads = products.into_iter().map(|product| async move {
            let images = self.images(&product, deadline).await?;
            Some((product, images))
        });
        stream::iter(reads)
            .buffer_unordered(PAGE_CONCURRENCY)
            .filter_map(std::future::ready)
            .collect()
            .await
    }

    async fn images(
        &self,
        product: &ProductId,
        deadline: NaiveDateTime,
    ) -> Option<Arc<CachedImages>> {
        let now = self.clock.now();
        match self.cache.get(product).await {
            Some(Known::Images(images)) => return images,
            Some(Known::Failed { until }) if now < until => return None,
            Some(Known::Failed { .. }) | None => {}
        }
        let _slot = self.before(deadline, self.slots.acquire()).await?.ok()?;
        let can_read = self.time_left(deadline) >= MIN_READ_TIME;
        if !can_read || self.is_away(product.server_type) {
            return None;
        }
        // Pages that ask for the same product at the same time share one look-up.
        let entry = self.cache.entry_by_ref(product);
        let is_failure = |known: &Known| matches!(known, Known::Failed { until } if now >= *until);
        let known = entry.or_insert_with_if(self.read(product, deadline), is_failure);
        match known.await.into_value() {
            Known::Images(images) => images,
            Known::Failed { .. } => None,
        }
    }

    async fn read(&self, product: &ProductId, deadline: NaiveDateTime) -> Known {
        let reply = self.before(deadline, self.products.product(product)).await;
        let reply = reply.unwrap_or_else(|| {
            let why = "no answer before the deadline of the page";
            Err(PortError::unavailable("product server", why))
        });
        let is_away = matches!(&reply, Err(error) if error.is_retryable());
        self.note(product.server_type, is_away);
        match reply {
            Ok(Lookup::Found(product)) => Known::Images(Some(Arc::new(CachedImages::of(*product)))),
            Ok(Lookup::Absent | Lookup::Moved(_) | Lookup::Unchecked) => Known::Images(None),
            Err(error) => {
                tracing::debug!(product.barcode = %product.barcode, %error, "no image for a question");
                let until = self.clock.now() + ERROR_TTL;
                Known::Failed { until }
            }
        }
    }

    /// The output of the future; `None` when the deadline is earlier.
    async fn before<T>(
        &self,
        deadline: NaiveDateTime,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = self.clock.sleep(self.time_left(deadline)) => None,
        }
    }

    fn time_left(&self, deadline: NaiveDateTime) -> Duration {
        let left = deadline - self.clock.now();
        left.to_std().unwrap_or_default()
    }

    fn is_away(&self, server: ServerType) -> bool {
        self.clock.now() < self.health()[server as usize].away_until
    }

    /// Counts a failure of the server, or that it answered.
    fn note(&self, server: ServerType, is_failure: bool) {
        let now = self.clock.now();
        let health = &mut self.health()[server as usize];
        health.failures = match is_failure {
            true => health.failures.saturating_add(1),
            false => 0,
        };
        if health.failures >= OUTAGE_FAILURES {
            health.away_until = now + OUTAGE_TTL;
        }
    }

    fn health(&self) -> MutexGuard<'_, [ServerHealth; ServerType::ALL.len()]> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
