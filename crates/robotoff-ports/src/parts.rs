//! Parts that an installation may lack: models, indexes, a server of logins. A use case that
//! needs one that is not there says so.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::detection::ImageBarcode;
use robotoff_core::geometry::CropArea;
use robotoff_core::image::LogoId;
use robotoff_core::model::classifier::ImageClassifier;
use robotoff_core::model::yolo::{DetectedObject, Detector, Suppression};
use robotoff_core::moderation::ModerationNotice;
use robotoff_core::product::{ProductId, ServerType, SourceImage};

use crate::corpora::Corpora;
use crate::dump::DumpSource;
use crate::error::PortResult;
use crate::events::EventSource;
use crate::inference::Inference;
use crate::inventory::Inventory;
use crate::logins::Authenticator;
use crate::search::Search;
use crate::series::{FacetSource, SeriesSink};

/// The optional parts of this installation.
#[derive(Clone, Default)]
pub struct OptionalParts {
    pub languages: Option<Arc<dyn LanguageIdentifier>>,
    pub logo_index: Option<Arc<dyn LogoIndex>>,
    pub moderation: Option<Arc<dyn Moderation>>,
    pub temporary_files: Option<Arc<dyn TemporaryFiles>>,
    pub batches: Option<Arc<dyn BatchResults>>,
    pub series: Option<Arc<dyn SeriesSink>>,
    pub facets: Option<Arc<dyn FacetSource>>,
    /// Without it a login is believed.
    pub authenticator: Option<Arc<dyn Authenticator>>,
    pub search: Option<SearchParts>,
    pub cropper: Option<Arc<dyn ImageCropper>>,
    pub image_texts: Option<Arc<dyn ImageTextReader>>,
    pub image_models: Option<Arc<dyn ImageModels>>,
    pub inference: Option<Arc<dyn Inference>>,
    pub inspector: Option<Arc<dyn ImageInspector>>,
    pub dumps: Option<Arc<dyn DumpSource>>,
    /// Streams of events, to show their state.
    pub events: Option<Arc<dyn EventSource>>,
    pub inventory: Option<Arc<dyn Inventory>>,
    pub backups: Option<Arc<dyn Backups>>,
}

/// Backups of the database.
#[async_trait]
pub trait Backups: Send + Sync {
    /// Makes a backup, verifies it, and deletes old ones. Returns what was made.
    async fn back_up(&self) -> PortResult<MadeBackup>;
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeBackup {
    /// Its folder.
    pub place: String,
    pub rows: u64,
    pub bytes: u64,
    /// Number of old ones that were deleted.
    pub deleted: usize,
}

/// Parts that categories by name and corrected ingredient lists need.
#[derive(Clone)]
pub struct SearchParts {
    pub engine: Arc<dyn Search>,
    pub corpora: Arc<dyn Corpora>,
}

/// The result of a model on a file that anyone may have made.
#[derive(Debug, Clone, PartialEq)]
pub enum OnImage<T> {
    Result(T),
    /// The file is no image, damaged or too large; the text says which.
    Unreadable(String),
}

/// Vision models on the pixels of images.
#[async_trait]
pub trait ImageModels: Send + Sync {
    /// True when calls of a model (its name on a server) are worth a try.
    fn is_configured(&self, model: &str) -> bool;

    /// Objects that a detector finds on an image, by descending score.
    async fn objects(
        &self,
        file: Arc<[u8]>,
        detector: &'static Detector,
        rules: Suppression,
    ) -> PortResult<OnImage<Vec<DetectedObject>>>;

