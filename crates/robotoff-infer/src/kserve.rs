//! Models on a server of the KServe v2 protocol, such as Triton, over gRPC
//! (`docs/reference/ml.md` 0).
//!
//! The protocol has two ways to transport values; this client uses the raw one alone, as the
//! existing service does: typed contents cost several times the bytes and the time.

mod messages;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use prost::Message;
use robotoff_core::model::Tensor;
use robotoff_ports::inference::{Inference, InferenceCall, InferenceModel};
use robotoff_ports::{PortError, PortResult};
use tokio::sync::Semaphore;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

pub use messages::{
    InferInput, InferOutput, InferRequest, InferResponse, ModelIndex, RepositoryIndexRequest,
    RepositoryIndexResponse, RepositoryModelRequest, RepositoryModelResponse, RequestedOutput,
    ServerReadyRequest, ServerReadyResponse,
};

/// Largest message in bytes, either way. A batch of four images of 1,024 pixels has 50 MB.
const MAX_MESSAGE: usize = 128 << 20;

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time between two pings of an idle connection, and until one is answered: a server that is
/// cut off is noticed before the time limit of a call.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Waits before the second and the third attempt of a call.
const RETRY_WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];

/// Calls of one server at once; others wait within their time limit.
const MAX_AT_ONCE: usize = 32;

/// Time in which a server says whether it is ready.
const READY_TIMEOUT: Duration = Duration::from_secs(5);

const READY: &str = "/inference.GRPCInferenceService/ServerReady";
const INFER: &str = "/inference.GRPCInferenceService/ModelInfer";
const INDEX: &str = "/inference.GRPCInferenceService/RepositoryIndex";
const LOAD: &str = "/inference.GRPCInferenceService/RepositoryModelLoad";
const UNLOAD: &str = "/inference.GRPCInferenceService/RepositoryModelUnload";

/// Addresses of the servers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KserveServers {
    /// Server of every model that has none of its own.
    pub default: Option<String>,
    pub by_model: BTreeMap<String, String>,
    /// Time limit of a call with its attempts.
    pub timeout: Duration,
}

/// Client of one or more servers. It connects at the first call.
pub struct KserveInference {
    default: Option<Server>,
    by_model: BTreeMap<String, Server>,
    timeout: Duration,
    permits: Semaphore,
}

struct Server {
    address: String,
    channel: Channel,
}

impl KserveInference {
    /// A client of these servers. Runs in a runtime.
    ///
    /// # Errors
    /// An address is none; the message names it.
    pub fn new(servers: &KserveServers) -> Result<Self, String> {
        let by_model = servers.by_model.iter();
        let by_model = by_model.map(|(model, address)| Ok((model.clone(), Server::at(address)?)));
        Ok(Self {
            default: servers.default.as_deref().map(Server::at).transpose()?,
            by_model: by_model.collect::<Result<_, String>>()?,
            timeout: servers.timeout,
            permits: Semaphore::new(MAX_AT_ONCE),
        })
    }

    fn server(&self, model: &str) -> PortResult<&Server> {
        let server = self.by_model.get(model).or(self.default.as_ref());
        server.ok_or_else(|| PortError::denied(model, "no server is configured for this model"))
    }

    /// Calls a method until it succeeds, is refused, or the time is over.
    async fn call<M, R>(&self, server: &Server, path: &'static str, message: M) -> PortResult<R>
    where
        M: Message + Clone + 'static,
        R: Message + Default + 'static,
    {
        let mut waits = RETRY_WAITS.iter();
        let attempts = async {
            let _permit = self.permits.acquire().await;
            loop {
                let error = match server.call(path, message.clone(), self.timeout).await {
                    Ok(reply) => return Ok(reply),
                    // A server that starts or stops does not know its models.
                    Err(status) if status.code() == Code::NotFound && !server.is_ready().await => {
                        PortError::unavailable(&server.address, status.message())
                    }
                    Err(status) => server.error(&status),
                };
                match waits.next() {
                    Some(wait) if error.is_retryable() => tokio::time::sleep(*wait).await,
                    _ => return Err(error),
                }
            }
        };
        match tokio::time::timeout(self.timeout, attempts).await {
            Ok(result) => result,
            Err(_) => {
                let why = format!("no result within {} s", self.timeout.as_secs_f64());
                Err(PortError::unavailable(&server.address, why))
            }
        }
    }

    /// All servers, the default one first.
    fn servers(&self) -> impl Iterator<Item = &Server> {
        self.default.iter().chain(self.by_model.values())
    }
}

impl Server {
    /// `triton:8001`, `http://triton:8001`, or `https://` with TLS; `grpc` and `grpcs` too.
    fn at(address: &str) -> Result<Self, String> {
        let wrong = |why: &dyn std::fmt::Display| {
            format!("{address:?} is no address of a server of models: {why}")
        };
        let (scheme, host) = address.split_once("://").unwrap_or(("http", address));
        let is_encrypted = match scheme {
            "http" | "grpc" => false,
            "https" | "grpcs" => true,
            other => return Err(wrong(&format!("unknown scheme {other:?}"))),
        };
        let scheme = if is_encrypted { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{host}"));
        let endpoint = endpoint
            .map_err(|error| wrong(&error))?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_keepalive(Some(PING_INTERVAL))
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT);
        let endpoint = if is_encrypted {
            let tls = ClientTlsConfig::new().with_native_roots();
            endpoint.tls_config(tls).map_err(|error| wrong(&error))?
        } else {
            endpoint
        };
        Ok(Self {
            address: address.to_owned(),
            channel: endpoint.connect_lazy(),
        })
    }

