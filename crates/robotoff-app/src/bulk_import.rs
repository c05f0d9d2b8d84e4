//! The import of an archive of OCR documents: all images of a project, read once.
//!
//! The archive is read by one thread. Consecutive documents of a product form a group;
//! groups are imported by several tasks at the same time, behind a bounded channel, so
//! memory does not grow with the archive. The checkpoint is the number of documents at the
//! start of the archive that are all done: a run that was killed reads at most some hundred
//! documents again, which changes no row.

mod groups;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use robotoff_core::product::ServerType;
use robotoff_ports::store::{Change, Changes, Checkpoint};
use robotoff_ports::{Clock, Store};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::imports::{ImportedImages, Imports};
use crate::outage::is_outage;
use crate::ports::Ports;

pub use groups::{DocumentGroup, Grouping, PassedOver, image_at};
pub use report::{ImportProblem, ImportProgress, MAX_PROBLEMS};

/// Time between two checkpoints.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(5);
/// Pause before a group is tried again in an outage, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Settings of a run.
#[derive(Debug, Clone)]
pub struct BulkImportSettings {
    /// The archive: a run of the same name resumes.
    pub source: String,
    pub server_type: ServerType,
    /// Groups that are imported at the same time.
    pub concurrency: usize,
}

/// Imports archives.
pub struct BulkImport {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    imports: Arc<Imports>,
}

/// Output of the reader of an archive.
#[derive(Debug)]
pub enum ReadItem {
    Group(DocumentGroup),
    PassedOver(PassedOver),
}

/// A group that is done, or was given up when the run was stopped.
struct GroupResult {
    group: u64,
    documents: u64,
    product: String,
    imported: Result<ImportedImages>,
    is_stopped: bool,
}

impl BulkImport {
    pub(crate) fn new(ports: &Ports, imports: Arc<Imports>) -> Self {
        Self {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
            imports,
        }
    }

    /// Progress of an earlier run of this archive that did not come to its end.
    pub async fn checkpoint(
        &self,
        settings: &BulkImportSettings,
    ) -> Result<Option<ImportProgress>> {
        let stored = self.store.checkpoint(&name_of(settings)).await?;
        Ok(match stored {
            Some(stored) => Some(serde_json::from_value(stored.place)?),
            None => None,
        })
    }

    /// Forgets an earlier run.
    pub async fn forget(&self, settings: &BulkImportSettings) -> Result<()> {
        let forgotten = Changes::new().with(Change::DeleteCheckpoint(name_of(settings)));
        self.store.commit(forgotten).await?;
        Ok(())
    }

    /// Imports the groups that a reader sends, until it has sent the last one or `stop` is
    /// cancelled. `progress` is that of the checkpoint; it is reported after each group.
    ///
    /// # Errors
    /// The checkpoint cannot be stored. What fails about single groups is in the report.
    pub async fn run(
        &self,
        settings: &BulkImportSettings,
        mut progress: ImportProgress,
        mut items: mpsc::Receiver<ReadItem>,
        stop: &CancellationToken,
        mut report: impl FnMut(&ImportProgress),
    ) -> Result<ImportProgress> {
        let mut running = JoinSet::new();
        let mut done = BTreeMap::new();
        let mut next = 0;
        let mut is_read = false;
        let mut checkpoint_at = Instant::now() + CHECKPOINT_INTERVAL;
        while !(is_read && running.is_empty()) {
            let may_read = !is_read && running.len() < settings.concurrency.max(1);
            tokio::select! {
                item = items.recv(), if may_read => match item {
                    Some(ReadItem::Group(group)) => self.start(&mut running, group, stop),
                    Some(ReadItem::PassedOver(passed)) => progress.pass_over(passed),
                    None => is_read = true,
                },
                Some(result) = running.join_next(), if !running.is_empty() => {
                    let Ok(result) = result else {
                        bail!("a task of the import has failed");
                    };
                    if result.is_stopped {
                        is_read = true;
                        items.close();
                        continue;
                    }
                    progress.count(&result.product, result.documents, &result.imported);
                    done.insert(result.group, result.documents);
                    // Groups before the first one that still runs.
                    while let Some(documents) = done.remove(&next) {
                        progress.position += documents;
                        next += 1;
                    }
                    report(&progress);
                }
                () = stop.cancelled(), if !is_read => {
                    is_read = true;
                    items.close();
                }
            }
            if Instant::now() >= checkpoint_at {
                checkpoint_at = Instant::now() + CHECKPOINT_INTERVAL;
                self.store_checkpoint(settings, &progress).await?;
            }
        }
        match stop.is_cancelled() {
            true => self.store_checkpoint(settings, &progress).await?,
            false => self.forget(settings).await?,
        }
        Ok(progress)
    }

    /// Imports a group in a task of its own. In an outage it is tried again until the outage
    /// or the run ends.
    fn start(
        &self,
        running: &mut JoinSet<GroupResult>,
        group: DocumentGroup,
        stop: &CancellationToken,
    ) {
        let (imports, stop) = (self.imports.clone(), stop.clone());
        running.spawn(async move {
            let mut pause = FIRST_PAUSE;
            let mut result = GroupResult {
                group: group.number,
                documents: group.documents,
                product: group.product.to_string(),
                imported: Ok(ImportedImages::default()),
                is_stopped: false,
            };
            loop {
                let imported = imports.import_images(&group.product, group.images.clone());
                let outage = match imported.await {
                    Err(error) if is_outage(&error) => error,
                    imported => {
                        result.imported = imported;
                        return result;
                    }
                };
                tracing::warn!("waiting {} s: {outage:#}", pause.as_secs());
                tokio::select! {
                    () = stop.cancelled() => {
                        result.is_stopped = true;
                        return result;
                    }
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
    }

    async fn store_checkpoint(
        &self,
        settings: &BulkImportSettings,
        progress: &ImportProgress,
    ) -> Result<()> {
        let checkpoint = Checkpoint {
            name: name_of(settings),
            place: json!(progress),
            kept_at: self.clock.now(),
        };
        let stored = Changes::new().with(Change::StoreCheckpoint(checkpoint));
        match self.store.commit(stored).await {
            // The next one comes in time.
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, "cannot store a checkpoint");
                Ok(())
            }
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }
}

fn name_of(settings: &BulkImportSettings) -> String {
    format!("import:{}:{}", settings.server_type, settings.source)
}
