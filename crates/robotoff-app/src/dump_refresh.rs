//! All stored rows brought in line with a dump of products, in one pass over it.
//!
//! Memory holds eight bytes and a bit for each product with rows, and the codes of products
//! that lose rows; the latter are bounded by the breaker, and nothing grows with the dump. A
//! merge of two sorted lists would hold less, but a dump is not sorted.
//!
//! Attributes are written as the dump is read; rows are deleted at the end only, when the
//! whole dump was read and the breaker did not trip. So a dump that is broken, or lost many of
//! its products, deletes no row (`docs/reference/pipeline.md` 11.2, 16).

mod keys;

use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::NaiveDateTime;
use robotoff_core::dump::{DumpedProduct, ProductRows, compare};
use robotoff_core::insight::{InsightKind, is_refused_brand};
use robotoff_core::knowledge::{Knowledge, LexiconKind, Part};
use robotoff_core::product::{Barcode, ServerType};
use robotoff_ports::store::{Change, Changes, Committed, Conflict, Expected, RevisedRows};
use robotoff_ports::{BlockingPool, KnowledgeSource, ProductDump, Store};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::ports::Ports;
use keys::{KnownProducts, Presence};

/// The project whose dump there is.
const PROJECT: ServerType = ServerType::Off;
/// Share of the products with rows that may lose some in one run. In a day some in a thousand
/// products are deleted or lose an image.
pub const MAX_DELETED_SHARE: f64 = 0.05;
/// Products that are compared at once.
const BATCH: usize = 500;
/// Batches between the reader of the dump and the database.
const BATCHES_AHEAD: usize = 4;
/// So few products may lose rows in any case: a small database has a large share of them.
const FREE_LOSSES: u64 = 20;
/// Time that lists of brands may take to load.
const LOAD_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

/// Settings of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct DumpRefreshSettings {
    /// Rows that are younger may know more than the dump; they stay.
    pub until: NaiveDateTime,
    /// Share of the products with rows that may lose some.
    pub max_deleted_share: f64,
    /// Count, and write nothing.
    pub dry_run: bool,
}

/// Counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DumpRefreshReport {
    /// In the dump.
    pub products: u64,
    /// Products that have rows.
    pub known: u64,
    /// Insights whose attributes changed.
    pub updated: u64,
    /// Products that lose rows.
    pub losing: u64,
    pub deleted_insights: u64,
    pub deleted_predictions: u64,
    /// Products that others wrote meanwhile; they stay as they are.
    pub contended: u64,
}

/// Result of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DumpRefreshed {
    Done(DumpRefreshReport),
    /// Too many products would lose rows: no row is deleted.
    Tripped(DumpRefreshReport),
    /// Stopped before the end: no row is deleted.
    Stopped(DumpRefreshReport),
}

/// Brings rows in line with a dump.
pub struct DumpRefresh {
    store: Arc<dyn Store>,
    knowledge: Arc<dyn KnowledgeSource>,
    /// One dump at a time. Reading lasts as long as the run.
    reader: BlockingPool,
}

/// A run under way.
struct Run<'a> {
    store: &'a dyn Store,
    knowledge: Arc<Knowledge>,
    settings: &'a DumpRefreshSettings,
    report: DumpRefreshReport,
    /// Products that lose rows, with what the dump says of them.
    losing: Vec<(Barcode, Option<DumpedProduct>)>,
}

type DumpBatch = Vec<(Barcode, DumpedProduct)>;

