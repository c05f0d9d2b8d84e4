//! The search engine on Elasticsearch 8 and 9, or OpenSearch where the calls are the same.
//!
//! A version of an index is an index of the server, `PREFIX-categories-VERSION`, behind the
//! alias `PREFIX-categories`. Whether it is complete stands in its mapping. The server
//! stores the terms that it is given (analyzer `whitespace`) and needs no plugin.
//!
//! The client is our own: ten calls of a stable API, for which the official one would bring
//! more code than it replaces, and no retry across nodes for bulk items.

mod checks;
mod client;
mod mappings;
mod searches;
mod settings;
mod suggester;
mod vectors;
mod writer;

use async_trait::async_trait;
use reqwest::Method;
use robotoff_ports::search::{
    IndexVersion, IndexWriter, PhraseSuggestion, SearchFinding, SearchHit, SearchIndex, TermQuery,
};
use robotoff_ports::{PortError, PortResult, Search};
use serde_json::{Value, json};

pub use client::ElasticClient;
pub use settings::{ElasticAuth, ElasticSettings, ElasticUrlError};
pub use vectors::ElasticLogoIndex;

use client::ElasticCall;
use writer::ElasticWriter;

/// Above the templates of a server for all indexes.
const TEMPLATE_PRIORITY: u32 = 200;

/// Indexes on a server.
#[derive(Debug, Clone)]
pub struct ElasticSearch {
    client: ElasticClient,
}

/// An index of the server that is a version of ours.
#[derive(Debug)]
struct ServerIndex {
    version: String,
    is_complete: bool,
    is_current: bool,
    settings: Value,
    mappings: Value,
}

impl ElasticSearch {
    /// The engine over a server. No call is made.
    pub fn new(settings: ElasticSettings) -> PortResult<Self> {
        Ok(Self {
            client: ElasticClient::new(settings)?,
        })
    }

    /// The client of the server.
    pub const fn client(&self) -> &ElasticClient {
        &self.client
    }

    /// The alias of the current version.
    fn alias(&self, index: SearchIndex) -> String {
        format!("{}-{index}", self.client.settings().prefix)
    }

    /// The index of a version.
    fn index_name(&self, index: SearchIndex, version: &str) -> String {
        format!("{}-{version}", self.alias(index))
    }

    /// All versions of an index, sorted.
    async fn server_indexes(&self, index: SearchIndex) -> PortResult<Vec<ServerIndex>> {
        let alias = self.alias(index);
        let found = self
            .client
            .send(ElasticCall::get(format!("/{alias}-*?flat_settings=true")))
            .await?;
        let mut versions = Vec::new();
        for (name, of_index) in found.as_object().into_iter().flatten() {
            let Some(version) = name.strip_prefix(&format!("{alias}-")) else {
                continue;
            };
            versions.push(ServerIndex {
                version: version.to_owned(),
                is_complete: mappings::is_complete(&of_index["mappings"]),
                is_current: of_index["aliases"].get(&alias).is_some(),
                settings: of_index["settings"].clone(),
                mappings: of_index["mappings"].clone(),
            });
        }
        versions.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(versions)
    }

    async fn server_index(
        &self,
        index: SearchIndex,
        version: &str,
    ) -> PortResult<Option<ServerIndex>> {
        let versions = self.server_indexes(index).await?.into_iter();
        Ok(versions.into_iter().find(|found| found.version == version))
    }

    /// Stores the form of versions as a template, which a bulk request to a version that was
    /// deleted meanwhile obeys too.
    async fn put_template(&self, index: SearchIndex, replicas: u32) -> PortResult<()> {
        let alias = self.alias(index);
        let body = json!({
            "index_patterns": [format!("{alias}-*")],
            "priority": TEMPLATE_PRIORITY,
            "template": mappings::new_index(index, replicas),
        });
        let call = ElasticCall::new(Method::PUT, format!("/_index_template/{alias}")).json(body);
        self.client.send(call).await.map(drop)
    }

