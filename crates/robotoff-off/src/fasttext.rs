//! Languages of texts by the HTTP service of fastText that Robotoff uses
//! (`docs/reference/ml.md` 9).

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use robotoff_ports::parts::{IdentifiedLanguage, LanguageIdentifier};
use robotoff_ports::{PortError, PortResult};
use serde_json::json;

use crate::http::{Http, url};

const WHAT: &str = "the fastText service";
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REPLY_BYTES: usize = 1 << 20;

/// Prefix of labels of models that are not served as bare codes.
const LABEL_PREFIX: &str = "__label__";

/// For each text its languages and their confidences.
type Reply = Vec<(Vec<String>, Vec<f32>)>;

/// Client of the service.
pub struct FastTextService {
    http: Http,
    url: String,
}

impl FastTextService {
    /// The service of a host and a port.
    pub fn new(http: Http, host: &str, port: u16) -> Self {
        Self {
            http,
            url: format!("http://{host}:{port}/predict"),
        }
    }
}

#[async_trait]
impl LanguageIdentifier for FastTextService {
    async fn languages_of(
        &self,
        text: &str,
        k: usize,
        threshold: f32,
    ) -> PortResult<Vec<IdentifiedLanguage>> {
        // The service takes each line for a text of its own.
        let line: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let mut url = url(WHAT, &self.url)?;
        url.query_pairs_mut()
            .append_pair("k", &k.to_string())
            .append_pair("threshold", &threshold.to_string());
        let request = self
            .http
            .edit(Method::POST, &url)
            .header("content-type", "application/json")
            .body(json!([line]).to_string());
        let answer = self
            .http
            .send(WHAT, request, TIMEOUT, MAX_REPLY_BYTES)
            .await?;
        if !answer.status.is_success() {
            return Err(PortError::denied(WHAT, answer.summary()));
        }
        let reply: Reply =
            serde_json::from_slice(&answer.body).map_err(|error| PortError::defect(WHAT, error))?;
        let (labels, confidences) = reply.into_iter().next().unwrap_or_default();
        let languages = labels.into_iter().zip(confidences);
        let languages = languages.map(|(label, confidence)| IdentifiedLanguage {
            lang: label
                .strip_prefix(LABEL_PREFIX)
                .unwrap_or(&label)
                .to_owned(),
            confidence,
        });
        Ok(languages
            .filter(|language| language.confidence >= threshold)
            .take(k)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loopback::{Loopback, http};

    #[tokio::test]
    async fn languages_are_requested_and_read() {
        let server = Loopback::start(|_| (200, r#"[[["fr","__label__en"],[0.9,0.05]]]"#.into()));
        let service = FastTextService::new(http(), "127.0.0.1", server.port());
        let found = service.languages_of("eau\nsel", 2, 0.1).await;
        let expected = IdentifiedLanguage {
            lang: "fr".to_owned(),
            confidence: 0.9,
        };
        assert_eq!(found.expect("languages"), [expected]);
        let requests = server.requests();
        assert!(
            requests[0].starts_with("POST /predict?k=2&threshold=0.1 "),
            "{requests:?}"
        );
        assert!(requests[0].ends_with(r#"["eau sel"]"#), "{requests:?}");
    }

    #[tokio::test]
    async fn a_service_that_fails_is_named() {
        for (status, body, retryable) in [(503, "", true), (422, "no", false), (200, "{}", false)] {
            let server = Loopback::start(move |_| (status, body.to_owned()));
            let service = FastTextService::new(http(), "127.0.0.1", server.port());
            let error = service.languages_of("eau", 1, 0.0).await.expect_err(body);
            assert_eq!(error.is_retryable(), retryable, "{error}");
            assert!(error.to_string().contains(WHAT), "{error}");
        }
    }
}
