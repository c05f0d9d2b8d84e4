//! The parsed request: parameters of query and body, project, paging, caller. Every
//! handler that takes parameters extracts it.

use std::net::SocketAddr;

use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use robotoff_app::answer::Caller;
use robotoff_app::counted::RowRange;
use robotoff_core::country;
use robotoff_core::product::{Barcode, ServerType};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Api;
use crate::caller::{anonymous_caller, caller_of};
use crate::correlation::CorrelationId;
use crate::error::ApiError;
use crate::identity::{CallerIdentity, WriteNote};
use crate::params::{Params, has_nul};
use crate::request_kind::RequestKind;
use crate::unknown_parameters::GivenNames;

/// Default number of rows of a page.
pub(crate) const PAGE_ROWS: u64 = 25;

/// Largest number of rows of a page. The existing service has no limit here
/// (`docs/reference/api.md` 9.6, 111); the recorded requests ask for 300 at most.
pub(crate) const MAX_PAGE_ROWS: i64 = 500;

/// Parsed request.
#[derive(Debug)]
pub(crate) struct RequestContext {
    pub(crate) params: Params,
    headers: HeaderMap,
    peer: Option<SocketAddr>,
    body: ParsedBody,
    /// Names of all parameters, for the header that names unknown ones.
    names: GivenNames,
    pub(crate) correlation_id: CorrelationId,
    pub(crate) identity: CallerIdentity,
    note: WriteNote,
}

/// Body of a request.
#[derive(Debug, PartialEq)]
enum ParsedBody {
    /// No body, or a form, whose fields are among the parameters.
    Empty,
    Json(Map<String, Value>),
    /// Body of this media type, which no route reads.
    Unsupported(String),
}

impl FromRequest<Api> for RequestContext {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let identity = CallerIdentity::of(&parts, api).await;
        let mut params = Params::default();
        params.add_urlencoded(parts.uri.query().unwrap_or_default());
        let body = match parts.headers.get(header::CONTENT_TYPE) {
            None => ParsedBody::Empty,
            Some(media_type) => {
                let media_type = media_type.to_str().unwrap_or("unknown");
                parse_body(media_type, body, api.settings.max_body_bytes, &mut params).await?
            }
        };
        params.forbid_nul()?;
        let names: GivenNames = parts.extensions.get().cloned().unwrap_or_default();
        names.add(&params);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let context = Self {
            params,
            peer: peer.map(|ConnectInfo(peer)| *peer),
            body,
            names,
            correlation_id: parts.extensions.get().cloned().unwrap_or_default(),
            identity,
            note: parts.extensions.get().cloned().unwrap_or_default(),
            headers: parts.headers,
        };
        if RequestKind::of(&parts.method, parts.uri.path()) == RequestKind::Write
            && let Ok(caller) = context.caller()
        {
            context.note.set_actor(context.identity.actor(&caller));
        }
        Ok(context)
    }
}

/// Variable segment of the path. One that is not UTF-8, or holds U+0000, is not found.
#[derive(Debug)]
pub(crate) struct PathSegment(pub(crate) String);

impl FromRequestParts<Api> for PathSegment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, api).await {
            Ok(Path(text)) if !text.contains('\0') => Ok(Self(text)),
            Ok(_) | Err(_) => Err(ApiError::not_found()),
        }
    }
}

async fn parse_body(
    media_type: &str,
    body: Body,
    limit: usize,
    params: &mut Params,
) -> Result<ParsedBody, ApiError> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => {
            let bytes = bytes_of(body, limit).await?;
            params.add_urlencoded(&String::from_utf8_lossy(&bytes));
            Ok(ParsedBody::Empty)
        }
        "application/json" => {
            let bytes = bytes_of(body, limit).await?;
            if bytes.is_empty() {
                return Ok(ParsedBody::Empty);
            }
            serde_json::from_slice(&bytes)
                .map(ParsedBody::Json)
                .map_err(|error| ApiError::invalid_json(&format!("not a JSON object: {error}")))
        }
        "multipart/form-data" => Ok(ParsedBody::Empty),
        other => Ok(ParsedBody::Unsupported(other.to_owned())),
    }
}

/// The bytes of a body; 413 for one that is longer than the limit.
pub(crate) async fn bytes_of(body: Body, limit: usize) -> Result<axum::body::Bytes, ApiError> {
    let too_large = || ApiError::of(StatusCode::PAYLOAD_TOO_LARGE);
    // One that is announced to be too large is not waited for.
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| too_large())
}

