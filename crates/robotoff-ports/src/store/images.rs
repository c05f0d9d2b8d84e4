//! ImageFiles, runs of vision models on them, logos.

use async_trait::async_trait;
use robotoff_core::image::{Image, ImageId, ImagePrediction, ImagePredictionId, Logo, LogoId};
use robotoff_core::product::{Barcode, ServerType, SourceImage};

use crate::error::PortResult;

/// Conditions on images (`docs/reference/api.md` 2.20).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageFilter {
    pub server_type: ServerType,
    /// Any of them.
    pub barcodes: Option<Vec<Barcode>>,
    /// Only images without a run of a vision model.
    pub without_prediction: bool,
}

/// Conditions on runs of vision models (`docs/reference/api.md` 2.23).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImagePredictionFilter {
    /// Of the image.
    pub server_type: ServerType,
    /// Of the image; any of them.
    pub barcodes: Option<Vec<Barcode>>,
    pub kind: Option<String>,
    pub model_name: Option<String>,
    pub model_version: Option<String>,
    /// The number of the image.
    pub image_number: Option<String>,
    /// `max_confidence` is at least this; an unknown one never matches.
    pub min_confidence: Option<f32>,
    /// Only runs that found no logo.
    pub without_logo: bool,
}

/// Conditions on logos (`docs/reference/api.md` 2.26 and 2.33).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogoFilter {
    pub server_type: ServerType,
    /// Any of them.
    pub barcodes: Option<Vec<Barcode>>,
    /// Annotation types, any of them.
    pub kinds: Option<Vec<String>>,
    pub value_tag: Option<String>,
    pub taxonomy_value: Option<String>,
    /// `score` is at least this.
    pub min_score: Option<f32>,
    /// True: with an annotation value; false: without.
    pub annotated: Option<bool>,
    /// Leaves out logos on images that were removed.
    pub without_deleted_images: bool,
}

/// The order of logos.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum LogoOrder {
    /// By id.
    #[default]
    Stored,
    /// Latest run of the detector first, then by id.
    LatestRun,
    /// As drawn by the number, from 0 to 1: the same number gives the same page. The logos
    /// are drawn among some thousand neighbours of a random one, so that a draw costs the
    /// same in a large table; pages have no start.
    Random(f64),
}

/// ImageFiles, runs of vision models, logos.
#[async_trait]
pub trait ImageReads: Send + Sync {
    /// The images that match, by id.
    async fn images(&self, filter: &ImageFilter, limit: u64, offset: u64)
    -> PortResult<Vec<Image>>;

    /// Images of a project, of one product if it is given, that are not marked as deleted:
    /// the newest rows first, those below an id.
    async fn newest_images(
        &self,
        server_type: ServerType,
        barcode: Option<&Barcode>,
        below: Option<ImageId>,
        limit: u64,
    ) -> PortResult<Vec<Image>>;

    /// The number of images that match.
    async fn count_images(&self, filter: &ImageFilter) -> PortResult<u64>;

    /// The image of a path; the oldest row when adopted rows hold it twice.
    async fn image_at(
        &self,
        server_type: ServerType,
        source_image: &SourceImage,
    ) -> PortResult<Option<Image>>;

    /// The runs of vision models that match, by id.
    async fn image_predictions(
        &self,
        filter: &ImagePredictionFilter,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<ImagePrediction>>;

    /// The number of runs that match.
    async fn count_image_predictions(&self, filter: &ImagePredictionFilter) -> PortResult<u64>;

    /// The runs of these ids, by id.
    async fn image_predictions_by_id(
        &self,
        ids: &[ImagePredictionId],
    ) -> PortResult<Vec<ImagePrediction>>;

    /// One logo, also on a removed image.
    async fn logo(&self, id: LogoId) -> PortResult<Option<Logo>>;

    /// The logos of these ids that are not on removed images, by id.
    async fn logos_by_id(&self, ids: &[LogoId]) -> PortResult<Vec<Logo>>;

    /// The logos that match.
    async fn logos(
        &self,
        filter: &LogoFilter,
        order: LogoOrder,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<Logo>>;

    /// The number of logos that match.
    async fn count_logos(&self, filter: &LogoFilter) -> PortResult<u64>;

    /// A logo of the project that has an embedding, as drawn by the number, from 0 to 1.
    async fn random_embedded_logo(
        &self,
        server_type: ServerType,
        draw: f64,
    ) -> PortResult<Option<LogoId>>;

    /// The embedding of a logo, as it is stored: little-endian 4-byte floats.
    async fn logo_embedding(&self, id: LogoId) -> PortResult<Option<Vec<u8>>>;
}
