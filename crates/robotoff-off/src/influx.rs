//! InfluxDB: points in its line protocol, written over HTTP.

use std::fmt::Write;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use robotoff_ports::series::{SeriesPoint, SeriesSink, SeriesValue};
use robotoff_ports::{PortError, PortResult};

use crate::http::{Http, url};

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_REPLY_BYTES: usize = 1 << 20;
/// Points of one request, as the documentation of InfluxDB recommends.
const BATCH: usize = 5000;
const WHAT: &str = "InfluxDB";

/// A bucket of InfluxDB.
#[derive(Clone)]
pub struct InfluxSettings {
    /// `http://localhost:8086`.
    pub url: String,
    pub org: String,
    pub bucket: String,
    pub token: Option<String>,
}

/// Client of InfluxDB.
#[derive(Clone)]
pub struct Influx {
    http: Http,
    settings: InfluxSettings,
}

impl Influx {
    /// Writes by the client.
    pub const fn new(http: Http, settings: InfluxSettings) -> Self {
        Self { http, settings }
    }
}

#[async_trait]
impl SeriesSink for Influx {
    async fn write(&self, points: &[SeriesPoint]) -> PortResult<()> {
        let base = self.settings.url.trim_end_matches('/');
        let mut url = url(WHAT, &format!("{base}/api/v2/write"))?;
        url.query_pairs_mut()
            .append_pair("org", &self.settings.org)
            .append_pair("bucket", &self.settings.bucket)
            .append_pair("precision", "s");
        for points in points.chunks(BATCH) {
            let lines: String = points.iter().map(line).collect();
            let mut request = self.http.edit(Method::POST, &url).body(lines);
            if let Some(token) = &self.settings.token {
                request = request.header("authorization", format!("Token {token}"));
            }
            let answer = self
                .http
                .send(WHAT, request, TIMEOUT, MAX_REPLY_BYTES)
                .await?;
            if !answer.status.is_success() {
                return Err(PortError::denied(WHAT, answer.summary()));
            }
        }
        Ok(())
    }
}

/// A point in line protocol.
fn line(point: &SeriesPoint) -> String {
    let mut line = escaped(point.measurement);
    for (name, value) in point.tags.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(line, ",{}={}", escaped(name), escaped(value));
    }
    for (index, (name, value)) in point.fields.iter().enumerate() {
        line.push(if index == 0 { ' ' } else { ',' });
        let _ = match value {
            SeriesValue::Count(count) => write!(line, "{}={count}i", escaped(name)),
            SeriesValue::Number(number) => write!(line, "{}={number}", escaped(name)),
        };
    }
    let _ = writeln!(line, " {}", point.time.and_utc().timestamp());
    line
}

/// Text of a name or a tag. A line end would begin another point.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ',' | ' ' | '=' => escaped.extend(['\\', c]),
            // A backslash before a delimiter would escape it once more.
            '\\' => escaped.push('/'),
            '\n' | '\r' => escaped.push_str("\\ "),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_lines() {
        let point = SeriesPoint {
            measurement: "facets",
            tags: vec![
                ("tag_name", "To be completed, = a\\b\nc".to_owned()),
                ("country", "fr".to_owned()),
                ("predictor", String::new()),
            ],
            fields: vec![
                ("products", SeriesValue::Count(1234)),
                ("percent", SeriesValue::Number(12.5)),
            ],
            time: "2025-01-02T01:00:03".parse().unwrap(),
        };
        assert_eq!(
            line(&point),
            "facets,tag_name=To\\ be\\ completed\\,\\ \\=\\ a/b\\ c,country=fr \
             products=1234i,percent=12.5 1735779603\n"
        );
    }
}
