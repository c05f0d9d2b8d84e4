//! Responses that a client may keep: an `ETag` of the body, and 304 for a client that has it.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use sha1_smol::Sha1;

use crate::error::ApiError;
use crate::json::JSON;

/// The response may be kept, and is to be asked for again before each use.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// JSON body, and the headers of the request for it.
#[derive(Debug)]
pub(crate) struct Validated<T> {
    pub(crate) body: T,
    pub(crate) request: HeaderMap,
}

/// Body of another media type, for how long it may be kept, and the headers of the request for
/// it.
#[derive(Debug)]
pub(crate) struct ValidatedBytes {
    pub(crate) body: Bytes,
    pub(crate) media_type: HeaderValue,
    /// Value of `Cache-Control`.
    pub(crate) cache_control: HeaderValue,
    pub(crate) request: HeaderMap,
}

impl<T: Serialize> IntoResponse for Validated<T> {
    fn into_response(self) -> Response<Body> {
        let bytes = match serde_json::to_vec(&self.body) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%error, "a response cannot be written as JSON");
                return ApiError::internal().into_response();
            }
        };
        let bytes = ValidatedBytes {
            body: bytes.into(),
            media_type: JSON,
            cache_control: REVALIDATE,
            request: self.request,
        };
        bytes.into_response()
    }
}

impl IntoResponse for ValidatedBytes {
    fn into_response(self) -> Response<Body> {
        let etag = etag(&self.body);
        let is_known = self
            .request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|known| names(known, &etag));
        let mut response = match is_known {
            true => Response::new(Body::empty()),
            false => Response::new(Body::from(self.body)),
        };
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        if !is_known {
            headers.insert(header::CONTENT_TYPE, self.media_type);
        }
        headers.insert(header::CACHE_CONTROL, self.cache_control);
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, etag);
        }
        response
    }
}

/// Weak, since a proxy may compress the body.
fn etag(body: &[u8]) -> String {
    let digest = Sha1::from(body).digest().to_string();
    format!("W/\"{}\"", &digest[..16])
}

/// True when `If-None-Match` names the tag, or any.
fn names(known: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = opaque(etag);
    known
        .split(',')
        .any(|tag| tag.trim() == "*" || opaque(tag) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_the_list_of_known_ones() {
        let tag = etag(b"{}");
        let strong = tag.trim_start_matches("W/");
        for (known, is_named) in [
            (tag.as_str(), true),
            (strong, true),
            ("*", true),
            (&format!("\"a\", {tag}"), true),
            ("\"a\", W/\"b\"", false),
            ("", false),
        ] {
            assert_eq!(names(known, &tag), is_named, "{known}");
        }
        assert_ne!(etag(b"{}"), etag(b"[]"));
    }
}
