//! Error responses and their media types (`docs/reference/api.md`
//! 1.6).
//!
//! The only file that knows status codes of failures.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use robotoff_ports::PortError;
use serde::Serialize;
use utoipa::ToSchema;

/// Error response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ApiError {
    #[serde(skip)]
    #[schema(ignore)]
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

impl ApiError {
    /// Error whose title is the reason phrase of the status.
    pub(crate) fn of(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        Self {
            status,
            title: format!("{} {reason}", status.as_u16()),
            description: None,
        }
    }

    fn titled(status: StatusCode, title: &str, description: Option<String>) -> Self {
        Self {
            status,
            title: title.to_owned(),
            description,
        }
    }

    /// Missing parameter.
    pub(crate) fn missing(parameter: &str) -> Self {
        let description = format!("parameter \"{parameter}\" is required");
        Self::titled(
            StatusCode::BAD_REQUEST,
            "Missing parameter",
            Some(description),
        )
    }

    /// Invalid parameter; `why` continues the sentence.
    pub(crate) fn invalid(parameter: &str, why: &str) -> Self {
        let description = format!("parameter \"{parameter}\" {why}");
        Self::titled(
            StatusCode::BAD_REQUEST,
            "Invalid parameter",
            Some(description),
        )
    }

    /// Body that is no JSON object although its media type says so.
    pub(crate) fn invalid_json(why: &str) -> Self {
        Self::titled(
            StatusCode::BAD_REQUEST,
            "Invalid JSON",
            Some(why.to_owned()),
        )
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
        Self::titled(StatusCode::BAD_REQUEST, why, None)
    }

    /// Unreadable `Authorization` header.
    pub(crate) fn unauthorized(why: &str) -> Self {
        Self::titled(StatusCode::UNAUTHORIZED, why, None)
    }

    /// Unknown path or object.
    pub(crate) fn not_found() -> Self {
        Self::of(StatusCode::NOT_FOUND)
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
        Self::of(StatusCode::SERVICE_UNAVAILABLE)
    }

    /// Body in the accepted media type; empty when none is accepted.
    fn body(&self, form: Option<ErrorFormat>) -> String {
        match form {
            None => String::new(),
            Some(ErrorFormat::Json) => serde_json::to_string(self).unwrap_or_default(),
            Some(ErrorFormat::Xml) => {
                let title = escaped(&self.title);
                let description = self.description.as_deref().map(escaped);
                let description = description
                    .map(|text| format!("<description>{text}</description>"))
                    .unwrap_or_default();
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
                     <error><title>{title}</title>{description}</error>"
                )
            }
        }
    }

    /// Response in the media type that the headers of the request accept.
    pub(crate) fn response_to(&self, request: &HeaderMap) -> Response<Body> {
        let form = ErrorFormat::accepted(request);
        let mut response = Response::new(Body::from(self.body(form)));
        *response.status_mut() = self.status;
        let media_type = form.map_or(ErrorFormat::Json, |form| form).media_type();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
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

/// Media type of an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ErrorFormat {
    Json,
    Xml,
}

impl ErrorFormat {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }

    /// Media type that the caller prefers; JSON among equals.
    fn accepted(request: &HeaderMap) -> Option<Self> {
        let accepts = request.get_all(header::ACCEPT);
        let ranges: Vec<(&str, f32)> = accepts
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(range)
            .collect();
        if ranges.is_empty() {
            return Some(Self::Json);
        }
        let json = quality(&ranges, "application", "json");
        let xml = quality(&ranges, "application", "xml").max(quality(&ranges, "text", "xml"));
        if json <= 0.0 && xml <= 0.0 {
            return None;
        }
        Some(if json >= xml { Self::Json } else { Self::Xml })
    }
}

/// Media range and its quality.
fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q="));
    let quality = quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
    (range, quality)
}

/// Quality of a media type, by the range that names it most closely;
/// `application/problem+json` names JSON too.
fn quality(ranges: &[(&str, f32)], kind: &str, form: &str) -> f32 {
    let closeness = |range: &str| {
        let range = range.to_ascii_lowercase();
        let (range_kind, range_form) = range.split_once('/').unwrap_or((&range, "*"));
        match (range_kind, range_form) {
            ("*", "*") => 1,
            (range_kind, "*") if range_kind == kind => 2,
            (_, range_form) if range_form.ends_with(&format!("+{form}")) => 3,
            (range_kind, range_form) if range_kind == kind && range_form == form => 4,
            _ => 0,
        }
    };
    ranges
        .iter()
        .map(|(range, quality)| (closeness(range), *quality))
        .filter(|(closeness, _)| *closeness > 0)
        .max_by_key(|(closeness, _)| *closeness)
        .map_or(0.0, |(_, quality)| quality)
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
    fn failures_come_in_the_form_that_is_accepted() {
        use ErrorFormat::{Json, Xml};
        for (accept, expected) in [
            (None, Some(Json)),
            (Some("*/*"), Some(Json)),
            (Some("application/json"), Some(Json)),
            (Some("application/*"), Some(Json)),
            (Some("application/xml"), Some(Xml)),
            (Some("text/xml"), Some(Xml)),
            (
                Some("text/html, application/xml;q=0.9, */*;q=0.8"),
                Some(Xml),
            ),
            (Some("application/xml;q=0.5, application/json"), Some(Json)),
            (Some("application/problem+json"), Some(Json)),
            (Some("APPLICATION/JSON"), Some(Json)),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
            (Some("application/json;q=often"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(ErrorFormat::accepted(&headers), expected, "{accept:?}");
        }
    }

    #[test]
    fn failures_are_written_as_json_or_xml() {
        let error = ApiError::invalid("a<b", "must & can");
        assert_eq!(
            error.body(Some(ErrorFormat::Json)),
            r#"{"title":"Invalid parameter","description":"parameter \"a<b\" must & can"}"#
        );
        assert_eq!(
            error.body(Some(ErrorFormat::Xml)),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><error><title>Invalid parameter</title>\
             <description>parameter \"a&lt;b\" must &amp; can</description></error>"
        );
        let error = ApiError::not_found();
        assert_eq!(
            error.body(Some(ErrorFormat::Json)),
            r#"{"title":"404 Not Found"}"#
        );
        assert_eq!(error.body(None), "");
    }
}
