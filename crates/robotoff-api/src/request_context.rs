//! What a request asks, read once: parameters of query and body, the project, the
//! product, the caller. Every route takes it.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use robotoff_core::country;
use robotoff_core::product::{Barcode, ServerType};
use serde_json::{Map, Value};

use crate::Api;
use crate::correlation::CorrelationId;
use crate::error::ApiError;
use crate::identity::Identity;
use crate::params::Params;

/// Rows of a page when nothing else is asked for.
pub(crate) const PAGE_ROWS: u64 = 25;

/// More rows are refused: they are made in memory.
pub(crate) const MAX_PAGE_ROWS: i64 = 100_000;

/// A request, read.
#[derive(Debug)]
pub(crate) struct RequestContext {
    pub(crate) params: Params,
    headers: HeaderMap,
    peer: Option<SocketAddr>,
    body: Read,
    pub(crate) correlation_id: CorrelationId,
}

/// What came of the body.
#[derive(Debug, PartialEq)]
enum Read {
    /// There is none, or it is a form, which is among the parameters.
    Nothing,
    Json(Map<String, Value>),
    /// Of a type that is not read here.
    Unread(String),
}

impl FromRequest<Api> for RequestContext {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let mut params = Params::default();
        params.add_urlencoded(parts.uri.query().unwrap_or_default());
        let body = match parts.headers.get(header::CONTENT_TYPE) {
            None => Read::Nothing,
            Some(media_type) => {
                let media_type = media_type.to_str().unwrap_or("unknown");
                read(media_type, body, api.settings.max_body_bytes, &mut params).await?
            }
        };
        params.forbid_nul()?;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            params,
            peer: peer.map(|ConnectInfo(peer)| *peer),
            body,
            correlation_id: parts.extensions.get().cloned().unwrap_or_default(),
            headers: parts.headers,
        })
    }
}

/// The part of the path that a route leaves open. What is no text names nothing.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl FromRequestParts<Api> for Segment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, api).await {
            Ok(Path(text)) if !text.contains('\0') => Ok(Self(text)),
            Ok(_) | Err(_) => Err(ApiError::not_found()),
        }
    }
}

async fn read(
    media_type: &str,
    body: Body,
    limit: usize,
    params: &mut Params,
) -> Result<Read, ApiError> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => {
            let bytes = bytes_of(body, limit).await?;
            params.add_urlencoded(&String::from_utf8_lossy(&bytes));
            Ok(Read::Nothing)
        }
        "application/json" => {
            let bytes = bytes_of(body, limit).await?;
            if bytes.is_empty() {
                return Ok(Read::Nothing);
            }
            serde_json::from_slice(&bytes)
                .map(Read::Json)
                .map_err(|error| ApiError::invalid_json(&format!("not a JSON object: {error}")))
        }
        "multipart/form-data" => Ok(Read::Nothing),
        other => Ok(Read::Unread(other.to_owned())),
    }
}

async fn bytes_of(body: Body, limit: usize) -> Result<axum::body::Bytes, ApiError> {
    axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| ApiError::of(StatusCode::PAYLOAD_TOO_LARGE))
}

impl RequestContext {
    /// The project, of the body before the parameters (`docs/reference/api.md` 1.11).
    pub(crate) fn server_type(&self) -> Result<ServerType, ApiError> {
        let in_body = match &self.body {
            Read::Unread(media_type) => return Err(ApiError::unsupported_media_type(media_type)),
            Read::Json(members) => members.get("server_type"),
            Read::Nothing => None,
        };
        let name = match in_body {
            Some(Value::String(name)) => name.into(),
            Some(other) => other.to_string().into(),
            None => match self.params.scalar("server_type") {
                None => return Ok(ServerType::default()),
                Some(name) => name,
            },
        };
        name.parse()
            .map_err(|_| ApiError::bad_request_titled(&format!("invalid `server_type`: {name}")))
    }

    /// Who asks.
    pub(crate) fn identity(&self) -> Result<Identity, ApiError> {
        Identity::of(&self.headers, &self.params, self.peer)
    }

    /// The members of a JSON body become parameters, for routes that read JSON.
    pub(crate) fn with_json_members(mut self) -> Result<Self, ApiError> {
        match std::mem::replace(&mut self.body, Read::Nothing) {
            Read::Json(members) => {
                self.params.add_json(members);
                self.params.forbid_nul()?;
            }
            Read::Unread(media_type) => return Err(ApiError::unsupported_media_type(&media_type)),
            Read::Nothing => {}
        }
        Ok(self)
    }

    /// The tags of the countries that are asked for (`docs/reference/api.md` 1.12).
    pub(crate) fn countries(&self) -> Result<Option<Vec<String>>, ApiError> {
        let Some(codes) = self.params.items("countries") else {
            return Ok(None);
        };
        let tags: Result<Vec<String>, _> = codes
            .iter()
            .map(|code| country::tag(code).map(str::to_owned))
            .collect();
        tags.map(Some)
            .map_err(|unknown| ApiError::bad_request(format!("invalid `countries`: {unknown}")))
    }

    /// How many rows a page has.
    pub(crate) fn count(&self) -> Result<u64, ApiError> {
        let count = self.params.int_within("count", 1, MAX_PAGE_ROWS)?;
        Ok(count.map_or(PAGE_ROWS, i64::unsigned_abs))
    }

    /// How many rows come before the page. Page 0 is page 1: a client that is
    /// widely used asks for it by default.
    pub(crate) fn offset(&self, count: u64) -> Result<u64, ApiError> {
        let page = self.params.int_within("page", 0, i64::MAX)?.unwrap_or(1);
        let before = page.max(1).unsigned_abs() - 1;
        Ok(before.saturating_mul(count).min(i64::MAX.unsigned_abs()))
    }

    /// Every form of the barcode of the parameter; nothing when blank.
    pub(crate) fn barcodes(&self) -> Option<Vec<Barcode>> {
        self.params
            .scalar("barcode")
            .and_then(|code| Barcode::forms_of(&code).ok())
    }
}
