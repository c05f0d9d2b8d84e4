//! Messages of the KServe v2 protocol, as far as this client needs them. The numbers of the
//! fields are those of the protocol.

/// Inputs of a model; their values are in `raw_input_contents`, in the same order.
#[derive(Clone, PartialEq, prost::Message)]
pub struct InferRequest {
    #[prost(string, tag = "1")]
    pub model_name: String,
    /// Empty: the version that the server prefers.
    #[prost(string, tag = "2")]
    pub model_version: String,
    #[prost(message, repeated, tag = "5")]
    pub inputs: Vec<InferInput>,
    /// Empty: all outputs.
    #[prost(message, repeated, tag = "6")]
    pub outputs: Vec<RequestedOutput>,
    #[prost(bytes = "vec", repeated, tag = "7")]
    pub raw_input_contents: Vec<Vec<u8>>,
}

/// Name, type and shape of an input.
#[derive(Clone, PartialEq, prost::Message)]
pub struct InferInput {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub datatype: String,
    #[prost(int64, repeated, tag = "3")]
    pub shape: Vec<i64>,
}

/// Name of a wanted output.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RequestedOutput {
    #[prost(string, tag = "1")]
    pub name: String,
}

impl RequestedOutput {
    /// The output with this name.
    pub fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
        }
    }
}

/// Outputs of a model; their values are in `raw_output_contents`, in the same order.
#[derive(Clone, PartialEq, prost::Message)]
pub struct InferResponse {
    #[prost(string, tag = "1")]
    pub model_name: String,
    #[prost(string, tag = "2")]
    pub model_version: String,
    #[prost(message, repeated, tag = "5")]
    pub outputs: Vec<InferOutput>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub raw_output_contents: Vec<Vec<u8>>,
}

/// Name, type and shape of an output.
#[derive(Clone, PartialEq, prost::Message)]
pub struct InferOutput {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub datatype: String,
    #[prost(int64, repeated, tag = "3")]
    pub shape: Vec<i64>,
}

/// Question for all models of a server.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RepositoryIndexRequest {
    /// Empty: all repositories.
    #[prost(string, tag = "1")]
    pub repository_name: String,
    #[prost(bool, tag = "2")]
    pub ready: bool,
}

/// All models of a server.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RepositoryIndexResponse {
    #[prost(message, repeated, tag = "1")]
    pub models: Vec<ModelIndex>,
}

/// A model of a server.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ModelIndex {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub version: String,
    /// `READY`, `UNAVAILABLE`, or empty for a model that was never loaded.
    #[prost(string, tag = "3")]
    pub state: String,
    #[prost(string, tag = "4")]
    pub reason: String,
}

/// Loads or unloads a model.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RepositoryModelRequest {
    #[prost(string, tag = "1")]
    pub repository_name: String,
    #[prost(string, tag = "2")]
    pub model_name: String,
}

impl RepositoryModelRequest {
    /// The model with this name.
    pub fn of(model: &str) -> Self {
        Self {
            model_name: model.to_owned(),
            ..Self::default()
        }
    }
}

/// Empty answer to a request to load or unload.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RepositoryModelResponse {}

/// Question whether a server has loaded its models.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ServerReadyRequest {}

/// Answer of a server that has, or has not yet, loaded its models.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ServerReadyResponse {
    #[prost(bool, tag = "1")]
    pub ready: bool,
}
