//! Language of a text by fastText's model of 176 languages, in this process.

use std::fs::File;
use std::io::BufReader;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fasttext_pure_rs::FastText;
use robotoff_core::ocr::ReadPage;
use robotoff_ports::PortResult;
use robotoff_ports::parts::{IdentifiedLanguage, LanguageIdentifier};

use crate::models::{ModelFolder, ModelSpec, ModelState, model};
use crate::runtime::InferenceError;

/// Prefix of the labels of the model.
const LABEL_PREFIX: &str = "__label__";

/// Most languages that are returned.
const MAX_LANGUAGES: usize = 176;

/// Longest text that is looked at, in characters: the languages of a longer one are those of
/// its start.
const MAX_CHARACTERS: usize = 10_000;

/// Letters from which a block has a language of its own, and its confidence.
const MIN_LETTERS: usize = 20;
const MIN_CONFIDENCE: f32 = 0.4;

/// The model, loaded at first use: 1 MB that stays.
pub struct FastTextLanguages {
    spec: &'static ModelSpec,
    folder: ModelFolder,
    loaded: Mutex<Option<Arc<FastText>>>,
}

impl FastTextLanguages {
    /// The model of this folder; it is loaded at first use.
    ///
    /// # Panics
    /// `models.toml` does not describe it, which is a defect.
    pub fn new(folder: ModelFolder) -> Self {
        Self {
            spec: model("language-id").expect("models.toml describes it"),
            folder,
            loaded: Mutex::default(),
        }
    }

    /// True when its file is on this machine.
    pub fn is_present(&self) -> bool {
        self.folder.state(self.spec) == ModelState::Present
    }

    /// Up to `k` languages of a text with at least this confidence, most likely first. A text
    /// without letters has none.
    ///
    /// # Errors
    /// The model is absent or broken.
    pub fn identify(
        &self,
        text: &str,
        k: usize,
        threshold: f32,
    ) -> Result<Vec<IdentifiedLanguage>, InferenceError> {
        let model = self.model()?;
        // The model reads one line.
        let line: String = text
            .chars()
            .take(MAX_CHARACTERS)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if !line.chars().any(char::is_alphabetic) {
            return Ok(Vec::new());
        }
        let predictions = model
            .predict(&line, k.min(MAX_LANGUAGES), threshold)
            .map_err(|error| self.broken(error))?;
        let languages = predictions
            .into_iter()
            .map(|prediction| IdentifiedLanguage {
                lang: prediction.label.trim_start_matches(LABEL_PREFIX).to_owned(),
                confidence: prediction.probability.min(1.0),
            });
        Ok(languages.collect())
    }

    /// Gives the blocks of a page their languages: a block with enough letters its own, where
    /// it is clear, else that of the page.
    ///
    /// # Errors
    /// The model is absent or broken.
    pub fn add_to(&self, page: &mut ReadPage) -> Result<(), InferenceError> {
        let of_page = self.identify(&page.text(), 1, 0.0)?;
        for block in &mut page.blocks {
            let text = block.text();
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            let own = if letters >= MIN_LETTERS {
                self.identify(&text, 1, MIN_CONFIDENCE)?
            } else {
                Vec::new()
            };
            let language = own.first().or(of_page.first());
            block.language = language.map(|language| language.lang.clone());
        }
        Ok(())
    }

    fn model(&self) -> Result<Arc<FastText>, InferenceError> {
        // Held while the model is loaded, for 11 ms: a second caller needs it too.
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = &*loaded {
            return Ok(model.clone());
        }
        if !self.is_present() {
            return Err(InferenceError::Absent(self.spec.name.clone()));
        }
        let file = File::open(self.folder.file(self.spec)).map_err(|error| self.broken(error))?;
        let model = FastText::load_from_reader(BufReader::new(file));
        let model = Arc::new(model.map_err(|error| self.broken(error))?);
        *loaded = Some(model.clone());
        Ok(model)
    }

    fn broken(&self, why: impl ToString) -> InferenceError {
        InferenceError::Broken {
            name: self.spec.name.clone(),
            why: why.to_string(),
        }
    }
}

#[async_trait]
impl LanguageIdentifier for FastTextLanguages {
    // A call takes microseconds for a sentence and a millisecond for the longest text, so it
    // needs no thread of its own.
    async fn languages_of(
        &self,
        text: &str,
        k: usize,
        threshold: f32,
    ) -> PortResult<Vec<IdentifiedLanguage>> {
        Ok(self.identify(text, k, threshold)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_model_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let model = FastTextLanguages::new(ModelFolder::new(folder.path().to_owned()));
        let error = model
            .identify("eau, sucre, sel", 1, 0.0)
            .expect_err("absent");
        assert!(error.to_string().contains("language-id"), "{error}");
    }
}
