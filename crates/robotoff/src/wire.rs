//! Composition: which adapter stands behind each port. The only file that names adapters
//! beside the one of the database.

mod backups;
mod corpora;
mod inventory;
pub(crate) mod pixels;
mod search;
mod telemetry;
#[cfg(test)]
mod time_limits;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use robotoff_api::{
    Api, ApiControl, ApiSettings, HealthCheck, HealthChecks, ImageUrls, LiveOverview, Role,
};
use robotoff_app::events::{Listener, ListenerSettings};
use robotoff_app::ops::{ReadHealth, Sampler};
use robotoff_app::worker::{Worker, WorkerSettings};
use robotoff_app::{App, Edits, Ports, jobs};
use robotoff_core::policy::Policy;
#[cfg(feature = "mongo")]
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_infer::crop::PixelCropper;
use robotoff_infer::inspect::PixelInspector;
use robotoff_infer::pool::DecoderPool;
use robotoff_infer::vision::VisionModels;
use robotoff_off::batches::BatchFolder;
use robotoff_off::events::{EventsUrl, RedisEvents, RedisSettings};
use robotoff_off::facets::HttpFacets;
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::image_files::HttpImageFiles;
use robotoff_off::influx::Influx;
use robotoff_off::knowledge::LoadedKnowledge;
use robotoff_off::moderation::ModerationService;
use robotoff_off::opener::Opener;
use robotoff_off::products::{FileProducts, NoProducts, ProductsUrl};
use robotoff_off::pull::{DataPull, PulledDump};
use robotoff_off::temporary_files::TemporaryFolder;
use robotoff_ports::services::Service;
use robotoff_ports::{DumpSource, EventSource, OptionalParts, Products, SystemClock};
use robotoff_store::{Database, DatabaseUrl};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::policy_file;

pub(crate) use search::{
    NamedCorpora, category_corpus, category_model, for_command as search_for_command,
    small_taxonomy, spelling_corpus,
};
pub(crate) use telemetry::{error_reports, host_name, metric_state, trace_collector};

/// Parts of the service, put together and not yet running.
pub(crate) struct Wired {
    pub(crate) database: Database,
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    pub(crate) sampler: Sampler,
    /// Control of the API while it runs.
    pub(crate) api: ApiControl,
    pub(crate) worker: Worker,
    /// `None` without a source of events.
    pub(crate) listener: Option<Listener>,
    pub(crate) knowledge: LoadedKnowledge,
}

/// Puts the service of this process together.
pub(crate) fn wire(
    config: &Config,
    database: Database,
    process: &Service,
    stop: &CancellationToken,
) -> Result<Wired> {
    let knowledge = LoadedKnowledge::new(config.data_source(None));
    let app = app_with(config, &database, knowledge.clone())?;
    let settings = WorkerSettings {
        name: process.id.clone(),
        ..config.worker.clone()
    };
    if let Some(uses) = &app.search {
        search::report_findings(uses);
    }
    let health = Arc::new(health_checks(config, &database, &app, &process.host));
    let live = Arc::new(LiveOverview::new(stop.clone()));
    let api = ApiControl::default();
    Ok(Wired {
        router: router(config, &app, health.clone(), live, &api),
        sampler: Sampler {
            app: app.clone(),
            source: process.id.clone(),
            health: Some(read_health(health)),
        },
        api,
        listener: listener(config, &app, &process.id)?,
        knowledge,
        worker: Worker::new(Arc::new(database.clone()), jobs::registry(&app), settings),
        app,
        database,
    })
}

/// The source of events, read under this name.
pub(crate) fn event_source(
    config: &Config,
    consumer: &str,
) -> Result<Option<Arc<dyn EventSource>>> {
    let EventsUrl::Redis(url) = &config.events.url else {
        return Ok(None);
    };
    let settings = RedisSettings {
        consumer: consumer.to_owned(),
        ..config.events.redis.clone()
    };
    Ok(Some(Arc::new(RedisEvents::new(url, settings)?)))
}

