//! The port that runs models: tensors in, tensors out (`docs/reference/ml.md` 0 and 1).
//!
//! An adapter knows where a model is and how it is reached, never what it means: the files of
//! `robotoff_core::model` make the tensors and read them.

use async_trait::async_trait;
use robotoff_core::model::Tensor;

use crate::error::PortResult;

/// A call of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct InferenceCall {
    /// Name on the server, or of the folder with the weights.
    pub model: String,
    /// `None`: the version that the server prefers.
    pub version: Option<String>,
    /// The first axis of each is the batch, where the model has one.
    pub inputs: Vec<Tensor>,
    /// Names of the wanted outputs, in this order; empty for all.
    pub outputs: Vec<String>,
}

/// State of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InferenceModel {
    pub name: String,
    pub version: String,
    /// True when a call would be answered without loading it first.
    pub is_loaded: bool,
    /// Reason for which it is not, where there is one.
    pub reason: Option<String>,
}

/// Running of models.
#[async_trait]
pub trait Inference: Send + Sync {
    /// The outputs of a model.
    ///
    /// `Unavailable` when the model is out of reach, busy or slow; `Denied` when there is no
    /// such model, or when it refuses the inputs; `Defect` when it fails.
    async fn infer(&self, call: InferenceCall) -> PortResult<Vec<Tensor>>;

    /// True when calls of a model are worth a try: it is on this machine, or a server is
    /// configured for it.
    fn is_configured(&self, model: &str) -> bool;

    /// All models that can be called.
    async fn models(&self) -> PortResult<Vec<InferenceModel>>;

    /// Loads a model before its first call.
    async fn load(&self, model: &str) -> PortResult<()>;

    /// Releases the memory of a model.
    async fn unload(&self, model: &str) -> PortResult<()>;
}