impl DumpRefresh {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            knowledge: ports.knowledge.clone(),
            reader: BlockingPool::of(1),
        }
    }

    /// Reads the dump once. `progress` gets the counts after each batch.
    pub async fn run(
        &self,
        dump: Box<dyn ProductDump>,
        settings: &DumpRefreshSettings,
        stop: &CancellationToken,
        progress: &(dyn Fn(&DumpRefreshReport) + Sync),
    ) -> Result<DumpRefreshed> {
        let parts = [
            Part::Lexicon(LexiconKind::BrandExclusions),
            Part::BrandPrefixes,
        ];
        let knowledge = self.knowledge.knowledge(&parts, LOAD_TIMEOUT).await?;
        let known = Arc::new(KnownProducts::read(&*self.store, PROJECT).await?);
        let mut run = Run {
            store: &*self.store,
            knowledge,
            settings,
            report: DumpRefreshReport {
                known: known.len(),
                ..DumpRefreshReport::default()
            },
            losing: Vec::new(),
        };
        let (batches, mut incoming) = mpsc::channel::<DumpBatch>(BATCHES_AHEAD);
        let reading = self.reader.run({
            let known = known.clone();
            move || read_dump(dump, &known, &batches)
        });
        let comparing = async {
            while let Some(batch) = incoming.recv().await {
                run.compare(batch).await?;
                progress(&run.report);
                if run.has_tripped() || stop.is_cancelled() {
                    break;
                }
            }
            // The reader ends with its next batch.
            drop(incoming);
            anyhow::Ok(run.has_tripped())
        };
        let (read, has_tripped) = tokio::join!(reading, comparing);
        let has_tripped = has_tripped?;
        let read = read.context("the reader of the dump failed")?;
        let (products, presence) = read.context("no row was deleted")?;
        run.report.products = products;
        if stop.is_cancelled() {
            return Ok(DumpRefreshed::Stopped(run.report));
        }
        if !has_tripped {
            run.find_absent(&known, &presence).await?;
        }
        if run.has_tripped() {
            return Ok(DumpRefreshed::Tripped(run.report));
        }
        run.delete().await?;
        Ok(DumpRefreshed::Done(run.report))
    }
}

/// Passes on the known products of the dump in batches; blocks while the database is behind.
fn read_dump(
    dump: Box<dyn ProductDump>,
    known: &KnownProducts,
    batches: &mpsc::Sender<DumpBatch>,
) -> Result<(u64, Presence)> {
    let mut presence = Presence::none(known);
    let mut batch = Vec::with_capacity(BATCH);
    let is_known = |barcode: &Barcode| known.place(barcode).is_some();
    let products = dump.read(&is_known, &mut |barcode, product| {
        if let Some(place) = known.place(&barcode) {
            presence.set(place);
        }
        batch.push((barcode, product));
        let is_full = batch.len() == BATCH;
        !is_full || batches.blocking_send(std::mem::take(&mut batch)).is_ok()
    })?;
    if !batch.is_empty() {
        // Nothing receives after a stop.
        let _ = batches.blocking_send(batch);
    }
    Ok((products, presence))
}

