//! Readers of pixels and languages, if their models are on this machine.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use robotoff_infer::kserve::KserveInference;
use robotoff_infer::language::FastTextLanguages;
use robotoff_infer::ocr::TextReader;
use robotoff_infer::onnx::OnnxInference;
use robotoff_infer::routed::RoutedInference;
use robotoff_infer::text::{PixelTexts, release_idle_models};
use robotoff_ports::parts::{ImageTextReader, LanguageIdentifier};

use robotoff_ports::Inference;

use crate::config::Config;

/// The models of a server, if one is configured, and of this process. Runs in a runtime, where
/// it releases models that are not used.
pub(crate) fn inference(config: &Config) -> Result<Arc<dyn Inference>> {
    let pixels = &config.pixels;
    let servers = &pixels.servers;
    let has_server = servers.default.is_some() || !servers.by_model.is_empty();
    let remote = has_server
        .then(|| KserveInference::new(servers))
        .transpose();
    let remote = remote.map_err(|why| anyhow!("cannot use the server of models: {why}"))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (repository, library) = (pixels.repository.clone(), pixels.models.clone());
    let local = OnnxInference::new(repository, library, threads, servers.timeout);
    local.release_when_idle(pixels.idle);
    Ok(Arc::new(RoutedInference::new(remote, local)))
}

/// The identifier of languages; `None` without its model.
pub(super) fn languages(config: &Config) -> Option<Arc<dyn LanguageIdentifier>> {
    let languages = FastTextLanguages::new(config.pixels.models.clone());
    let is_present = languages.is_present();
    is_present.then(|| Arc::new(languages) as Arc<dyn LanguageIdentifier>)
}

/// The reader of the text of images; `None` without its models, which is logged. Runs in a
/// runtime, where it releases models that are not used.
pub(super) fn image_texts(config: &Config) -> Option<Arc<dyn ImageTextReader>> {
    let pixels = &config.pixels;
    let reader = Arc::new(TextReader::new(pixels.models.clone(), pixels.speed));
    let missing = reader.missing();
    if !missing.is_empty() {
        tracing::info!(
            "images without an OCR document are not read: {} are absent from {}; `robotoff \
             models pull` fetches them",
            missing.join(", "),
            pixels.models.path().display()
        );
        return None;
    }
    tokio::spawn(release_idle_models(Arc::downgrade(&reader), pixels.idle));
    let languages = Arc::new(FastTextLanguages::new(pixels.models.clone()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Some(Arc::new(PixelTexts::new(reader, languages, threads)))
}
