//! Models of a folder on ONNX Runtime in this process, behind the same port as a server.
//!
//! The folder has the layout of a model repository of Triton: `NAME/VERSION/model.onnx`, where
//! `model.onnx` may be a folder that holds a file of that name. So weights that were fetched
//! for a server are used as they are.
//!
//! A call runs on a thread for blocking work, and few run at once. A call that takes too long
//! is told to end; the runtime obeys between two operators, and the thread stays counted until
//! it does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ort::session::{RunOptions, Session, SessionInputValue, SessionOutputs};
use ort::value::{DynValue, TensorElementType};
use robotoff_core::model::{Tensor, TensorValues};
use robotoff_ports::blocking::BlockingPool;
use robotoff_ports::inference::{Inference, InferenceCall, InferenceModel};
use robotoff_ports::{PortError, PortResult};

use crate::kserve::ordered;
use crate::models::ModelFolder;
use crate::runtime::{environment, has_library, open};

/// Models of a folder, shared by its clones.
#[derive(Clone)]
pub struct OnnxInference(Arc<Shared>);

struct Shared {
    repository: PathBuf,
    /// Folder of the library.
    library: ModelFolder,
    threads: BlockingPool,
    timeout: Duration,
    loaded: Mutex<BTreeMap<String, Loaded>>,
}

/// Sessions of a model that no call uses at the moment.
struct Loaded {
    version: String,
    idle: Vec<Session>,
    last_used: Instant,
}

impl OnnxInference {
    /// Models of a repository; the library is in the folder of models. `threads` calls run at
    /// once, each for no longer than the time limit.
    pub fn new(
        repository: PathBuf,
        library: ModelFolder,
        threads: usize,
        timeout: Duration,
    ) -> Self {
        Self(Arc::new(Shared {
            repository,
            library,
            threads: BlockingPool::of(threads),
            timeout,
            loaded: Mutex::default(),
        }))
    }

    /// Releases models that were not used for so long, until the last clone is gone. Runs in
    /// a runtime.
    pub fn release_when_idle(&self, after: Duration) {
        let shared = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(after.max(Duration::from_secs(1)) / 2).await;
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                let released = Self(shared).release_idle(after);
                if released > 0 {
                    tracing::info!(models = released, "released unused models");
                }
            }
        });
    }

    /// Drops the sessions of models that were not used for so long; returns their number.
    pub fn release_idle(&self, after: Duration) -> usize {
        let mut loaded = self.0.loaded();
        let before = loaded.len();
        loaded.retain(|_, model| model.last_used.elapsed() < after);
        before - loaded.len()
    }
}

impl Shared {
    fn loaded(&self) -> MutexGuard<'_, BTreeMap<String, Loaded>> {
        // A panic cannot leave the map in a wrong state.
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session of a model, and its version.
    fn session(&self, model: &str, version: Option<&str>) -> PortResult<(String, Session)> {
        let is_wanted = |loaded: &&mut Loaded| version.is_none_or(|v| v == loaded.version);
        if let Some(loaded) = self.loaded().get_mut(model).filter(is_wanted)
            && let Some(session) = loaded.idle.pop()
        {
            return Ok((loaded.version.clone(), session));
        }
        let found = weights(&self.repository, model, version);
        let (version, file) = found.ok_or_else(|| {
            let folder = self.repository.join(model);
            PortError::denied(
                model,
                format!("there are no weights in {}", folder.display()),
            )
        })?;
        let environment = environment(&self.library)?;
        let session = open(environment, &file);
        let session = session.map_err(|error| PortError::defect(file.display(), error))?;
        Ok((version, session))
    }

    fn give_back(&self, model: &str, version: String, session: Session) {
        let mut models = self.loaded();
        let loaded = models.entry(model.to_owned()).or_insert_with(|| Loaded {
            version: version.clone(),
            idle: Vec::new(),
            last_used: Instant::now(),
        });
        loaded.last_used = Instant::now();
        if loaded.version == version {
            loaded.idle.push(session);
        }
    }

