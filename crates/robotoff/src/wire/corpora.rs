//! The corpora of search, from files, the data folder, or what ships; each loaded once, on a thread for such work, when it is first
//! needed: both together take a second and some hundred MB.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use robotoff_core::category_model::CategoryModel;
use robotoff_core::knowledge::{Part, TaxonomyKind};
use robotoff_core::search::IndexEntry;
use robotoff_core::search::category::CategoryMatcher;
use robotoff_core::search::category::matcher::CategoryKnowledge;
use robotoff_core::search::spelling::Speller;
use robotoff_core::taxonomy::Taxonomy;
use robotoff_off::data::{DataSource, Loaded};
use robotoff_ports::{BlockingPool, Corpora, PortError, PortResult};
use robotoff_search::shipped::{self, Places};
use tokio::sync::OnceCell;

/// Corpora of files, of a data folder, or those that ship.
pub(super) struct LoadedCorpora {
    source: DataSource,
    /// Files that a command names.
    categories: Option<PathBuf>,
    model: Option<PathBuf>,
    spelling: Option<PathBuf>,
    /// Data that matcher and model both read.
    knowledge: OnceCell<Arc<CategoryKnowledge>>,
    category_model: OnceCell<Arc<CategoryModel>>,
    matcher: OnceCell<Arc<CategoryMatcher>>,
    speller: OnceCell<Arc<Speller>>,
}

impl LoadedCorpora {
    pub(super) fn new(source: DataSource) -> Self {
        Self {
            source,
            categories: None,
            model: None,
            spelling: None,
            knowledge: OnceCell::new(),
            category_model: OnceCell::new(),
            matcher: OnceCell::new(),
            speller: OnceCell::new(),
        }
    }

    pub(super) fn with_categories(self, file: Option<PathBuf>) -> Self {
        Self {
            categories: file,
            ..self
        }
    }

    pub(super) fn with_model(self, file: Option<PathBuf>) -> Self {
        Self {
            model: file,
            ..self
        }
    }

    pub(super) fn with_spelling(self, file: Option<PathBuf>) -> Self {
        Self {
            spelling: file,
            ..self
        }
    }
}

impl LoadedCorpora {
    /// The taxonomy, prepared for both predictors.
    async fn knowledge(&self) -> PortResult<Arc<CategoryKnowledge>> {
        let load = || async {
            let source = self.source.clone();
            loaded(move || Ok(Arc::new(CategoryKnowledge::new(&categories(&source)?)))).await
        };
        self.knowledge.get_or_try_init(load).await.cloned()
    }
}

/// Runs a load on a thread. A file that is missing or broken needs a person.
async fn loaded<T: Send + 'static>(
    load: impl FnOnce() -> Result<T> + Send + 'static,
) -> PortResult<T> {
    let defect = |error: String| PortError::defect("cannot load the corpora of search", error);
    let loaded = BlockingPool::shared().run(load).await;
    let loaded = loaded.map_err(|error| defect(error.to_string()))?;
    loaded.map_err(|error| defect(format!("{error:#}")))
}

#[async_trait]
impl Corpora for LoadedCorpora {
    async fn matcher(&self) -> PortResult<Arc<CategoryMatcher>> {
        let load = || async {
            let knowledge = self.knowledge().await?;
            let (source, file) = (self.source.clone(), self.categories.clone());
            loaded(move || {
                let places = places(&source, file.as_deref());
                Ok(Arc::new(shipped::category_matcher(knowledge, places)?))
            })
            .await
        };
        self.matcher.get_or_try_init(load).await.cloned()
    }

    async fn category_model(&self) -> PortResult<Arc<CategoryModel>> {
        let load = || async {
            let knowledge = self.knowledge().await?;
            let (source, file) = (self.source.clone(), self.model.clone());
            loaded(move || {
                let places = places(&source, file.as_deref());
                Ok(Arc::new(shipped::category_model(knowledge, places)?))
            })
            .await
        };
        self.category_model.get_or_try_init(load).await.cloned()
    }

    async fn speller(&self) -> PortResult<Arc<Speller>> {
        let load = || async {
            let (source, file) = (self.source.clone(), self.spelling.clone());
            loaded(move || speller(&source, file.as_deref()).map(Arc::new)).await
        };
        self.speller.get_or_try_init(load).await.cloned()
    }

    async fn phrases(&self) -> PortResult<Vec<IndexEntry>> {
        let (source, file) = (self.source.clone(), self.spelling.clone());
        loaded(move || phrases(&source, file.as_deref())).await
    }
}

fn folder(source: &DataSource) -> Option<&Path> {
    match source {
        DataSource::Folder(folder) => Some(folder),
        // The corpora that ship fit the taxonomies that ship.
        DataSource::Pulled(_) | DataSource::BuiltIn => None,
    }
}

/// The taxonomy of a data folder; `None` without a folder.
pub(super) fn taxonomy(source: &DataSource, kind: TaxonomyKind) -> Result<Option<Taxonomy>> {
    if folder(source).is_none() {
        return Ok(None);
    }
    match source.load_part(Part::Taxonomy(kind))? {
        Loaded::Taxonomy(_, taxonomy) => Ok(Some(taxonomy)),
        _ => Ok(None),
    }
}

/// The categories of a data folder, else those that ship.
pub(super) fn categories(source: &DataSource) -> Result<Taxonomy> {
    if let Some(taxonomy) = taxonomy(source, TaxonomyKind::Categories)? {
        return Ok(taxonomy);
    }
    Ok(shipped::categories(Places::default())?)
}

/// A file that a command names, else that of the data folder, else the one that ships.
fn places<'p>(source: &'p DataSource, file: Option<&'p Path>) -> Places<'p> {
    Places {
        corpus: file,
        folder: folder(source),
    }
}

/// The speller, with a corpus by the same rule.
fn speller(source: &DataSource, corpus: Option<&Path>) -> Result<Speller> {
    Ok(shipped::speller(places(source, corpus))?)
}

/// The phrases of the same corpus.
fn phrases(source: &DataSource, corpus: Option<&Path>) -> Result<Vec<IndexEntry>> {
    Ok(shipped::phrases(places(source, corpus))?)
}
