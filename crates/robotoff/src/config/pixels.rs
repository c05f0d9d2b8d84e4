//! Settings of what reads pixels: models, OCR and its engines.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use robotoff_core::model::{clip, ingredient_list, neural_category, nutrition, yolo};
use robotoff_infer::kserve::KserveServers;
use robotoff_infer::models::ModelFolder;
use robotoff_infer::models::pull::WheelSource;
use robotoff_infer::ocr::OcrSpeed;
use robotoff_infer::tesseract::Tesseract;
use serde::Deserialize;

/// Address of the Vision API.
pub(crate) const VISION_URL: &str = "https://vision.googleapis.com";

/// Raw values of these settings.
#[derive(Deserialize)]
pub(super) struct RawPixelsConfig {
    models_dir: String,
    models_url: String,
    model_idle_secs: f64,
    ocr_speed: String,
    model_repository: String,
    model_timeout_secs: f64,
    default_triton_uri: String,
    triton_uri_clip: String,
    triton_uri_nutriscore: String,
    triton_uri_nutrition_table: String,
    triton_uri_universal_logo_detector: String,
    triton_uri_category_classifier: String,
    triton_uri_ingredient_ner: String,
    triton_uri_nutrition_extractor: String,
    ocr_url: String,
    google_cloud_vision_api_key: String,
    google_credentials: String,
    google_application_credentials: String,
    fasttext_host: String,
    fasttext_port: u16,
}

/// Settings of what reads pixels.
#[derive(Clone)]
pub(crate) struct PixelsConfig {
    pub(crate) models: ModelFolder,
    pub(crate) wheels: WheelSource,
    /// Time after which unused models are released.
    pub(crate) idle: Duration,
    pub(crate) speed: OcrSpeed,
    /// Folder of the weights of the production models.
    pub(crate) repository: PathBuf,
    /// Servers of models, and the time limit of a call of any model.
    pub(crate) servers: KserveServers,
    pub(crate) engine: OcrEngine,
    pub(crate) google: Option<GoogleLogin>,
    /// Host and port of the service of fastText, instead of the model.
    pub(crate) fasttext: Option<(String, u16)>,
}

/// Engine that reads photos (`OCR_URL`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OcrEngine {
    /// Models in this process.
    Models,
    Tesseract(Tesseract),
    /// The Vision API at this URL.
    Vision(String),
}

/// Login at the Vision API.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum GoogleLogin {
    Key(String),
    /// Base64 of the key file of a service account.
    Account(String),
    /// This file.
    AccountFile(PathBuf),
}

impl OcrEngine {
    fn of(url: &str) -> Result<Self> {
        Ok(match url.split_once(':') {
            None if url.is_empty() => Self::Models,
            Some(("models", "")) => Self::Models,
            Some(("tesseract", languages)) => Self::Tesseract(Tesseract {
                program: "tesseract".to_owned(),
                languages: languages.to_owned(),
            }),
            Some(("vision", "")) => Self::Vision(VISION_URL.to_owned()),
            Some(("http" | "https", _)) => Self::Vision(url.to_owned()),
            _ => bail!(
                "cannot use OCR_URL {url:?}: it is none of models:, tesseract:LANGUAGES, vision:, \
                 and no web address"
            ),
        })
    }
}

impl RawPixelsConfig {
    /// The settings; `home` is the folder of the user.
    pub(super) fn into_config(self, home: Option<&String>) -> Result<PixelsConfig> {
        let folder = match (&*self.models_dir, home) {
            ("", Some(home)) => PathBuf::from(home).join(".cache/robotoff/models"),
            ("", None) => PathBuf::from("var/models"),
            (folder, _) => PathBuf::from(folder),
        };
        let idle = Duration::try_from_secs_f64(self.model_idle_secs)
            .with_context(|| format!("MODEL_IDLE_SECS cannot be {}", self.model_idle_secs))?;
        let servers = self.servers()?;
        let repository = match &*self.model_repository {
            "" => folder.join("triton"),
            repository => PathBuf::from(repository),
        };
        let engine = OcrEngine::of(&self.ocr_url)?;
        let google = self.google();
        if matches!(engine, OcrEngine::Vision(_)) && google.is_none() {
            bail!(
                "OCR_URL names the Vision API: set GOOGLE_CLOUD_VISION_API_KEY, \
                 GOOGLE_CREDENTIALS or GOOGLE_APPLICATION_CREDENTIALS"
            );
        }
        let host = Some(self.fasttext_host).filter(|host| !host.is_empty());
        Ok(PixelsConfig {
            servers,
            repository,
            idle,
            engine,
            google,
            fasttext: host.map(|host| (host, self.fasttext_port)),
            models: ModelFolder::new(folder),
            wheels: WheelSource::of(&self.models_url),
            speed: match &*self.ocr_speed {
                "fast" => OcrSpeed::Fast,
                "best" => OcrSpeed::Best,
                other => bail!("cannot use OCR_SPEED {other:?}: it is none of best, fast"),
            },
        })
    }

    fn servers(&self) -> Result<KserveServers> {
        let timeout = Duration::try_from_secs_f64(self.model_timeout_secs)
            .with_context(|| format!("MODEL_TIMEOUT_SECS cannot be {}", self.model_timeout_secs))?;
        let own = [
            (clip::MODEL, &self.triton_uri_clip),
            (yolo::NUTRISCORE.model, &self.triton_uri_nutriscore),
            (
                yolo::NUTRITION_TABLE.model,
                &self.triton_uri_nutrition_table,
            ),
            (
                yolo::UNIVERSAL_LOGO.model,
                &self.triton_uri_universal_logo_detector,
            ),
            (neural_category::MODEL, &self.triton_uri_category_classifier),
            (ingredient_list::MODEL, &self.triton_uri_ingredient_ner),
            (nutrition::NAME, &self.triton_uri_nutrition_extractor),
        ];
        let given = |address: &String| (!address.is_empty()).then(|| address.clone());
        let by_model = own.into_iter();
        Ok(KserveServers {
            default: given(&self.default_triton_uri),
            by_model: by_model
                .filter_map(|(model, address)| Some((model.to_owned(), given(address)?)))
                .collect(),
            timeout,
        })
    }

    fn google(&self) -> Option<GoogleLogin> {
        if !self.google_cloud_vision_api_key.is_empty() {
            return Some(GoogleLogin::Key(self.google_cloud_vision_api_key.clone()));
        }
        if !self.google_credentials.is_empty() {
            return Some(GoogleLogin::Account(self.google_credentials.clone()));
        }
        let file = &self.google_application_credentials;
        (!file.is_empty()).then(|| GoogleLogin::AccountFile(file.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_that_of_the_url() {
        let tesseract = |languages: &str| {
            OcrEngine::Tesseract(Tesseract {
                program: "tesseract".to_owned(),
                languages: languages.to_owned(),
            })
        };
        for (url, engine) in [
            ("", OcrEngine::Models),
            ("models:", OcrEngine::Models),
            ("tesseract:", tesseract("")),
            ("tesseract:eng+fra", tesseract("eng+fra")),
            ("vision:", OcrEngine::Vision(VISION_URL.to_owned())),
            ("http://x", OcrEngine::Vision("http://x".to_owned())),
        ] {
            assert_eq!(OcrEngine::of(url).ok(), Some(engine), "{url}");
        }
        for url in ["models", "models:x", "ftp://x", "vision:x"] {
            let error = OcrEngine::of(url).expect_err(url).to_string();
            assert!(error.contains(url), "{error}");
        }
    }
}
