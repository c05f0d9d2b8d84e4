//! Where the matcher and the speller get their data: the data folder, or what ships.

use std::path::Path;

use anyhow::{Context, Result};
use robotoff_core::knowledge::{Part, TaxonomyKind};
use robotoff_core::search::category::CategoryMatcher;
use robotoff_core::search::category::matcher::CategoryKnowledge;
use robotoff_core::search::spelling::Speller;
use robotoff_core::taxonomy::Taxonomy;
use robotoff_off::data::{DataSource, Loaded};
use robotoff_search::build;
use robotoff_search::shipped::{self, Places};

fn folder(source: &DataSource) -> Option<&Path> {
    match source {
        DataSource::Folder(folder) => Some(folder),
        DataSource::BuiltIn => None,
    }
}

/// The taxonomy of a data folder; `None` without a folder.
fn taxonomy(source: &DataSource, kind: TaxonomyKind) -> Result<Option<Taxonomy>> {
    if folder(source).is_none() {
        return Ok(None);
    }
    match source.load_part(Part::Taxonomy(kind))? {
        Loaded::Taxonomy(_, taxonomy) => Ok(Some(taxonomy)),
        _ => Ok(None),
    }
}

fn categories(source: &DataSource) -> Result<Taxonomy> {
    if let Some(taxonomy) = taxonomy(source, TaxonomyKind::Categories)? {
        return Ok(taxonomy);
    }
    Ok(shipped::categories(Places::default())?)
}

/// The category matcher, with the corpus of a file, else of the data folder, else the one
/// that ships.
pub(crate) fn category_matcher(
    source: &DataSource,
    corpus: Option<&Path>,
) -> Result<CategoryMatcher> {
    let places = Places {
        corpus,
        folder: folder(source),
    };
    Ok(shipped::category_matcher(&categories(source)?, places)?)
}

/// The speller, with a corpus by the same rule.
pub(crate) fn speller(source: &DataSource, corpus: Option<&Path>) -> Result<Speller> {
    let places = Places {
        corpus,
        folder: folder(source),
    };
    Ok(shipped::speller(places)?)
}

/// The packed category corpus of products.
pub(crate) fn category_corpus(source: &DataSource, lines: &str) -> Result<Vec<u8>> {
    let knowledge = CategoryKnowledge::new(&categories(source)?);
    let corpus = build::category_corpus(lines, &knowledge)?;
    build::packed(corpus.to_text(&knowledge.tree).as_bytes()).context("cannot pack the corpus")
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