    /// Labels of a classifier with their scores, the highest first.
    async fn classes(
        &self,
        file: Arc<[u8]>,
        classifier: &'static ImageClassifier,
    ) -> PortResult<OnImage<Vec<(&'static str, f32)>>>;

    /// Embeddings of parts of an image, in their order, each of
    /// [`DIMENSIONS`](robotoff_core::model::clip::DIMENSIONS) numbers.
    async fn embeddings(
        &self,
        file: Arc<[u8]>,
        areas: Vec<CropArea>,
    ) -> PortResult<OnImage<Vec<Vec<f32>>>>;

    /// The image with the boxes of objects drawn, as JPEG.
    async fn drawn(
        &self,
        file: Arc<[u8]>,
        objects: Vec<DetectedObject>,
    ) -> PortResult<OnImage<Vec<u8>>>;
}

/// The text of a file that anyone may have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageText {
    /// An OCR document, as Google Cloud Vision writes it.
    Document(Vec<u8>),
    /// The file is no image, damaged or too large; the text says which.
    Unreadable(String),
}

/// Reading of the text of images from their pixels.
#[async_trait]
pub trait ImageTextReader: Send + Sync {
    /// The text of an image file. `Unavailable` when others are read and the wait would be
    /// long, `Denied` when a model is not on this machine.
    async fn text_of(&self, file: Arc<[u8]>) -> PortResult<ImageText>;
}

/// A language of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentifiedLanguage {
    /// Its code, `fr`.
    pub lang: String,
    /// From 0 to 1.
    pub confidence: f32,
}

/// Identification of languages.
#[async_trait]
pub trait LanguageIdentifier: Send + Sync {
    /// Up to `k` languages of a text whose confidence is at least the threshold, most likely
    /// first.
    async fn languages_of(
        &self,
        text: &str,
        k: usize,
        threshold: f32,
    ) -> PortResult<Vec<IdentifiedLanguage>>;
}

/// A similar logo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    pub logo: LogoId,
    /// 1 minus the score of the index: 0 for an equal logo.
    pub distance: f32,
}

/// Index of the embeddings of logos.
#[async_trait]
pub trait LogoIndex: Send + Sync {
    /// Up to `count` logos of a project that are closest to an embedding of length 1, closest
    /// first.
    async fn nearest(
        &self,
        embedding: &[f32],
        server_type: ServerType,
        count: u64,
    ) -> PortResult<Vec<Neighbor>>;
}

/// The service through which people moderate images.
#[async_trait]
pub trait Moderation: Send + Sync {
    /// Reports a flagged image. A report that is sent twice does no harm.
    async fn notify(
        &self,
        product: &ProductId,
        image: &SourceImage,
        notice: &ModerationNotice,
    ) -> PortResult<()>;
}

/// Temporary files of this program on this host.
#[async_trait]
pub trait TemporaryFiles: Send + Sync {
    /// Deletes those that were last written so long ago; returns their number.
    async fn delete_older_than(&self, age: Duration) -> PortResult<u64>;
}

/// The result of cutting a part out of a file that anyone may have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CutImage {
    /// The part, as a JPEG.
    Jpeg(Vec<u8>),
    /// The file is no image, damaged or too large; the text says which.
    Unreadable(String),
}

/// Cutting of parts out of images.
#[async_trait]
pub trait ImageCropper: Send + Sync {
    /// The part of an image file, upright, as a JPEG. `Unavailable` when others are cut and
    /// the wait would be long.
    async fn crop(&self, file: Arc<[u8]>, area: CropArea) -> PortResult<CutImage>;
}

/// Findings in the pixels of a file that anyone may have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspected<T> {
    Done(T),
    /// The file is no image, damaged or too large; the text says which.
    Unreadable(String),
}

/// Findings in the pixels of an image without a model.
#[async_trait]
pub trait ImageInspector: Send + Sync {
    /// The perceptual hash of an image file. `Unavailable` when others are inspected and the
    /// wait would be long.
    async fn fingerprint(&self, file: Arc<[u8]>) -> PortResult<Inspected<u64>>;

    /// The barcodes of an image file; errors as above.
    async fn barcodes(&self, file: Arc<[u8]>) -> PortResult<Inspected<Vec<ImageBarcode>>>;
}

/// A corrected ingredient list of a batch job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchCorrection {
    pub barcode: String,
    pub original: String,
    pub correction: String,
    /// Main language of the product.
    pub lang: String,
}

/// Results of batch jobs.
#[async_trait]
pub trait BatchResults: Send + Sync {
    /// Corrections of a batch, by the name of its folder.
    async fn corrections(&self, batch: &str) -> PortResult<Vec<BatchCorrection>>;
}
