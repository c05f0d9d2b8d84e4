//! Middleware around every request: base path and trailing slash, correlation id, origin and
//! rate of the client, timeout, wrong methods, errors in the accepted media type, headers for
//! browsers, one log line (`docs/reference/api.md` 1.2, 1.6, 1.7).

use std::any::Any;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::middleware::Next;
use futures_util::FutureExt;
use robotoff_app::write_log::WriteLog;
use tracing::Instrument;

use crate::correlation::{CorrelationId, REQUEST_ID};
use crate::cors::Origin;
use crate::error::ApiError;
use crate::identity::WriteNote;
use crate::request_kind::RequestKind;
use crate::security_headers;
use crate::unknown_parameters::UNKNOWN_PARAMETERS;
use crate::{AccessSettings, Api, ApiControl};

/// Prefix of the routes that ignore a trailing slash; pages redirect instead.
const SLASH_TOLERANT: &str = "/api/";

/// Duration from which a request is logged although it succeeded.
const SLOW: Duration = Duration::from_secs(1);

/// Rules for every request.
pub(crate) struct RequestRules {
    request_timeout: Duration,
    access: AccessSettings,
    control: ApiControl,
    write_log: Arc<WriteLog>,
}

impl RequestRules {
    pub(crate) fn new(api: &Api) -> Self {
        let settings = &api.settings;
        settings.control.set_rates(settings.access.rates);
        Self {
            request_timeout: settings.request_timeout,
            control: settings.control.clone(),
            access: settings.access.clone(),
            write_log: api.app.write_log.clone(),
        }
    }

    /// Records a write that was carried out.
    fn record(&self, facts: &RequestFacts, path: &str, status: StatusCode, id: &CorrelationId) {
        let Some(note) = facts.note.as_ref().filter(|_| status.as_u16() < 400) else {
            return;
        };
        let action = format!("{} {path} {}", facts.method, note.subject());
        let (actor, action) = (note.actor(), action.trim_end());
        self.write_log
            .record(actor, action, status.as_u16(), id.as_str());
    }

    /// Refuses requests while the API is stopped, writes of foreign pages, and clients above
    /// their rate. A browser asks without
    /// knowing how to wait, so its question is not counted.
    fn admit(&self, kind: RequestKind, request: &Request, origin: &Origin) -> Result<(), ApiError> {
        self.control.admit(request.uri().path())?;
        if kind == RequestKind::Write {
            origin.may_write()?;
        }
        let Some(limits) = self.control.limits().filter(|_| !origin.is_preflight()) else {
            return Ok(());
        };
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| *peer);
        let headers = request.headers();
        let Some(client) = self.access.trusted_proxies.client(headers, peer) else {
            return Ok(());
        };
        let checked = limits.check(kind, client, headers);
        checked.map_err(ApiError::too_many_requests)
    }
}

/// Layer around all routes.
pub(crate) async fn around_request(
    State(rules): State<Arc<RequestRules>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let started = Instant::now();
    let correlation_id = CorrelationId::of(request.headers());
    let path_prefix = &rules.access.path_prefix;
    if let Some(response) = path_prefix.redirect(request.uri().path()) {
        return response;
    }
    if let Some(uri) = path_prefix.strip(request.uri()) {
        *request.uri_mut() = uri;
    }
    if let Some(uri) = without_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    let origins = &rules.access.allowed_origins;
    let origin = Origin::of(request.headers(), request.uri(), origins);
    let kind = RequestKind::of(request.method(), request.uri().path());
    let admitted = rules.admit(kind, &request, &origin);
    let facts = RequestFacts {
        method: request.method().clone(),
        accept: accept(request.headers()),
        has_credentials: has_credentials(request.headers()),
        note: (kind == RequestKind::Write).then(WriteNote::default),
        origin,
    };
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(correlation_id.clone());
    if let Some(note) = &facts.note {
        request.extensions_mut().insert(note.clone());
    }
    let span = tracing::info_span!("request", correlation_id = correlation_id.as_str());
    async {
        let response = match admitted {
            Ok(()) => answer(rules.request_timeout, &path, next.run(request)).await,
            Err(error) => failure(error),
        };
        let mut response = facts.finish(response, &correlation_id);
        rules.record(&facts, &path, response.status(), &correlation_id);
        let headers = response.headers_mut();
        path_prefix.complete_location(headers);
        headers.insert(REQUEST_ID, correlation_id.into_header());
        log(&facts.method, &path, response.status(), started.elapsed());
        response
    }
    .instrument(span)
    .await
}