impl RequestContext {
    /// Project, of the body before the parameters (`docs/reference/api.md` 1.11).
    pub(crate) fn server_type(&self) -> Result<ServerType, ApiError> {
        let in_body = match &self.body {
            ParsedBody::Unsupported(media_type) => {
                return Err(ApiError::unsupported_media_type(media_type));
            }
            ParsedBody::Json(members) => members.get("server_type"),
            ParsedBody::Empty => None,
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

    /// Caller of the request, verified if it writes.
    ///
    /// # Errors
    /// 401 for an unreadable or wrong authorization, 503 for a login that cannot be verified
    /// for now.
    pub(crate) fn caller(&self) -> Result<Caller, ApiError> {
        let claimed = match self.identity.is_token() {
            true => anonymous_caller(&self.headers, &self.params, self.peer),
            false => caller_of(&self.headers, &self.params, self.peer)?,
        };
        self.identity.caller(claimed)
    }

    /// Tells whether a proxy says that the client speaks TLS to it.
    pub(crate) fn is_over_tls(&self) -> bool {
        let scheme = self.headers.get("x-forwarded-proto");
        scheme.is_some_and(|scheme| scheme == "https")
    }

    /// Object of a write beside its path, for the record of writes.
    pub(crate) fn note_subject(&self, subject: String) {
        self.note.set_subject(subject);
    }

    /// `Authorization` header; one that is no text counts as a blank one.
    pub(crate) fn authorization(&self) -> Option<&str> {
        let header = self.headers.get(header::AUTHORIZATION)?;
        Some(header.to_str().unwrap_or_default())
    }

    /// The request with the parameters of this query instead of those of the same names.
    pub(crate) fn over(mut self, query: &str) -> Self {
        let mut others = Params::default();
        others.add_urlencoded(query);
        self.params.replace_by(others);
        self
    }

    /// A request of the same caller with nothing but this query.
    pub(crate) fn of_query(&self, query: &str) -> Self {
        let mut params = Params::default();
        params.add_urlencoded(query);
        Self {
            params,
            headers: self.headers.clone(),
            peer: self.peer,
            body: ParsedBody::Empty,
            names: GivenNames::default(),
            correlation_id: self.correlation_id.clone(),
            identity: self.identity.clone(),
            note: WriteNote::default(),
        }
    }

    /// Key of a request that may be sent again.
    pub(crate) fn idempotency_key(&self) -> Result<Option<&str>, ApiError> {
        let Some(key) = self.headers.get("idempotency-key") else {
            return Ok(None);
        };
        let key = key
            .to_str()
            .ok()
            .filter(|key| (1..=255).contains(&key.len()));
        key.map(Some).ok_or_else(|| {
            ApiError::bad_request(
                "header \"Idempotency-Key\" must have 1 to 255 characters of ASCII",
            )
        })
    }

    /// Adds the members of a JSON body to the parameters, for routes that read JSON.
    pub(crate) fn with_json_members(mut self) -> Result<Self, ApiError> {
        match std::mem::replace(&mut self.body, ParsedBody::Empty) {
            ParsedBody::Json(members) => {
                self.params.add_json(members);
                self.params.forbid_nul()?;
                self.names.add(&self.params);
            }
            ParsedBody::Unsupported(media_type) => {
                return Err(ApiError::unsupported_media_type(&media_type));
            }
            ParsedBody::Empty => {}
        }
        Ok(self)
    }

    /// Value of the JSON body.
    ///
    /// # Errors
    /// 400 without a body or for one of another shape, 415 for another media type.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        match &self.body {
            ParsedBody::Json(members) if members.values().any(has_nul) => Err(
                ApiError::invalid_body("texts may not hold the character U+0000"),
            ),
            ParsedBody::Json(members) => {
                T::deserialize(members).map_err(|error| ApiError::invalid_body(error.to_string()))
            }
            ParsedBody::Empty => Err(ApiError::invalid_json("a JSON object is expected")),
            ParsedBody::Unsupported(media_type) => {
                Err(ApiError::unsupported_media_type(media_type))
            }
        }
    }

    /// Tags of the countries of the parameter, each once, in any spelling
    /// (`docs/reference/api.md` 1.12 and 9.6, 113). Old clients send them as `country`, where
    /// the world is no filter.
    pub(crate) fn countries(&self) -> Result<Option<Vec<String>>, ApiError> {
        let (name, countries) = match self.params.items("countries") {
            Some(countries) => ("countries", countries),
            None => match self.params.list("country") {
                None => return Ok(None),
                Some(countries) if countries.iter().all(|name| is_world(name)) => return Ok(None),
                Some(countries) => ("country", countries),
            },
        };
        let mut tags: Vec<String> = Vec::new();
        for country in &countries {
            let known = country::tags(country)
                .map_err(|unknown| ApiError::bad_request(format!("invalid `{name}`: {unknown}")))?;
            for tag in known {
                if !tags.iter().any(|other| other == tag) {
                    tags.push(tag.to_owned());
                }
            }
        }
        Ok(Some(tags))
    }

    /// Number of rows of a page.
    pub(crate) fn count(&self) -> Result<u64, ApiError> {
        let count = self.params.int_within("count", 1, MAX_PAGE_ROWS)?;
        Ok(count.map_or(PAGE_ROWS, i64::unsigned_abs))
    }

    /// Number of rows before the page. Page 0 is page 1: a widely used client requests it
    /// by default.
    pub(crate) fn offset(&self, count: u64) -> Result<u64, ApiError> {
        let page = self.params.int_within("page", 0, i64::MAX)?.unwrap_or(1);
        let previous = page.max(1).unsigned_abs() - 1;
        Ok(previous.saturating_mul(count).min(i64::MAX.unsigned_abs()))
    }

    /// Rows of the page.
    pub(crate) fn row_range(&self) -> Result<RowRange, ApiError> {
        let limit = self.count()?;
        let offset = self.offset(limit)?;
        Ok(RowRange { limit, offset })
    }

    /// Every stored form of the barcode of the parameter; `None` when it is blank.
    pub(crate) fn barcodes(&self) -> Option<Vec<Barcode>> {
        self.params
            .scalar("barcode")
            .and_then(|code| Barcode::forms_of(&code).ok())
    }
}

fn is_world(name: &str) -> bool {
    matches!(&*name.trim().to_lowercase(), "world" | "en:world")
}
