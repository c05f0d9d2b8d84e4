//! Headers that limit what a browser does with a response.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Policy of pages: scripts and requests of this server only, images from anywhere, since
/// those of products are on other servers. The Swagger page has inline styles.
const OF_PAGES: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src * data: \
     blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'",
);

/// Policy of everything else: a document that is opened as one loads and runs nothing.
const OF_DATA: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Adds the headers to a response. `Strict-Transport-Security` is for the proxy that holds the
/// certificate.
pub(crate) fn protect(answer: &mut HeaderMap) {
    let content_type = answer.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_page = content_type.is_some_and(|kind| kind.starts_with(b"text/html"));
    let nosniff = HeaderValue::from_static("nosniff");
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    let policy = match is_page {
        true => OF_PAGES,
        false => OF_DATA,
    };
    answer.insert(header::CONTENT_SECURITY_POLICY, policy);
    if is_page {
        let same = HeaderValue::from_static("same-origin");
        answer.insert(CROSS_ORIGIN_OPENER_POLICY, same.clone());
        answer.insert(header::REFERRER_POLICY, same);
        let deny = HeaderValue::from_static("DENY");
        answer.insert(header::X_FRAME_OPTIONS, deny);
    }
}

/// Keeps what a caller with credentials got out of shared caches.
pub(crate) fn keep_private(answer: &mut HeaderMap) {
    let entry = answer.entry(header::CACHE_CONTROL);
    entry.or_insert(HeaderValue::from_static("private"));
}
