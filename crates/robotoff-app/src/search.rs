//! Categories by product name, corrected ingredient lists, and the indexes that both use.

mod build;
mod categorize;
mod spellcheck;

use robotoff_ports::search::SearchIndex;
use robotoff_ports::{BlockingPool, PortError, PortResult, SearchParts};
use tokio::sync::OnceCell;

pub use build::{BuildReport, BuildSettings, IndexBuilder, IndexState};
pub use categorize::{Categorizer, CategoryPredictors, NamedProduct};
pub use spellcheck::{ListToCorrect, Spellchecker, SpellingEngine};

/// An index that is built before its first use, if the engine wants that.
struct ReadyIndex {
    builder: IndexBuilder,
    index: SearchIndex,
    ready: OnceCell<()>,
}

impl ReadyIndex {
    fn new(parts: &SearchParts, index: SearchIndex) -> Self {
        Self {
            builder: IndexBuilder::new(parts.clone()),
            index,
            ready: OnceCell::new(),
        }
    }

    /// Builds the index if it is missing or stale. A failure is tried again at the next call.
    async fn ready(&self) -> PortResult<()> {
        let ensured = self
            .ready
            .get_or_try_init(|| self.builder.ensure(self.index));
        ensured.await.copied()
    }
}

/// The use cases of search, where search is configured.
pub struct SearchUses {
    pub categorizer: Categorizer,
    pub spellchecker: Spellchecker,
    pub indexes: IndexBuilder,
}

impl SearchUses {
    /// The use cases over these parts.
    pub fn new(parts: &SearchParts) -> Self {
        let threads = BlockingPool::shared();
        Self {
            categorizer: Categorizer::new(parts, threads.clone()),
            spellchecker: Spellchecker::new(parts, threads.clone()),
            indexes: IndexBuilder::new(parts.clone()),
        }
    }
}

/// Runs work on the pool; a panic of it is a defect.
async fn on_pool<T: Send + 'static>(
    threads: &BlockingPool,
    work: impl FnOnce() -> T + Send + 'static,
) -> PortResult<T> {
    let ran = threads.run(work).await;
    ran.map_err(|error| PortError::defect("search", error))
}
