//! Word lists and taxonomies from a data folder, or the ones built into the program.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

use robotoff_core::brand_prefix::{BrandPrefixError, BrandPrefixes};
use robotoff_core::commune::{CommuneError, Communes};
use robotoff_core::knowledge::{Knowledge, LexiconKind, Part, TaxonomyKind};
use robotoff_core::lexicon::{Lexicon, LexiconError};
use robotoff_core::taxonomy::{Keep, Taxonomy, TaxonomyError};
use thiserror::Error;

use crate::file;

/// The largest file today unpacks to 30 MB; ten times that is none of these.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// To be shown where a data folder is read.
pub const LICENCE_NOTICE: &str = "Open Food Facts data: Open Database License (ODbL) 1.0, \
    (c) Open Food Facts contributors";

/// The source of word lists and taxonomies.
#[derive(Debug, Clone)]
pub enum DataSource {
    /// The small lists of our own that ship inside the program.
    BuiltIn,
    /// A folder with `lists/NAME.txt[.gz]` and `taxonomies/NAME.full.json[.gz]`.
    Folder(PathBuf),
    /// Such a folder that [`pull`](crate::pull) fills: parts that are not there yet are the
    /// built-in ones.
    Pulled(PathBuf),
}

/// State of a file, by which a change is noticed.
pub(crate) type FileStamp = (SystemTime, u64);

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
    #[error("{path}: {source}; fix or remove the line")]
    Malformed { path: String, source: LexiconError },
    #[error("{path}: {source}; fetch the file again")]
    BrokenTaxonomy { path: String, source: TaxonomyError },
    #[error("{path}: {source}; fetch the file again")]
    BrokenCommunes { path: String, source: CommuneError },
    #[error("{path}: {source}; fetch the file again")]
    BrokenPrefixes {
        path: String,
        source: BrandPrefixError,
    },
}

/// A part as it was loaded.
#[derive(Debug)]
pub enum Loaded {
    Lexicon(LexiconKind, Lexicon),
    Taxonomy(TaxonomyKind, Taxonomy),
    Communes(Communes),
    BrandPrefixes(BrandPrefixes),
}

impl Loaded {
    /// Entries of a list, nodes of a taxonomy.
    pub fn len(&self) -> usize {
        match self {
            Self::Lexicon(_, lexicon) => lexicon.len(),
            Self::Taxonomy(_, taxonomy) => taxonomy.len(),
            Self::Communes(communes) => communes.len(),
            Self::BrandPrefixes(prefixes) => prefixes.len(),
        }
    }

    /// True when it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The knowledge with the part put in or replaced.
    pub(crate) fn into(self, knowledge: Knowledge) -> Knowledge {
        match self {
            Self::Lexicon(kind, lexicon) => knowledge.with_lexicon(kind, Arc::new(lexicon)),
            Self::Taxonomy(kind, taxonomy) => knowledge.with_taxonomy(kind, Arc::new(taxonomy)),
            Self::Communes(communes) => knowledge.with_communes(Arc::new(communes)),
            Self::BrandPrefixes(prefixes) => knowledge.with_brand_prefixes(Arc::new(prefixes)),
        }
    }
}

