//! Products from the MongoDB of Product Opener (`docs/reference/pipeline.md` 2.1), which
//! is only read: one look-up by key, of the members that rules read.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{ClientOptions, ConnectionString};
use robotoff_core::product::{Lookup, Product, ProductId, ServerType};
use robotoff_ports::connection_url::without_password;
use robotoff_ports::{PortError, PortResult, Products};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{ProductsUrlError, document};

const COLLECTION: &str = "products";
/// Connections at most: the old service's ones once brought the server down.
const MAX_CONNECTIONS: u32 = 10;

/// `mongodb://…`, checked. It may hold a password, so it is never shown whole.
#[derive(Clone, PartialEq, Eq)]
pub struct MongoUri(String);

impl FromStr for MongoUri {
    type Err = ProductsUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = |why: &str| ProductsUrlError::Malformed {
            address: without_password(text),
            why: why.to_owned(),
        };
        if text.starts_with("mongodb+srv:") {
            return Err(malformed(
                "addresses by SRV records are not looked up: name the hosts",
            ));
        }
        match ConnectionString::parse(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(malformed(&error.kind.to_string())),
        }
    }
}

impl fmt::Display for MongoUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for MongoUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MongoUri({self})")
    }
}

/// Time limits of the server.
#[derive(Debug, Clone)]
pub struct MongoSettings {
    /// Until a server is found that can be read; the old service's 100 s were
    /// meant to be 10 (`docs/reference/pipeline.md` 11.1, 41).
    pub select_timeout: Duration,
    /// Until it has answered, from then on.
    pub read_timeout: Duration,
}

impl Default for MongoSettings {
    fn default() -> Self {
        Self {
            select_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(10),
        }
    }
}

/// The client: one for all look-ups, connected by the first.
#[derive(Debug)]
pub struct MongoProducts {
    uri: MongoUri,
    settings: MongoSettings,
    client: OnceCell<Client>,
}

impl MongoProducts {
    /// A client that is not connected yet.
    pub fn new(uri: MongoUri, settings: MongoSettings) -> Self {
        Self {
            uri,
            settings,
            client: OnceCell::new(),
        }
    }

    async fn connected(&self) -> Result<Client, Error> {
        let mut options = ClientOptions::parse(&*self.uri.0).await?;
        options.app_name = Some("robotoff".to_owned());
        options.server_selection_timeout = Some(self.settings.select_timeout);
        options.connect_timeout = Some(self.settings.select_timeout);
        options.max_pool_size = Some(MAX_CONNECTIONS);
        Client::with_options(options)
    }

    async fn document(&self, id: &ProductId) -> Result<Option<Value>, Error> {
        let client = self.client.get_or_try_init(|| self.connected()).await?;
        client
            .database(database(id.server_type))
            .collection(COLLECTION)
            .find_one(doc! {"_id": id.barcode.as_str()})
            .projection(projection())
            .max_time(self.settings.read_timeout)
            .await
    }
}

#[async_trait]
impl Products for MongoProducts {
    async fn product(&self, id: &ProductId) -> PortResult<Lookup> {
        let what = format!("MongoDB at {}", self.uri);
        let timeout_kind = self.settings.select_timeout + self.settings.read_timeout;
        let found = tokio::time::timeout(timeout_kind, self.document(id))
            .await
            .map_err(|_| PortError::unavailable(&what, "does not answer in time"))?
            .map_err(|error| port_error(&what, &error))?;
        let Some(document) = found else {
            return Ok(Lookup::Absent);
        };
        let product = Product::from_json(id.clone(), document);
        let product = product.map_err(|error| PortError::defect(&what, error))?;
        Ok(Lookup::of(product))
    }
}

/// One for each project.
const fn database(server_type: ServerType) -> &'static str {
    match server_type {
        ServerType::Off => "off",
        ServerType::Obf => "obf",
        ServerType::Opff => "opff",
        ServerType::Opf => "opf",
        ServerType::OffPro => "off-pro",
    }
}

fn projection() -> Document {
    let members = document::stored_members().map(|member| (member, 1_i32.into()));
    members.collect()
}

/// "unauthorized" and "authentication failed".
const DENIALS: [i32; 2] = [13, 18];
/// No such command or option, wrong types: another server than is asked for.
const DEFECTS: [i32; 6] = [2, 9, 14, 59, 72, 73];

/// `Unavailable` where the server may answer later; a refusal, or a request that it does
/// not understand, is permanent.
fn port_error(what: &str, error: &Error) -> PortError {
    let why = &error.kind;
    match &**why {
        ErrorKind::Authentication { .. } => PortError::denied(what, why),
        ErrorKind::Command(said) if DENIALS.contains(&said.code) => PortError::denied(what, why),
        ErrorKind::Command(said) if DEFECTS.contains(&said.code) => PortError::defect(what, why),
        ErrorKind::Command(_)
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::Io(_)
        | ErrorKind::ServerSelection { .. } => PortError::unavailable(what, why),
        _ => PortError::defect(what, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_and_a_misunderstanding_are_no_outage() {
        // Interrupted by its time limit, shutting down, too busy; unauthorized, login
        // failed; no such command.
        for (code, expected) in [
            (50, "is unavailable"),
            (11600, "is unavailable"),
            (462, "is unavailable"),
            (13, "refused"),
            (18, "refused"),
            (59, "MongoDB: "),
        ] {
            let refusal = serde_json::json!({"code": code, "codeName": "Name", "errmsg": "why"});
            let refusal = ErrorKind::Command(serde_json::from_value(refusal).unwrap());
            let error = port_error("MongoDB", &Error::from(refusal)).to_string();
            assert!(error.contains(expected), "{code}: {error}");
        }
    }

    #[test]
    fn an_address_is_checked_and_its_password_not_shown() {
        let uri: MongoUri = "mongodb://me:s3cret@db1:27018,db2/?replicaSet=rs0"
            .parse()
            .unwrap();
        assert_eq!(
            uri.to_string(),
            "mongodb://me:…@db1:27018,db2/?replicaSet=rs0"
        );
        for (text, why) in [
            ("mongodb+srv://db", "SRV"),
            ("mongodb://", "host"),
            ("mongodb://me:s3cret@db:port", "port"),
        ] {
            let error = text.parse::<MongoUri>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
