//! Settings of what reads pixels: models and OCR.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
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
}

/// Settings of what reads pixels.
#[derive(Clone)]
pub(crate) struct PixelsConfig {
    pub(crate) models: ModelFolder,
    pub(crate) wheels: WheelSource,
    /// Time after which unused models are released.
    pub(crate) idle: Duration,
    pub(crate) speed: OcrSpeed,
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
        Ok(PixelsConfig {
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
}
