//! The configuration: defaults, then a file, then the environment, then flags.
//!
//! The environment is read here and nowhere else; the list of settings is
//! `settings.rs`.

mod access;
mod data;
mod effective;
mod events;
mod operation;
mod page;
mod pixels;
mod search;
mod secrets;
mod service;
mod settings;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
pub(crate) use data::DataConfig;
use effective::effective;
pub(crate) use events::EventsConfig;
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::Value;
pub(crate) use operation::OperationConfig;
pub(crate) use page::page;
pub(crate) use pixels::{GoogleLogin, OcrEngine, PixelsConfig, VISION_URL};
use robotoff_app::worker::WorkerSettings;
use robotoff_off::data::DataSource;
use robotoff_off::error_reports::Dsn;
use robotoff_off::objects::ObjectStoreOptions;
use robotoff_store::{ConnectSettings, DatabaseUrl};
pub(crate) use search::SearchConfig;
use serde::Deserialize;
pub(crate) use service::{LogFormat, ServiceConfig};
use settings::Setting;

/// File that is read if it exists and no other is named.
pub(crate) const DEFAULT_FILE: &str = "robotoff.toml";

/// Sources of settings beside the defaults.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// File that must exist; by default [`DEFAULT_FILE`], if it exists.
    pub(crate) file: Option<PathBuf>,
    pub(crate) environment: BTreeMap<String, String>,
    /// By the name of the setting.
    pub(crate) flags: BTreeMap<&'static str, String>,
}

/// Effective value of a setting, and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EffectiveSetting {
    pub(crate) name: &'static str,
    /// Secrets are hidden.
    pub(crate) value: String,
    pub(crate) source: String,
}

/// Parsed settings.
pub(crate) struct Config {
    pub(crate) database: DatabaseUrl,
    pub(crate) connect: ConnectSettings,
    pub(crate) backs_up_before_migrating: bool,
    pub(crate) worker: WorkerSettings,
    /// Server that errors are reported to.
    pub(crate) error_reports: Option<Dsn>,
    /// Collector of OpenTelemetry that traces are sent to.
    pub(crate) trace_collector: Option<String>,
    /// Options of object stores.
    pub(crate) object_stores: ObjectStoreOptions,
    /// The system's folder of temporary files.
    pub(crate) temporary_folder: PathBuf,
    pub(crate) data: DataConfig,
    pub(crate) log_level: String,
    /// False where `NO_COLOR` is set or the terminal is a dumb one.
    pub(crate) wants_colours: bool,
    pub(crate) pixels: PixelsConfig,
    pub(crate) service: ServiceConfig,
    pub(crate) search: SearchConfig,
    pub(crate) events: EventsConfig,
    pub(crate) operation: OperationConfig,
    pub(crate) effective: Vec<EffectiveSetting>,
    /// Passwords and tokens, which nobody is shown.
    pub(crate) secrets: Vec<String>,
}

/// Raw values of all settings.
#[derive(Deserialize)]
struct RawConfig {
    database_url: String,
    postgres_host: String,
    postgres_db: String,
    postgres_user: String,
    postgres_password: String,
    database_max_connections: u32,
    database_connect_timeout_secs: f64,
    database_statement_timeout_secs: f64,
    database_direct_url: String,
    migrate_backup: bool,
    worker_concurrency: u32,
    num_rq_workers: u32,
    sentry_dsn: String,
    otel_exporter_otlp_endpoint: String,
    worker_lease_secs: f64,
    worker_drain_secs: f64,
    log_level: String,
    #[serde(flatten)]
    search: search::RawSearchConfig,
    #[serde(flatten)]
    pixels: pixels::RawPixelsConfig,
    #[serde(flatten)]
    service: service::RawServiceConfig,
    #[serde(flatten)]
    data: data::RawDataConfig,
    #[serde(flatten)]
    events: events::RawEventsConfig,
    #[serde(flatten)]
    operation: operation::RawOperationConfig,
}

/// Program and arguments of this process.
pub(crate) fn this_command() -> Result<(PathBuf, Vec<OsString>)> {
    let program = std::env::current_exe().context("cannot find the program")?;
    Ok((program, std::env::args_os().skip(1).collect()))
}

