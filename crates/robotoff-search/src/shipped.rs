//! The corpora that ship with the program, gzipped: names of categories, counts for the
//! category matcher, counts for the speller. `robotoff corpus` makes them.
//!
//! A data folder may hold newer ones under the same names, in `search/`.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use robotoff_core::category_model::model::Learned;
use robotoff_core::category_model::{CategoryModel, ModelFileError};
use robotoff_core::search::IndexEntry;
use robotoff_core::search::category::corpus::CorpusError;
use robotoff_core::search::category::matcher::CategoryKnowledge;
use robotoff_core::search::category::{CategoryCorpus, CategoryMatcher};
use robotoff_core::search::spelling::corpus::SpellingCorpusError;
use robotoff_core::search::spelling::{Speller, SpellingCorpus};
use robotoff_core::taxonomy::{Keep, Taxonomy, TaxonomyError};
use thiserror::Error;

/// A larger file is none of ours.
const MAX_BYTES: u64 = 1 << 30;

/// The first two bytes of gzip.
const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];

/// One of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shipped {
    /// The taxonomy of categories, with the languages that are analysed.
    Categories,
    CategoryCorpus,
    /// The category model of our own.
    CategoryModel,
    SpellingCorpus,
}

/// Why a corpus cannot be used.
#[derive(Debug, Error)]
pub enum ShippedError {
    #[error("cannot read {path}: {source}")]
    Unreadable { path: String, source: io::Error },
    #[error("{path}: {source}; make the corpus again with `robotoff corpus categories`")]
    CategoryCorpus { path: String, source: CorpusError },
    #[error("{path}: {source}; make the model again with `robotoff train category`")]
    CategoryModel {
        path: String,
        source: ModelFileError,
    },
    #[error("{path}: {source}; make the corpus again with `robotoff corpus spelling`")]
    SpellingCorpus {
        path: String,
        source: SpellingCorpusError,
    },
    #[error("{path}: {source}; fetch the file again")]
    Taxonomy { path: String, source: TaxonomyError },
}

impl Shipped {
    /// The name of the file.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Categories => "categories.json.gz",
            Self::CategoryCorpus => "category_corpus.txt.gz",
            Self::CategoryModel => "category.bin",
            Self::SpellingCorpus => "spelling_corpus.txt.gz",
        }
    }

    /// The part of a data folder that holds the file.
    const fn folder_name(self) -> &'static str {
        match self {
            Self::Categories | Self::CategoryCorpus | Self::SpellingCorpus => "search",
            Self::CategoryModel => "models",
        }
    }

    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Categories => include_bytes!("../../../data/search/categories.json.gz"),
            Self::CategoryCorpus => include_bytes!("../../../data/search/category_corpus.txt.gz"),
            Self::CategoryModel => include_bytes!("../../../data/models/category.bin"),
            Self::SpellingCorpus => include_bytes!("../../../data/search/spelling_corpus.txt.gz"),
        }
    }

    /// The content and where it is from: the file that is named, else that of the data
    /// folder if there is one, else what ships.
    fn read(
        self,
        named: Option<&Path>,
        folder: Option<&Path>,
    ) -> Result<(String, Vec<u8>), ShippedError> {
        let in_folder = folder.map(|folder| folder.join(self.folder_name()).join(self.file_name()));
        let path: Option<PathBuf> = match named {
            Some(path) => Some(path.to_owned()),
            None => in_folder.filter(|path| path.is_file()),
        };
        let name = path.as_ref().map_or_else(
            || format!("built-in {}", self.file_name()),
            |path| path.display().to_string(),
        );
        let packed = match &path {
            Some(path) => std::fs::read(path),
            None => Ok(self.bytes().to_vec()),
        };
        match packed.and_then(|packed| unpacked(&packed)) {
            Ok(bytes) => Ok((name, bytes)),
            Err(source) => Err(ShippedError::Unreadable { path: name, source }),
        }
    }

    fn read_text(
        self,
        named: Option<&Path>,
        folder: Option<&Path>,
    ) -> Result<(String, String), ShippedError> {
        let (path, bytes) = self.read(named, folder)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok((path, text)),
            Err(error) => {
                let source = io::Error::new(io::ErrorKind::InvalidData, error);
                Err(ShippedError::Unreadable { path, source })
            }
        }
    }
}

fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(bytes.to_vec());
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(MAX_BYTES)
        .read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// Where the data of the matcher and the speller are, when not built in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Places<'a> {
    /// A file with the corpus.
    pub corpus: Option<&'a Path>,
    /// The data folder of the configuration.
    pub folder: Option<&'a Path>,
}

/// The taxonomy of categories that ships.
pub fn categories(places: Places<'_>) -> Result<Taxonomy, ShippedError> {
    let (path, bytes) = Shipped::Categories.read(None, places.folder)?;
    Taxonomy::from_json(&bytes, Keep::Only(&[]))
        .map_err(|source| ShippedError::Taxonomy { path, source })
}

/// The category matcher over a taxonomy.
pub fn category_matcher(
    knowledge: Arc<CategoryKnowledge>,
    places: Places<'_>,
) -> Result<CategoryMatcher, ShippedError> {
    let (path, text) = Shipped::CategoryCorpus.read_text(places.corpus, places.folder)?;
    let corpus = CategoryCorpus::from_text(&text, &knowledge.tree)
        .map_err(|source| ShippedError::CategoryCorpus { path, source })?;
    Ok(CategoryMatcher::new(knowledge, corpus))
}

