//! From the text of a picture to predictions: one file per extractor, one list.
//!
//! To add one: write its file, add its line to [`EXTRACTORS`], its description to
//! [`DESCRIPTIONS`] and its page to `docs/extractors/`.

mod automatic;
mod brand;
mod category;
mod description;
mod evidence;
mod expiration_date;
mod image_flag;
mod image_lang;
mod image_orientation;
mod label;
mod location;
mod nutrient;
mod nutrient_columns;
mod nutrient_mention;
mod nutrient_names;
mod nutrient_value;
mod packager_code;
mod packaging;
mod product_name;
mod product_weight;
mod spans;
mod store;
pub mod trace;

use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use thiserror::Error;

pub use description::{DESCRIPTIONS, Description, Method, description};
pub use product_name::{MAX_NAME_CHARS, PRODUCT_NAME_KINDS};

use crate::knowledge::{Knowledge, LexiconKind, Part, TaxonomyKind};
use crate::lexicon::Lexicon;
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::taxonomy::Taxonomy;

/// Finds predictions of one kind. Odd text is no error: finding never fails.
pub trait Extractor: Send + Sync {
    /// The kind of everything that `find` gives.
    fn kind(&self) -> PredictionKind;

    /// What the text says, in the order of the specification of the kind.
    fn find(&self, ocr: &OcrResult) -> Vec<Prediction>;
}