/// Response of the routes, or the failure that they ended with.
async fn answer(
    timeout: Duration,
    path: &str,
    routes: impl Future<Output = Response<Body>>,
) -> Response<Body> {
    let answer = AssertUnwindSafe(routes).catch_unwind();
    match tokio::time::timeout(timeout, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => failure(panicked(path, panic.as_ref())),
        Err(_) => {
            tracing::warn!(http.path = path, "the request exceeded its timeout");
            failure(ApiError::unavailable())
        }
    }
}

/// Tells whether the response may be for one person only.
fn has_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE)
}

/// Facts of a request that its response depends on beside the route.
struct RequestFacts {
    method: Method,
    accept: HeaderMap,
    has_credentials: bool,
    /// Of a request that writes.
    note: Option<WriteNote>,
    origin: Origin,
}

impl RequestFacts {
    fn finish(&self, mut response: Response<Body>, id: &CorrelationId) -> Response<Body> {
        let status = response.status();
        let mut allow = None;
        if status == StatusCode::METHOD_NOT_ALLOWED {
            allow = Some(allowed(response.headers()));
        }
        if allow.is_some() && self.method == Method::OPTIONS {
            response = Response::new(Body::empty());
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
        } else if status.is_client_error() || status.is_server_error() {
            response = self.failed(response, id);
        }
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        let headers = response.headers_mut();
        self.origin.admit(headers);
        security_headers::protect(headers);
        if self.has_credentials {
            security_headers::keep_private(headers);
        }
        response
    }

    /// Error response in the media type that the caller accepts. A response with a body of
    /// its own (`/health`) is left as it is.
    fn failed(&self, mut response: Response<Body>, id: &CorrelationId) -> Response<Body> {
        if let Some(error) = response.extensions_mut().remove::<ApiError>() {
            let unknown = response.headers_mut().remove(UNKNOWN_PARAMETERS);
            let mut failed = error.of_request(id.as_str()).response_to(&self.accept);
            if let Some(names) = unknown {
                failed.headers_mut().insert(UNKNOWN_PARAMETERS, names);
            }
            return failed;
        }
        if response.headers().get(header::CONTENT_TYPE) == Some(&crate::json::JSON) {
            return response;
        }
        let error = ApiError::of(response.status());
        error.of_request(id.as_str()).response_to(&self.accept)
    }
}

fn failure(error: ApiError) -> Response<Body> {
    axum::response::IntoResponse::into_response(error)
}

fn panicked(path: &str, panic: &(dyn Any + Send)) -> ApiError {
    let why = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(http.path = path, panic = why, "the request panicked");
    ApiError::internal()
}

fn accept(headers: &HeaderMap) -> HeaderMap {
    let accepts = headers.get_all(header::ACCEPT).iter().cloned();
    accepts.map(|value| (header::ACCEPT, value)).collect()
}

/// Methods of the path, as the router lists them, and `OPTIONS`.
fn allowed(headers: &HeaderMap) -> HeaderValue {
    let methods = headers
        .get(header::ALLOW)
        .and_then(|methods| methods.to_str().ok());
    let methods = methods.unwrap_or_default().split(',');
    let methods: Vec<&str> = methods.filter(|method| !method.is_empty()).collect();
    HeaderValue::from_str(&format!("{}, OPTIONS", methods.join(", ")))
        .unwrap_or(HeaderValue::from_static("OPTIONS"))
}

/// URI without its trailing slash; `None` when it has none to lose.
fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let shorter = path
        .strip_suffix('/')
        .filter(|_| path.starts_with(SLASH_TOLERANT))?;
    let query = uri.query().map(|query| format!("?{query}"));
    let path = format!("{shorter}{}", query.unwrap_or_default());
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

/// Logs failures and slow requests; the others only at level `debug`, since a line for
/// each request costs more than answering it (300 MB in ten minutes of load).
fn log(method: &Method, path: &str, status: StatusCode, took: Duration) {
    let is_failure = status.is_client_error() || status.is_server_error();
    let (status, duration_ms) = (status.as_u16(), took.as_secs_f64() * 1000.0);
    if is_failure || took >= SLOW {
        tracing::info!(http.method = %method, http.path = path, http.status = status, duration_ms, "answered");
        return;
    }
    tracing::debug!(http.method = %method, http.path = path, http.status = status, duration_ms, "answered");
}
