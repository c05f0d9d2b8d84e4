//! Checks of other servers: Product Opener and the login there, search, the source of events.

use std::time::Duration;

use robotoff_app::Edits;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::opener::Opener;
use robotoff_ports::Products;
use robotoff_ports::logins::{Authentication, Authenticator};
use robotoff_ports::products::Credentials;

use super::finding::DoctorFinding;
use crate::config::{Config, SearchConfig};
use crate::wire;

/// Longest wait for one server.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn check(config: &Config) -> Vec<DoctorFinding> {
    let mut findings = vec![edits(config)];
    match opener(config) {
        Ok(opener) => {
            findings.push(reached(config, &opener).await);
            findings.extend(credentials(config, &opener).await);
        }
        Err(error) => findings.push(DoctorFinding::failure(
            "product_opener",
            format!("{error:#}"),
            "correct PRODUCT_OPENER_URL, ROBOTOFF_INSTANCE and ROBOTOFF_TLD",
        )),
    }
    findings.push(search(config).await);
    findings.push(events(config).await);
    findings
}

/// One attempt with short limits: a check is to answer soon.
fn opener(config: &Config) -> anyhow::Result<Opener> {
    let settings = HttpSettings {
        connect_timeout: Duration::from_secs(3),
        read_timeout: Duration::from_secs(5),
        login_timeout: Duration::from_secs(5),
        tries: 1,
        ..HttpSettings::default()
    };
    let http = Http::new(config.service.addresses.clone(), settings)?;
    Ok(Opener::new(http, config.service.account.clone()))
}

fn edits(config: &Config) -> DoctorFinding {
    let id = "edits";
    match config.service.app.edits {
        Edits::Send => DoctorFinding::fine(id, "edits are sent to Product Opener"),
        Edits::Off => DoctorFinding::fine(id, "edits are off (EDITS=off)"),
        Edits::Record => DoctorFinding::warning(
            id,
            "edits are stored, and not sent",
            "set OFF_USER and OFF_PASSWORD where edits are to reach products",
        ),
    }
}

async fn reached(config: &Config, opener: &Opener) -> DoctorFinding {
    let id = "product_opener";
    let cure = "compare PRODUCT_OPENER_URL (or ROBOTOFF_INSTANCE, ROBOTOFF_TLD) with its \
                address, and see whether a firewall or proxy is in between (`curl -I`)";
    let Ok(barcode) = Barcode::normalized("3017620422003") else {
        return DoctorFinding::fine(id, "not checked");
    };
    let product = ProductId {
        barcode,
        server_type: ServerType::Off,
    };
    let reached = tokio::time::timeout(TIMEOUT, opener.product(&product)).await;
    let finding = match reached {
        Ok(Ok(_)) => DoctorFinding::fine(id, "it answers"),
        Ok(Err(error)) => DoctorFinding::failure(id, error.to_string(), cure),
        Err(_) => DoctorFinding::failure(id, "it does not answer in time", cure),
    };
    finding.or_demo(config)
}

impl DoctorFinding {
    /// In the demo set, products are in a file, and no server is needed.
    fn or_demo(self, config: &Config) -> Self {
        match config.service.demo {
            Some(_) => Self::fine(self.id, "not needed for the demo set"),
            None => self,
        }
    }
}

/// The service account can log in, if there is one.
async fn credentials(config: &Config, opener: &Opener) -> Option<DoctorFinding> {
    let id = "credentials";
    let account = config.service.account.as_ref()?;
    let credentials = Credentials::Password {
        username: account.username.clone(),
        password: account.password.clone(),
    };
    let checked = tokio::time::timeout(TIMEOUT, opener.authenticate(&credentials)).await;
    Some(match checked {
        Ok(Ok(Authentication::Valid { .. })) => {
            DoctorFinding::fine(id, "the service account can log in")
        }
        Ok(Ok(Authentication::Invalid)) => DoctorFinding::failure(
            id,
            "Product Opener refuses the login of the service account",
            "correct OFF_USER and OFF_PASSWORD",
        ),
        Ok(Err(error)) => DoctorFinding::warning(
            id,
            format!("the login cannot be checked: {error}"),
            "reach Product Opener first",
        ),
        Err(_) => DoctorFinding::warning(
            id,
            "the login cannot be checked in time",
            "reach Product Opener first",
        ),
    })
}

async fn search(config: &Config) -> DoctorFinding {
    let id = "search";
    if matches!(config.search, SearchConfig::None) {
        return DoctorFinding::fine(id, "off (SEARCH_URL=none)");
    }
    let named = wire::NamedCorpora::default();
    let search = match wire::search_for_command(config, named) {
        Ok(search) => search,
        Err(error) => {
            return DoctorFinding::failure(id, format!("{error:#}"), "correct SEARCH_URL");
        }
    };
    let engine = search.parts.engine;
    let Ok(found) = tokio::time::timeout(TIMEOUT, engine.check()).await else {
        let result = format!("{} does not answer in time", engine.describe());
        return DoctorFinding::failure(id, result, "start Elasticsearch, or correct SEARCH_URL");
    };
    let messages: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
    let is_failed = found.iter().any(|finding| finding.is_failure);
    match (messages.is_empty(), is_failed && !engine.builds_on_need()) {
        (true, _) => DoctorFinding::fine(id, format!("{} answers", engine.describe())),
        (false, true) => DoctorFinding::failure(
            id,
            messages.join("; "),
            "start Elasticsearch (`docker compose up -d elasticsearch`), or correct SEARCH_URL",
        ),
        (false, false) if engine.builds_on_need() => {
            DoctorFinding::fine(id, "indexes are built when they are needed")
        }
        (false, false) => DoctorFinding::warning(id, messages.join("; "), "robotoff index build"),
    }
}

async fn events(config: &Config) -> DoctorFinding {
    let id = "events";
    let cure = "start Redis, or correct EVENTS_URL";
    let source = match wire::event_source(config, "doctor") {
        Ok(Some(source)) => source,
        Ok(None) => return DoctorFinding::fine(id, "no source (EVENTS_URL)"),
        Err(error) => return DoctorFinding::failure(id, format!("{error:#}"), cure),
    };
    match tokio::time::timeout(TIMEOUT, source.states()).await {
        Ok(Ok(_)) => DoctorFinding::fine(id, "the streams can be read"),
        Ok(Err(error)) => DoctorFinding::failure(id, error.to_string(), cure),
        Err(_) => DoctorFinding::failure(id, "Redis does not answer in time", cure),
    }
}
