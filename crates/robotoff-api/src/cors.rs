//! Cross-origin requests (`docs/reference/api.md` 1.7): pages of any origin may read, those of
//! [`AllowedOrigins`] also with the credentials of a person, and only they may write.

use axum::http::{HeaderMap, HeaderValue, Uri, header};

use crate::error::ApiError;
use crate::origins::AllowedOrigins;

/// Time for which a browser caches the result of a preflight request.
const MAX_AGE_SECS: HeaderValue = HeaderValue::from_static("86400");

/// Headers of responses that scripts may read.
const EXPOSED: HeaderValue =
    HeaderValue::from_static("X-Request-Id, X-Unknown-Parameters, Retry-After");

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Origin of a request, and the headers that a preflight request announces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    origin: Option<HeaderValue>,
    /// It is on the list.
    is_allowed: bool,
    /// A page of another site, which is not on the list, sent the request.
    is_foreign: bool,
    is_preflight: bool,
    wanted_headers: Option<HeaderValue>,
}

impl Origin {
    /// Origin in the headers of a request to this address.
    pub(crate) fn of(headers: &HeaderMap, uri: &Uri, allowed: &AllowedOrigins) -> Self {
        let get = |name| headers.get(name).cloned();
        let origin = get(header::ORIGIN);
        let text = origin
            .as_ref()
            .map(|origin| origin.to_str().unwrap_or_default());
        let is_allowed = text.is_some_and(|origin| allowed.allows(origin));
        // Only a browser sends the header, and a script cannot set it.
        let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        let is_foreign = match text {
            None => site == Some(b"cross-site"),
            Some(_) if is_allowed || site == Some(b"same-origin") => false,
            Some(origin) => !is_of_host(origin, headers, uri),
        };
        Self {
            is_allowed,
            is_foreign,
            is_preflight: headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
            wanted_headers: get(header::ACCESS_CONTROL_REQUEST_HEADERS),
            origin,
        }
    }

    /// Refuses a write that a page of a foreign site sent: the browser adds cookies and the
    /// address of a person who does not know of it.
    pub(crate) fn may_write(&self) -> Result<(), ApiError> {
        match self.is_foreign {
            true => Err(ApiError::cross_site()),
            false => Ok(()),
        }
    }

    /// Tells whether a browser asks before it sends the request itself.
    pub(crate) const fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// Adds the headers that allow the origin to read the response. `Vary` is set on every
    /// response: otherwise a shared cache could serve the response for one origin to another
    /// (`docs/reference/api.md` 9.4,
    /// 79).
    pub(crate) fn admit(&self, answer: &mut HeaderMap) {
        let vary = match answer.get(header::VARY).and_then(|vary| vary.to_str().ok()) {
            Some(vary) => HeaderValue::from_str(&format!("{vary}, Origin")).ok(),
            None => Some(HeaderValue::from_static("Origin")),
        };
        if let Some(vary) = vary {
            answer.insert(header::VARY, vary);
        }
        let Some(origin) = &self.origin else {
            return;
        };
        if self.is_allowed {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let yes = HeaderValue::from_static("true");
            answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        } else {
            // A browser refuses this for a request with credentials.
            let any = HeaderValue::from_static("*");
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
        }
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        let Some(methods) = answer.get(header::ALLOW).filter(|_| self.is_preflight) else {
            return;
        };
        let methods = methods.clone();
        answer.remove(header::ALLOW);
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let any = HeaderValue::from_static("*");
        let headers = self.wanted_headers.clone().unwrap_or(any);
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECS);
    }
}

/// Tells whether an origin is the server itself, by the host that the request was sent to.
fn is_of_host(origin: &str, headers: &HeaderMap, uri: &Uri) -> bool {
    let Some((_, of_page)) = origin.split_once("://") else {
        return false;
    };
    // HTTP/2 has the host in the address.
    let host = match headers.get(header::HOST) {
        Some(host) => host.to_str().ok(),
        None => uri.authority().map(|authority| authority.as_str()),
    };
    host.is_some_and(|host| host.eq_ignore_ascii_case(of_page))
}
