//! Error responses (`docs/reference/api.md` 1.6), each with a code for programs and the id
//! of its request. Their media types are in `format`.
//!
//! The only file that knows status codes of failures.

mod format;

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use robotoff_ports::PortError;
use serde::Serialize;
use utoipa::ToSchema;

use format::ErrorFormat;

/// Error response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ApiError {
    #[serde(skip)]
    #[schema(ignore)]
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Word for programs: it stays when titles and descriptions change.
    #[schema(value_type = String, examples("invalid_parameter", "not_found"))]
    pub(crate) code: &'static str,
    /// Id of the request, as in the header `X-Request-Id` and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// Time after which the same request may succeed.
    #[serde(skip)]
    #[schema(ignore)]
    pub(crate) retry_after_secs: Option<u64>,
}

/// Time after which a dependency is tried again.
const RETRY_AFTER_SECS: u64 = 2;
/// The same of an API that an operator has stopped.
const STOPPED_RETRY_AFTER_SECS: u64 = 30;

/// Code of errors that have no closer one, by their status.
fn code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "bad_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        409 => "conflict",
        413 => "payload_too_large",
        415 => "unsupported_media_type",
        429 => "too_many_requests",
        503 => "unavailable",
        _ if status.is_client_error() => "client_error",
        _ => "internal",
    }
}

impl ApiError {
    /// Error whose title is the reason phrase of the status.
    pub(crate) fn of(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        Self {
            status,
            title: format!("{} {reason}", status.as_u16()),
            description: None,
            code: code_of(status),
            request_id: None,
            retry_after_secs: None,
        }
    }

    /// Error 400 with a title and a code of its own.
    fn titled(title: &str, code: &'static str, description: impl Into<String>) -> Self {
        Self {
            title: title.to_owned(),
            description: Some(description.into()),
            code,
            ..Self::of(StatusCode::BAD_REQUEST)
        }
    }

    /// Missing parameter.
    pub(crate) fn missing(parameter: &str) -> Self {
        let description = format!("parameter \"{parameter}\" is required");
        Self::titled("Missing parameter", "missing_parameter", description)
    }

    /// Invalid parameter; `why` continues the sentence.
    pub(crate) fn invalid(parameter: &str, why: &str) -> Self {
        let description = format!("parameter \"{parameter}\" {why}");
        Self::titled("Invalid parameter", "invalid_parameter", description)
    }

    /// Missing header.
    pub(crate) fn missing_header(header: &str) -> Self {
        let description = format!("header \"{header}\" is required");
        Self::titled("Missing header value", "missing_header", description)
    }

    /// Body that is no JSON object although its media type says so.
    pub(crate) fn invalid_json(why: &str) -> Self {
        Self::titled("Invalid JSON", "invalid_json", why)
    }

    /// JSON body that does not have the expected members.
    pub(crate) fn invalid_body(why: impl Into<String>) -> Self {
        Self::titled("Request data failed validation", "invalid_body", why)
    }

    /// Refused request whose title is a word for programs, such as `invalid_model`.
    pub(crate) fn bad_request_coded(code: &'static str, why: impl Into<String>) -> Self {
        Self::titled(code, code, why)
    }

    /// Refused request; form A of the specification.
    pub(crate) fn bad_request(why: impl Into<String>) -> Self {
        Self {
            description: Some(why.into()),
            ..Self::of(StatusCode::BAD_REQUEST)
        }
    }

    /// Refused request; form B of the specification, where the title is the reason.
    pub(crate) fn bad_request_titled(why: &str) -> Self {
        Self {
            title: why.to_owned(),
            ..Self::of(StatusCode::BAD_REQUEST)
        }
    }

    /// Unreadable `Authorization` header, or a wrong token.
    pub(crate) fn unauthorized(why: &str) -> Self {
        Self {
            title: why.to_owned(),
            ..Self::of(StatusCode::UNAUTHORIZED)
        }
    }

    /// Caller without the role that the route requires.
    pub(crate) fn forbidden(why: &str) -> Self {
        Self {
            description: Some(why.to_owned()),
            ..Self::of(StatusCode::FORBIDDEN)
        }
    }

    /// Unknown path or object.
    pub(crate) fn not_found() -> Self {
        Self::of(StatusCode::NOT_FOUND)
    }

    /// Request that another one stands against.
    pub(crate) fn conflict(why: &str) -> Self {
        Self {
            description: Some(why.to_owned()),
            ..Self::of(StatusCode::CONFLICT)
        }
    }