impl Sources {
    /// Sources of the process.
    pub(crate) fn of_process(file: Option<PathBuf>, flags: BTreeMap<&'static str, String>) -> Self {
        Self {
            file,
            environment: std::env::vars().collect(),
            flags,
        }
    }
}

impl Config {
    /// Reads all sources; later ones override earlier ones.
    pub(crate) fn load(sources: &Sources) -> Result<Self> {
        let figment = layered(sources)?;
        let written: RawConfig = figment.extract().context("cannot read the configuration")?;
        let database_url = database_url(&written, &figment)?;
        let connect = connect_settings(&written)?;
        let workers = concurrency(&written, &figment);
        let lease = secs("WORKER_LEASE_SECS", written.worker_lease_secs)?;
        let database: DatabaseUrl = database_url.parse()?;
        let service = written.service.into_config()?;
        let config = Self {
            search: written.search.into_config(&database)?,
            database,
            connect,
            backs_up_before_migrating: written.migrate_backup,
            worker: WorkerSettings {
                concurrency: workers,
                lease,
                // An orphaned job waits little longer than its lease.
                rescue_interval: lease / 4,
                drain_timeout: secs("WORKER_DRAIN_SECS", written.worker_drain_secs)?,
                ..WorkerSettings::default()
            },
            error_reports: dsn(&written.sentry_dsn)?,
            trace_collector: Some(written.otel_exporter_otlp_endpoint)
                .filter(|url| !url.is_empty()),
            object_stores: ObjectStoreOptions::of(&sources.environment),
            temporary_folder: std::env::temp_dir(),
            data: written.data.into_config(&service.addresses)?,
            wants_colours: wants_colours(&sources.environment),
            log_level: written.log_level,
            pixels: written
                .pixels
                .into_config(sources.environment.get("HOME"))?,
            service,
            events: written.events.into_config()?,
            operation: written.operation.into_config(),
            effective: Vec::new(),
            secrets: secrets::of(&figment),
        };
        Ok(Self {
            effective: effective(&figment, &config),
            ..config
        })
    }
}

impl Config {
    /// The folder of the flag, else of the configuration, else the fetched data if there are
    /// any, else the built-in ones.
    pub(crate) fn data_source(&self, flag: Option<&Path>) -> DataSource {
        match flag.or(self.data.given.as_deref()) {
            Some(folder) => DataSource::Folder(folder.to_owned()),
            None if self.data.pulls_lists() => DataSource::Pulled(self.data.folder.clone()),
            None => DataSource::BuiltIn,
        }
    }
}

fn secs(name: &str, secs: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(secs).with_context(|| format!("{name} cannot be {secs}"))
}

fn connect_settings(written: &RawConfig) -> Result<ConnectSettings> {
    Ok(ConnectSettings {
        // The listener for notifications has one for itself.
        max_connections: written.database_max_connections.max(2),
        connect_timeout: secs(
            "DATABASE_CONNECT_TIMEOUT_SECS",
            written.database_connect_timeout_secs,
        )?,
        statement_timeout: secs(
            "DATABASE_STATEMENT_TIMEOUT_SECS",
            written.database_statement_timeout_secs,
        )?,
        direct_url: match written.database_direct_url.as_str() {
            "" => None,
            url => Some(url.parse()?),
        },
    })
}

fn wants_colours(environment: &BTreeMap<String, String>) -> bool {
    let is_refused = environment.get("NO_COLOR").is_some_and(|v| !v.is_empty());
    !is_refused && environment.get("TERM").is_none_or(|term| term != "dumb")
}

