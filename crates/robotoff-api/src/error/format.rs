//! Media types of error bodies, and the choice between them.

use axum::http::{HeaderMap, header};

/// Media type of an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorFormat {
    Json,
    Xml,
}

impl ErrorFormat {
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }

    /// Media type that the caller prefers; JSON among equals, and where neither is accepted:
    /// an error without a body says too little (`docs/reference/api.md` 9.4, 76).
    pub(super) fn accepted(request: &HeaderMap) -> Self {
        let accepts = request.get_all(header::ACCEPT);
        let ranges: Vec<(&str, f32)> = accepts
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(range)
            .collect();
        if ranges.is_empty() {
            return Self::Json;
        }
        let json = quality(&ranges, "application", "json");
        let xml = quality(&ranges, "application", "xml").max(quality(&ranges, "text", "xml"));
        if json >= xml { Self::Json } else { Self::Xml }
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

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn failures_come_in_the_form_that_is_accepted() {
        use ErrorFormat::{Json, Xml};
        for (accept, expected) in [
            (None, Json),
            (Some("*/*"), Json),
            (Some("application/json"), Json),
            (Some("application/*"), Json),
            (Some("application/xml"), Xml),
            (Some("text/xml"), Xml),
            (Some("text/html, application/xml;q=0.9, */*;q=0.8"), Xml),
            (Some("application/xml;q=0.5, application/json"), Json),
            (Some("application/problem+json"), Json),
            (Some("APPLICATION/JSON"), Json),
            (Some("text/html"), Json),
            (Some("application/json;q=0"), Json),
            (Some("application/json;q=often"), Json),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(ErrorFormat::accepted(&headers), expected, "{accept:?}");
        }
    }
}
