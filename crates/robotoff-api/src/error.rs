//! Answers that say what went wrong, and how they are written (`docs/reference/api.md`
//! 1.6).
//!
//! The only place that knows status codes of failures.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use robotoff_ports::PortError;
use serde::Serialize;
use utoipa::ToSchema;

/// A failure, as the caller is told of it.
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
    /// The status with its own words for a title.
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

    /// A parameter that must be there is not.
    pub(crate) fn missing(parameter: &str) -> Self {
        let description = format!("parameter \"{parameter}\" is required");
        Self::titled(
            StatusCode::BAD_REQUEST,
            "Missing parameter",
            Some(description),
        )
    }

    /// A parameter cannot be used because of `why`.
    pub(crate) fn invalid(parameter: &str, why: &str) -> Self {
        let description = format!("parameter \"{parameter}\" {why}");
        Self::titled(
            StatusCode::BAD_REQUEST,
            "Invalid parameter",
            Some(description),
        )
    }

    /// The body is not the JSON that it says it is.
    pub(crate) fn invalid_json(why: &str) -> Self {
        Self::titled(
            StatusCode::BAD_REQUEST,
            "Invalid JSON",
            Some(why.to_owned()),
        )
    }

    /// A rule says no; form A of the specification.
    pub(crate) fn bad_request(why: impl Into<String>) -> Self {
        Self {
            description: Some(why.into()),
            ..Self::of(StatusCode::BAD_REQUEST)
        }
    }

    /// A rule says no; form B of the specification, where the title is the reason.
    pub(crate) fn bad_request_titled(why: &str) -> Self {
        Self::titled(StatusCode::BAD_REQUEST, why, None)
    }

    /// The `Authorization` header cannot be read.
    pub(crate) fn unauthorized(why: &str) -> Self {
        Self::titled(StatusCode::UNAUTHORIZED, why, None)
    }

    /// There is nothing of that name.
    pub(crate) fn not_found() -> Self {
        Self::of(StatusCode::NOT_FOUND)
    }

    /// The body is of a type that is not read here.
    pub(crate) fn unsupported_media_type(media_type: &str) -> Self {
        Self {
            description: Some(format!("bodies of type {media_type:?} are not read here")),
            ..Self::of(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        }
    }

    /// Something of ours failed; the log says what.
    pub(crate) fn internal() -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Something that we need cannot be reached; it may soon.
    pub(crate) fn unavailable() -> Self {
        Self::of(StatusCode::SERVICE_UNAVAILABLE)
    }

    /// The body of the answer in the form that the caller takes, or none.
    fn body(&self, form: Option<Form>) -> String {
        match form {
            None => String::new(),
            Some(Form::Json) => serde_json::to_string(self).unwrap_or_default(),
            Some(Form::Xml) => {
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

    /// The whole answer to a caller who accepts what `request` says.
    pub(crate) fn response_to(&self, request: &HeaderMap) -> Response<Body> {
        let form = Form::accepted(request);
        let mut response = Response::new(Body::from(self.body(form)));
        *response.status_mut() = self.status;
        let media_type = form.map_or(Form::Json, |form| form).media_type();
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
    /// Logs what it was: the caller is not told about the inside.
    fn from(error: PortError) -> Self {
        match error {
            PortError::Unavailable { .. } => {
                tracing::warn!(%error, "cannot answer for now");
                Self::unavailable()
            }
            PortError::Denied { .. } | PortError::Defect { .. } => {
                tracing::error!(%error, "cannot answer");
                Self::internal()
            }
        }
    }
}

impl From<anyhow::Error> for ApiError {
    /// As the failure of the port that caused it, if one did.
    fn from(error: anyhow::Error) -> Self {
        let cause = error.downcast_ref::<PortError>();
        if cause.is_some_and(PortError::is_retryable) {
            tracing::warn!(error = format!("{error:#}"), "cannot answer for now");
            return Self::unavailable();
        }
        tracing::error!(error = format!("{error:#}"), "cannot answer");
        Self::internal()
    }
}

/// How a failure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Xml,
}

impl Form {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }

    /// The form that the caller likes better; JSON among equals.
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

/// A media range and how well it is liked.
fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q="));
    let quality = quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
    (range, quality)
}

/// How well a media type is liked, by the range that names it most closely;
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
        use Form::{Json, Xml};
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
            assert_eq!(Form::accepted(&headers), expected, "{accept:?}");
        }
    }

    #[test]
    fn failures_are_written_as_json_or_xml() {
        let error = ApiError::invalid("a<b", "must & can");
        assert_eq!(
            error.body(Some(Form::Json)),
            r#"{"title":"Invalid parameter","description":"parameter \"a<b\" must & can"}"#
        );
        assert_eq!(
            error.body(Some(Form::Xml)),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><error><title>Invalid parameter</title>\
             <description>parameter \"a&lt;b\" must &amp; can</description></error>"
        );
        let error = ApiError::not_found();
        assert_eq!(error.body(Some(Form::Json)), r#"{"title":"404 Not Found"}"#);
        assert_eq!(error.body(None), "");
    }
}
