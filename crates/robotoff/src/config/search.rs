//! Settings of search: the engine, and the server where it is one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use robotoff_search::{ElasticAuth, ElasticSettings};
use robotoff_store::DatabaseUrl;
use serde::Deserialize;

/// Name of the folder of indexes, beside the database or in `var`.
const FOLDER: &str = "search";

/// Raw values of the settings of search.
#[derive(Deserialize)]
pub(super) struct RawSearchConfig {
    search_url: String,
    elasticsearch_hosts: String,
    elastic_host: String,
    elastic_user: String,
    elastic_password: String,
    elastic_api_key: String,
    elastic_ca_file: String,
    elastic_index_prefix: String,
    elastic_replicas: u32,
}

/// The search engine.
#[derive(Debug, Clone)]
pub(crate) enum SearchConfig {
    /// Categories by name and corrected lists are off.
    None,
    /// Indexes in a folder.
    Folder(PathBuf),
    Elastic(Box<ElasticSettings>),
}

impl RawSearchConfig {
    /// `SEARCH_URL`, unless only the names of Robotoff are set.
    pub(super) fn into_config(self, database: &DatabaseUrl) -> Result<SearchConfig> {
        let hosts = [&self.elasticsearch_hosts, &self.elastic_host];
        let hosts = hosts.into_iter().find(|hosts| !hosts.is_empty());
        match (self.search_url.as_str(), hosts) {
            ("", None) => Ok(SearchConfig::Folder(default_folder(database))),
            ("", Some(hosts)) => self.elastic(hosts),
            ("none", _) => Ok(SearchConfig::None),
            (url, _) => match url.split_once(':') {
                Some(("tantivy", "")) => Ok(SearchConfig::Folder(default_folder(database))),
                Some(("tantivy", folder)) => Ok(SearchConfig::Folder(folder.into())),
                Some(("elasticsearch", hosts)) => {
                    self.elastic(hosts.strip_prefix("//").unwrap_or(hosts))
                }
                Some(("http" | "https", _)) => self.elastic(url),
                _ => bail!(
                    "cannot use SEARCH_URL {:?}: it is none of tantivy:FOLDER, \
                     elasticsearch:ADDRESS, none",
                    robotoff_ports::connection_url::without_password(url)
                ),
            },
        }
    }

    fn elastic(&self, hosts: &str) -> Result<SearchConfig> {
        let mut settings = ElasticSettings::new(hosts)?;
        if !self.elastic_api_key.is_empty() {
            settings.auth = ElasticAuth::ApiKey(self.elastic_api_key.clone());
        } else if !self.elastic_password.is_empty() {
            settings.auth = ElasticAuth::Basic {
                user: self.elastic_user.clone(),
                password: self.elastic_password.clone(),
            };
        }
        if !self.elastic_ca_file.is_empty() {
            let file = Path::new(&self.elastic_ca_file);
            let certificates = std::fs::read(file);
            let certificates = certificates
                .with_context(|| format!("cannot read ELASTIC_CA_FILE {}", file.display()))?;
            settings.ca_certificates = Some(certificates);
        }
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let prefix = &self.elastic_index_prefix;
        if !prefix.starts_with(|c: char| c.is_ascii_lowercase()) || !prefix.chars().all(is_name) {
            bail!(
                "cannot use ELASTIC_INDEX_PREFIX {prefix:?}: it is small letters, digits and _, \
                 a letter first"
            );
        }
        settings.prefix.clone_from(prefix);
        settings.replicas = self.elastic_replicas;
        Ok(SearchConfig::Elastic(Box::new(settings)))
    }
}

/// Beside the file of the database, so that what belongs together is in one folder.
fn default_folder(database: &DatabaseUrl) -> PathBuf {
    match database {
        DatabaseUrl::SqliteFile(file) => Path::new(file).with_file_name(FOLDER),
        DatabaseUrl::SqliteMemory | DatabaseUrl::Postgres(_) => Path::new("var").join(FOLDER),
    }
}

impl SearchConfig {
    /// The value of `SEARCH_URL` that gives this engine, without credentials.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Folder(folder) => format!("tantivy:{}", folder.display()),
            Self::Elastic(settings) => format!("elasticsearch:{}", settings.addresses()),
        }
    }
}
