//! Settings of the service: address, products, edits, logs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use robotoff_app::{AppSettings, Edits};
use robotoff_core::event::OwnAccounts;
use robotoff_off::addresses::{AddressSettings, Addresses};
use robotoff_off::influx::InfluxSettings;
use robotoff_off::opener::Account;
use robotoff_off::products::ProductsUrl;
use serde::Deserialize;

use super::access::{AccessConfig, RawAccessConfig};

/// Raw values of the settings of the service.
#[derive(Deserialize)]
pub(super) struct RawServiceConfig {
    listen: String,
    products_url: String,
    mongo_uri: String,
    enable_mongodb_access: u32,
    product_opener_url: String,
    images_url: String,
    crop_allowed_domains: String,
    batch_job_key: String,
    batch_results_url: String,
    robotoff_instance: String,
    robotoff_tld: String,
    robotoff_scheme: String,
    static_domain: String,
    edits: String,
    off_user: String,
    off_password: String,
    edit_lease_secs: f64,
    robotoff_updated_product_wait: f64,
    insight_automatic_processing_wait: f64,
    job_retention_hours: f64,
    personal_data_days: f64,
    image_moderation_service_url: String,
    auth_bearer_token_nutripatrol: String,
    metrics_listen: String,
    influxdb_host: String,
    influxdb_port: u16,
    influxdb_bucket: String,
    influxdb_auth_token: String,
    influxdb_org: String,
    robotoff_policy: String,
    demo: String,
    log_format: String,
    #[serde(flatten)]
    access: RawAccessConfig,
}

/// Settings of the service.
pub(crate) struct ServiceConfig {
    pub(crate) listen: SocketAddr,
    /// `prod`, `dev`.
    pub(crate) instance: String,
    pub(crate) products: ProductsUrl,
    /// `MONGO_URI` is set, but this program is built without MongoDB.
    pub(crate) ignores_mongo: bool,
    pub(crate) addresses: Addresses,
    /// Hosts of files that a request may name, beside the servers of images.
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) batch_token: Option<String>,
    pub(crate) batch_results: Option<String>,
    /// Service account, for edits without a user.
    pub(crate) account: Option<Account>,
    pub(crate) app: AppSettings,
    pub(crate) moderation: Option<ModerationSettings>,
    pub(crate) metrics_listen: Option<SocketAddr>,
    pub(crate) influx: Option<InfluxSettings>,
    pub(crate) policy: Option<PathBuf>,
    /// Folder of the demo set.
    pub(crate) demo: Option<PathBuf>,
    pub(crate) log_format: LogFormat,
    pub(crate) access: AccessConfig,
}

/// The moderation service.
pub(crate) struct ModerationSettings {
    pub(crate) url: String,
    pub(crate) token: Option<String>,
}

/// Format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Auto,
    Json,
    Text,
}

impl std::str::FromStr for LogFormat {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            other => bail!("cannot use LOG_FORMAT {other:?}: it is none of auto, json, text"),
        }
    }
}

impl RawServiceConfig {
    pub(super) fn into_config(self) -> Result<ServiceConfig> {
        let products = self.products()?;
        let addresses = self.addresses()?;
        let account = match (self.off_user.is_empty(), self.off_password.is_empty()) {
            (false, false) => Some(Account {
                username: self.off_user.clone(),
                password: self.off_password.clone(),
            }),
            (true, true) => None,
            (true, false) => bail!("OFF_PASSWORD is set, but OFF_USER is not"),
            (false, true) => bail!("OFF_USER is set, but OFF_PASSWORD is not"),
        };
        let edits = match &*self.edits {
            "" if account.is_some() => Edits::Send,
            "" | "record" => Edits::Record,
            "off" => Edits::Off,
            "send" if account.is_some() => Edits::Send,
            "send" => bail!("EDITS=send needs OFF_USER and OFF_PASSWORD"),
            other => bail!("cannot use EDITS {other:?}: it is none of off, record, send"),
        };
        let app = self.app_settings(edits)?;
        let (metrics_listen, influx) = (self.metrics_listen()?, self.influx());
        let is_in_earnest = edits == Edits::Send && self.demo.is_empty();
        let log_format = self.log_format.parse()?;
        let instance = self.robotoff_instance.clone();
        Ok(ServiceConfig {
            listen: self.listen.parse().with_context(|| {
                format!("cannot use LISTEN {:?}: it is no ADDRESS:PORT", self.listen)
            })?,
            instance,
            ignores_mongo: !cfg!(feature = "mongo")
                && products == ProductsUrl::Opener
                && self.products_url.is_empty()
                && !self.mongo_uri.is_empty(),
            products,
            allowed_hosts: hosts(&self.crop_allowed_domains),
            batch_token: non_empty(self.batch_job_key),
            batch_results: non_empty(self.batch_results_url),
            access: self.access.into_config(&addresses, is_in_earnest)?,
            addresses,
            account,
            app,
            moderation: non_empty(self.image_moderation_service_url).map(|url| {
                ModerationSettings {
                    url,
                    token: non_empty(self.auth_bearer_token_nutripatrol),
                }
            }),
            metrics_listen,
            influx,
            policy: non_empty(self.robotoff_policy).map(PathBuf::from),
            demo: non_empty(self.demo).map(PathBuf::from),
            log_format,
        })
    }

