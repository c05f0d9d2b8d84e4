//! Nearest neighbours: logos by their embeddings, in the index of the existing service.

use async_trait::async_trait;
use reqwest::Method;
use robotoff_core::image::LogoId;
use robotoff_core::product::ServerType;
use robotoff_ports::PortResult;
use robotoff_ports::parts::{LogoIndex, Neighbor};
use serde_json::{Value, json};

use super::client::{ElasticCall, ElasticClient, reason_of};

/// The index, and its fields (`docs/reference/api.md` 2.20).
const INDEX: &str = "logo";
const EMBEDDING: &str = "embedding";
const SERVER_TYPE: &str = "server_type";

/// Candidates of each shard for one neighbour that is wanted, and the limits of the server.
const CANDIDATES_PER_NEIGHBOR: u64 = 4;
const MIN_CANDIDATES: u64 = 100;
const MAX_CANDIDATES: u64 = 10_000;

/// The embeddings of logos on a server.
#[derive(Debug, Clone)]
pub struct ElasticLogoIndex {
    client: ElasticClient,
}

impl ElasticLogoIndex {
    /// The index on a server. No call is made.
    pub const fn new(client: ElasticClient) -> Self {
        Self { client }
    }

    /// Creates the index, unless it exists.
    pub async fn create(&self, dimensions: u32) -> PortResult<()> {
        let replicas = self.client.settings().replicas;
        let body = json!({
            "settings": {"number_of_shards": 1, "number_of_replicas": replicas},
            "mappings": {"properties": {
                EMBEDDING: {
                    "type": "dense_vector", "dims": dimensions, "index": true,
                    "similarity": "dot_product",
                    "index_options": {"type": "hnsw", "m": 16, "ef_construction": 100},
                },
                SERVER_TYPE: {"type": "keyword"},
            }},
        });
        let call = ElasticCall::new(Method::PUT, format!("/{INDEX}")).json(body);
        self.client.send_unless_exists(call).await
    }

    /// Stores embeddings of length 1; those of the same logos are replaced.
    pub async fn store(&self, logos: &[(LogoId, ServerType, Vec<f32>)]) -> PortResult<()> {
        if logos.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for (logo, server_type, embedding) in logos {
            let id = logo.0.to_string();
            let document = json!({
                EMBEDDING: embedding, SERVER_TYPE: server_type.to_string(),
            });
            lines.push_str(&format!("{}\n{document}\n", json!({"index": {"_id": id}})));
        }
        let timeout = self.client.settings().bulk_timeout;
        let call =
            ElasticCall::new(Method::POST, format!("/{INDEX}/_bulk?refresh=true")).lines(lines);
        let answer = self.client.send(call.timeout(timeout)).await?;
        match answer["errors"] == false {
            true => Ok(()),
            false => {
                let results = answer["items"].as_array().into_iter().flatten();
                let mut failed = results
                    .map(|result| &result["index"])
                    .filter(|result| result.get("error").is_some());
                let why = failed.next().map(reason_of).unwrap_or_default();
                Err(self.client.defect(format!("cannot store logos: {why}")))
            }
        }
    }
}

#[async_trait]
impl LogoIndex for ElasticLogoIndex {
    async fn nearest(
        &self,
        embedding: &[f32],
        server_type: ServerType,
        count: u64,
    ) -> PortResult<Vec<Neighbor>> {
        let count = count.clamp(1, MAX_CANDIDATES);
        let candidates = (count * CANDIDATES_PER_NEIGHBOR).clamp(MIN_CANDIDATES, MAX_CANDIDATES);
        let body = json!({
            "size": count, "_source": false,
            "knn": {
                "field": EMBEDDING, "query_vector": embedding, "k": count,
                "num_candidates": candidates,
                "filter": {"term": {SERVER_TYPE: server_type.to_string()}},
            },
        });
        let call = ElasticCall::new(Method::POST, format!("/{INDEX}/_search")).json(body);
        let answer = self.client.send(call).await?;
        let hits = answer["hits"]["hits"].as_array().into_iter().flatten();
        let neighbor = |hit: &Value| {
            let logo = hit["_id"].as_str()?.parse().ok()?;
            let score = hit["_score"].as_f64()? as f32;
            Some(Neighbor {
                logo: LogoId(logo),
                distance: 1.0 - score,
            })
        };
        Ok(hits.filter_map(neighbor).collect())
    }
}
