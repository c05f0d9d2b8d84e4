//! Word lists from a data folder, or the ones built into the program.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use robotoff_core::knowledge::{Knowledge, LexiconKind};
use robotoff_core::lexicon::{Lexicon, LexiconError};
use thiserror::Error;

use crate::file;

/// The largest list today has 3 MB; ten times that is no word list.
const MAX_LIST_BYTES: u64 = 64 << 20;

/// To be shown where a data folder is read.
pub const LICENCE_NOTICE: &str = "Open Food Facts data: Open Database License (ODbL) 1.0, \
    (c) Open Food Facts contributors";

/// Where word lists come from.
#[derive(Debug, Clone)]
pub enum DataSource {
    /// The small lists of our own that ship inside the program.
    BuiltIn,
    /// A folder with `lists/NAME.txt[.gz]`.
    Folder(PathBuf),
}

/// Why a word list cannot be had. Each message says what would cure it.
#[derive(Debug, Error)]
pub enum DataError {
    #[error(
        "no file {file}.txt or {file}.txt.gz: complete the data folder, or leave it out to use \
         the built-in lists"
    )]
    Missing { file: String },
    #[error("cannot read {path}: {source}; fetch the file again")]
    Unreadable { path: String, source: io::Error },
    #[error("{path} line {line} is not UTF-8: save the file as UTF-8")]
    NotUtf8 { path: String, line: usize },
    #[error("{path}: {source}; mend or remove the line")]
    Malformed { path: String, source: LexiconError },
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
            Self::Folder(folder) => from_folder(folder, kind)?,
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
}

fn from_folder(folder: &Path, kind: LexiconKind) -> Result<(String, Vec<u8>), DataError> {
    let lists = folder.join("lists");
    let endings = ["txt", "txt.gz"];
    let paths = endings.map(|ending| lists.join(format!("{}.{ending}", kind.name())));
    let Some(path) = paths.iter().find(|path| path.exists()) else {
        let file = lists.join(kind.name()).display().to_string();
        return Err(DataError::Missing { file });
    };
    let shown = path.display().to_string();
    match file::read(path, MAX_LIST_BYTES) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
