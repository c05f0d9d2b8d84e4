//! One client for all servers: its name, time-outs, limits of size, and which
//! failures are tried again. What an answer means is for its reader to say.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode, Url};
use robotoff_core::product::ServerType;
use robotoff_ports::{PortError, PortResult};

use crate::addresses::{Addresses, STAGING_PASSWORD, STAGING_USER};
use crate::public_addresses::PublicAddresses;

/// The name by which Product Opener knows robotoff (`docs/reference/pipeline.md` 6.3).
const USER_AGENT: &str = "Robotoff Live Analysis";
const MAX_REDIRECTS: usize = 5;
/// The longest part of a refusal that is reported.
const MAX_SUMMARY_CHARS: usize = 200;

/// Time limits of the client. The defaults are those of `docs/reference/pipeline.md` 6.4.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    pub connect_timeout: Duration,
    /// Of reading a product.
    pub read_timeout: Duration,
    /// Of the check of a login.
    pub login_timeout: Duration,
    /// Of an edit.
    pub edit_timeout: Duration,
    /// Of selecting an image, which the server cuts out meanwhile.
    pub select_timeout: Duration,
    /// Of an image or its OCR.
    pub download_timeout: Duration,
    /// The number of attempts of a read that the server cannot answer. A read that timed
    /// out is not sent again: a caller waits. Edits are sent once.
    pub tries: u32,
    /// Before the second try; each later pause is twice the one before.
    pub first_pause: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            login_timeout: Duration::from_secs(5),
            edit_timeout: Duration::from_secs(15),
            select_timeout: Duration::from_secs(30),
            download_timeout: Duration::from_secs(60),
            tries: 3,
            first_pause: Duration::from_millis(500),
        }
    }
}

/// The client, to be shared by all that use the network.
#[derive(Debug, Clone)]
pub struct Http {
    reads: Client,
    /// Follows no redirect: a form that was redirected to `GET` had no effect.
    edits: Client,
    /// For addresses that anyone may have sent.
    public: Client,
    /// The same, without redirects.
    checked: Client,
    pub(crate) public_addresses: PublicAddresses,
    /// Unpacks nothing: files are stored as they are sent.
    files: Client,
    addresses: Addresses,
    pub(crate) settings: HttpSettings,
}

/// The answer of a server.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// A read and its bounds.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// For messages: `image /356/1.jpg`.
    pub(crate) what: &'a str,
    pub(crate) url: &'a Url,
    pub(crate) timeout: Duration,
    pub(crate) max_bytes: usize,
}

/// A failed read.
struct Failure {
    error: PortError,
    again: bool,
}