/// Why an extractor cannot be built.
#[derive(Debug, Error)]
pub enum BuildError {
    #[error("{0:?} is not loaded")]
    MissingPart(&'static str),
    #[error("a pattern of a word list cannot be compiled: {0}")]
    BrokenPattern(String),
    #[error(transparent)]
    TooManyKeywords(#[from] crate::text::keyword::TooManyKeywords),
}

/// How one extractor is made, and of what.
pub struct ExtractorSpec {
    pub kind: PredictionKind,
    /// What must be loaded before.
    pub parts: &'static [Part],
    build: fn(&Knowledge) -> Result<Box<dyn Extractor>, BuildError>,
}

/// Every extractor, in the order in which a picture is read; the last two are only
/// run when they are asked for.
pub const EXTRACTORS: &[ExtractorSpec] = &[
    ExtractorSpec {
        kind: PredictionKind::Category,
        parts: &[Part::Taxonomy(TaxonomyKind::Categories)],
        build: |knowledge| Ok(Box::new(category::CategoryExtractor::new(knowledge)?)),
    },
    ExtractorSpec {
        kind: PredictionKind::Label,
        parts: &[
            Part::Lexicon(LexiconKind::LabelKeywords),
            Part::Lexicon(LexiconKind::LabelLogos),
        ],
        build: |knowledge| Ok(Box::new(label::LabelExtractor::new(knowledge)?)),
    },
    ExtractorSpec {
        kind: PredictionKind::PackagerCode,
        parts: &[
            Part::Lexicon(LexiconKind::FishingCodes),
            Part::Lexicon(LexiconKind::UsdaCodes),
        ],
        build: |knowledge| {
            Ok(Box::new(packager_code::PackagerCodeExtractor::new(
                knowledge,
            )?))
        },
    },
    ExtractorSpec {
        kind: PredictionKind::ProductWeight,
        parts: &[],
        build: |_| Ok(Box::new(product_weight::ProductWeightExtractor::new())),
    },
    ExtractorSpec {
        kind: PredictionKind::ImageFlag,
        parts: &[
            Part::Lexicon(LexiconKind::ImageFlagBeauty),
            Part::Lexicon(LexiconKind::ImageFlagMiscellaneous),
        ],
        build: |knowledge| Ok(Box::new(image_flag::ImageFlagExtractor::new(knowledge)?)),
    },
    ExtractorSpec {
        kind: PredictionKind::ExpirationDate,
        parts: &[],
        build: |_| Ok(Box::new(expiration_date::ExpirationDateExtractor::new())),
    },
    ExtractorSpec {
        kind: PredictionKind::Brand,
        parts: &[
            Part::Lexicon(LexiconKind::Brands),
            Part::Lexicon(LexiconKind::BrandsOfTaxonomy),
            Part::Lexicon(LexiconKind::BrandExclusions),
            Part::Lexicon(LexiconKind::BrandLogos),
        ],
        build: |knowledge| Ok(Box::new(brand::BrandExtractor::new(knowledge)?)),
    },
    ExtractorSpec {
        kind: PredictionKind::Store,
        parts: &[Part::Lexicon(LexiconKind::Stores)],
        build: |knowledge| Ok(Box::new(store::StoreExtractor::new(knowledge)?)),
    },
    ExtractorSpec {
        kind: PredictionKind::Packaging,
        parts: &[],
        build: |_| Ok(Box::new(packaging::PackagingExtractor::new()?)),
    },
    ExtractorSpec {
        kind: PredictionKind::Nutrient,
        parts: &[],
        build: |_| Ok(Box::new(nutrient::NutrientExtractor::new()?)),
    },
    ExtractorSpec {
        kind: PredictionKind::NutrientMention,
        parts: &[],
        build: |_| Ok(Box::new(nutrient_mention::NutrientMentionExtractor::new()?)),
    },
    ExtractorSpec {
        kind: PredictionKind::ImageLang,
        parts: &[],
        build: |_| Ok(Box::new(image_lang::ImageLangExtractor)),
    },
    ExtractorSpec {
        kind: PredictionKind::ImageOrientation,
        parts: &[],
        build: |_| Ok(Box::new(image_orientation::ImageOrientationExtractor)),
    },
    ExtractorSpec {
        kind: PredictionKind::Trace,
        parts: &[Part::Lexicon(LexiconKind::TraceAllergens)],
        build: |knowledge| Ok(Box::new(trace::TraceExtractor::new(knowledge)?)),
    },
    ExtractorSpec {
        kind: PredictionKind::Location,
        parts: &[Part::Communes],
        build: |knowledge| Ok(Box::new(location::LocationExtractor::new(knowledge)?)),
    },
];

/// A word list that an extractor is built from.
fn lexicon(knowledge: &Knowledge, kind: LexiconKind) -> Result<&Lexicon, BuildError> {
    knowledge
        .lexicon(kind)
        .map(|lexicon| &**lexicon)
        .ok_or(BuildError::MissingPart(kind.name()))
}

/// A taxonomy that an extractor looks into.
fn taxonomy(knowledge: &Knowledge, kind: TaxonomyKind) -> Result<Arc<Taxonomy>, BuildError> {
    knowledge
        .taxonomy(kind)
        .cloned()
        .ok_or(BuildError::MissingPart(kind.name()))
}

/// What must be loaded for the extractors of these kinds, each part once.
pub fn required_parts(kinds: &[PredictionKind]) -> BTreeSet<Part> {
    let wanted = EXTRACTORS
        .iter()
        .filter(|recipe| kinds.contains(&recipe.kind));
    wanted
        .flat_map(|recipe| recipe.parts.iter().copied())
        .collect()
}

/// Extractors ready to read, shared between threads.
pub struct Extractors {
    list: Vec<Box<dyn Extractor>>,
}

impl Extractors {
    /// Builds those of the given kinds; kinds without an extractor are passed over.
    pub fn build(knowledge: &Knowledge, kinds: &[PredictionKind]) -> Result<Self, BuildError> {
        let wanted = EXTRACTORS
            .iter()
            .filter(|recipe| kinds.contains(&recipe.kind));
        let list = wanted
            .map(|recipe| (recipe.build)(knowledge))
            .collect::<Result<_, _>>()?;
        Ok(Self { list })
    }

    /// The kinds that can be asked for.
    pub fn kinds(&self) -> impl Iterator<Item = PredictionKind> + '_ {
        self.list.iter().map(|extractor| extractor.kind())
    }

    /// What the extractors of the given kinds find. One that panics on a text costs
    /// its own predictions only.
    pub fn read(&self, ocr: &OcrResult, kinds: &[PredictionKind]) -> Reading {
        let mut reading = Reading::default();
        for extractor in &self.list {
            reading.add(&**extractor, ocr, kinds);
        }
        reading
    }

    /// The same for several texts, each with the kinds that are wanted of it; one
    /// reading for each, in their order. Each extractor reads all of them before the
    /// next one does: what it looks words up in stays in the caches of the processor,
    /// and short texts are read a quarter faster.
    pub fn read_all(&self, texts: &[(&OcrResult, &[PredictionKind])]) -> Vec<Reading> {
        let mut readings: Vec<Reading> = texts.iter().map(|_| Reading::default()).collect();
        for extractor in &self.list {
            for ((ocr, kinds), reading) in texts.iter().zip(&mut readings) {
                reading.add(&**extractor, ocr, kinds);
            }
        }
        readings
    }

    /// Everything that all extractors find.
    pub fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let kinds: Vec<PredictionKind> = self.kinds().collect();
        self.read(ocr, &kinds).predictions
    }
}

