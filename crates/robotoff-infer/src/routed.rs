//! Each model where it is configured: on a server, else in this process.

use async_trait::async_trait;
use robotoff_core::model::Tensor;
use robotoff_ports::PortResult;
use robotoff_ports::inference::{Inference, InferenceCall, InferenceModel};

use crate::kserve::KserveInference;
use crate::onnx::OnnxInference;

/// Models of a server and of this process. A model with a server is never run here: two
/// answers of two versions would be stored under one name.
pub struct RoutedInference {
    remote: Option<KserveInference>,
    local: OnnxInference,
}

impl RoutedInference {
    /// The models of a server, if there is one, and of this process.
    pub const fn new(remote: Option<KserveInference>, local: OnnxInference) -> Self {
        Self { remote, local }
    }

    fn of(&self, model: &str) -> &dyn Inference {
        let remote = self.remote.as_ref();
        match remote.filter(|remote| remote.is_configured(model)) {
            Some(remote) => remote,
            None => &self.local,
        }
    }
}

#[async_trait]
impl Inference for RoutedInference {
    async fn infer(&self, call: InferenceCall) -> PortResult<Vec<Tensor>> {
        self.of(&call.model).infer(call).await
    }

    fn is_configured(&self, model: &str) -> bool {
        self.of(model).is_configured(model)
    }

    async fn models(&self) -> PortResult<Vec<InferenceModel>> {
        let mut models = match &self.remote {
            Some(remote) => remote.models().await?,
            None => Vec::new(),
        };
        let local = self.local.models().await?.into_iter();
        let is_remote = |model: &InferenceModel| {
            let remote = self.remote.as_ref();
            remote.is_some_and(|remote| remote.is_configured(&model.name))
        };
        models.extend(local.filter(|model| !is_remote(model)));
        Ok(models)
    }

    async fn load(&self, model: &str) -> PortResult<()> {
        self.of(model).load(model).await
    }

    async fn unload(&self, model: &str) -> PortResult<()> {
        self.of(model).unload(model).await
    }
}
