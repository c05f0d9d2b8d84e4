//! JSON responses (`docs/reference/api.md` 1.8).

use std::fmt;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use chrono::{NaiveDateTime, Timelike};
use serde::{Serialize, Serializer};

use crate::error::ApiError;

/// Media type of all responses that are no text.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Initial capacity of a response: most need no more.
const INITIAL_CAPACITY: usize = 4096;

/// Response with a JSON body.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> Json<T> {
    /// Response with a status other than 200.
    pub(crate) fn with_status(self, status: StatusCode) -> Response<Body> {
        let mut bytes = Vec::with_capacity(INITIAL_CAPACITY);
        if let Err(error) = serde_json::to_writer(&mut bytes, &self.0) {
            tracing::error!(%error, "a response cannot be written as JSON");
            return ApiError::internal().into_response();
        }
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
        response
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response<Body> {
        self.with_status(StatusCode::OK)
    }
}

/// Time without a zone; the fraction has 6 digits, or none when it is zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time(pub(crate) NaiveDateTime);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.0.nanosecond() / 1000 {
            0 => "%Y-%m-%dT%H:%M:%S",
            _ => "%Y-%m-%dT%H:%M:%S%.6f",
        };
        self.0.format(form).fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn times_have_six_digits_behind_the_second_or_none() {
        for (micros, expected) in [
            (0, "1970-01-01T00:00:00"),
            (500_000, "1970-01-01T00:00:00.500000"),
            (1_741_083_072_131_415, "2025-03-04T10:11:12.131415"),
        ] {
            let time = DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
            assert_eq!(Time(time).to_string(), expected);
        }
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (number, expected) in [(0.9_f32, "0.9"), (1.0, "1.0"), (0.000_1, "0.0001")] {
            assert_eq!(serde_json::to_string(&number).unwrap(), expected);
        }
    }
}
