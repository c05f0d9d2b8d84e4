//! The client against a server in this process that speaks the protocol.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hyper_util::rt::{TokioExecutor, TokioIo};
use robotoff_core::model::TensorValues;
use robotoff_ports::conformance::inference as conformance;
use tokio::net::TcpListener;
use tonic::Response;
use tonic::codegen::http;
use tower::service_fn;

use super::*;

/// A server with the model `double`.
#[derive(Default)]
struct FakeServer {
    /// Connections that are closed before they are answered.
    refusals: AtomicUsize,
    connections: AtomicUsize,
    is_unloaded: AtomicBool,
    /// No model is known, since they are being unloaded.
    is_stopping: AtomicBool,
    /// Replies whose tensors are shorter than they claim.
    lies: AtomicBool,
    hangs: AtomicBool,
}

type FakeReply<T> = Result<Response<T>, Status>;

impl FakeServer {
    /// Starts the server; returns its address.
    async fn start(self: Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                self.connections.fetch_add(1, Ordering::Relaxed);
                let refusals = self.refusals.load(Ordering::Relaxed);
                if refusals > 0 {
                    self.refusals.store(refusals - 1, Ordering::Relaxed);
                    continue;
                }
                let server = self.clone();
                let service = hyper::service::service_fn(move |request| {
                    let server = server.clone();
                    async move { Ok::<_, Infallible>(server.answer(request).await) }
                });
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
            }
        });
        address
    }

    async fn answer(
        self: Arc<Self>,
        request: http::Request<hyper::body::Incoming>,
    ) -> http::Response<tonic::body::Body> {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        match request.uri().path() {
            INFER => {
                let infer = service_fn(|request: Request<InferRequest>| {
                    std::future::ready(self.infer(request.into_inner()))
                });
                let mut grpc = tonic::server::Grpc::new(ProstCodec::default())
                    .max_decoding_message_size(MAX_MESSAGE);
                grpc.unary(infer, request).await
            }
            INDEX => {
                let index = service_fn(|_: Request<RepositoryIndexRequest>| {
                    std::future::ready(self.index())
                });
                tonic::server::Grpc::new(ProstCodec::default())
                    .unary(index, request)
                    .await
            }
            READY => {
                let ready = !self.is_stopping.load(Ordering::Relaxed);
                let answer = service_fn(|_: Request<ServerReadyRequest>| {
                    let answer = Response::new(ServerReadyResponse { ready });
                    std::future::ready(FakeReply::Ok(answer))
                });
                tonic::server::Grpc::new(ProstCodec::default())
                    .unary(answer, request)
                    .await
            }
            path => {
                let is_unload = path == UNLOAD;
                let change = service_fn(|request: Request<RepositoryModelRequest>| {
                    std::future::ready(self.change(&request.into_inner(), is_unload))
                });
                tonic::server::Grpc::new(ProstCodec::default())
                    .unary(change, request)
                    .await
            }
        }
    }

    fn infer(&self, request: InferRequest) -> FakeReply<InferResponse> {
        let is_stopping = self.is_stopping.load(Ordering::Relaxed);
        if is_stopping || request.model_name != conformance::MODEL {
            return Err(Status::not_found("unknown model"));
        }
        let [input] = &request.inputs[..] else {
            return Err(Status::invalid_argument("one input is expected"));
        };
        if input.name != "x" || input.datatype != "FP32" || input.shape.last() != Some(&3) {
            return Err(Status::invalid_argument("x must be FP32 of [n, 3]"));
        }
        let (numbers, _) = request.raw_input_contents[0].as_chunks::<4>();
        let doubled = numbers
            .iter()
            .flat_map(|bytes| (f32::from_le_bytes(*bytes) * 2.0).to_le_bytes());
        let mut raw: Vec<u8> = doubled.collect();
        if self.lies.load(Ordering::Relaxed) {
            raw.pop();
        }
        Ok(Response::new(InferResponse {
            outputs: vec![InferOutput {
                name: "y".to_owned(),
                datatype: "FP32".to_owned(),
                shape: input.shape.clone(),
            }],
            raw_output_contents: vec![raw],
            ..InferResponse::default()
        }))
    }

    fn index(&self) -> FakeReply<RepositoryIndexResponse> {
        let is_unloaded = self.is_unloaded.load(Ordering::Relaxed);
        let state = if is_unloaded { "UNAVAILABLE" } else { "READY" };
        Ok(Response::new(RepositoryIndexResponse {
            models: vec![ModelIndex {
                name: conformance::MODEL.to_owned(),
                version: "1".to_owned(),
                state: state.to_owned(),
                reason: String::new(),
            }],
        }))
    }

    fn change(
        &self,
        request: &RepositoryModelRequest,
        is_unload: bool,
    ) -> FakeReply<RepositoryModelResponse> {
        if request.model_name != conformance::MODEL {
            // As Triton answers.
            return Err(Status::internal("failed to load, no version is available"));
        }
        self.is_unloaded.store(is_unload, Ordering::Relaxed);
        Ok(Response::new(RepositoryModelResponse {}))
    }
}

