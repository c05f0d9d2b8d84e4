//! Readers of pixels and languages, if what they need is there.

use std::fs;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use robotoff_api::HealthCheck;
use robotoff_infer::kserve::KserveInference;
use robotoff_infer::language::FastTextLanguages;
use robotoff_infer::ocr::{PageReader, TextReader};
use robotoff_infer::onnx::OnnxInference;
use robotoff_infer::routed::RoutedInference;
use robotoff_infer::text::{PixelTexts, release_idle_models};
use robotoff_off::fasttext::FastTextService;
use robotoff_off::google::ServiceAccount;
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::vision::{VisionAccess, VisionApi};
use robotoff_ports::parts::{ImageTextReader, LanguageIdentifier};
use robotoff_ports::{BlockingPool, Inference, SystemClock};

use crate::config::{Config, GoogleLogin, OcrEngine, PixelsConfig, VISION_URL};

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

/// Engine that reads pixels in this process or in one that it starts; `None` where the Vision
/// API does.
pub(crate) fn page_reader(pixels: &PixelsConfig) -> Option<Arc<dyn PageReader>> {
    match &pixels.engine {
        OcrEngine::Models => Some(Arc::new(TextReader::new(
            pixels.models.clone(),
            pixels.speed,
        ))),
        OcrEngine::Tesseract(tesseract) => Some(Arc::new(tesseract.clone())),
        OcrEngine::Vision(_) => None,
    }
}

/// Tells whether photos can be read, and if not, why. They are an optional part: it never fails.
pub(super) fn health_check(config: &Config) -> HealthCheck {
    let pixels = config.pixels.clone();
    Box::new(move || {
        let pixels = pixels.clone();
        Box::pin(async move {
            let state = BlockingPool::shared().run(move || match page_reader(&pixels) {
                None => "photos are read by the Vision API".to_owned(),
                Some(reader) => match reader.missing() {
                    missing if missing.is_empty() => "photos are read".to_owned(),
                    missing => absent(&missing, &pixels),
                },
            });
            state.await.map_err(|error| error.to_string())
        })
    })
}

fn absent(missing: &[&str], pixels: &PixelsConfig) -> String {
    let missing = missing.join(", ");
    match pixels.engine {
        OcrEngine::Models => format!(
            "photos are not read: {missing} are absent from {}; `robotoff models pull` fetches them",
            pixels.models.path().display()
        ),
        OcrEngine::Tesseract(_) | OcrEngine::Vision(_) => {
            format!("photos are not read: {missing} is not on this machine")
        }
    }
}

/// The identifier of languages: the service of fastText, else the model; `None` without both.
pub(super) fn languages(config: &Config, http: &Http) -> Option<Arc<dyn LanguageIdentifier>> {
    if let Some((host, port)) = &config.pixels.fasttext {
        return Some(Arc::new(FastTextService::new(http.clone(), host, *port)));
    }
    let languages = FastTextLanguages::new(config.pixels.models.clone());
    let is_present = languages.is_present();
    is_present.then(|| Arc::new(languages) as Arc<dyn LanguageIdentifier>)
}

/// The reader of the text of images; `None` without what it needs, which is logged. Runs in a
/// runtime, where it releases models that are not used.
pub(super) fn image_texts(
    config: &Config,
    http: &Http,
) -> Result<Option<Arc<dyn ImageTextReader>>> {
    let pixels = &config.pixels;
    let Some(reader) = page_reader(pixels) else {
        return Ok(Some(vision(config, http)?));
    };
    let missing = reader.missing();
    if !missing.is_empty() {
        tracing::info!("{}", absent(&missing, pixels));
        return Ok(None);
    }
    tokio::spawn(release_idle_models(Arc::downgrade(&reader), pixels.idle));
    let languages = Arc::new(FastTextLanguages::new(pixels.models.clone()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Some(Arc::new(PixelTexts::new(reader, languages, threads))))
}

/// The engine of a command: the Vision API also where only its key is set.
pub(crate) fn engine_of_command(config: &Config) -> Result<Arc<dyn ImageTextReader>> {
    let http = Http::new(config.service.addresses.clone(), HttpSettings::default())?;
    let pixels = &config.pixels;
    if pixels.engine == OcrEngine::Models && pixels.google.is_some() {
        return vision(config, &http);
    }
    let Some(reader) = image_texts(config, &http)? else {
        let missing = page_reader(pixels).map(|reader| reader.missing());
        bail!("{}", absent(&missing.unwrap_or_default(), pixels));
    };
    Ok(reader)
}

fn vision(config: &Config, http: &Http) -> Result<Arc<dyn ImageTextReader>> {
    let url = match &config.pixels.engine {
        OcrEngine::Vision(url) => url,
        OcrEngine::Models | OcrEngine::Tesseract(_) => VISION_URL,
    };
    let account = |text: &str| {
        ServiceAccount::from_json(text)
            .map(Box::new)
            .map(VisionAccess::Account)
    };
    let access = match &config.pixels.google {
        Some(GoogleLogin::Key(key)) => VisionAccess::Key(key.clone()),
        Some(GoogleLogin::Account(base64)) => {
            let bytes = STANDARD.decode(base64.trim());
            let bytes = bytes.context("GOOGLE_CREDENTIALS is no base64")?;
            account(&String::from_utf8_lossy(&bytes)).context("cannot use GOOGLE_CREDENTIALS")?
        }
        Some(GoogleLogin::AccountFile(file)) => {
            let text = fs::read_to_string(file);
            let text = text.with_context(|| format!("cannot read {}", file.display()))?;
            account(&text).with_context(|| format!("cannot use {}", file.display()))?
        }
        None => bail!("no login at the Vision API is set"),
    };
    let api = VisionApi::new(http.clone(), url, access, Arc::new(SystemClock));
    Ok(Arc::new(api))
}
