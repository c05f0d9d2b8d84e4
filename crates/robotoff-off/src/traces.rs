//! Traces, sent to a collector of OpenTelemetry: OTLP over HTTP, as JSON.

use std::time::Duration;

use reqwest::{Method, Url};
use robotoff_ports::{PortError, PortResult};
use serde_json::{Map, Value, json};

use crate::error_reports::ReportOrigin;
use crate::http::{Http, url};

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REPLY_BYTES: usize = 64 << 10;
const WHAT: &str = "the collector of traces";

/// A piece of work that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedSpan {
    pub trace: u128,
    pub id: u64,
    /// The span that this one is a part of.
    pub parent: Option<u64>,
    pub name: &'static str,
    /// Nanoseconds since 1970.
    pub start: u64,
    pub end: u64,
    pub attributes: Map<String, Value>,
    pub has_failed: bool,
}

/// Sender of traces.
#[derive(Debug, Clone)]
pub struct TraceCollector {
    http: Http,
    traces: Url,
    origin: ReportOrigin,
}

impl TraceCollector {
    /// Sends to the collector at an address such as `http://localhost:4318`.
    ///
    /// # Errors
    /// It is no address.
    pub fn new(http: Http, endpoint: &str, origin: ReportOrigin) -> PortResult<Self> {
        let base = endpoint.trim_end_matches('/');
        Ok(Self {
            http,
            traces: url(WHAT, &format!("{base}/v1/traces"))?,
            origin,
        })
    }

    /// Sends spans, once.
    ///
    /// # Errors
    /// The collector cannot be reached or refuses them.
    pub async fn send(&self, spans: &[FinishedSpan]) -> PortResult<()> {
        let request = self
            .http
            .edit(Method::POST, &self.traces)
            .header("content-type", "application/json")
            .body(self.document(spans).to_string());
        let answer = self
            .http
            .send(WHAT, request, TIMEOUT, MAX_REPLY_BYTES)
            .await?;
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(PortError::denied(WHAT, answer.summary())),
        }
    }

    fn document(&self, spans: &[FinishedSpan]) -> Value {
        let origin = &self.origin;
        let resource = Map::from_iter([
            ("service.name".to_owned(), json!("robotoff")),
            ("service.version".to_owned(), json!(origin.version)),
            ("service.instance.id".to_owned(), json!(origin.part)),
            ("host.name".to_owned(), json!(origin.host)),
            (
                "deployment.environment.name".to_owned(),
                json!(origin.environment),
            ),
        ]);
        let spans: Vec<Value> = spans.iter().map(as_json).collect();
        json!({"resourceSpans": [{
            "resource": {"attributes": attributes(&resource)},
            "scopeSpans": [{
                "scope": {"name": "robotoff", "version": origin.version},
                "spans": spans,
            }],
        }]})
    }
}

fn as_json(span: &FinishedSpan) -> Value {
    // Of a status, 2 is an error.
    let status = match span.has_failed {
        true => json!({"code": 2}),
        false => json!({}),
    };
    json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.id),
        "parentSpanId": span.parent.map_or(String::new(), |id| format!("{id:016x}")),
        "name": span.name,
        // Internal.
        "kind": 1,
        "startTimeUnixNano": span.start.to_string(),
        "endTimeUnixNano": span.end.to_string(),
        "attributes": attributes(&span.attributes),
        "status": status,
    })
}

/// Attributes with the types of the protocol, which writes integers as texts.
fn attributes(members: &Map<String, Value>) -> Vec<Value> {
    let members = members.iter().map(|(key, value)| {
        let value = match value {
            Value::Bool(is_set) => json!({"boolValue": is_set}),
            Value::Number(number) if number.is_f64() => json!({"doubleValue": number}),
            Value::Number(number) => json!({"intValue": number.to_string()}),
            Value::String(text) => json!({"stringValue": text}),
            other => json!({"stringValue": other.to_string()}),
        };
        json!({"key": key, "value": value})
    });
    members.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_the_form_of_the_protocol() {
        let span = FinishedSpan {
            trace: 0xab,
            id: 1,
            parent: None,
            name: "job",
            start: 1_764_547_200_000_000_000,
            end: 1_764_547_200_000_000_001,
            attributes: Map::from_iter([
                ("job.kind".to_owned(), json!("import_image")),
                ("job.attempts".to_owned(), json!(2)),
            ]),
            has_failed: true,
        };
        let expected = json!({
            "traceId": "000000000000000000000000000000ab",
            "spanId": "0000000000000001",
            "parentSpanId": "",
            "name": "job",
            "kind": 1,
            "startTimeUnixNano": "1764547200000000000",
            "endTimeUnixNano": "1764547200000000001",
            "attributes": [
                {"key": "job.kind", "value": {"stringValue": "import_image"}},
                {"key": "job.attempts", "value": {"intValue": "2"}},
            ],
            "status": {"code": 2},
        });
        assert_eq!(as_json(&span), expected);
    }
}
