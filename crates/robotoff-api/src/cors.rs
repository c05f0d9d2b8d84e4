//! Cross-origin requests, which are allowed from everywhere (`docs/reference/api.md` 1.7).

use axum::http::{HeaderMap, HeaderValue, header};

/// Time for which a browser caches the result of a preflight request.
const MAX_AGE_SECS: HeaderValue = HeaderValue::from_static("86400");

/// Headers of responses that scripts may read.
const EXPOSED: HeaderValue = HeaderValue::from_static("X-Request-Id, X-Unknown-Parameters");

/// Origin of a request, and the headers that a preflight request announces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    origin: Option<HeaderValue>,
    is_preflight: bool,
    wanted_headers: Option<HeaderValue>,
}

impl Origin {
    /// Origin in the headers of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let get = |name| headers.get(name).cloned();
        Self {
            origin: get(header::ORIGIN),
            is_preflight: headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
            wanted_headers: get(header::ACCESS_CONTROL_REQUEST_HEADERS),
        }
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
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let yes = HeaderValue::from_static("true");
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
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