    /// Documents of an index that searches see.
    async fn count(&self, name: &str) -> PortResult<u64> {
        let counted = self
            .client
            .send(ElasticCall::get(format!("/{name}/_count")))
            .await?;
        counted["count"]
            .as_u64()
            .ok_or_else(|| self.client.defect("the answer to _count has no count"))
    }

    fn denied(&self, why: String) -> PortError {
        PortError::denied(self.client.name(), why)
    }
}

#[async_trait]
impl Search for ElasticSearch {
    fn describe(&self) -> String {
        format!("elasticsearch:{}", self.client.settings().addresses())
    }

    fn indexes(&self) -> &'static [SearchIndex] {
        &SearchIndex::ALL
    }

    fn builds_on_need(&self) -> bool {
        false
    }

    async fn find(
        &self,
        index: SearchIndex,
        queries: &[TermQuery],
    ) -> PortResult<Vec<Vec<SearchHit>>> {
        searches::find(&self.client, &self.alias(index), queries).await
    }

    async fn suggest(
        &self,
        lang: &str,
        texts: &[String],
    ) -> PortResult<Option<Vec<Option<PhraseSuggestion>>>> {
        let alias = self.alias(SearchIndex::SpellingPhrases);
        let suggested = suggester::suggest(&self.client, &alias, lang, texts).await?;
        Ok(Some(suggested))
    }

    async fn versions(&self, index: SearchIndex) -> PortResult<Vec<IndexVersion>> {
        let mut versions = Vec::new();
        for found in self.server_indexes(index).await? {
            let name = self.index_name(index, &found.version);
            versions.push(IndexVersion {
                documents: self.count(&name).await?,
                name: found.version,
                is_complete: found.is_complete,
                is_current: found.is_current,
            });
        }
        Ok(versions)
    }

    async fn write(&self, index: SearchIndex, version: &str) -> PortResult<Box<dyn IndexWriter>> {
        let name = self.index_name(index, version);
        match self.server_index(index, version).await? {
            Some(found) if found.is_complete => {
                return Err(self.denied(format!("version {version} of {index} is complete")));
            }
            Some(_) => {}
            None => {
                let replicas = self.client.settings().replicas;
                self.put_template(index, replicas).await?;
                // Without its replicas a version is lost with a node that fails now.
                let path = format!("/{name}?wait_for_active_shards=all&timeout=5s");
                let created = ElasticCall::new(Method::PUT, path);
                // Another process may have created it in between.
                self.client.send_unless_exists(created).await?;
            }
        }
        let writer = ElasticWriter::open(self.client.clone(), index, name).await?;
        Ok(Box::new(writer))
    }

    async fn swap(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        let found = self.server_index(index, version).await?;
        if !found.is_some_and(|found| found.is_complete) {
            return Err(self.denied(format!("version {version} of {index} is not complete")));
        }
        let alias = self.alias(index);
        let actions = json!({"actions": [
            {"remove": {"index": format!("{alias}-*"), "alias": alias, "must_exist": false}},
            {"add": {"index": self.index_name(index, version), "alias": alias}},
        ]});
        let call = ElasticCall::new(Method::POST, "/_aliases".to_owned()).json(actions);
        self.client.send(call).await.map(drop)
    }

    async fn delete(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        let Some(found) = self.server_index(index, version).await? else {
            return Ok(());
        };
        if found.is_current {
            let why = "make another one current first";
            return Err(self.denied(format!("version {version} of {index} is current; {why}")));
        }
        let name = self.index_name(index, version);
        let call = ElasticCall::new(Method::DELETE, format!("/{name}?ignore_unavailable=true"));
        self.client.send(call).await.map(drop)
    }

    async fn check(&self) -> Vec<SearchFinding> {
        checks::check(self).await
    }
}

#[cfg(test)]
mod tests;