impl DataSource {
    /// Loads parts side by side on all cores; the first error, in the order of
    /// the parts, is told.
    pub fn load(&self, parts: impl IntoIterator<Item = Part>) -> Result<Knowledge, DataError> {
        let parts: Vec<Part> = parts.into_iter().collect();
        let next = AtomicUsize::new(0);
        let done = Mutex::new(BTreeMap::new());
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        thread::scope(|scope| {
            for _ in 0..threads.min(parts.len()) {
                scope.spawn(|| {
                    while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let loaded = self.load_part(*part);
                        done.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .insert(*part, loaded);
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        let loaded = parts.iter().filter_map(|part| done.remove(part));
        loaded
            .into_iter()
            .try_fold(Knowledge::default(), |knowledge, part| {
                Ok(part?.into(knowledge))
            })
    }

    /// Loads one part.
    pub fn load_part(&self, part: Part) -> Result<Loaded, DataError> {
        let (path, bytes) = match self {
            Self::BuiltIn => (format!("built-in {}", part.path()), built_in(part).into()),
            Self::Folder(folder) => from_folder(folder, &part.path())?,
            Self::Pulled(folder) => match from_folder(folder, &part.path()) {
                Err(DataError::Missing { .. }) => return Self::BuiltIn.load_part(part),
                found => found?,
            },
        };
        match part {
            Part::Lexicon(kind) => {
                let list = lexicon(kind, path, &bytes)?;
                let list = match self {
                    Self::Folder(_) | Self::Pulled(_) if kind.is_completed() => {
                        list.completed_by(&own(kind)?)
                    }
                    Self::Folder(_) | Self::Pulled(_) | Self::BuiltIn => list,
                };
                Ok(Loaded::Lexicon(kind, list))
            }
            Part::Taxonomy(kind) => {
                let keep = Keep::Only(kind.used_properties());
                match Taxonomy::from_json(&bytes, keep) {
                    Ok(taxonomy) => Ok(Loaded::Taxonomy(kind, taxonomy)),
                    Err(source) => Err(DataError::BrokenTaxonomy { path, source }),
                }
            }
            Part::Communes => match Communes::from_json(&bytes) {
                Ok(communes) => Ok(Loaded::Communes(communes)),
                Err(source) => Err(DataError::BrokenCommunes { path, source }),
            },
            Part::BrandPrefixes => match BrandPrefixes::from_json(&bytes) {
                Ok(prefixes) => Ok(Loaded::BrandPrefixes(prefixes)),
                Err(source) => Err(DataError::BrokenPrefixes { path, source }),
            },
        }
    }
}

impl DataSource {
    /// State of the file of a part; `None` for a part that no file holds.
    pub(crate) fn stamp(&self, part: Part) -> Option<FileStamp> {
        let (Self::Folder(folder) | Self::Pulled(folder)) = self else {
            return None;
        };
        let paths = paths_of(folder, &part.path());
        let about = paths.iter().find_map(|path| path.metadata().ok())?;
        Some((about.modified().ok()?, about.len()))
    }
}

/// The list of the program itself.
fn own(kind: LexiconKind) -> Result<Lexicon, DataError> {
    let part = Part::Lexicon(kind);
    lexicon(kind, format!("built-in {}", part.path()), built_in(part))
}

fn lexicon(kind: LexiconKind, path: String, bytes: &[u8]) -> Result<Lexicon, DataError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Lexicon::parse(kind.name(), text, kind.shape())
            .map_err(|source| DataError::Malformed { path, source }),
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
            Err(DataError::NotUtf8 { path, line })
        }
    }
}

/// Reads a file of a data folder, plain or with `.gz` behind its name.
fn from_folder(folder: &Path, name: &str) -> Result<(String, Cow<'static, [u8]>), DataError> {
    let paths = paths_of(folder, name);
    let Some(path) = paths.iter().find(|path| path.exists()) else {
        return Err(DataError::Missing {
            file: paths[0].display().to_string(),
        });
    };
    let shown = path.display().to_string();
    match file::read(path, MAX_FILE_BYTES) {
        Ok(bytes) => Ok((shown, bytes.into())),
        Err(source) => Err(DataError::Unreadable {
            path: shown,
            source,
        }),
    }
}

/// Places of a file in the order in which they are looked at.
fn paths_of(folder: &Path, name: &str) -> [PathBuf; 3] {
    // Some lists are called `NAME.gz`, not `NAME.txt.gz`.
    let short = name.strip_suffix(".txt").unwrap_or(name);
    let paths = [name.to_owned(), format!("{name}.gz"), format!("{short}.gz")];
    paths.map(|name| folder.join(name))
}

const fn built_in(part: Part) -> &'static [u8] {
    match part {
        Part::Lexicon(kind) => built_in_lexicon(kind),
        Part::Taxonomy(kind) => built_in_taxonomy(kind),
        Part::Communes => include_bytes!("../../../data/lists/cities_laposte_hexasmal.json"),
        // Without a pair no entry is refused.
        Part::BrandPrefixes => b"[]",
    }
}

const fn built_in_lexicon(kind: LexiconKind) -> &'static [u8] {
    match kind {
        LexiconKind::Brands => include_bytes!("../../../data/lists/brand.txt"),
        LexiconKind::BrandsOfTaxonomy => {
            include_bytes!("../../../data/lists/brand_from_taxonomy.txt")
        }
        LexiconKind::BrandExclusions => {
            include_bytes!("../../../data/lists/brand_taxonomy_blacklist.txt")
        }
        LexiconKind::BrandLogos => include_bytes!("../../../data/lists/brand_logo_annotation.txt"),
        LexiconKind::FishingCodes => include_bytes!("../../../data/lists/fishing_codes.txt"),
        LexiconKind::ImageFlagBeauty => include_bytes!("../../../data/lists/image_flag_beauty.txt"),
        LexiconKind::ImageFlagMiscellaneous => {
            include_bytes!("../../../data/lists/image_flag_miscellaneous.txt")
        }
        LexiconKind::LabelAllowances => include_bytes!("../../../data/lists/label_whitelist.txt"),
        LexiconKind::LabelKeywords => include_bytes!("../../../data/lists/label_flashtext.txt"),
        LexiconKind::LabelLogos => include_bytes!("../../../data/lists/label_logo_annotation.txt"),
        LexiconKind::Stores => include_bytes!("../../../data/lists/store_regex.txt"),
        LexiconKind::TraceAllergens => include_bytes!("../../../data/lists/trace_allergen.txt"),
        LexiconKind::UsdaCodes => include_bytes!("../../../data/lists/usda_codes.txt"),
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
    fn every_built_in_part_is_well_formed() {
        for part in Part::all() {
            let loaded = DataSource::BuiltIn.load_part(part).unwrap();
            let may_be_empty = part == Part::BrandPrefixes;
            assert!(may_be_empty || !loaded.is_empty(), "{part:?}");
        }
        let knowledge = DataSource::BuiltIn.load(Part::all()).unwrap();
        assert_eq!(knowledge.version(), Part::all().count() as u64);
    }

    #[test]
    fn the_label_list_of_a_folder_is_completed_by_the_built_in_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lists")).unwrap();
        let path = folder.path().join("lists/label_flashtext.txt");
        std::fs::write(path, "xx:own||VEGAN\n").unwrap();
        let loaded = DataSource::Folder(folder.path().to_owned())
            .load_part(Part::Lexicon(LexiconKind::LabelKeywords));
        let Ok(Loaded::Lexicon(_, list)) = loaded else {
            panic!("the list is loaded")
        };
        let tags_of = |word: &str| -> Vec<&str> {
            let entries = list
                .entries()
                .filter(|entry| entry.keyword.to_lowercase() == word);
            entries.map(|entry| entry.key).collect()
        };
        assert_eq!(tags_of("vegan"), ["xx:own"]);
        assert_eq!(tags_of("glutenfrei"), ["en:no-gluten"]);
    }

    fn check(content: Option<&[u8]>, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lists")).unwrap();
        if let Some(content) = content {
            std::fs::write(folder.path().join("lists/label_flashtext.txt"), content).unwrap();
        }
        let source = DataSource::Folder(folder.path().to_owned());
        let error = source
            .load([Part::Lexicon(LexiconKind::LabelKeywords)])
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
            &["label_flashtext.txt", "line 3", "fix or remove"],
        );
        check(
            Some(b"\x1F\x8B\x08broken"),
            &["cannot read", "fetch the file again"],
        );
    }
}
