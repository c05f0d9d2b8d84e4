//! Requests that write, and those that only read.

use axum::http::Method;

/// POST routes that change nothing: the body is only too long for a query.
const READS_BY_POST: [&str; 5] = [
    "/api/v1/badges",
    "/api/v1/predict/category",
    "/api/v1/predict/lang",
    "/api/v1/prefill",
    "/api/v1/prefill/",
];

/// Effect of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Read,
    Write,
}

impl RequestKind {
    /// Effect of a request, by its method and path. A route that is not known to read by POST
    /// writes.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let is_read = match *method {
            Method::GET | Method::HEAD | Method::OPTIONS => true,
            Method::POST => READS_BY_POST.iter().any(|read| is_route(path, read)),
            _ => false,
        };
        match is_read {
            true => Self::Read,
            false => Self::Write,
        }
    }
}

/// Tells whether a path is this route, or below it if its name ends with a slash.
fn is_route(path: &str, route: &str) -> bool {
    match route.ends_with('/') {
        true => path.starts_with(route),
        false => path == route,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_writes_unless_it_is_known_to_read() {
        for (method, path, kind) in [
            (Method::GET, "/api/v1/insights", RequestKind::Read),
            (Method::HEAD, "/", RequestKind::Read),
            (Method::POST, "/api/v1/badges", RequestKind::Read),
            (Method::POST, "/api/v1/prefill", RequestKind::Read),
            (Method::POST, "/api/v1/prefill/123", RequestKind::Read),
            (Method::PUT, "/api/v1/badges", RequestKind::Write),
            (
                Method::POST,
                "/api/v1/insights/annotate",
                RequestKind::Write,
            ),
            (Method::POST, "/api/v1/badges/x", RequestKind::Write),
            (Method::PATCH, "/api/v1/missions/x", RequestKind::Write),
            (Method::DELETE, "/", RequestKind::Write),
        ] {
            assert_eq!(RequestKind::of(&method, path), kind, "{method} {path}");
        }
    }
}