fn client(address: &str, timeout: Duration) -> KserveInference {
    let servers = KserveServers {
        default: Some(address.to_owned()),
        by_model: BTreeMap::new(),
        timeout,
    };
    KserveInference::new(&servers).expect("an address")
}

fn call() -> InferenceCall {
    InferenceCall {
        model: conformance::MODEL.to_owned(),
        version: None,
        inputs: vec![Tensor::new("x", [1, 3], TensorValues::F32(vec![1.0; 3]))],
        outputs: Vec::new(),
    }
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_client_keeps_the_promises_of_the_port() {
    let address = Arc::new(FakeServer::default()).start().await;
    conformance::run(&client(&address, LONG)).await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let server = Arc::new(FakeServer::default());
    server.refusals.store(2, Ordering::Relaxed);
    let address = server.clone().start().await;
    let outputs = client(&address, LONG).infer(call()).await;
    assert_eq!(outputs.expect("the third attempt succeeds").len(), 1);
    assert_eq!(server.connections.load(Ordering::Relaxed), 3);

    server.refusals.store(usize::MAX, Ordering::Relaxed);
    let error = client(&address, LONG).infer(call()).await;
    assert!(error.is_err_and(|error| error.is_retryable()));
    assert_eq!(server.connections.load(Ordering::Relaxed), 6);
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_more_than_the_time_limit() {
    let server = Arc::new(FakeServer::default());
    server.hangs.store(true, Ordering::Relaxed);
    let address = server.start().await;
    let client = client(&address, Duration::from_millis(100));
    let error = client.infer(call()).await.expect_err("no answer");
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_server_that_stops_knows_no_models_and_is_waited_for() {
    let server = Arc::new(FakeServer::default());
    server.is_stopping.store(true, Ordering::Relaxed);
    let address = server.start().await;
    let error = client(&address, LONG).infer(call()).await;
    let error = error.expect_err("no model is there");
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_reply_that_contradicts_itself_is_a_defect() {
    let server = Arc::new(FakeServer::default());
    server.lies.store(true, Ordering::Relaxed);
    let address = server.start().await;
    let error = client(&address, LONG).infer(call()).await;
    let error = error.expect_err("a byte is missing");
    assert!(matches!(error, PortError::Defect { .. }), "{error}");
    assert!(error.to_string().contains("11 bytes"), "{error}");
}

#[tokio::test]
async fn each_model_may_have_a_server_of_its_own() {
    let address = Arc::new(FakeServer::default()).start().await;
    let mut servers = KserveServers {
        default: None,
        by_model: BTreeMap::from([(conformance::MODEL.to_owned(), address)]),
        timeout: LONG,
    };
    let client = KserveInference::new(&servers).expect("an address");
    assert!(client.is_configured(conformance::MODEL) && !client.is_configured("clip"));
    assert_eq!(client.infer(call()).await.expect("its server").len(), 1);
    let other = InferenceCall {
        model: "clip".to_owned(),
        ..call()
    };
    let error = client.infer(other).await.expect_err("no server");
    assert!(!error.is_retryable());

    for odd in ["ftp://triton:8001", "triton 8001", "http://"] {
        servers.default = Some(odd.to_owned());
        let error = KserveInference::new(&servers).err().expect("no address");
        assert!(error.contains(odd), "{error}");
    }
}
