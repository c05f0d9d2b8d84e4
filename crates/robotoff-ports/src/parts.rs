//! Parts that an installation may lack: models and indexes. A use case that needs one that
//! is not there says so.

use std::sync::Arc;

use async_trait::async_trait;
use robotoff_core::image::LogoId;
use robotoff_core::product::ServerType;

use crate::error::PortResult;

/// The optional parts of this installation.
#[derive(Clone, Default)]
pub struct OptionalParts {
    pub languages: Option<Arc<dyn LanguageIdentifier>>,
    pub logo_index: Option<Arc<dyn LogoIndex>>,
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
