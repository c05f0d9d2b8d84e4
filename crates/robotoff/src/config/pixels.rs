//! Settings of what reads pixels: models and OCR.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use robotoff_core::model::{clip, ingredient_list, neural_category, nutrition, yolo};
use robotoff_infer::kserve::KserveServers;
use robotoff_infer::models::ModelFolder;
use robotoff_infer::models::pull::WheelSource;
use robotoff_infer::ocr::OcrSpeed;
use serde::Deserialize;

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
        let repository = match &*self.model_repository {
            "" => folder.join("triton"),
            repository => PathBuf::from(repository),
        };
        Ok(PixelsConfig {
            servers: self.servers()?,
            repository,
            idle,
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
}