/// What was found in one text.
#[derive(Debug, Default)]
pub struct Reading {
    pub predictions: Vec<Prediction>,
    /// Kinds whose extractor failed on the text: a defect to be reported.
    pub failed: Vec<PredictionKind>,
}

impl Reading {
    /// Adds what one extractor finds, if its kind is wanted.
    fn add(&mut self, extractor: &dyn Extractor, ocr: &OcrResult, kinds: &[PredictionKind]) {
        if !kinds.contains(&extractor.kind()) {
            return;
        }
        match panic::catch_unwind(AssertUnwindSafe(|| extractor.find(ocr))) {
            Ok(found) => self.predictions.extend(found),
            Err(_) => self.failed.push(extractor.kind()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_extractors_is_this() {
        let names: Vec<&str> = EXTRACTORS.iter().map(|recipe| recipe.kind.name()).collect();
        let expected = "category label packager_code product_weight image_flag expiration_date \
            brand store packaging nutrient nutrient_mention image_lang image_orientation trace location";
        assert_eq!(names.join(" "), expected);
    }

    #[test]
    fn a_missing_word_list_is_named() {
        let built = Extractors::build(&Knowledge::default(), &[PredictionKind::Label]);
        assert!(matches!(built, Err(BuildError::MissingPart(_))));
    }

    struct Broken;

    impl Extractor for Broken {
        fn kind(&self) -> PredictionKind {
            PredictionKind::Trace
        }

        fn find(&self, _: &OcrResult) -> Vec<Prediction> {
            panic!("on purpose")
        }
    }

    // D-OCR-9.
    #[test]
    fn one_failing_extractor_does_not_stop_the_others() {
        let weight = product_weight::ProductWeightExtractor::new();
        let extractors = Extractors {
            list: vec![Box::new(Broken), Box::new(weight)],
        };
        let kinds: Vec<PredictionKind> = extractors.kinds().collect();
        let ocr = OcrResult::from_text("Poids net : 320 g");
        let reading = extractors.read(&ocr, &kinds);
        assert_eq!(reading.failed, [PredictionKind::Trace]);
        assert_eq!(reading.predictions.len(), 1);
        let nothing = OcrResult::from_text("");
        let weight = [PredictionKind::ProductWeight];
        let several = extractors.read_all(&[(&ocr, &kinds), (&nothing, &kinds), (&ocr, &weight)]);
        let counts: Vec<_> = several
            .iter()
            .map(|reading| (reading.predictions.len(), reading.failed.len()))
            .collect();
        assert_eq!(counts, [(1, 1), (0, 1), (1, 0)]);
        assert_eq!(several[0].predictions, reading.predictions);
    }
}
