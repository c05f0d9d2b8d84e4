//! Reports of errors, sent to the server that a DSN of Sentry names: an event as an envelope
//! over HTTP. Any server of that protocol will do.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{NaiveDateTime, SecondsFormat};
use reqwest::{Method, Url};
use robotoff_ports::{PortError, PortResult};
use serde_json::{Map, Value, json};

use crate::http::Http;

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REPLY_BYTES: usize = 64 << 10;
const WHAT: &str = "the server of error reports";

/// `https://KEY@HOST/PROJECT`.
#[derive(Clone, PartialEq, Eq)]
pub struct Dsn {
    envelopes: Url,
    key: String,
}

/// Without the key.
impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dsn({})", self.envelopes)
    }
}

impl FromStr for Dsn {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "it is not of the form https://KEY@HOST/PROJECT";
        let mut url = Url::parse(text).map_err(|_| wrong)?;
        let key = url.username().to_owned();
        let path = url.path().trim_matches('/').to_owned();
        // The server may be below a path of its host.
        let (below, project) = path.rsplit_once('/').unwrap_or(("", &path));
        let is_http = matches!(url.scheme(), "http" | "https");
        if key.is_empty() || project.is_empty() || !is_http {
            return Err(wrong);
        }
        let below = match below {
            "" => String::new(),
            below => format!("/{below}"),
        };
        url.set_path(&format!("{below}/api/{project}/envelope/"));
        url.set_query(None);
        url.set_username("").map_err(|()| wrong)?;
        url.set_password(None).map_err(|()| wrong)?;
        Ok(Self {
            envelopes: url,
            key,
        })
    }
}

/// An error of this program.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorReport {
    pub at: NaiveDateTime,
    pub message: String,
    /// Module that logged it.
    pub logger: String,
    pub fields: Map<String, Value>,
}

/// Facts of the process that all of its reports have in common.
#[derive(Debug, Clone)]
pub struct ReportOrigin {
    pub version: &'static str,
    /// `prod`, `dev`.
    pub environment: String,
    /// `worker`, `api`.
    pub part: &'static str,
    pub host: String,
}

/// Sender of reports.
#[derive(Debug, Clone)]
pub struct ErrorReports {
    http: Http,
    dsn: Dsn,
    origin: ReportOrigin,
}

impl ErrorReports {
    /// Sends by the client.
    pub const fn new(http: Http, dsn: Dsn, origin: ReportOrigin) -> Self {
        Self { http, dsn, origin }
    }

    /// Sends a report, once: errors are in the log too.
    ///
    /// # Errors
    /// The server cannot be reached or refuses the report.
    pub async fn send(&self, report: &ErrorReport) -> PortResult<()> {
        let event = self.event(report);
        let id = event["event_id"].clone();
        let text = event.to_string();
        let envelope = format!(
            "{}\n{}\n{text}\n",
            json!({"event_id": id, "sent_at": event["timestamp"]}),
            json!({"type": "event", "length": text.len(), "content_type": "application/json"}),
        );
        let version = self.origin.version;
        let auth = format!(
            "Sentry sentry_version=7, sentry_client=robotoff/{version}, sentry_key={}",
            self.dsn.key
        );
        let request = self
            .http
            .edit(Method::POST, &self.dsn.envelopes)
            .header("content-type", "application/x-sentry-envelope")
            .header("x-sentry-auth", auth)
            .body(envelope);
        let answer = self
            .http
            .send(WHAT, request, TIMEOUT, MAX_REPLY_BYTES)
            .await?;
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(PortError::denied(WHAT, answer.summary())),
        }
    }

    fn event(&self, report: &ErrorReport) -> Value {
        let origin = &self.origin;
        let at = report.at.and_utc();
        json!({
            "event_id": uuid::Uuid::new_v4().simple().to_string(),
            "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "platform": "native",
            "level": "error",
            "logger": report.logger,
            "release": format!("robotoff@{}", origin.version),
            "environment": origin.environment,
            "server_name": origin.host,
            "tags": {"part": origin.part},
            "message": {"formatted": report.message},
            "extra": report.fields,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_names_the_address_of_envelopes() {
        for (dsn, envelopes) in [
            (
                "https://key@o1.ingest.sentry.io/42",
                "https://o1.ingest.sentry.io/api/42/envelope/",
            ),
            (
                "http://key:old@127.0.0.1:9000/1",
                "http://127.0.0.1:9000/api/1/envelope/",
            ),
            (
                "https://key@host/below/7?x=1",
                "https://host/below/api/7/envelope/",
            ),
        ] {
            let parsed: Dsn = dsn.parse().unwrap();
            assert_eq!(
                (parsed.envelopes.as_str(), &*parsed.key),
                (envelopes, "key")
            );
            assert!(!format!("{parsed:?}").contains("key"));
        }
        for wrong in [
            "",
            "key",
            "https://host/1",
            "https://key@host",
            "ftp://key@host/1",
        ] {
            assert!(wrong.parse::<Dsn>().is_err(), "{wrong}");
        }
    }
}