/// The category model over a taxonomy; `places.corpus` names its file.
pub fn category_model(
    knowledge: Arc<CategoryKnowledge>,
    places: Places<'_>,
) -> Result<CategoryModel, ShippedError> {
    let (path, bytes) = Shipped::CategoryModel.read(places.corpus, places.folder)?;
    let learned = Learned::from_bytes(&bytes, &knowledge.tree)
        .map_err(|source| ShippedError::CategoryModel { path, source })?;
    Ok(CategoryModel::new(knowledge, learned))
}

/// The speller of ingredient lists.
pub fn speller(places: Places<'_>) -> Result<Speller, ShippedError> {
    Ok(Speller::new(&spelling_corpus(places)?))
}

/// The phrases of ingredient lists, made again from the counts of the speller.
pub fn phrases(places: Places<'_>) -> Result<Vec<IndexEntry>, ShippedError> {
    let corpus = spelling_corpus(places)?;
    let entries = corpus.by_language.iter().flat_map(|(lang, counts)| {
        let phrases = counts.phrases().into_iter();
        phrases.map(|terms| IndexEntry {
            lang: lang.clone(),
            terms,
            payload: String::new(),
        })
    });
    Ok(entries.collect())
}

fn spelling_corpus(places: Places<'_>) -> Result<SpellingCorpus, ShippedError> {
    let (path, text) = Shipped::SpellingCorpus.read_text(places.corpus, places.folder)?;
    let corpus = SpellingCorpus::from_text(&text);
    corpus.map_err(|source| ShippedError::SpellingCorpus { path, source })
}

#[cfg(test)]
mod tests {
    use robotoff_core::category_model::ProductTexts;
    use robotoff_core::category_model::file::NOTICE;
    use robotoff_core::search::category::ProductNames;
    use sha2::{Digest, Sha256};

    use super::*;

    fn knowledge() -> Arc<CategoryKnowledge> {
        let taxonomy = categories(Places::default()).unwrap();
        Arc::new(CategoryKnowledge::new(&taxonomy))
    }

    #[test]
    fn the_model_that_ships_is_the_one_of_its_card() {
        let bytes = Shipped::CategoryModel.bytes();
        let sum = format!("{:x}", Sha256::digest(bytes));
        let card = include_str!("../../../data/models/README.md");
        assert!(card.contains(&sum), "{sum} does not stand in the card");
        assert!(card.contains(NOTICE));
        assert!(bytes.len() < 8_000_000, "{} bytes", bytes.len());
    }

    #[test]
    fn the_model_that_ships_predicts_categories() {
        let model = category_model(knowledge(), Places::default()).unwrap();
        for (lang, product_name, expected) in [
            ("fr", "Yaourt à la fraise", "en:strawberry-yogurts"),
            ("en", "Wildflower honey 500 g", "en:honeys"),
            (
                "it",
                "Olio extra vergine di oliva",
                "en:extra-virgin-olive-oils",
            ),
            ("es", "Atún claro en aceite de oliva", "en:tunas"),
        ] {
            let names = ProductNames {
                lang,
                product_name,
                ..ProductNames::default()
            };
            let texts = ProductTexts {
                names,
                ..ProductTexts::default()
            };
            let found = model.predict(&texts, 5);
            let tags: Vec<&str> = found.iter().map(|found| found.value_tag.as_str()).collect();
            assert!(tags.contains(&expected), "{product_name}: {tags:?}");
        }
    }

    #[test]
    fn a_damaged_model_is_named_with_its_cure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        let places = Places {
            corpus: Some(&path),
            folder: None,
        };
        let error = || category_model(knowledge(), places).unwrap_err().to_string();
        assert!(error().starts_with("cannot read"), "{}", error());
        let mut bytes = Shipped::CategoryModel.bytes().to_vec();
        bytes[1_000_000] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(
            error().contains("checksum is wrong; make the model again"),
            "{}",
            error()
        );
    }

    #[test]
    fn what_ships_predicts_categories() {
        let matcher = category_matcher(knowledge(), Places::default()).unwrap();
        for (lang, name, expected) in [
            ("fr", "Tarte aux pommes", "en:apple-pies"),
            ("en", "Wildflower honey", "en:honeys"),
            ("de", "Apfelkuchen", "en:apple-pies"),
            (
                "it",
                "Olio extra vergine di oliva",
                "en:extra-virgin-olive-oils",
            ),
        ] {
            let names = ProductNames {
                lang,
                product_name: name,
                ..ProductNames::default()
            };
            let found = matcher.predict(&names, 5);
            let tags: Vec<&str> = found.iter().map(|found| found.value_tag.as_str()).collect();
            assert!(tags.contains(&expected), "{name}: {tags:?}");
        }
    }

    #[test]
    fn what_ships_corrects_lists_of_many_languages() {
        let speller = speller(Places::default()).unwrap();
        for (lang, text, expected) in [
            (
                "fr",
                "Farine de blé, sucer, huile de tournesl",
                "Farine de blé, sucre, huile de tournesol",
            ),
            (
                "en",
                "Wheat fluor, sugar, palm oli, salt",
                "Wheat flour, sugar, palm oil, salt",
            ),
            ("de", "Weizenmehl, Zuker, Salz", "Weizenmehl, Zucker, Salz"),
            (
                "es",
                "Harina de triggo, azúcar, sal",
                "Harina de trigo, azúcar, sal",
            ),
        ] {
            let corrected = speller.correct(lang, text).map(|corrected| corrected.text);
            assert_eq!(corrected.as_deref(), Some(expected), "{lang}");
        }
    }

    #[test]
    fn a_broken_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corpus");
        let places = Places {
            corpus: Some(&path),
            folder: None,
        };
        assert!(speller(places).unwrap_err().to_string().contains("corpus"));
        std::fs::write(&path, "something else").unwrap();
        let error = speller(places).unwrap_err().to_string();
        assert!(error.contains("robotoff corpus spelling"), "{error}");
    }
}
