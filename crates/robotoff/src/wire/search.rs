//! The search engine of the configuration, and new corpora.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use robotoff_api::HealthCheck;
use robotoff_app::search::SearchUses;
use robotoff_core::knowledge::TaxonomyKind;
use robotoff_core::search::category::matcher::CategoryKnowledge;
use robotoff_off::data::DataSource;
use robotoff_ports::{Corpora, OptionalParts, Search, SearchParts};
use robotoff_search::{ElasticLogoIndex, ElasticSearch, TantivySearch, build};

use super::corpora::{LoadedCorpora, categories, taxonomy};
use crate::config::{Config, SearchConfig};

/// Corpora that a command names instead of those of the configuration.
#[derive(Debug, Default)]
pub(crate) struct NamedCorpora {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) categories: Option<PathBuf>,
    /// The category model.
    pub(crate) model: Option<PathBuf>,
    pub(crate) spelling: Option<PathBuf>,
}

/// Search for a command, with the folder of its indexes where they are for it alone.
pub(crate) struct CommandSearch {
    pub(crate) parts: SearchParts,
    /// Deleted with it.
    _folder: Option<tempfile::TempDir>,
}

/// The optional parts that the configuration names: search, and neighbours of logos.
pub(super) fn parts(config: &Config) -> Result<OptionalParts> {
    let corpora: Arc<dyn Corpora> = Arc::new(LoadedCorpora::new(config.data_source(None)));
    let mut parts = OptionalParts::default();
    let engine: Arc<dyn Search> = match &config.search {
        SearchConfig::None => return Ok(parts),
        SearchConfig::Folder(folder) => Arc::new(TantivySearch::new(folder)),
        SearchConfig::Elastic(settings) => {
            let engine = ElasticSearch::new(settings.as_ref().clone())?;
            parts.logo_index = Some(Arc::new(ElasticLogoIndex::new(engine.client().clone())));
            Arc::new(engine)
        }
    };
    parts.search = Some(SearchParts { engine, corpora });
    Ok(parts)
}

/// Search for a command. Indexes of corpora that the command names, and those of a folder
/// that cannot be written, are in a folder of their own: others go on with theirs.
pub(crate) fn for_command(config: &Config, named: NamedCorpora) -> Result<CommandSearch> {
    let corpora = LoadedCorpora::new(config.data_source(named.data_dir.as_deref()));
    let is_own = named.categories.is_some() || named.spelling.is_some();
    let corpora = corpora.with_categories(named.categories);
    let corpora = corpora.with_model(named.model);
    let corpora: Arc<dyn Corpora> = Arc::new(corpora.with_spelling(named.spelling));
    let mut own_folder = None;
    let engine: Arc<dyn Search> = match &config.search {
        SearchConfig::Elastic(settings) if !is_own => {
            Arc::new(ElasticSearch::new(settings.as_ref().clone())?)
        }
        SearchConfig::Folder(folder) if !is_own && is_writable(folder) => {
            Arc::new(TantivySearch::new(folder))
        }
        SearchConfig::None | SearchConfig::Folder(_) | SearchConfig::Elastic(_) => {
            let folder = tempfile::tempdir().context("cannot make a folder for the index")?;
            let engine = Arc::new(TantivySearch::new(folder.path()));
            own_folder = Some(folder);
            engine
        }
    };
    Ok(CommandSearch {
        parts: SearchParts { engine, corpora },
        _folder: own_folder,
    })
}

fn is_writable(folder: &Path) -> bool {
    std::fs::create_dir_all(folder).is_ok() && tempfile::tempfile_in(folder).is_ok()
}

/// The packed category corpus of products.
pub(crate) fn category_corpus(source: &DataSource, lines: &str) -> Result<Vec<u8>> {
    let knowledge = CategoryKnowledge::new(&categories(source)?);
    let corpus = build::category_corpus(lines, &knowledge)?;
    build::packed(corpus.to_text(&knowledge.tree).as_bytes()).context("cannot pack the corpus")
}

/// The category model of products.
pub(crate) fn category_model(
    source: &DataSource,
    lines: &str,
    progress: &dyn Fn(usize, usize),
) -> Result<Vec<u8>> {
    Ok(build::category_model(
        lines,
        &categories(source)?,
        progress,
    )?)
}

/// The packed spelling corpus of lists.
pub(crate) fn spelling_corpus(source: &DataSource, lines: &str) -> Result<Vec<u8>> {
    let ingredients = taxonomy(source, TaxonomyKind::Ingredients)?;
    let corpus = build::spelling_corpus(lines, ingredients.as_ref())?;
    build::packed(corpus.to_text().as_bytes()).context("cannot pack the corpus")
}

/// The packed taxonomy with what the matcher needs.
pub(crate) fn small_taxonomy(document: &[u8]) -> Result<Vec<u8>> {
    build::packed(&build::small_taxonomy(document)?).context("cannot pack the taxonomy")
}

/// Name of the check of search in `/health`.
pub(super) const fn checker(config: &Config) -> &'static str {
    match config.search {
        SearchConfig::Elastic(_) => "test_connect_elasticsearch",
        SearchConfig::Folder(_) | SearchConfig::None => "test_search",
    }
}

/// Check of the search engine: the failures that it finds, each with its cure. One that
/// builds its indexes when they are needed does not fail for them.
pub(super) fn health_check(uses: &Arc<SearchUses>) -> HealthCheck {
    let uses = uses.clone();
    Box::new(move || {
        let uses = uses.clone();
        Box::pin(async move {
            let engine = uses.indexes.engine();
            let findings = engine.check().await;
            let is_failed = findings.iter().any(|finding| finding.is_failure);
            let messages = findings.iter().map(|finding| finding.message.as_str());
            let messages = messages.collect::<Vec<&str>>().join("; ");
            match (messages.is_empty(), is_failed && !engine.builds_on_need()) {
                (true, _) => Ok(format!("{} answers", engine.describe())),
                (false, false) => Ok(format!("{} answers, but {messages}", engine.describe())),
                (false, true) => Err(messages),
            }
        })
    })
}

/// Logs what the engine finds at the start, without waiting for it.
pub(super) fn report_findings(uses: &Arc<SearchUses>) {
    let uses = uses.clone();
    tokio::spawn(async move {
        let engine = uses.indexes.engine();
        let findings = engine.check().await;
        for finding in &findings {
            match finding.is_failure {
                true => tracing::error!(engine = engine.describe(), "search: {}", finding.message),
                false => tracing::warn!(engine = engine.describe(), "search: {}", finding.message),
            }
        }
        if findings.is_empty() {
            tracing::info!(engine = engine.describe(), "search is ready");
        }
    });
}
