//! The writer of a version: bulk requests, then the mark that the version is complete.
//!
//! Documents are written in order under their places as ids, so writing one twice changes
//! nothing, and two writers of a version do no harm.

use std::fmt::Write as _;

use async_trait::async_trait;
use reqwest::Method;
use robotoff_ports::search::{IndexWriter, SearchDocument, SearchIndex};
use robotoff_ports::{PortError, PortResult};
use serde_json::{Value, json};

use super::client::{ElasticCall, ElasticClient, reason_of};
use super::mappings;

/// The most documents, and about the most bytes, of a bulk request.
const BULK_DOCUMENTS: usize = 2000;
const BULK_BYTES: usize = 5 << 20;

/// Writes a version.
pub(super) struct ElasticWriter {
    client: ElasticClient,
    index: SearchIndex,
    name: String,
    stored: u32,
}

impl ElasticWriter {
    /// The writer of an index that exists. Of the last bulk request of a process that was
    /// killed any part may be stored, so as many documents are written again.
    pub(super) async fn open(
        client: ElasticClient,
        index: SearchIndex,
        name: String,
    ) -> PortResult<Self> {
        let refresh = ElasticCall::new(Method::POST, format!("/{name}/_refresh"));
        client.send(refresh).await?;
        let counted = client
            .send(ElasticCall::get(format!("/{name}/_count")))
            .await?;
        let counted = counted["count"].as_u64().unwrap_or_default();
        let stored = counted.saturating_sub(BULK_DOCUMENTS as u64);
        Ok(Self {
            client,
            index,
            name,
            stored: u32::try_from(stored).unwrap_or_default(),
        })
    }

    /// Writes documents that fit into one request. Those that the server had no room for are
    /// sent again after a pause.
    async fn bulk(&self, lines: &[(u32, String)]) -> PortResult<()> {
        let settings = self.client.settings();
        let mut left: Vec<&(u32, String)> = lines.iter().collect();
        let mut pause = settings.first_pause;
        for _ in 0..settings.attempts.max(1) {
            let mut body = String::new();
            for (place, line) in &left {
                // Writing to a String cannot fail.
                let _ = writeln!(body, "{{\"index\":{{\"_id\":\"{place}\"}}}}\n{line}");
            }
            let path = format!("/{}/_bulk", self.name);
            let call = ElasticCall::new(Method::POST, path).lines(body);
            let answer = self
                .client
                .send(call.timeout(settings.bulk_timeout))
                .await?;
            left = self.rejected(&answer, left)?;
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(self.client.unavailable(format!(
            "it has no room for {} documents of {}",
            left.len(),
            self.name
        )))
    }

    /// The documents that the server was too busy for.
    fn rejected<'l>(
        &self,
        answer: &Value,
        sent: Vec<&'l (u32, String)>,
    ) -> PortResult<Vec<&'l (u32, String)>> {
        if answer["errors"] == false {
            return Ok(Vec::new());
        }
        let results = answer["items"].as_array().map(Vec::as_slice);
        let results = results.unwrap_or_default();
        if results.len() != sent.len() {
            return Err(self.client.defect("a bulk answer of another length"));
        }
        let mut rejected = Vec::new();
        for (result, line) in results.iter().zip(sent) {
            let result = &result["index"];
            match result["status"].as_u64() {
                Some(200 | 201) => {}
                Some(429 | 503) => rejected.push(line),
                _ => {
                    let why = reason_of(result);
                    return Err(self.client.defect(format!("document {}: {why}", line.0)));
                }
            }
        }
        Ok(rejected)
    }

    async fn post(&self, path: &str) -> PortResult<Value> {
        let call = ElasticCall::new(Method::POST, format!("/{}/{path}", self.name));
        let timeout = self.client.settings().merge_timeout;
        self.client.send(call.timeout(timeout)).await
    }

    async fn put(&self, path: &str, body: Value) -> PortResult<()> {
        let call = ElasticCall::new(Method::PUT, format!("/{}/{path}", self.name)).json(body);
        self.client.send(call).await.map(drop)
    }
}

#[async_trait]
impl IndexWriter for ElasticWriter {
    fn stored(&self) -> u32 {
        self.stored
    }

    async fn append(&mut self, documents: Vec<SearchDocument>) -> PortResult<()> {
        let mut lines: Vec<(u32, String)> = Vec::new();
        let mut bytes = 0;
        for document in documents {
            let line = mappings::document(&document).to_string();
            if !lines.is_empty() && bytes + line.len() > BULK_BYTES || lines.len() == BULK_DOCUMENTS
            {
                self.bulk(&lines).await?;
                lines.clear();
                bytes = 0;
            }
            bytes += line.len();
            lines.push((document.place, line));
        }
        match lines.is_empty() {
            true => Ok(()),
            false => self.bulk(&lines).await,
        }
    }

    async fn complete(self: Box<Self>, documents: u32) -> PortResult<()> {
        self.post("_refresh").await?;
        // Documents that were written twice are counted in statistics until they are merged.
        self.post("_forcemerge?max_num_segments=1").await?;
        self.put("_settings", json!({"index": {"refresh_interval": null}}))
            .await?;
        self.post("_refresh").await?;
        self.post("_flush").await?;
        let counted = ElasticCall::get(format!("/{}/_count", self.name));
        let counted = self.client.send(counted).await?["count"].as_u64();
        if counted != Some(u64::from(documents)) {
            return Err(PortError::defect(
                format!("the index {} of {}", self.name, self.index),
                format!("it holds {counted:?} documents instead of {documents}"),
            ));
        }
        self.put("_mapping", mappings::completed(documents)).await
    }
}
