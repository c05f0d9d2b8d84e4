//! Calls of the HTTP API: credentials, timeouts, limits of size, retries on other nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Certificate, Client, Method, StatusCode};
use robotoff_ports::{PortError, PortResult};
use serde_json::Value;

use super::settings::{ElasticAuth, ElasticSettings};

/// The longest part of an error that is reported.
const MAX_REASON_CHARS: usize = 300;

/// A client of one cluster.
#[derive(Debug, Clone)]
pub struct ElasticClient {
    http: Client,
    settings: Arc<ElasticSettings>,
    authorization: Option<HeaderValue>,
    /// The node of the next call.
    node: Arc<AtomicUsize>,
}

/// A call.
#[derive(Debug, Clone)]
pub(super) struct ElasticCall {
    method: Method,
    /// With its query.
    path: String,
    body: Option<(&'static str, String)>,
    timeout: Option<Duration>,
    /// Statuses that are answers beside those of success.
    accepted: &'static [u16],
}

impl ElasticCall {
    pub(super) const fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            body: None,
            timeout: None,
            accepted: &[],
        }
    }

    pub(super) const fn get(path: String) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn json(self, body: Value) -> Self {
        Self {
            body: Some(("application/json", body.to_string())),
            ..self
        }
    }

    /// Lines of JSON.
    pub(super) fn lines(self, body: String) -> Self {
        Self {
            body: Some(("application/x-ndjson", body)),
            ..self
        }
    }

    pub(super) fn timeout(self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self
        }
    }

    pub(super) fn accepting(self, accepted: &'static [u16]) -> Self {
        Self { accepted, ..self }
    }
}

/// A failed attempt.
struct Failed {
    error: PortError,
    is_passing: bool,
}