    async fn call<M, R>(
        &self,
        path: &'static str,
        message: M,
        timeout: Duration,
    ) -> Result<R, Status>
    where
        M: Message + 'static,
        R: Message + Default + 'static,
    {
        let mut grpc = Grpc::new(self.channel.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let ready = grpc.ready().await;
        ready.map_err(|error| Status::unavailable(chain(&error)))?;
        let mut request = Request::new(message);
        // The server gives up too, instead of finishing for nobody.
        request.set_timeout(timeout);
        let codec = ProstCodec::<M, R>::default();
        let path = PathAndQuery::from_static(path);
        Ok(grpc.unary(request, path, codec).await?.into_inner())
    }

    /// True when the server says that it is ready, or does not understand the question.
    async fn is_ready(&self) -> bool {
        let request = ServerReadyRequest {};
        let asked = self.call::<_, ServerReadyResponse>(READY, request, READY_TIMEOUT);
        match asked.await {
            Ok(response) => response.ready,
            Err(status) => status.code() == Code::Unimplemented,
        }
    }

    fn error(&self, status: &Status) -> PortError {
        let what = &self.address;
        let why = match std::error::Error::source(status) {
            Some(source) => format!("{} ({})", status.message(), chain(source)),
            None => status.message().to_owned(),
        };
        // A status without a source was written by the server; any other is ours: the
        // connection broke, whatever the code says.
        let is_of_server = std::error::Error::source(status).is_none();
        match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
                if is_of_server =>
            {
                PortError::denied(what, why)
            }
            Code::Internal | Code::DataLoss | Code::Unknown | Code::Ok if is_of_server => {
                PortError::defect(what, why)
            }
            _ => PortError::unavailable(what, why),
        }
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[async_trait]
impl Inference for KserveInference {
    async fn infer(&self, call: InferenceCall) -> PortResult<Vec<Tensor>> {
        let server = self.server(&call.model)?;
        let reply: InferResponse = self.call(server, INFER, request(&call)).await?;
        let outputs = outputs(reply).map_err(|why| PortError::defect(&call.model, why))?;
        ordered(&call, outputs)
    }

    fn is_configured(&self, model: &str) -> bool {
        self.default.is_some() || self.by_model.contains_key(model)
    }

    async fn models(&self) -> PortResult<Vec<InferenceModel>> {
        let mut models = BTreeMap::new();
        for server in self.servers() {
            let request = RepositoryIndexRequest::default();
            let index: RepositoryIndexResponse = self.call(server, INDEX, request).await?;
            for model in index.models {
                let key = (model.name.clone(), model.version.clone());
                models.entry(key).or_insert(InferenceModel {
                    name: model.name,
                    version: model.version,
                    is_loaded: model.state == "READY",
                    reason: Some(model.reason).filter(|reason| !reason.is_empty()),
                });
            }
        }
        Ok(models.into_values().collect())
    }

    async fn load(&self, model: &str) -> PortResult<()> {
        let server = self.server(model)?;
        let request = RepositoryModelRequest::of(model);
        let loaded = self.call::<_, RepositoryModelResponse>(server, LOAD, request);
        // Servers report a model that they cannot load as an internal error.
        match loaded.await {
            Err(PortError::Defect { what, why }) => Err(PortError::Denied { what, why }),
            result => result.map(|_| ()),
        }
    }

    async fn unload(&self, model: &str) -> PortResult<()> {
        let server = self.server(model)?;
        let request = RepositoryModelRequest::of(model);
        let unloaded = self.call::<_, RepositoryModelResponse>(server, UNLOAD, request);
        unloaded.await.map(|_| ())
    }
}

fn request(call: &InferenceCall) -> InferRequest {
    let inputs = call.inputs.iter().map(|tensor| InferInput {
        name: tensor.name.clone(),
        datatype: tensor.values.datatype().to_owned(),
        // Lengths of axes are far below the limit.
        shape: tensor.shape.iter().map(|axis| *axis as i64).collect(),
    });
    InferRequest {
        model_name: call.model.clone(),
        model_version: call.version.clone().unwrap_or_default(),
        inputs: inputs.collect(),
        outputs: call
            .outputs
            .iter()
            .map(|name| RequestedOutput::of(name))
            .collect(),
        raw_input_contents: call.inputs.iter().map(Tensor::to_raw).collect(),
    }
}

/// The tensors of a reply.
fn outputs(reply: InferResponse) -> Result<Vec<Tensor>, String> {
    if reply.outputs.len() != reply.raw_output_contents.len() {
        let (named, raw) = (reply.outputs.len(), reply.raw_output_contents.len());
        return Err(format!("the reply names {named} tensors and holds {raw}"));
    }
    let outputs = reply.outputs.into_iter().zip(reply.raw_output_contents);
    let tensors = outputs.map(|(output, raw)| {
        let shape = output.shape.iter().map(|axis| usize::try_from(*axis));
        let shape = shape.collect::<Result<Vec<usize>, _>>();
        let shape = shape.map_err(|_| format!("{:?} has a negative axis", output.name))?;
        Tensor::from_raw(&output.name, &output.datatype, shape, &raw)
            .map_err(|error| error.to_string())
    });
    tensors.collect()
}

/// The wanted outputs in the order of the call.
pub(crate) fn ordered(call: &InferenceCall, mut outputs: Vec<Tensor>) -> PortResult<Vec<Tensor>> {
    if call.outputs.is_empty() {
        return Ok(outputs);
    }
    let wanted = call.outputs.iter().map(|name| {
        let found = outputs.iter().position(|output| output.name == *name);
        let found = found.map(|at| outputs.swap_remove(at));
        found.ok_or_else(|| PortError::denied(&call.model, format!("it has no output {name:?}")))
    });
    wanted.collect()
}

#[cfg(test)]
mod tests;
