//! ONNX Runtime in this process: models that are loaded at first use, shared by all threads
//! and released when they have not been used for a while.
//!
//! Each running call needs a session of its own, so a model keeps as many as have run at once.
//! A session uses one thread: two images at once are faster than one image on two threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ort::environment::Environment;
use ort::ep;
use ort::session::Session;
use ort::value::TensorRef;
use robotoff_ports::PortError;
use thiserror::Error;

use crate::models::{ModelFolder, ModelSpec, ModelState, model};

/// Reason for which a model gave no result.
#[derive(Debug, Clone, Error)]
pub enum InferenceError {
    /// The weights, or the library that runs them, are not on this machine.
    #[error("the model {0} is not on this machine: `robotoff models pull` fetches it")]
    Absent(String),
    #[error("the model {name} cannot be used: {why}")]
    Broken { name: String, why: String },
}

impl From<InferenceError> for PortError {
    fn from(error: InferenceError) -> Self {
        match error {
            InferenceError::Absent(_) => Self::denied("reading of pixels", error),
            InferenceError::Broken { .. } => Self::defect("reading of pixels", error),
        }
    }
}

/// Result of a model, borrowed from the runtime.
#[derive(Debug, Clone, Copy)]
pub struct TensorView<'a> {
    pub shape: &'a [i64],
    pub data: &'a [f32],
}

/// A model on this machine.
pub struct LoadedModel {
    spec: &'static ModelSpec,
    folder: ModelFolder,
    state: Mutex<Sessions>,
}

/// Sessions that no call uses at the moment.
#[derive(Default)]
struct Sessions {
    idle: Vec<Session>,
    last_used: Option<Instant>,
    /// Metadata of the model that were asked for once.
    alphabet: Option<Arc<[String]>>,
}

impl LoadedModel {
    /// A model by its name in `models.toml`; it is loaded when it is first run.
    ///
    /// # Panics
    /// There is no model of this name, which is a defect.
    pub fn new(name: &str, folder: ModelFolder) -> Self {
        Self {
            spec: model(name).unwrap_or_else(|| panic!("models.toml names {name}")),
            folder,
            state: Mutex::default(),
        }
    }

    /// The description of the model.
    pub const fn spec(&self) -> &'static ModelSpec {
        self.spec
    }

    /// True when its file is on this machine.
    pub fn is_present(&self) -> bool {
        self.folder.state(self.spec) == ModelState::Present
    }

    /// Runs the model on one tensor; `read` gets its first output.
    ///
    /// # Errors
    /// The model or the runtime is absent or broken.
    pub fn run<T>(
        &self,
        shape: [usize; 4],
        data: &[f32],
        read: impl FnOnce(TensorView<'_>) -> T,
    ) -> Result<T, InferenceError> {
        let mut session = self.session()?;
        let broken = |error: ort::Error| self.broken(error);
        let result = {
            let input = TensorRef::from_array_view((shape, data)).map_err(broken)?;
            let outputs = session.run(ort::inputs![input]).map_err(broken)?;
            let (shape, data) = outputs[0].try_extract_tensor::<f32>().map_err(broken)?;
            read(TensorView { shape, data })
        };
        // Only a session that worked is used again.
        let mut state = self.state();
        state.last_used = Some(Instant::now());
        state.idle.push(session);
        Ok(result)
    }

    /// Lines of the metadata `character`: the characters that the model knows.
    ///
    /// # Errors
    /// The model or the runtime is absent or broken, or it has no such metadata.
    pub fn alphabet(&self) -> Result<Arc<[String]>, InferenceError> {
        if let Some(alphabet) = &self.state().alphabet {
            return Ok(alphabet.clone());
        }
        let session = self.session()?;
        let text = {
            let metadata = session.metadata().map_err(|error| self.broken(error))?;
            metadata.custom("character")
        };
        let text = text.ok_or_else(|| self.broken("its metadata has no alphabet"))?;
        let alphabet: Arc<[String]> = text.split('\n').map(str::to_owned).collect();
        let mut state = self.state();
        state.idle.push(session);
        state.alphabet = Some(alphabet.clone());
        Ok(alphabet)
    }

    /// Drops the sessions if the model was not used for so long; returns their number.
    pub fn release_idle(&self, after: Duration) -> usize {
        let mut state = self.state();
        let is_idle = state.last_used.is_none_or(|used| used.elapsed() >= after);
        if !is_idle {
            return 0;
        }
        let released = std::mem::take(&mut state.idle);
        drop(state);
        released.len()
    }

    /// Number of sessions that no call uses at the moment.
    pub fn idle_sessions(&self) -> usize {
        self.state().idle.len()
    }

    fn state(&self) -> MutexGuard<'_, Sessions> {
        // A panic cannot leave the list in a wrong state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self) -> Result<Session, InferenceError> {
        if let Some(session) = self.state().idle.pop() {
            return Ok(session);
        }
        if !self.is_present() {
            return Err(InferenceError::Absent(self.spec.name.clone()));
        }
        let environment = environment(&self.folder)?;
        open(environment, &self.folder.file(self.spec)).map_err(|error| self.broken(error))
    }

    fn broken(&self, why: impl ToString) -> InferenceError {
        InferenceError::Broken {
            name: self.spec.name.clone(),
            why: why.to_string(),
        }
    }
}

pub(crate) fn open(environment: &Environment, file: &Path) -> ort::Result<Session> {
    // Without the arena, which keeps the largest tensors of all sizes of images for ever.
    let cpu = ep::CPU::default().with_arena_allocator(false).build();
    let builder = Session::builder(environment)?
        .with_execution_providers([cpu])?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_memory_pattern(false)?;
    let mut builder = builder;
    builder.commit_from_file(file)
}

/// The runtime of the process, loaded once.
pub(crate) fn environment(folder: &ModelFolder) -> Result<&'static Environment, InferenceError> {
    // The error is not kept: the library may be fetched while the process runs.
    static LOADED: OnceLock<Environment> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = LOADED.get() {
        return Ok(environment);
    }
    let library = library(folder)?;
    let broken = |why: String| InferenceError::Broken {
        name: "onnxruntime".to_owned(),
        why,
    };
    let builder = ort::init_from(&library).map_err(|error| broken(error.to_string()))?;
    let builder = builder.with_name("robotoff").with_telemetry(false);
    let environment = builder.build().map_err(|error| broken(error.to_string()))?;
    Ok(LOADED.get_or_init(|| environment))
}

/// File of the library that runs models on this machine.
fn library(folder: &ModelFolder) -> Result<PathBuf, InferenceError> {
    let absent = || InferenceError::Absent("onnxruntime".to_owned());
    let spec = model("onnxruntime").ok_or_else(absent)?;
    match folder.state(spec) {
        ModelState::Present => Ok(folder.file(spec)),
        ModelState::Absent | ModelState::Damaged => Err(absent()),
    }
}

/// True when the library that runs models is on this machine.
pub fn has_library(folder: &ModelFolder) -> bool {
    library(folder).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_model_is_named_with_its_remedy() {
        let folder = tempfile::tempdir().expect("a folder");
        let model = LoadedModel::new("page-orientation", ModelFolder::new(folder.path().into()));
        let error = model
            .run([1, 3, 224, 224], &[], |_| ())
            .expect_err("absent");
        let message = error.to_string();
        assert!(message.contains("page-orientation") && message.contains("models pull"));
        assert!(!PortError::from(error).is_retryable());
        assert_eq!(model.release_idle(Duration::ZERO), 0);
    }
}