impl ElasticClient {
    /// Makes the client; no call is made.
    pub fn new(settings: ElasticSettings) -> PortResult<Self> {
        // Another part of the process may have chosen one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cannot = |why: String| PortError::defect("cannot use Elasticsearch", why);
        let mut builder = Client::builder()
            .user_agent(concat!("robotoff/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none());
        if let Some(pem) = &settings.ca_certificates {
            let certificates = Certificate::from_pem_bundle(pem)
                .map_err(|error| cannot(format!("its certificates: {error}")))?;
            if certificates.is_empty() {
                return Err(cannot("ELASTIC_CA_FILE holds no certificate".to_owned()));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let authorization = match &settings.auth {
            ElasticAuth::ApiKey(key) => {
                let value = HeaderValue::from_str(&format!("ApiKey {key}"));
                let mut value =
                    value.map_err(|error| cannot(format!("ELASTIC_API_KEY: {error}")))?;
                value.set_sensitive(true);
                Some(value)
            }
            ElasticAuth::Basic { .. } | ElasticAuth::None => None,
        };
        Ok(Self {
            http: builder.build().map_err(|error| cannot(reason(&error)))?,
            settings: Arc::new(settings),
            authorization,
            node: Arc::default(),
        })
    }

    /// The settings of the client.
    pub fn settings(&self) -> &ElasticSettings {
        &self.settings
    }

    /// The server, for messages.
    pub(super) fn name(&self) -> String {
        format!("Elasticsearch at {}", self.settings.addresses())
    }

    pub(super) fn defect(&self, why: impl ToString) -> PortError {
        PortError::defect(self.name(), why)
    }

    pub(super) fn unavailable(&self, why: impl ToString) -> PortError {
        PortError::unavailable(self.name(), why)
    }

    /// The answer to a call. Every call of ours may be made twice, so one that failed in
    /// passing is made again, on the next node, after a pause that doubles.
    pub(super) async fn send(&self, call: ElasticCall) -> PortResult<Value> {
        let mut pause = self.settings.first_pause;
        let mut attempts_left = self.settings.attempts.max(1);
        loop {
            attempts_left -= 1;
            match self.attempt(&call).await {
                Ok(answer) => return Ok(answer),
                Err(failed) if !failed.is_passing || attempts_left == 0 => {
                    return Err(failed.error);
                }
                Err(failed) => {
                    tracing::debug!(error = %failed.error, "a call of Elasticsearch is made again");
                }
            }
            self.node.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// The same for a call that creates something that may exist already.
    pub(super) async fn send_unless_exists(&self, call: ElasticCall) -> PortResult<()> {
        let answer = self.send(call.accepting(&[400])).await?;
        let kind = answer["error"]["type"].as_str();
        match kind {
            None | Some("resource_already_exists_exception") => Ok(()),
            Some(_) => Err(self.defect(reason_of(&answer))),
        }
    }

    async fn attempt(&self, call: &ElasticCall) -> Result<Value, Failed> {
        let nodes = &self.settings.nodes;
        let node = &nodes[self.node.load(Ordering::Relaxed) % nodes.len()];
        let url = format!("{}{}", node.as_str().trim_end_matches('/'), call.path);
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .timeout(call.timeout.unwrap_or(self.settings.timeout));
        if let Some((content_type, body)) = &call.body {
            request = request
                .header(CONTENT_TYPE, *content_type)
                .body(body.clone());
        }
        match (&self.settings.auth, &self.authorization) {
            (ElasticAuth::Basic { user, password }, _) => {
                request = request.basic_auth(user, Some(password));
            }
            (_, Some(value)) => request = request.header(AUTHORIZATION, value.clone()),
            (_, None) => {}
        }
        let passing = |why: String| Failed {
            error: self.unavailable(why),
            is_passing: true,
        };
        let response = request.send().await;
        let mut response = response.map_err(|error| passing(reason(&error)))?;
        let status = response.status();
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| passing(reason(&error)))? else {
                break;
            };
            if body.len() + chunk.len() > self.settings.max_answer_bytes {
                let limit = self.settings.max_answer_bytes;
                return Err(Failed {
                    error: self.defect(format!("the answer is larger than {limit} bytes")),
                    is_passing: false,
                });
            }
            body.extend_from_slice(&chunk);
        }
        self.meaning(call, status, &body)
    }

    fn meaning(
        &self,
        call: &ElasticCall,
        status: StatusCode,
        body: &[u8],
    ) -> Result<Value, Failed> {
        let answer: Result<Value, serde_json::Error> = match body {
            [] => Ok(Value::Null),
            body => serde_json::from_slice(body),
        };
        if status.is_success() || call.accepted.contains(&status.as_u16()) {
            return answer.map_err(|error| Failed {
                error: self.defect(format!("the answer to {} is no JSON: {error}", call.path)),
                is_passing: false,
            });
        }
        let why = answer.map_or_else(|_| String::new(), |answer| reason_of(&answer));
        let why = format!("{status} {why} ({} {})", call.method, call.path);
        let is_passing = matches!(status.as_u16(), 408 | 429 | 502..=504);
        let error = match status {
            StatusCode::UNAUTHORIZED => PortError::denied(
                self.name(),
                format!("{why}; set ELASTIC_USER and ELASTIC_PASSWORD, or ELASTIC_API_KEY"),
            ),
            StatusCode::FORBIDDEN => PortError::denied(
                self.name(),
                format!("{why}; see its privileges, and its disk watermarks"),
            ),
            StatusCode::NOT_FOUND => self.unavailable(why),
            _ if is_passing || status.is_server_error() => self.unavailable(why),
            _ => self.defect(why),
        };
        Err(Failed { error, is_passing })
    }
}

/// The reason in an error of the server.
pub(super) fn reason_of(answer: &Value) -> String {
    let error = &answer["error"];
    let cause = error["root_cause"][0]["reason"].as_str();
    let reason = cause
        .or_else(|| error["reason"].as_str())
        .or_else(|| error.as_str())
        .unwrap_or_default();
    reason.chars().take(MAX_REASON_CHARS).collect()
}

/// The innermost cause of a failed request, without its URL.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