impl Run<'_> {
    /// Compares products of the dump with their rows, and writes changed attributes.
    async fn compare(&mut self, batch: DumpBatch) -> Result<()> {
        let barcodes: Vec<Barcode> = batch.iter().map(|(barcode, _)| barcode.clone()).collect();
        let stored = self.rows(&barcodes).await?;
        let mut changed = Vec::new();
        for (barcode, dumped) in batch {
            let Some(RevisedRows { revision, rows }) = stored
                .iter()
                .find(|stored| stored.rows.product.barcode == barcode)
            else {
                continue;
            };
            let difference = compare(rows, Some(&dumped), |row| self.is_invalid(rows, row));
            if difference.deletes() {
                self.report.losing += 1;
                self.losing.push((barcode, Some(dumped)));
            }
            if !difference.update.is_empty() {
                let expected = Expected {
                    product: rows.product.clone(),
                    revision: *revision,
                };
                changed.push((expected, difference.update));
            }
        }
        self.update(changed).await
    }

    async fn rows(&self, barcodes: &[Barcode]) -> Result<Vec<RevisedRows>> {
        let rows = self
            .store
            .rows_until(PROJECT, barcodes, self.settings.until);
        rows.await.context("cannot read stored rows")
    }

    fn is_invalid(&self, rows: &ProductRows, row: &robotoff_core::dump::InsightRow) -> bool {
        row.kind == InsightKind::Brand
            && is_refused_brand(
                &self.knowledge,
                &rows.product.barcode,
                row.predictor.as_deref(),
                row.value_tag.as_deref(),
            )
    }

    /// One commit for all; without the products that others have written meanwhile, from
    /// fresher data than the dump's.
    async fn update(
        &mut self,
        mut changed: Vec<(Expected, Vec<robotoff_core::dump::InsightAttributes>)>,
    ) -> Result<()> {
        while !changed.is_empty() {
            let updates = changed
                .iter()
                .flat_map(|(_, updates)| updates.iter().cloned());
            let updates: Vec<_> = updates.collect();
            let count = updates.len() as u64;
            if self.settings.dry_run {
                self.report.updated += count;
                return Ok(());
            }
            let changes = Changes {
                expected: changed
                    .iter()
                    .map(|(expected, _)| expected.clone())
                    .collect(),
                ..Changes::new().with(Change::UpdateAttributes(updates))
            };
            match self.store.commit(changes).await? {
                Committed::Done(_) => {
                    self.report.updated += count;
                    return Ok(());
                }
                Committed::Conflict(Conflict::Revision(product)) => {
                    self.report.contended += 1;
                    changed.retain(|(expected, _)| expected.product != product);
                }
                Committed::Conflict(conflict) => {
                    anyhow::bail!("unexpected conflict: {conflict:?}")
                }
            }
        }
        Ok(())
    }

    /// Finds the products with rows that the dump does not have.
    async fn find_absent(&mut self, known: &KnownProducts, presence: &Presence) -> Result<()> {
        let mut page = KnownProducts::pages(self.store, PROJECT);
        while let Some(products) = page.next().await? {
            let absent: Vec<Barcode> = products
                .into_iter()
                .filter(|barcode| known.place(barcode).is_some_and(|at| !presence.has(at)))
                .collect();
            for batch in absent.chunks(BATCH) {
                // Those with younger rows only lose none.
                for stored in self.rows(batch).await? {
                    self.report.losing += 1;
                    self.losing.push((stored.rows.product.barcode, None));
                }
                if self.has_tripped() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// True when more products would lose rows than may.
    fn has_tripped(&self) -> bool {
        let allowed = self.report.known as f64 * self.settings.max_deleted_share;
        self.report.losing > FREE_LOSSES && self.report.losing as f64 > allowed
    }

    async fn delete(&mut self) -> Result<()> {
        let losing = std::mem::take(&mut self.losing);
        for batch in losing.chunks(BATCH) {
            let barcodes: Vec<Barcode> = batch.iter().map(|(barcode, _)| barcode.clone()).collect();
            for stored in self.rows(&barcodes).await? {
                let product = &stored.rows.product;
                let dumped = batch
                    .iter()
                    .find(|(barcode, _)| *barcode == product.barcode);
                if let Some((_, dumped)) = dumped {
                    self.delete_of(&stored, dumped.as_ref()).await?;
                }
            }
        }
        Ok(())
    }

    async fn delete_of(
        &mut self,
        stored: &RevisedRows,
        dumped: Option<&DumpedProduct>,
    ) -> Result<()> {
        let rows = &stored.rows;
        let difference = compare(rows, dumped, |row| self.is_invalid(rows, row));
        let (insights, predictions) = (
            difference.delete_insights.len() as u64,
            difference.delete_predictions.len() as u64,
        );
        if !self.settings.dry_run && difference.deletes() {
            let changes = Changes::of(rows.product.clone(), stored.revision)
                .with(Change::DeletePredictions(difference.delete_predictions))
                .with(Change::DeleteInsights(difference.delete_insights));
            if let Committed::Conflict(_) = self.store.commit(changes).await? {
                self.report.contended += 1;
                return Ok(());
            }
        }
        self.report.deleted_insights += insights;
        self.report.deleted_predictions += predictions;
        Ok(())
    }
}