impl Http {
    /// Makes the client; no request is sent.
    pub fn new(addresses: Addresses, settings: HttpSettings) -> PortResult<Self> {
        // Another part of the process may have chosen one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = |redirects: Policy| {
            Client::builder()
                .user_agent(USER_AGENT)
                .connect_timeout(settings.connect_timeout)
                .redirect(redirects)
        };
        let built = |builder: ClientBuilder| {
            let client = builder.build();
            client.map_err(|error| PortError::defect("the HTTP client", reason(&error)))
        };
        let images = ServerType::ALL.map(|server_type| addresses.images(server_type));
        let public = PublicAddresses::and_hosts_of(images.iter().map(String::as_str));
        let to_public = |redirects: Policy| {
            let resolver = Arc::new(public.clone());
            built(builder(redirects).dns_resolver(resolver))
        };
        Ok(Self {
            reads: built(builder(Policy::limited(MAX_REDIRECTS)))?,
            edits: built(builder(Policy::none()))?,
            files: built(builder(Policy::limited(MAX_REDIRECTS)).no_gzip())?,
            public: to_public(public.redirects(MAX_REDIRECTS))?,
            checked: to_public(Policy::none())?,
            public_addresses: public,
            addresses,
            settings,
        })
    }

    /// The addresses that the client was made for.
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Reads an address, again after a pause when the server cannot answer. Any
    /// status that is not a passing failure is an answer.
    pub(crate) async fn read(&self, ask: Ask<'_>) -> PortResult<HttpAnswer> {
        self.read_until(ask, |_| false).await
    }

    /// Reads an address that anyone may have sent, of a public server.
    pub(crate) async fn read_public(&self, ask: Ask<'_>) -> PortResult<HttpAnswer> {
        if !self.public_addresses.may_name(ask.url) {
            return Err(PortError::denied(ask.what, "its address is not public"));
        }
        self.read_again(&self.public, ask, |_| false).await
    }

    /// Reads an address until the reader has enough.
    pub(crate) async fn read_until(
        &self,
        ask: Ask<'_>,
        is_enough: fn(&[u8]) -> bool,
    ) -> PortResult<HttpAnswer> {
        self.read_again(&self.reads, ask, is_enough).await
    }

    async fn read_again(
        &self,
        client: &Client,
        ask: Ask<'_>,
        is_enough: fn(&[u8]) -> bool,
    ) -> PortResult<HttpAnswer> {
        let mut pause = self.settings.first_pause;
        let mut tries_left = self.settings.tries;
        loop {
            tries_left = tries_left.saturating_sub(1);
            match self.read_with(client, ask, is_enough).await {
                Ok(answer) => return Ok(answer),
                Err(Failure { error, again }) if !again || tries_left == 0 => return Err(error),
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
    }

    /// Reads an address that anyone may have sent: once, and without following redirects,
    /// which could lead to hosts that the caller has not checked.
    pub(crate) async fn read_checked(&self, ask: Ask<'_>) -> PortResult<HttpAnswer> {
        let read = self.read_with(&self.checked, ask, |_| false).await;
        read.map_err(|failure| failure.error)
    }

    /// Opens a large file, whose body the caller reads under its own limits; once.
    pub(crate) async fn open(
        &self,
        what: &str,
        url: &Url,
        headers: HeaderMap,
    ) -> PortResult<Response> {
        let request = self.files.get(url.clone()).headers(headers);
        let request = self.with_staging(request, url);
        let limit = self.settings.download_timeout;
        match tokio::time::timeout(limit, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(failure(what, limit, &error).error),
            Err(_) => {
                let why = format!("no answer within {} s", limit.as_secs_f64());
                Err(PortError::unavailable(what, why))
            }
        }
    }

    /// An edit to be sent; see [`Http::send`].
    pub(crate) fn edit(&self, method: reqwest::Method, url: &Url) -> RequestBuilder {
        self.with_staging(self.edits.request(method, url.clone()), url)
    }

    /// Sends an edit, once. `Unavailable`: nobody knows whether it arrived.
    pub(crate) async fn send(
        &self,
        what: &str,
        request: RequestBuilder,
        timeout: Duration,
        max_bytes: usize,
    ) -> PortResult<HttpAnswer> {
        let failed = |error: reqwest::Error| failure(what, timeout, &error).error;
        let mut response = request.timeout(timeout).send().await.map_err(failed)?;
        let mut answer = HttpAnswer::of(&response);
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.body.len() + chunk.len() > max_bytes {
                let why = format!("an answer of more than {max_bytes} bytes");
                return Err(PortError::unavailable(what, why));
            }
            answer.body.extend_from_slice(&chunk);
        }
        match passing_failure(answer.status) {
            Some(why) => Err(PortError::unavailable(what, why)),
            None => Ok(answer),
        }
    }

    async fn read_with(
        &self,
        client: &Client,
        ask: Ask<'_>,
        is_enough: fn(&[u8]) -> bool,
    ) -> Result<HttpAnswer, Failure> {
        let failed = |error: reqwest::Error| failure(ask.what, ask.timeout, &error);
        let request = self.with_staging(client.get(ask.url.clone()), ask.url);
        let sent = request.timeout(ask.timeout).send().await;
        let mut response = sent.map_err(failed)?;
        if let Some(why) = passing_failure(response.status()) {
            let error = PortError::unavailable(ask.what, why);
            return Err(Failure { error, again: true });
        }
        let mut answer = HttpAnswer::of(&response);
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.body.len() + chunk.len() > ask.max_bytes {
                let why = format!("more than {} bytes", ask.max_bytes);
                return Err(Failure {
                    error: PortError::defect(ask.what, why),
                    again: false,
                });
            }
            answer.body.extend_from_slice(&chunk);
            if is_enough(&answer.body) {
                break;
            }
        }
        Ok(answer)
    }

    fn with_staging(&self, request: RequestBuilder, url: &Url) -> RequestBuilder {
        if self.addresses.is_staging(url) {
            return request.basic_auth(STAGING_USER, Some(STAGING_PASSWORD));
        }
        request
    }
}

impl HttpAnswer {
    fn of(response: &Response) -> Self {
        let header = |name| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        Self {
            status: response.status(),
            content_type: header(CONTENT_TYPE).unwrap_or_default(),
            location: header(LOCATION),
            body: Vec::new(),
        }
    }

    /// The unexpected answer in one line, for messages.
    pub(crate) fn summary(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let words: Vec<&str> = text.split_whitespace().collect();
        let start: String = words.join(" ").chars().take(MAX_SUMMARY_CHARS).collect();
        let kind = &self.content_type;
        match &self.location {
            Some(location) => format!("HTTP {}, redirected to {location}", self.status),
            None if start.is_empty() => format!("HTTP {}, an empty body", self.status),
            None if kind.starts_with("text/html") => {
                format!("HTTP {}, a web page: {start}", self.status)
            }
            None => format!("HTTP {}: {start}", self.status),
        }
    }
}

/// An address from text that was checked when it was made.
pub(crate) fn url(what: &str, text: &str) -> PortResult<Url> {
    Url::parse(text).map_err(|error| PortError::defect(what, format!("address {text:?}: {error}")))
}

/// Why the same request may be answered later.
pub(crate) fn passing_failure(status: StatusCode) -> Option<String> {
    let passes = status.is_server_error()
        || [
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::TOO_EARLY,
            StatusCode::TOO_MANY_REQUESTS,
        ]
        .contains(&status);
    passes.then(|| format!("HTTP {status}"))
}

fn failure(what: &str, timeout: Duration, error: &reqwest::Error) -> Failure {
    if error.is_builder() {
        let error = PortError::defect(what, reason(error));
        return Failure {
            error,
            again: false,
        };
    }
    if is_denied(error) {
        let error = PortError::denied(what, reason(error));
        return Failure {
            error,
            again: false,
        };
    }
    let timed_out = error.is_timeout();
    let why = if timed_out {
        format!("no answer within {} s", timeout.as_secs_f64())
    } else {
        reason(error)
    };
    Failure {
        error: PortError::unavailable(what, why),
        again: !timed_out,
    }
}

/// Tells whether [`PublicAddresses`] refused the address, or one that it redirected to.
fn is_denied(error: &reqwest::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::PermissionDenied)
    })
}

/// The error with its causes; the caller adds the address.
fn reason(error: &reqwest::Error) -> String {
    let mut text = if error.is_redirect() {
        "cannot follow a redirect".to_owned()
    } else {
        "connection failed".to_owned()
    };
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
