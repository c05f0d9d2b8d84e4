//! The use cases over a real store and a shelf of products: what is edited is edited
//! at once, and nothing is fetched.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use async_trait::async_trait;
use robotoff_app::{App, AppSettings, Edits, Ports};
use robotoff_bench::invented;
use robotoff_core::geometry::ImageSize;
use robotoff_core::policy::Policy;
use robotoff_core::prediction::Prediction;
use robotoff_core::product::{Lookup, Product, ProductId, SourceImage};
use robotoff_off::data::DataSource;
use robotoff_off::knowledge::LoadedKnowledge;
use robotoff_ports::store::{Change, Changes, Committed, NewPrediction};
use robotoff_ports::{EditRequest, Editor, Pictures, PortError, PortResult, Products, SystemClock};
use robotoff_store::{ConnectSettings, Database, migrate};

/// Products that can be read and edited.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<HashMap<ProductId, Product>>);

impl Shelf {
    pub(crate) fn put(&self, product: Product) {
        self.with(|products| products.insert(product.id.clone(), product));
    }

    /// Looks at the products, or changes them.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut HashMap<ProductId, Product>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Products for Shelf {
    async fn product(&self, id: &ProductId) -> PortResult<Lookup> {
        let found = self.with(|products| products.get(id).cloned());
        Ok(found.map_or(Lookup::Absent, |product| Lookup::Found(Box::new(product))))
    }
}

#[async_trait]
impl Editor for Shelf {
    async fn edit(&self, request: &EditRequest<'_>) -> PortResult<()> {
        let edited = self.with(|products| {
            let product = products.get_mut(request.product)?;
            invented::edit(product, request.change);
            Some(())
        });
        edited.ok_or_else(|| PortError::denied("the shelf", "there is no such product"))
    }
}

/// Nothing is found beside a picture.
struct NoPictures;

#[async_trait]
impl Pictures for NoPictures {
    async fn ocr(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn at(&self, _: &str) -> PortResult<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn size(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<ImageSize>> {
        Ok(None)
    }
}

/// The use cases over a new database and the shelf.
pub(crate) async fn app(
    url: &str,
    shelf: &Arc<Shelf>,
    knowledge: &LoadedKnowledge,
) -> Result<Arc<App>> {
    let clock = Arc::new(SystemClock);
    let database = Database::open(&url.parse()?, &ConnectSettings::default(), clock).await?;
    migrate::migrate(&database, |_| {}).await?;
    let ports = Ports {
        store: Arc::new(database),
        products: shelf.clone(),
        editor: shelf.clone(),
        pictures: Arc::new(NoPictures),
        knowledge: Arc::new(knowledge.clone()),
        clock: Arc::new(SystemClock),
    };
    let settings = AppSettings {
        edits: Edits::Send,
        automatic_wait: Duration::from_secs(600),
        edit_lease: Duration::from_secs(120),
    };
    Ok(Arc::new(App::new(ports, settings, Policy::default())))
}

/// The knowledge of a folder of data.
pub(crate) fn knowledge(data: &Path) -> LoadedKnowledge {
    LoadedKnowledge::new(DataSource::Folder(data.to_owned()))
}

/// A prediction of the picture of this number, or of none.
pub(crate) fn of_picture(
    product: &ProductId,
    number: Option<u32>,
    prediction: Prediction,
) -> NewPrediction {
    let path = number.map(|number| format!("/{}/{number}.jpg", product.barcode));
    NewPrediction {
        source_image: path.map(|path| SourceImage::new(&path)),
        prediction,
    }
}

/// As a picture is imported once its text is read: keeps the predictions, then
/// brings the insights in line with them.
pub(crate) async fn import(
    app: &App,
    product: &ProductId,
    predictions: Vec<NewPrediction>,
) -> Result<u64> {
    let store = &app.ports.store;
    let snapshot = store.product_snapshot(product).await?;
    let put = Change::PutPredictions {
        product: product.clone(),
        predictions,
        at: app.ports.clock.now(),
    };
    let changes = Changes::of(product.clone(), snapshot.revision).with(put);
    if let Committed::Conflict(conflict) = store.commit(changes).await? {
        bail!("{product}: {conflict:?}");
    }
    let refreshed = app.refresh(product, None).await?;
    Ok(refreshed.insights.created.values().sum())
}