fn layered(sources: &Sources) -> Result<Figment> {
    let defaults = settings::all().map(|setting| (key(setting), parsed(setting, setting.default)));
    let mut figment = Figment::from(named("default", defaults.collect()));
    let file = sources.file.clone().or_else(|| {
        let file = PathBuf::from(DEFAULT_FILE);
        file.is_file().then_some(file)
    });
    if let Some(file) = file {
        check_names(&file)?;
        figment = figment.merge(Toml::file_exact(file));
    }
    let from = |values: &dyn Fn(&Setting) -> Option<String>| {
        let set = settings::all().filter_map(|setting| {
            let value = values(setting).filter(|value| !value.is_empty())?;
            Some((key(setting), parsed(setting, &value)))
        });
        set.collect::<BTreeMap<String, Value>>()
    };
    let environment = from(&|setting| sources.environment.get(setting.name).cloned());
    let flags = from(&|setting| sources.flags.get(setting.name).cloned());
    Ok(figment
        .merge(named("environment", environment))
        .merge(named("flag", flags)))
}

fn key(setting: &Setting) -> String {
    setting.name.to_lowercase()
}

/// A number or a boolean where the default is one: a password of digits stays a text.
fn parsed(setting: &Setting, text: &str) -> Value {
    if let (Ok(_), Ok(is_set)) = (setting.default.parse::<bool>(), text.parse::<bool>()) {
        return Value::from(is_set);
    }
    if setting.default.parse::<f64>().is_err() {
        return Value::from(text);
    }
    if let Ok(number) = text.parse::<u32>() {
        return Value::from(number);
    }
    text.parse::<f64>()
        .map_or_else(|_| Value::from(text), Value::from)
}

fn named(name: &'static str, values: BTreeMap<String, Value>) -> impl figment::Provider {
    NamedSource {
        name,
        // In the default profile, like a file: figment lets values of its global profile
        // override all others, so that defaults there would hide the file.
        values: Serialized::defaults(values),
    }
}

/// Values with the name of their source.
struct NamedSource {
    name: &'static str,
    values: Serialized<BTreeMap<String, Value>>,
}

impl figment::Provider for NamedSource {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named(self.name)
    }

    fn data(&self) -> figment::Result<figment::value::Map<figment::Profile, figment::value::Dict>> {
        self.values.data()
    }
}

/// Refuses a file with an unknown setting: a misspelt name would otherwise be ignored.
fn check_names(file: &Path) -> Result<()> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read configuration {}", file.display()))?;
    let table: BTreeMap<String, figment::value::Value> = Figment::from(Toml::string(&text))
        .extract()
        .with_context(|| format!("cannot read configuration {}", file.display()))?;
    for name in table.keys() {
        if !settings::all().any(|setting| key(setting) == *name) {
            bail!("unknown setting {name:?} in {}", file.display());
        }
    }
    Ok(())
}

/// `DATABASE_URL`, unless only Robotoff's own names are set.
fn database_url(written: &RawConfig, figment: &Figment) -> Result<String> {
    let is_default = source(figment, "database_url") == "default";
    if !is_default || written.postgres_host.is_empty() {
        return Ok(written.database_url.clone());
    }
    Ok(format!(
        "postgres://{}:{}@{}/{}",
        escaped(&written.postgres_user),
        escaped(&written.postgres_password),
        written.postgres_host,
        escaped(&written.postgres_db)
    ))
}

/// The server of error reports. The message leaves the value out: it is a secret.
fn dsn(text: &str) -> Result<Option<Dsn>> {
    match text {
        "" => Ok(None),
        text => match text.parse() {
            Ok(dsn) => Ok(Some(dsn)),
            Err(why) => bail!("cannot use SENTRY_DSN: {why}"),
        },
    }
}

/// `WORKER_CONCURRENCY`, unless only Robotoff's own name is set.
fn concurrency(written: &RawConfig, figment: &Figment) -> u32 {
    let is_default = source(figment, "worker_concurrency") == "default";
    match written.num_rq_workers {
        workers if is_default && workers > 0 => workers,
        _ => written.worker_concurrency.max(1),
    }
}

/// Text percent-encoded for a URL.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn source(figment: &Figment, key: &str) -> String {
    let Some(metadata) = figment.find_metadata(key) else {
        return "default".to_owned();
    };
    match &metadata.source {
        Some(source) => source.to_string(),
        None => metadata.name.to_string(),
    }
}

/// Names of all settings.
#[cfg(test)]
pub(crate) fn known_names() -> Vec<&'static str> {
    settings::all().map(|setting| setting.name).collect()
}

#[cfg(test)]
mod tests;
