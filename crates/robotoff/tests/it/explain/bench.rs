//! A product, its predictions and the use cases over them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_app::explain::Explanation;
use robotoff_app::{App, AppSettings, Edits, Ports};
use robotoff_core::geometry::ImageSize;
use robotoff_core::insight::Insight;
use robotoff_core::policy::Policy;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Lookup, Product, ProductId, ServerType, SourceImage};
use robotoff_off::data::DataSource;
use robotoff_off::knowledge::LoadedKnowledge;
use robotoff_ports::store::{
    Change, Changes, Committed, InsightReads, NewPrediction, ProductSnapshot,
};
use robotoff_ports::{
    EditRequest, Editor, ImageFiles, ManualClock, PortResult, Products, Store, SystemClock,
};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use serde_json::{Value, json};

const CODE: &str = "3001234567890";
const POLICY: &str = "
[[rule]]
predictor = \"universal-logo-detector\"
threshold = 0.8

[[rule]]
kind = \"label\"
value_tag = \"en:made-in-france\"
enabled = false
";

/// Products that all look up the same.
struct LookupStub(Mutex<Lookup>);

#[async_trait]
impl Products for LookupStub {
    async fn product(&self, _: &ProductId) -> PortResult<Lookup> {
        Ok(self.0.lock().unwrap().clone())
    }
}

/// An explanation edits nothing and fetches no image.
struct UnusedPorts;

#[async_trait]
impl Editor for UnusedPorts {
    async fn edit(&self, _: &EditRequest<'_>) -> PortResult<()> {
        unreachable!("nothing is edited")
    }
}

#[async_trait]
impl ImageFiles for UnusedPorts {
    async fn ocr(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        unreachable!("nothing is fetched")
    }

    async fn at(&self, _: &str) -> PortResult<Option<Vec<u8>>> {
        unreachable!("nothing is fetched")
    }

    async fn size(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<ImageSize>> {
        unreachable!("nothing is fetched")
    }
}

pub(super) struct TestApp {
    pub(super) app: App,
    store: Arc<Database>,
    products: Arc<LookupStub>,
    pub(super) product: ProductId,
}

impl TestApp {
    pub(super) async fn new() -> Self {
        let connect = ConnectSettings::default();
        let database = Database::open(&DatabaseUrl::SqliteMemory, &connect, Arc::new(SystemClock));
        let store = Arc::new(database.await.unwrap());
        migrate::migrate(&store, |_| {}).await.unwrap();
        let products = Arc::new(LookupStub(Mutex::new(Lookup::Unchecked)));
        let ports = Ports {
            store: store.clone(),
            queue: store.clone(),
            services: store.clone(),
            products: products.clone(),
            editor: Arc::new(UnusedPorts),
            image_files: Arc::new(UnusedPorts),
            knowledge: Arc::new(LoadedKnowledge::new(DataSource::BuiltIn)),
            clock: Arc::new(ManualClock::at(NaiveDateTime::default())),
            parts: robotoff_ports::OptionalParts::default(),
        };
        let settings = AppSettings {
            edits: Edits::Record,
            automatic_wait: Duration::from_secs(600),
            edit_lease: Duration::from_secs(60),
            ..AppSettings::default()
        };
        Self {
            app: App::new(ports, settings, Policy::parse(POLICY).unwrap()),
            store,
            products,
            product: forms(CODE).remove(0),
        }
    }

    /// The product has photos 1 to 3 and these members.
    pub(super) fn says(&self, members: Value) {
        let photo = json!({"sizes": {"full": {"w": 100, "h": 200}}});
        let mut document = json!({"images": {"1": photo, "2": photo, "3": photo}});
        let members = members.as_object().unwrap().clone();
        document.as_object_mut().unwrap().extend(members);
        let product = Product::from_json(self.product.clone(), document).unwrap();
        self.lookup(Lookup::Found(Box::new(product)));
    }

    /// Result of all look-ups from now on.
    pub(super) fn lookup(&self, lookup: Lookup) {
        *self.products.0.lock().unwrap() = lookup;
    }

    /// Keeps predictions `(kind, photo, members)`, which are numbered from 1.
    pub(super) async fn put(&self, product: &ProductId, seen: &[(PredictionKind, u32, Value)]) {
        let predictions = seen.iter().map(|(kind, photo, members)| {
            let mut document = serde_json::to_value(Prediction::new(*kind)).unwrap();
            let members = members.as_object().unwrap().clone();
            document.as_object_mut().unwrap().extend(members);
            NewPrediction {
                source_image: product.image(&photo.to_string()),
                prediction: serde_json::from_value(document).unwrap(),
            }
        });
        self.commit(
            product,
            Change::StorePredictions {
                product: product.clone(),
                predictions: predictions.collect(),
                at: NaiveDateTime::default(),
            },
        )
        .await;
    }

    pub(super) async fn commit(&self, product: &ProductId, change: Change) {
        let revision = self.snapshot(product).await.revision;
        let changes = Changes::of(product.clone(), revision).with(change);
        let committed = self.store.commit(changes).await.unwrap();
        assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    }

    pub(super) async fn snapshot(&self, product: &ProductId) -> ProductSnapshot {
        self.store.product_snapshot(product).await.unwrap()
    }

    /// The insight that claims a tag.
    pub(super) async fn insight(&self, tag: &str) -> Insight {
        let insights = self.snapshot(&self.product).await.insights;
        let mut claims = insights.into_iter();
        claims
            .find(|insight| insight.value_tag.as_deref() == Some(tag))
            .unwrap()
    }

    pub(super) async fn explained(&self) -> Explanation {
        let before = self.snapshot(&self.product).await;
        let mut explained = self.app.explainer.explain(&forms(CODE)).await.unwrap();
        assert_eq!(self.snapshot(&self.product).await, before);
        assert_eq!(explained.len(), 1);
        explained.remove(0)
    }
}

pub(super) fn forms(code: &str) -> Vec<ProductId> {
    ProductId::forms_of(code, ServerType::Off).unwrap()
}