    /// Runs a model on this thread.
    fn run(&self, call: &InferenceCall, ending: &OnceLock<RunOptions>) -> PortResult<Vec<Tensor>> {
        let (version, mut session) = self.session(&call.model, call.version.as_deref())?;
        // Only now the library is loaded.
        let options = RunOptions::new();
        let options = options.map_err(|error| PortError::defect(&call.model, error))?;
        let options = ending.get_or_init(|| options);
        check_inputs(call, &session)?;
        let inputs = call.inputs.iter().map(|tensor| {
            let value = value(tensor).map_err(|error| PortError::denied(&call.model, error))?;
            Ok((tensor.name.clone(), value))
        });
        let inputs = inputs.collect::<PortResult<Vec<_>>>()?;
        let result = {
            let outputs = session.run_with_options(inputs, options);
            let outputs = outputs.map_err(|error| failure(&call.model, &error))?;
            tensors(&outputs).map_err(|why| PortError::defect(&call.model, why))?
        };
        // Only a session that worked is used again.
        self.give_back(&call.model, version, session);
        ordered(call, result)
    }
}

/// Errors of inputs that the model does not have: the runtime reports them as failures of any
/// kind.
fn check_inputs(call: &InferenceCall, session: &Session) -> PortResult<()> {
    let wanted: Vec<&str> = session.inputs().iter().map(|input| input.name()).collect();
    let given: Vec<&str> = call.inputs.iter().map(|tensor| &*tensor.name).collect();
    let is_complete = wanted.iter().all(|name| given.contains(name));
    if is_complete && wanted.len() == given.len() {
        return Ok(());
    }
    let (wanted, given) = (wanted.join(", "), given.join(", "));
    let why = format!("its inputs are {wanted}, the call has {given}");
    Err(PortError::denied(&call.model, why))
}

fn failure(model: &str, error: &ort::Error) -> PortError {
    match error.code() {
        ort::ErrorCode::InvalidArgument => PortError::denied(model, error),
        _ => PortError::defect(model, error),
    }
}

fn value(tensor: &Tensor) -> ort::Result<SessionInputValue<'static>> {
    let shape = tensor.shape.clone();
    let value: DynValue = match &tensor.values {
        TensorValues::F32(values) => {
            ort::value::Tensor::from_array((shape, values.clone()))?.into_dyn()
        }
        TensorValues::I64(values) => {
            ort::value::Tensor::from_array((shape, values.clone()))?.into_dyn()
        }
        TensorValues::Bytes(values) => {
            let texts = values.iter().map(|value| String::from_utf8_lossy(value));
            let texts: Vec<String> = texts.map(std::borrow::Cow::into_owned).collect();
            ort::value::Tensor::from_string_array((shape, &*texts))?.into_dyn()
        }
    };
    Ok(value.into())
}

fn tensors(outputs: &SessionOutputs<'_>) -> Result<Vec<Tensor>, String> {
    let tensors = outputs.iter().map(|(name, value)| {
        let text = |error: ort::Error| format!("its output {name:?}: {error}");
        let (shape, values) = match value.dtype().tensor_type() {
            Some(TensorElementType::Float32) => {
                let (shape, values) = value.try_extract_tensor::<f32>().map_err(text)?;
                (shape, TensorValues::F32(values.to_vec()))
            }
            Some(TensorElementType::Int64) => {
                let (shape, values) = value.try_extract_tensor::<i64>().map_err(text)?;
                (shape, TensorValues::I64(values.to_vec()))
            }
            Some(TensorElementType::String) => {
                let (shape, values) = value.try_extract_strings().map_err(text)?;
                let bytes = values.into_iter().map(String::into_bytes);
                (shape, TensorValues::Bytes(bytes.collect()))
            }
            other => return Err(format!("its output {name:?} is of the type {other:?}")),
        };
        let shape = shape.iter().map(|axis| usize::try_from(*axis));
        let shape = shape.collect::<Result<Vec<usize>, _>>();
        let shape = shape.map_err(|_| format!("its output {name:?} has a negative axis"))?;
        Ok(Tensor::new(name, shape, values))
    });
    tensors.collect()
}

/// Version and file of the weights of a model: of the wanted version, or the highest one.
fn weights(repository: &Path, model: &str, version: Option<&str>) -> Option<(String, PathBuf)> {
    // Names of models come from configuration and from the program, never from requests; one
    // that leaves the folder is refused all the same.
    if model.is_empty() || model.contains(['/', '\\']) || model.starts_with('.') {
        return None;
    }
    let file_of = |version: &str| {
        let file = repository.join(model).join(version).join("model.onnx");
        let inner = file.join("model.onnx");
        [inner, file].into_iter().find(|file| file.is_file())
    };
    if let Some(version) = version {
        return Some((version.to_owned(), file_of(version)?));
    }
    let versions = fs::read_dir(repository.join(model))
        .ok()?
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            Some((name.parse::<u32>().ok()?, name))
        });
    let mut versions: Vec<(u32, String)> = versions.collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    let found = versions.into_iter();
    found
        .filter_map(|(_, version)| Some((version.clone(), file_of(&version)?)))
        .next()
}