/// A listener of the source of events, if there is one.
pub(crate) fn listener(
    config: &Config,
    app: &Arc<App>,
    consumer: &str,
) -> Result<Option<Listener>> {
    let source = event_source(config, consumer)?;
    Ok(source.map(|source| {
        let store = app.ports.store.clone();
        Listener::new(
            source,
            store,
            app.events.clone(),
            ListenerSettings::default(),
        )
    }))
}

/// Use cases over the adapters that the configuration names.
pub(crate) fn app(config: &Config, database: &Database) -> Result<Arc<App>> {
    let knowledge = LoadedKnowledge::new(config.data_source(None));
    app_with(config, database, knowledge)
}

fn app_with(config: &Config, database: &Database, knowledge: LoadedKnowledge) -> Result<Arc<App>> {
    let service = &config.service;
    let http = Http::new(service.addresses.clone(), HttpSettings::default())?;
    let opener = Arc::new(Opener::new(http.clone(), service.account.clone()));
    let products = products(config, &opener)?;
    let ports = Ports {
        store: Arc::new(database.clone()),
        queue: Arc::new(database.clone()),
        services: Arc::new(database.clone()),
        products,
        editor: opener.clone(),
        image_files: Arc::new(image_files_of(config, http.clone())),
        knowledge: Arc::new(knowledge),
        clock: Arc::new(SystemClock),
        parts: OptionalParts {
            authenticator: match service.access.verifies_logins {
                true => Some(opener),
                false => None,
            },
            backups: backups::backups(config, database),
            ..parts(config, &http)?
        },
    };
    let policy = match &service.policy {
        Some(file) => policy_file::read(file)?,
        None => Policy::default(),
    };
    Ok(Arc::new(App::new(ports, service.app.clone(), policy)))
}

/// Files of images, for a command.
pub(crate) fn image_files(config: &Config) -> Result<HttpImageFiles> {
    let http = Http::new(config.service.addresses.clone(), HttpSettings::default())?;
    Ok(image_files_of(config, http))
}

fn image_files_of(config: &Config, http: Http) -> HttpImageFiles {
    let hosts = config.service.allowed_hosts.iter().map(String::as_str);
    HttpImageFiles::new(http).with_allowed_hosts(hosts)
}

/// The fetch of data into the folder for them.
pub(crate) fn data_pull(config: &Config, http: &Http) -> DataPull {
    let folder = config.data.folder.clone();
    DataPull::new(http.clone(), folder, config.data.pull.clone())
}

/// The optional parts that are configured.
fn parts(config: &Config, http: &Http) -> Result<OptionalParts> {
    let moderation = config.service.moderation.as_ref().map(|moderation| {
        let token = moderation.token.clone();
        let service = ModerationService::new(http.clone(), &moderation.url, token);
        Arc::new(service) as Arc<dyn robotoff_ports::parts::Moderation>
    });
    let series = config.service.influx.as_ref().map(|settings| {
        let influx = Influx::new(http.clone(), settings.clone());
        Arc::new(influx) as Arc<dyn robotoff_ports::series::SeriesSink>
    });
    let batches = match &config.service.batch_results {
        Some(url) => {
            let folder = BatchFolder::new(url, &config.object_stores)
                .context("cannot use BATCH_RESULTS_URL")?;
            Some(Arc::new(folder) as Arc<dyn robotoff_ports::parts::BatchResults>)
        }
        None => None,
    };
    let dumps = config.data.pulls_dump().then(|| {
        let pull = data_pull(config, http);
        Arc::new(PulledDump::new(pull)) as Arc<dyn DumpSource>
    });
    let inference = pixels::inference(config)?;
    let decoders = DecoderPool::default();
    let models = VisionModels::new(inference.clone(), decoders.clone());
    Ok(OptionalParts {
        image_models: Some(Arc::new(models)),
        inference: Some(inference),
        languages: pixels::languages(config, http),
        image_texts: pixels::image_texts(config, http)?,
        inspector: Some(Arc::new(PixelInspector::new(decoders.clone()))),
        batches,
        series,
        facets: Some(Arc::new(HttpFacets::new(http.clone()))),
        dumps,
        events: event_source(config, "status")?,
        inventory: Some(Arc::new(inventory::DiskInventory::new(config, http))),
        moderation,
        temporary_files: Some(Arc::new(TemporaryFolder::new(
            config.temporary_folder.clone(),
        ))),
        cropper: Some(Arc::new(PixelCropper::new(decoders))),
        ..search::parts(config)?
    })
}