    fn app_settings(&self, edits: Edits) -> Result<AppSettings> {
        let secs = |name: &str, secs: f64| {
            Duration::try_from_secs_f64(secs).with_context(|| format!("{name} cannot be {secs}"))
        };
        Ok(AppSettings {
            edits,
            automatic_wait: secs(
                "INSIGHT_AUTOMATIC_PROCESSING_WAIT",
                self.insight_automatic_processing_wait * 60.0,
            )?,
            edit_lease: secs("EDIT_LEASE_SECS", self.edit_lease_secs)?,
            job_retention: secs("JOB_RETENTION_HOURS", self.job_retention_hours * 3600.0)?,
            update_wait: secs(
                "ROBOTOFF_UPDATED_PRODUCT_WAIT",
                self.robotoff_updated_product_wait,
            )?,
            own_accounts: OwnAccounts {
                service: non_empty(self.off_user.clone()),
            },
            personal_data: secs("PERSONAL_DATA_DAYS", self.personal_data_days * 86_400.0)?,
        })
    }

    fn metrics_listen(&self) -> Result<Option<SocketAddr>> {
        let address = &self.metrics_listen;
        if address.is_empty() {
            return Ok(None);
        }
        let parsed = address.parse().with_context(|| {
            format!("cannot use METRICS_LISTEN {address:?}: it is no ADDRESS:PORT")
        })?;
        Ok(Some(parsed))
    }

    /// InfluxDB, if its host is set. A host may be a URL.
    fn influx(&self) -> Option<InfluxSettings> {
        let host = non_empty(self.influxdb_host.clone())?;
        Some(InfluxSettings {
            url: match host.contains("://") {
                true => host,
                false => format!("http://{host}:{}", self.influxdb_port),
            },
            org: self.influxdb_org.clone(),
            bucket: self.influxdb_bucket.clone(),
            token: non_empty(self.influxdb_auth_token.clone()),
        })
    }

    fn addresses(&self) -> Result<Addresses> {
        let given = |text: &String| non_empty(text.clone());
        Ok(Addresses::new(&AddressSettings {
            product_opener_url: given(&self.product_opener_url),
            images_url: given(&self.images_url),
            instance: given(&self.robotoff_instance),
            tld: given(&self.robotoff_tld),
            scheme: given(&self.robotoff_scheme),
            static_domain: given(&self.static_domain),
        })?)
    }

    /// `PRODUCTS_URL`, unless only Robotoff's own names are set.
    fn products(&self) -> Result<ProductsUrl> {
        if self.enable_mongodb_access == 0 {
            return Ok(ProductsUrl::None);
        }
        #[cfg(feature = "mongo")]
        if self.products_url.is_empty() && !self.mongo_uri.is_empty() {
            let uri = self.mongo_uri.parse().context("cannot use MONGO_URI")?;
            return Ok(ProductsUrl::Mongo(uri));
        }
        self.products_url.parse().context("cannot use PRODUCTS_URL")
    }
}

/// Hosts between commas.
fn hosts(list: &str) -> Vec<String> {
    let hosts = list.split(',').map(|host| host.trim().to_lowercase());
    hosts.filter(|host| !host.is_empty()).collect()
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
