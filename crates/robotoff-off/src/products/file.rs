//! Products from a file with one document a line, plain or gzipped: a dump, or
//! the products of a demo or a test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::product::{Lookup, Product, ProductId};
use robotoff_ports::{BlockingPool, PortError, PortResult, Products};
use tokio::sync::watch;

use super::index::Index;

/// The time that a look-up waits for a file that is still being read.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// A file of products. It is read through once, beside everything else; barcodes
/// are those of any project (`docs/reference/pipeline.md` 2.6).
#[derive(Debug, Clone)]
pub struct FileProducts {
    path: PathBuf,
    progress: watch::Receiver<Progress>,
    lines_read: Arc<AtomicU64>,
}

#[derive(Debug, Clone)]
enum Progress {
    Reading,
    Ready(Arc<Index>),
    Failed(String),
}

impl FileProducts {
    /// Begins to read the file and returns at once.
    pub fn open(path: &Path) -> Self {
        let (sender, progress) = watch::channel(Progress::Reading);
        let lines_read = Arc::new(AtomicU64::new(0));
        let (of_reader, counter) = (path.to_owned(), Arc::clone(&lines_read));
        thread::spawn(move || {
            sender.send_replace(match Index::build(&of_reader, &counter) {
                Ok(index) => Progress::Ready(Arc::new(index)),
                Err(why) => Progress::Failed(why),
            });
        });
        Self {
            path: path.to_owned(),
            progress,
            lines_read,
        }
    }

    /// Waits until the file is read; gives how many of its documents have a
    /// barcode. A malformed line is an error that names it.
    pub async fn ready(&self) -> PortResult<usize> {
        Ok(self.index().await?.len())
    }

    async fn index(&self) -> PortResult<Arc<Index>> {
        let mut progress = self.progress.clone();
        let read = progress.wait_for(|progress| !matches!(progress, Progress::Reading));
        let read = match read.await {
            Ok(read) => read.clone(),
            Err(_) => Progress::Failed("its reader broke down".to_owned()),
        };
        match read {
            Progress::Ready(index) => Ok(index),
            Progress::Failed(why) => Err(PortError::defect("file of products", why)),
            Progress::Reading => Err(self.still_reading()),
        }
    }

    fn still_reading(&self) -> PortError {
        let lines = self.lines_read.load(Ordering::Relaxed);
        let what = format!("file of products {}", self.path.display());
        PortError::unavailable(what, format!("still being read, {lines} lines so far"))
    }
}

#[async_trait]
impl Products for FileProducts {
    async fn product(&self, id: &ProductId) -> PortResult<Lookup> {
        let index = tokio::time::timeout(READ_TIMEOUT, self.index());
        let index = index.await.map_err(|_| self.still_reading())??;
        let what = "file of products";
        let barcode = id.barcode.clone();
        let found = BlockingPool::shared().run(move || index.document(&barcode));
        let found = found
            .await
            .map_err(|error| PortError::defect(what, error))?;
        let Some(document) = found.map_err(|why| PortError::defect(what, why))? else {
            return Ok(Lookup::Absent);
        };
        let product = Product::from_json(id.clone(), document);
        let product = product.map_err(|error| PortError::defect(what, error))?;
        Ok(Lookup::of(product))
    }
}