/// Product reads of the configured source.
fn products(config: &Config, opener: &Arc<Opener>) -> Result<Arc<dyn Products>> {
    let service = &config.service;
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
    if service.ignores_mongo {
        tracing::warn!(
            "MONGO_URI is ignored: this program is built without the feature mongo. Products \
             are read from Product Opener; PRODUCTS_URL=opener: silences this warning"
        );
    }
    Ok(products)
}

/// Products of a file, which is read in the background. An error in it is logged as soon
/// as it is found.
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

/// Check that products can be read: a look-up of one that need not exist.
#[cfg(feature = "mongo")]
fn products_check(app: &Arc<App>) -> HealthCheck {
    let products = app.ports.products.clone();
    Box::new(move || {
        let products = products.clone();
        Box::pin(async move {
            let barcode = Barcode::normalized("0").map_err(|error| error.to_string())?;
            let id = ProductId {
                barcode,
                server_type: ServerType::Off,
            };
            let lookup = products.product(&id).await;
            lookup
                .map(|_| "products can be read".to_owned())
                .map_err(|error| error.to_string())
        })
    })
}

/// The checks of `/health`.
fn health_checks(config: &Config, database: &Database, app: &Arc<App>, host: &str) -> HealthChecks {
    let checker = match config.database {
        DatabaseUrl::Postgres(_) => "test_connect_postgres",
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => "test_connect_sqlite",
    };
    let checked = database.clone();
    let check: HealthCheck = Box::new(move || {
        let database = checked.clone();
        Box::pin(async move {
            let answered = database.ping().await;
            answered
                .map(|()| "the database answers".to_owned())
                .map_err(|error| error.to_string())
        })
    });
    let health = HealthChecks::new(host, Arc::new(SystemClock)).with(checker, check);
    #[cfg(feature = "mongo")]
    let health = match config.service.products {
        ProductsUrl::Mongo(_) => health.with("test_connect_mongodb", products_check(app)),
        ProductsUrl::Opener | ProductsUrl::File(_) | ProductsUrl::None => health,
    };
    let health = match &app.search {
        Some(uses) => health.with(search::checker(config), search::health_check(uses)),
        None => health,
    };
    health.with("read_photos", pixels::health_check(config))
}

/// Read of the health checks, for their history.
fn read_health(health: Arc<HealthChecks>) -> ReadHealth {
    Box::new(move || {
        let health = health.clone();
        Box::pin(async move { health.run().await.taken() })
    })
}

/// Router of the API.
fn router(
    config: &Config,
    app: &Arc<App>,
    health: Arc<HealthChecks>,
    live: Arc<LiveOverview>,
    control: &ApiControl,
) -> Router {
    let addresses = &config.service.addresses;
    let images = |server_type| addresses.images(server_type);
    robotoff_api::router(Api {
        app: app.clone(),
        image_urls: Arc::new(ImageUrls::new(images, addresses.label_images())),
        health,
        live,
        settings: ApiSettings {
            demo: config.service.demo.clone(),
            access: config.service.access.settings.clone(),
            roles: config.service.access.roles.clone(),
            batch_token: config.service.batch_token.clone(),
            control: control.clone(),
            // Where edits reach no product, a believed login may do everything.
            role_of_logins: match config.service.app.edits {
                Edits::Send => Role::User,
                Edits::Off | Edits::Record => Role::Operator,
            },
            ..ApiSettings::default()
        },
    })
}
