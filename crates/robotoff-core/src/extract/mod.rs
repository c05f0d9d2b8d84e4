//! From the text of an image to predictions: one file for each extractor, one list.
//!
//! To add an extractor: write its file, which declares an [`ExtractorSpec`] beside the
//! rules, name it in [`EXTRACTORS`], and write its page in `docs/extractors/`. A test
//! compares the index of the pages with the list.

mod automatic;
mod brand;
mod category;
mod evidence;
mod expiration_date;
mod image_flag;
mod image_lang;
mod image_orientation;
mod label;
mod location;
mod name;
mod nutrient;
mod packager_code;
mod packaging;
mod product_name;
mod product_weight;
mod spans;
mod spec;
mod store;
pub mod trace;

use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, LazyLock};

pub use product_name::MAX_NAME_CHARS;
pub use spec::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn};

use crate::knowledge::{Knowledge, LexiconKind, Part, TaxonomyKind};
use crate::lexicon::Lexicon;
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::taxonomy::Taxonomy;

/// Every extractor, in the order in which an image is read.
pub const EXTRACTORS: &[ExtractorSpec] = &[
    category::SPEC,
    label::SPEC,
    packager_code::SPEC,
    product_weight::SPEC,
    image_flag::SPEC,
    expiration_date::SPEC,
    brand::SPEC,
    store::SPEC,
    packaging::SPEC,
    nutrient::SPEC,
    nutrient::mention::SPEC,
    image_lang::SPEC,
    image_orientation::SPEC,
    trace::SPEC,
    location::SPEC,
];

/// Specification of the extractor of a kind; `None` for a kind that only models and
/// stored rows have.
pub fn spec_of(kind: PredictionKind) -> Option<&'static ExtractorSpec> {
    EXTRACTORS.iter().find(|spec| spec.kind == kind)
}

/// Kinds that every uploaded image is read for (`docs/reference/pipeline.md` 1.10).
pub fn image_kinds() -> &'static [PredictionKind] {
    static KINDS: LazyLock<Vec<PredictionKind>> = LazyLock::new(|| kinds_on(RunsOn::images));
    &KINDS
}

/// Kinds that the name of a product is read for (`docs/reference/ocr.md` 0.3).
pub fn product_name_kinds() -> &'static [PredictionKind] {
    static KINDS: LazyLock<Vec<PredictionKind>> = LazyLock::new(|| kinds_on(RunsOn::product_names));
    &KINDS
}

fn kinds_on(is_read: fn(RunsOn) -> bool) -> Vec<PredictionKind> {
    let specs = EXTRACTORS.iter().filter(|spec| is_read(spec.runs_on));
    specs.map(|spec| spec.kind).collect()
}

/// A word list that an extractor is built from.
fn lexicon(knowledge: &Knowledge, kind: LexiconKind) -> Result<&Lexicon, BuildError> {
    knowledge
        .lexicon(kind)
        .map(|lexicon| &**lexicon)
        .ok_or(BuildError::MissingPart(kind.name()))
}

/// A taxonomy that an extractor reads.
fn taxonomy(knowledge: &Knowledge, kind: TaxonomyKind) -> Result<Arc<Taxonomy>, BuildError> {
    knowledge
        .taxonomy(kind)
        .cloned()
        .ok_or(BuildError::MissingPart(kind.name()))
}

/// Parts that the extractors of these kinds need, each once.
pub fn required_parts(kinds: &[PredictionKind]) -> BTreeSet<Part> {
    let wanted = EXTRACTORS.iter().filter(|spec| kinds.contains(&spec.kind));
    wanted.flat_map(|spec| spec.parts.iter().copied()).collect()
}

/// Extractors ready to read, shared between threads.
pub struct Extractors {
    list: Vec<Box<dyn Extractor>>,
}

impl Extractors {
    /// Builds the extractors of the given kinds; kinds without an extractor are skipped.
    pub fn build(knowledge: &Knowledge, kinds: &[PredictionKind]) -> Result<Self, BuildError> {
        let wanted = EXTRACTORS.iter().filter(|spec| kinds.contains(&spec.kind));
        let list = wanted
            .map(|spec| (spec.build)(knowledge))
            .collect::<Result<_, _>>()?;
        Ok(Self { list })
    }

    /// Kinds of the extractors that were built.
    pub fn kinds(&self) -> impl Iterator<Item = PredictionKind> + '_ {
        self.list.iter().map(|extractor| extractor.kind())
    }

    /// Runs the extractors of the given kinds. If one panics on a text, only its own
    /// predictions are lost.
    pub fn read(&self, ocr: &OcrResult, kinds: &[PredictionKind]) -> Reading {
        let mut reading = Reading::default();
        for extractor in &self.list {
            reading.add(&**extractor, ocr, kinds);
        }
        reading
    }

    /// Reads several texts, each for its own kinds, and returns one reading for each, in
    /// their order. An extractor reads all texts before the next extractor starts: its
    /// tables stay in the caches of the processor, which makes short texts a quarter
    /// faster than a loop over [`Extractors::read`].
    pub fn read_all(&self, texts: &[(&OcrResult, &[PredictionKind])]) -> Vec<Reading> {
        let mut readings: Vec<Reading> = texts.iter().map(|_| Reading::default()).collect();
        for extractor in &self.list {
            for ((ocr, kinds), reading) in texts.iter().zip(&mut readings) {
                reading.add(&**extractor, ocr, kinds);
            }
        }
        readings
    }

    /// Runs all extractors.
    pub fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let kinds: Vec<PredictionKind> = self.kinds().collect();
        self.read(ocr, &kinds).predictions
    }
}

/// Predictions from one text.
#[derive(Debug, Default)]
pub struct Reading {
    pub predictions: Vec<Prediction>,
    /// Kinds whose extractor panicked on the text: a defect to be reported.
    pub failed: Vec<PredictionKind>,
}

impl Reading {
    /// Adds the predictions of one extractor, if its kind is wanted.
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
    fn every_extractor_declares_itself_once() {
        for (place, spec) in EXTRACTORS.iter().enumerate() {
            let kind = spec.kind;
            let first = EXTRACTORS.iter().position(|other| other.kind == kind);
            assert_eq!(first, Some(place), "{kind} is listed twice");
            assert!(!spec.predictors.is_empty(), "{kind}");
            assert!(spec.languages.is_sorted(), "{kind}");
            assert_eq!(spec_of(kind).map(|spec| spec.kind), Some(kind));
        }
    }

    #[test]
    fn every_extractor_runs_on_images_or_has_a_reason_not_to() {
        for spec in EXTRACTORS {
            let kind = spec.kind;
            match spec.runs_on {
                RunsOn::OnRequest { reason } => assert!(reason.len() > 20, "{kind}: {reason:?}"),
                RunsOn::Images | RunsOn::ImagesAndProductNames => {
                    assert!(image_kinds().contains(&kind), "{kind}");
                }
            }
        }
        assert!(image_kinds().len() > product_name_kinds().len());
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
        let weight = (product_weight::SPEC.build)(&Knowledge::default()).unwrap();
        let extractors = Extractors {
            list: vec![Box::new(Broken), weight],
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
