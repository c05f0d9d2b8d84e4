//! Where ports get their adapters: the only place that names them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use robotoff_api::{Api, ApiSettings, Health, Look, PictureUrls, UseCases};
use robotoff_app::{App, Ports};
use robotoff_core::policy::Policy;
#[cfg(feature = "mongo")]
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::knowledge::LoadedKnowledge;
use robotoff_off::opener::Opener;
use robotoff_off::pictures::HttpPictures;
use robotoff_off::products::{FileProducts, NoProducts, ProductsUrl};
use robotoff_ports::{PortError, Products, SystemClock};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// Between tries to reach a database, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A command that a person waits for gives up after so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the database, up to date or not. One that is down is waited for, but no
/// longer than told; each try that fails is said.
pub(crate) async fn open(
    url: &DatabaseUrl,
    settings: &ConnectSettings,
    patience: Duration,
    stop: &CancellationToken,
) -> Result<Database> {
    make_folder_of(url)?;
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let opened = Database::open(url, settings, Arc::new(SystemClock)).await;
        let error = match opened {
            Ok(database) => return Ok(database),
            Err(error) => error,
        };
        let gives_up = !error.is_retryable() || begun.elapsed() + pause > patience;
        if gives_up || stop.is_cancelled() {
            return Err(error).with_context(|| format!("cannot use database {url}"));
        }
        tracing::warn!(%error, pause_secs = pause.as_secs(), "waiting for database {url}");
        let _ = tokio::time::timeout(pause, stop.cancelled()).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Opens a database that must be up to date.
pub(crate) async fn open_current(
    url: &DatabaseUrl,
    settings: &ConnectSettings,
    patience: Duration,
    stop: &CancellationToken,
) -> Result<Database> {
    let database = open(url, settings, patience, stop).await?;
    loop {
        match migrate::require_current(&database).await {
            Ok(()) => return Ok(database),
            Err(PortError::Unavailable { .. }) if !stop.is_cancelled() => {
                let _ = tokio::time::timeout(FIRST_PAUSE, stop.cancelled()).await;
            }
            Err(error) => return Err(error).with_context(|| format!("cannot use database {url}")),
        }
    }
}

fn make_folder_of(url: &DatabaseUrl) -> Result<()> {
    let DatabaseUrl::SqliteFile(path) = url else {
        return Ok(());
    };
    let Some(folder) = std::path::Path::new(path).parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make folder {}", folder.display()))
}

/// The use cases, over the adapters that the configuration names.
pub(crate) fn app(config: &Config, database: &Database) -> Result<Arc<App>> {
    let service = &config.service;
    let http = Http::new(service.addresses.clone(), HttpSettings::default())?;
    let opener = Arc::new(Opener::new(http.clone(), service.account.clone()));
    let products: Arc<dyn Products> = match &service.products {
        ProductsUrl::Opener => opener.clone(),
        ProductsUrl::File(path) => Arc::new(file_of_products(path)?),
        #[cfg(feature = "mongo")]
        ProductsUrl::Mongo(uri) => {
            let settings = robotoff_off::products::MongoSettings::default();
            Arc::new(robotoff_off::products::MongoProducts::new(
                uri.clone(),
                settings,
            ))
        }
        ProductsUrl::None => Arc::new(NoProducts),
    };
    if service.leaves_mongo_out {
        tracing::warn!(
            "MONGO_URI is left out: this program is built without the feature mongo. Products \
             are read from Product Opener; PRODUCTS_URL=opener: says that this is meant"
        );
    }
    let ports = Ports {
        store: Arc::new(database.clone()),
        products,
        editor: opener,
        pictures: Arc::new(HttpPictures::new(http)),
        knowledge: Arc::new(LoadedKnowledge::new(config.data_source(None))),
        clock: Arc::new(SystemClock),
    };
    let policy = match &service.policy {
        Some(file) => read_policy(file)?,
        None => Policy::default(),
    };
    Ok(Arc::new(App::new(ports, service.app.clone(), policy)))
}

/// A file of products, which is read meanwhile; what is wrong in it is said as
/// soon as it is found.
fn file_of_products(path: &Path) -> Result<FileProducts> {
    std::fs::File::open(path)
        .with_context(|| format!("cannot read PRODUCTS_URL {}", path.display()))?;
    let products = FileProducts::open(path);
    let reading = products.clone();
    tokio::spawn(async move {
        match reading.ready().await {
            Ok(products) => tracing::info!(products, "read the file of products"),
            Err(error) => tracing::error!(%error, "cannot use PRODUCTS_URL"),
        }
    });
    Ok(products)
}

/// Reads a policy; what is wrong with it is named with its line.
pub(crate) fn read_policy(file: &Path) -> Result<Policy> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read policy {}", file.display()))?;
    Policy::parse(&text).with_context(|| format!("cannot use policy {}", file.display()))
}

/// Looks for a product that need not be there: what counts is that it can.
#[cfg(feature = "mongo")]
fn look_at_products(app: &Arc<App>) -> Look {
    let products = app.ports.products.clone();
    Box::new(move || {
        let products = products.clone();
        Box::pin(async move {
            let barcode = Barcode::normalized("0").map_err(|error| error.to_string())?;
            let id = ProductId {
                barcode,
                server_type: ServerType::Off,
            };
            let looked = products.product(&id).await;
            looked
                .map(|_| "products can be looked for".to_owned())
                .map_err(|error| error.to_string())
        })
    })
}

/// The routes, and the parts that `/health` looks at.
pub(crate) fn router(config: &Config, database: &Database, app: &Arc<App>, host: &str) -> Router {
    let checker = match config.database {
        DatabaseUrl::Postgres(_) => "test_connect_postgres",
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => "test_connect_sqlite",
    };
    let looked_at = database.clone();
    let look: Look = Box::new(move || {
        let database = looked_at.clone();
        Box::pin(async move {
            let answered = database.ping().await;
            answered
                .map(|()| "the database answers".to_owned())
                .map_err(|error| error.to_string())
        })
    });
    let health = Health::new(host, Arc::new(SystemClock)).with(checker, look);
    #[cfg(feature = "mongo")]
    let health = match config.service.products {
        ProductsUrl::Mongo(_) => health.with("test_connect_mongodb", look_at_products(app)),
        ProductsUrl::Opener | ProductsUrl::File(_) | ProductsUrl::None => health,
    };
    let addresses = &config.service.addresses;
    let images = |server_type| addresses.images(server_type);
    robotoff_api::router(Api {
        service: Arc::new(UseCases(app.clone())),
        store: Arc::new(database.clone()),
        pictures: Arc::new(PictureUrls::new(images, addresses.label_pictures())),
        health: Arc::new(health),
        settings: ApiSettings {
            demo: config.service.demo.clone(),
            ..ApiSettings::default()
        },
    })
}
