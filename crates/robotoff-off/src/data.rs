//! Word lists and taxonomies from a data folder, or the ones built into the program.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use robotoff_core::knowledge::{Knowledge, LexiconKind, TaxonomyKind};
use robotoff_core::lexicon::{Lexicon, LexiconError};
use robotoff_core::taxonomy::{Taxonomy, TaxonomyError};
use thiserror::Error;

use crate::file;

/// The largest file today unpacks to 30 MB; ten times that is none of these.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// To be shown where a data folder is read.
pub const LICENCE_NOTICE: &str = "Open Food Facts data: Open Database License (ODbL) 1.0, \
    (c) Open Food Facts contributors";

/// Where word lists and taxonomies come from.
#[derive(Debug, Clone)]
pub enum DataSource {
    /// The small lists of our own that ship inside the program.
    BuiltIn,
    /// A folder with `lists/NAME.txt[.gz]` and `taxonomies/NAME.full.json[.gz]`.
    Folder(PathBuf),
}

/// Why a word list cannot be had. Each message says what would cure it.
#[derive(Debug, Error)]
pub enum DataError {
    #[error(
        "no file {file} or {file}.gz: complete the data folder, or leave it out to use the \
         built-in data"
    )]
    Missing { file: String },
    #[error("cannot read {path}: {source}; fetch the file again")]
    Unreadable { path: String, source: io::Error },
    #[error("{path} line {line} is not UTF-8: save the file as UTF-8")]
    NotUtf8 { path: String, line: usize },
    #[error("{path}: {source}; mend or remove the line")]
    Malformed { path: String, source: LexiconError },
    #[error("{path}: {source}; fetch the file again")]
    BrokenTaxonomy { path: String, source: TaxonomyError },
}

impl DataSource {
    /// Loads word lists, each once.
    pub fn load(
        &self,
        lexicons: impl IntoIterator<Item = LexiconKind>,
    ) -> Result<Knowledge, DataError> {
        lexicons
            .into_iter()
            .try_fold(Knowledge::default(), |knowledge, kind| {
                Ok(knowledge.with_lexicon(kind, Arc::new(self.lexicon(kind)?)))
            })
    }

    /// Loads one word list.
    pub fn lexicon(&self, kind: LexiconKind) -> Result<Lexicon, DataError> {
        let (path, bytes) = match self {
            Self::BuiltIn => (
                format!("built-in {}.txt", kind.name()),
                built_in(kind).to_vec(),
            ),
            Self::Folder(folder) => from_folder(folder, &format!("lists/{}.txt", kind.name()))?,
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
            DataError::NotUtf8 {
                path: path.clone(),
                line,
            }
        })?;
        Lexicon::parse(kind.name(), &text, kind.shape())
            .map_err(|source| DataError::Malformed { path, source })
    }

    /// Loads one taxonomy.
    pub fn taxonomy(&self, kind: TaxonomyKind) -> Result<Taxonomy, DataError> {
        let name = format!("taxonomies/{}.full.json", kind.name());
        let (path, bytes) = match self {
            Self::BuiltIn => (format!("built-in {name}"), built_in_taxonomy(kind).to_vec()),
            Self::Folder(folder) => from_folder(folder, &name)?,
        };
        Taxonomy::from_json(&bytes).map_err(|source| DataError::BrokenTaxonomy { path, source })
    }
}

/// Reads a file of a data folder, plain or with `.gz` behind its name.
fn from_folder(folder: &Path, name: &str) -> Result<(String, Vec<u8>), DataError> {
    let paths = [name.to_owned(), format!("{name}.gz")].map(|name| folder.join(name));
    let Some(path) = paths.iter().find(|path| path.exists()) else {
        return Err(DataError::Missing {
            file: paths[0].display().to_string(),
        });
    };
    let shown = path.display().to_string();
    match file::read(path, MAX_FILE_BYTES) {
        Ok(bytes) => Ok((shown, bytes)),
        Err(source) => Err(DataError::Unreadable {
            path: shown,
            source,
        }),
    }
}

const fn built_in(kind: LexiconKind) -> &'static [u8] {
    match kind {
        LexiconKind::LabelKeywords => include_bytes!("../../../data/lists/label_flashtext.txt"),
        LexiconKind::LabelLogos => include_bytes!("../../../data/lists/label_logo_annotation.txt"),
    }
}

const fn built_in_taxonomy(kind: TaxonomyKind) -> &'static [u8] {
    match kind {
        TaxonomyKind::Brands => include_bytes!("../../../data/taxonomies/brands.full.json"),
        TaxonomyKind::Categories => include_bytes!("../../../data/taxonomies/categories.full.json"),
        TaxonomyKind::Countries => include_bytes!("../../../data/taxonomies/countries.full.json"),
        TaxonomyKind::Ingredients => {
            include_bytes!("../../../data/taxonomies/ingredients.full.json")
        }
        TaxonomyKind::Labels => include_bytes!("../../../data/taxonomies/labels.full.json"),
        TaxonomyKind::PackagingMaterials => {
            include_bytes!("../../../data/taxonomies/packaging_materials.full.json")
        }
        TaxonomyKind::PackagingRecycling => {
            include_bytes!("../../../data/taxonomies/packaging_recycling.full.json")
        }
        TaxonomyKind::PackagingShapes => {
            include_bytes!("../../../data/taxonomies/packaging_shapes.full.json")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_taxonomy_is_well_formed() {
        for kind in TaxonomyKind::ALL {
            assert!(
                !DataSource::BuiltIn.taxonomy(kind).unwrap().is_empty(),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn every_built_in_list_is_well_formed() {
        for kind in LexiconKind::ALL {
            assert!(
                !DataSource::BuiltIn.lexicon(kind).unwrap().is_empty(),
                "{kind:?}"
            );
        }
    }

    fn check(content: Option<&[u8]>, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lists")).unwrap();
        if let Some(content) = content {
            std::fs::write(folder.path().join("lists/label_flashtext.txt"), content).unwrap();
        }
        let source = DataSource::Folder(folder.path().to_owned());
        let error = source
            .load([LexiconKind::LabelKeywords])
            .unwrap_err()
            .to_string();
        for part in expected {
            assert!(error.contains(part), "{part:?} in {error:?}");
        }
    }

    #[test]
    fn errors_name_file_line_and_cure() {
        check(None, &["lists/label_flashtext", "complete the data folder"]);
        check(
            Some(b"a||b\na||\xFF\n"),
            &["label_flashtext.txt line 2", "save the file as UTF-8"],
        );
        check(
            Some(b"a||b\n\nplain\n"),
            &["label_flashtext.txt", "line 3", "mend or remove"],
        );
        check(
            Some(b"\x1F\x8B\x08broken"),
            &["cannot read", "fetch the file again"],
        );
    }
}