#[async_trait]
impl Inference for OnnxInference {
    async fn infer(&self, call: InferenceCall) -> PortResult<Vec<Tensor>> {
        let model = call.model.clone();
        let late = || {
            let why = format!("no result within {} s", self.0.timeout.as_secs_f64());
            PortError::unavailable(&model, why)
        };
        let started = Instant::now();
        let waiting = tokio::time::timeout(self.0.timeout, self.0.threads.thread());
        let thread = waiting.await.map_err(|_| late())?;
        let ending = Arc::new(OnceLock::new());
        let (runner, shared) = (self.0.clone(), ending.clone());
        let running = thread.run(move || runner.run(&call, &shared));
        let left = self.0.timeout.saturating_sub(started.elapsed());
        match tokio::time::timeout(left, running).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(PortError::defect(&model, panic)),
            Err(_) => {
                let ended = ending.get().map(RunOptions::terminate);
                if let Some(Err(error)) = ended {
                    tracing::warn!(model, "cannot end a call that takes too long: {error}");
                }
                Err(late())
            }
        }
    }

    fn is_configured(&self, model: &str) -> bool {
        has_library(&self.0.library) && weights(&self.0.repository, model, None).is_some()
    }

    async fn models(&self) -> PortResult<Vec<InferenceModel>> {
        let Ok(entries) = fs::read_dir(&self.0.repository) else {
            return Ok(Vec::new());
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        let loaded = self.0.loaded();
        let reason = (!has_library(&self.0.library))
            .then(|| "the library is not on this machine: `robotoff models pull`".to_owned());
        let models = names.into_iter().filter_map(|name| {
            let (version, _) = weights(&self.0.repository, &name, None)?;
            Some(InferenceModel {
                is_loaded: loaded.contains_key(&name),
                reason: reason.clone(),
                name,
                version,
            })
        });
        Ok(models.collect())
    }

    async fn load(&self, model: &str) -> PortResult<()> {
        let (loader, name) = (self.0.clone(), model.to_owned());
        let loading = self.0.threads.run(move || {
            let (version, session) = loader.session(&name, None)?;
            loader.give_back(&name, version, session);
            Ok(())
        });
        let result = loading.await;
        result.map_err(|panic| PortError::defect(model, panic))?
    }

    async fn unload(&self, model: &str) -> PortResult<()> {
        self.0.loaded().remove(model);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_is_used() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in [
            "clip/2/model.onnx",
            "clip/10/model.onnx/model.onnx",
            "clip/11/notes.txt",
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, b"").expect("a file");
        }
        let version = |model: &str, version| {
            let found = weights(folder.path(), model, version);
            found.map(|(version, _)| version)
        };
        assert_eq!(version("clip", None).as_deref(), Some("10"));
        assert_eq!(version("clip", Some("2")).as_deref(), Some("2"));
        assert_eq!(version("clip", Some("11")), None);
        for odd in ["", "..", "../clip", "nutriscore"] {
            assert_eq!(version(odd, None), None, "{odd:?}");
        }
    }

    #[tokio::test]
    async fn a_model_without_weights_or_library_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let library = ModelFolder::new(folder.path().into());
        let models = OnnxInference::new(folder.path().into(), library, 1, Duration::from_secs(9));
        let call = InferenceCall {
            model: "clip".to_owned(),
            version: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        let error = models.infer(call.clone()).await.expect_err("no weights");
        assert!(error.to_string().contains("no weights"), "{error}");
        fs::create_dir_all(folder.path().join("clip/1")).expect("a folder");
        fs::write(folder.path().join("clip/1/model.onnx"), b"").expect("a file");
        let error = models.infer(call).await.expect_err("no library");
        assert!(error.to_string().contains("models pull"), "{error}");
        assert!(!models.is_configured("clip"));
        let listed = models.models().await.expect("a list");
        assert_eq!((&*listed[0].name, listed[0].is_loaded), ("clip", false));
    }
}