    /// Media type of the body that no route reads.
    pub(crate) fn unsupported_media_type(media_type: &str) -> Self {
        Self {
            description: Some(format!("bodies of type {media_type:?} are not read here")),
            ..Self::of(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        }
    }

    /// Internal error; the log has its cause.
    pub(crate) fn internal() -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Unavailable dependency; the request may be repeated.
    pub(crate) fn unavailable() -> Self {
        Self {
            retry_after_secs: Some(RETRY_AFTER_SECS),
            ..Self::of(StatusCode::SERVICE_UNAVAILABLE)
        }
    }

    /// API that an operator has stopped.
    pub(crate) fn stopped() -> Self {
        Self {
            description: Some("the service is stopped for maintenance".to_owned()),
            code: "stopped",
            retry_after_secs: Some(STOPPED_RETRY_AFTER_SECS),
            ..Self::of(StatusCode::SERVICE_UNAVAILABLE)
        }
    }

    /// Client above its rate limit, and the time after which it has room.
    pub(crate) fn too_many_requests(wait: Duration) -> Self {
        Self {
            description: Some("this address or login has sent too many requests".to_owned()),
            // Rounded up: a client that waits so long must find room.
            retry_after_secs: Some(wait.as_secs() + 1),
            ..Self::of(StatusCode::TOO_MANY_REQUESTS)
        }
    }

    /// Write that a page of another site sent.
    pub(crate) fn cross_site() -> Self {
        Self {
            description: Some(
                "pages of this origin may only read; CORS_ORIGINS lists those that may write"
                    .to_owned(),
            ),
            code: "cross_site",
            ..Self::of(StatusCode::FORBIDDEN)
        }
    }

    /// Part of the service that this installation does not have; the title names it.
    pub(crate) fn missing_part(part: &str) -> Self {
        Self {
            title: format!("{part} is not available"),
            description: Some(format!("this installation has no {part}")),
            code: "part_missing",
            ..Self::of(StatusCode::SERVICE_UNAVAILABLE)
        }
    }

    /// The error with the id of its request.
    pub(crate) fn of_request(self, request_id: &str) -> Self {
        Self {
            request_id: Some(request_id.to_owned()),
            ..self
        }
    }

    fn body(&self, format: ErrorFormat) -> String {
        match format {
            ErrorFormat::Json => serde_json::to_string(self).unwrap_or_default(),
            ErrorFormat::Xml => {
                let members = [
                    ("title", Some(self.title.as_str())),
                    ("description", self.description.as_deref()),
                    ("code", Some(self.code)),
                    ("request_id", self.request_id.as_deref()),
                ];
                let members = members.into_iter().filter_map(|(name, text)| {
                    Some(format!("<{name}>{}</{name}>", escaped(text?)))
                });
                let members: String = members.collect();
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><error>{members}</error>")
            }
        }
    }

    /// Response in the media type that the headers of the request accept.
    pub(crate) fn response_to(&self, request: &HeaderMap) -> Response<Body> {
        let format = ErrorFormat::accepted(request);
        let mut response = Response::new(Body::from(self.body(format)));
        *response.status_mut() = self.status;
        let media_type = format.media_type();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        if let Some(secs) = self.retry_after_secs {
            headers.insert(header::RETRY_AFTER, secs.into());
        }
        response
    }
}

impl IntoResponse for ApiError {
    /// Attaches itself to the response for the middleware, which knows what the caller accepts.
    fn into_response(self) -> axum::response::Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<PortError> for ApiError {
    /// Logs the cause, which the response leaves out.
    fn from(error: PortError) -> Self {
        match error {
            PortError::Unavailable { .. } => {
                tracing::warn!(%error, "the request fails for now");
                Self::unavailable()
            }
            PortError::Denied { .. } | PortError::Defect { .. } => {
                tracing::error!(%error, "the request failed");
                Self::internal()
            }
        }
    }
}

impl From<anyhow::Error> for ApiError {
    /// As the port error that caused it, if there is one.
    fn from(error: anyhow::Error) -> Self {
        let cause = error.downcast_ref::<PortError>();
        if cause.is_some_and(PortError::is_retryable) {
            tracing::warn!(error = format!("{error:#}"), "the request fails for now");
            return Self::unavailable();
        }
        tracing::error!(error = format!("{error:#}"), "the request failed");
        Self::internal()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_written_as_json_or_xml() {
        let error = ApiError::invalid("a<b", "must & can").of_request("r-1");
        assert_eq!(
            error.body(ErrorFormat::Json),
            r#"{"title":"Invalid parameter","description":"parameter \"a<b\" must & can","code":"invalid_parameter","request_id":"r-1"}"#
        );
        assert_eq!(
            error.body(ErrorFormat::Xml),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><error><title>Invalid parameter</title>\
             <description>parameter \"a&lt;b\" must &amp; can</description>\
             <code>invalid_parameter</code><request_id>r-1</request_id></error>"
        );
        let error = ApiError::not_found();
        assert_eq!(
            error.body(ErrorFormat::Json),
            r#"{"title":"404 Not Found","code":"not_found"}"#
        );
    }

    #[test]
    fn every_status_has_a_code() {
        for status in 400..600 {
            let status = StatusCode::from_u16(status).unwrap();
            if status.canonical_reason().is_some() {
                let code = ApiError::of(status).code;
                assert!(!code.is_empty(), "{status}");
            }
        }
        assert_eq!(ApiError::of(StatusCode::IM_A_TEAPOT).code, "client_error");
        assert_eq!(ApiError::of(StatusCode::BAD_GATEWAY).code, "internal");
    }
}
