//! The world of a use case: a store of its own, a shelf of products, small word
//! lists, a clock that is moved by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use robotoff_app::{App, AppSettings, Edits, Ports};
use robotoff_core::brand_prefix::BrandPrefixes;
use robotoff_core::geometry::ImageSize;
use robotoff_core::insight::Insight;
use robotoff_core::knowledge::{Knowledge, LexiconKind, Part, TaxonomyKind};
use robotoff_core::lexicon::Lexicon;
use robotoff_core::policy::Policy;
use robotoff_core::prediction::Prediction;
use robotoff_core::product::{Barcode, Lookup, Product, ProductId, ServerType, SourceImage};
use robotoff_core::taxonomy::{Keep, Taxonomy};
use robotoff_ports::products::EditRequest;
use robotoff_ports::store::{
    Change, Changes, Committed, InsightReads, NewPrediction, ProductSnapshot,
};
use robotoff_ports::{
    Clock, Editor, KnowledgeSource, ManualClock, Pictures, PortError, PortResult, Products, Store,
};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use serde_json::Value;

const LABELS: &str = r#"{"en:organic": {"name": {"en": "Organic"}},
    "en:vegan": {"name": {"en": "Vegan"}}}"#;

/// A use case's world, and hands to change it.
pub(crate) struct Stage {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<Database>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) clock: Arc<ManualClock>,
    /// Holds the store, and is removed with the stage.
    _folder: tempfile::TempDir,
}

/// Products that are there.
#[derive(Default)]
pub(crate) struct Shelf {
    documents: Mutex<BTreeMap<ProductId, Value>>,
    /// Products that nobody can read just now.
    out_of_reach: Mutex<BTreeSet<ProductId>>,
    asked: Mutex<Vec<String>>,
}

impl Shelf {
    pub(crate) fn put(&self, product: &ProductId, document: Value) {
        let mut documents = self.documents.lock().expect("nobody panics");
        documents.insert(product.clone(), document);
    }

    pub(crate) fn take_out_of_reach(&self, products: &[ProductId]) {
        *self.out_of_reach.lock().expect("nobody panics") = products.iter().cloned().collect();
    }

    /// The codes that were asked for since the last call, sorted.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().expect("nobody panics"));
        asked.sort();
        asked
    }

    pub(crate) fn remove(&self, product: &ProductId) {
        let mut documents = self.documents.lock().expect("nobody panics");
        documents.remove(product);
    }
}

#[async_trait]
impl Products for Shelf {
    async fn product(&self, id: &ProductId) -> PortResult<Lookup> {
        let code = id.barcode.as_str().to_owned();
        self.asked.lock().expect("nobody panics").push(code);
        let out_of_reach = self
            .out_of_reach
            .lock()
            .expect("nobody panics")
            .contains(id);
        if out_of_reach {
            return Err(PortError::unavailable("the shelf", "it is locked"));
        }
        let document = self
            .documents
            .lock()
            .expect("nobody panics")
            .get(id)
            .cloned();
        let Some(document) = document else {
            return Ok(Lookup::Absent);
        };
        assert!(document != "panic", "as the test wants it");
        let product = Product::from_json(id.clone(), document);
        product
            .map(|product| Lookup::Found(Box::new(product)))
            .map_err(|why| PortError::defect("a product", why))
    }
}

/// Nobody is there.
struct Nobody;

#[async_trait]
impl Editor for Nobody {
    async fn edit(&self, _: &EditRequest<'_>) -> PortResult<()> {
        Err(PortError::unavailable("the editor", "nobody is there"))
    }
}

#[async_trait]
impl Pictures for Nobody {
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

struct Known(Arc<Knowledge>);

#[async_trait]
impl KnowledgeSource for Known {
    async fn knowledge(&self, _: &[Part], _: Duration) -> PortResult<Arc<Knowledge>> {
        Ok(self.0.clone())
    }
}

/// Words for labels and brands; every other list is empty.
fn knowledge() -> Knowledge {
    let words = |kind| match kind {
        LexiconKind::LabelKeywords => "en:vegan||vegan\n",
        // What is read on a picture is applied without a person.
        LexiconKind::LabelAllowances => "en:vegan\nen:organic\n",
        LexiconKind::Brands => "coca-cola||Coca-Cola||cocacola\n",
        LexiconKind::BrandsOfTaxonomy => "moulin-vert||Moulin Vert\n",
        _ => "",
    };
    let lists = LexiconKind::ALL
        .into_iter()
        .fold(Knowledge::default(), |known, kind| {
            let list = Lexicon::parse(kind.name(), words(kind), kind.shape());
            known.with_lexicon(kind, Arc::new(list.expect("a list")))
        });
    let taxonomies = TaxonomyKind::ALL.into_iter().fold(lists, |known, kind| {
        let nodes = match kind {
            TaxonomyKind::Labels => LABELS,
            _ => "{}",
        };
        let taxonomy = Taxonomy::from_json(nodes.as_bytes(), Keep::All);
        known.with_taxonomy(kind, Arc::new(taxonomy.expect("a taxonomy")))
    });
    taxonomies.with_brand_prefixes(Arc::new(BrandPrefixes::default()))
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(ManualClock::at(chrono::NaiveDateTime::default()));
        let connect = ConnectSettings::default();
        let folder = tempfile::tempdir().expect("a folder for the store");
        // On disk: work that is killed takes its connection along, and a store in memory
        // is gone with its connection.
        let url = format!("sqlite:{}/store.db", folder.path().display());
        let url: DatabaseUrl = url.parse().expect("an address");
        let database = Database::open(&url, &connect, clock.clone());
        let store = Arc::new(database.await.expect("the database opens"));
        migrate::migrate(&store, |_| {}).await.expect("it migrates");
        let shelf = Arc::new(Shelf::default());
        let ports = Ports {
            store: store.clone(),
            products: shelf.clone(),
            editor: Arc::new(Nobody),
            pictures: Arc::new(Nobody),
            knowledge: Arc::new(Known(Arc::new(knowledge()))),
            clock: clock.clone(),
        };
        let settings = AppSettings {
            edits: Edits::Record,
            automatic_wait: Duration::from_secs(600),
            edit_lease: Duration::from_secs(60),
        };
        Self {
            app: Arc::new(App::new(ports, settings, Policy::default())),
            store,
            shelf,
            clock,
            _folder: folder,
        }
    }

    pub(crate) async fn snapshot(&self, product: &ProductId) -> ProductSnapshot {
        let snapshot = self.store.product_snapshot(product).await;
        snapshot.expect("the store answers")
    }

    /// What the stored predictions and open insights say, sorted.
    pub(crate) async fn said(&self, product: &ProductId) -> Vec<String> {
        let snapshot = self.snapshot(product).await;
        let predictions = snapshot.predictions.iter().map(|stored| {
            let prediction = &stored.prediction;
            format!("saw {} {}", prediction.kind, value_of(prediction))
        });
        let open = snapshot.insights.iter().filter(|insight| insight.is_open());
        let mut said: Vec<String> = predictions.chain(open.map(asked)).collect();
        said.sort();
        said
    }

    pub(crate) async fn put(
        &self,
        product: &ProductId,
        image: Option<&str>,
        prediction: Prediction,
    ) {
        let changes = Changes::of(product.clone(), self.snapshot(product).await.revision).with(
            Change::StorePredictions {
                product: product.clone(),
                predictions: vec![NewPrediction {
                    source_image: image.map(SourceImage::new),
                    prediction,
                }],
                at: self.clock.now(),
            },
        );
        let committed = self.store.commit(changes).await.expect("a commit");
        assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    }
}

fn value_of(prediction: &Prediction) -> &str {
    let tag = prediction.value_tag.as_deref();
    tag.or(prediction.value.as_deref()).unwrap_or("-")
}

fn asked(insight: &Insight) -> String {
    let what = insight.value_tag.as_ref().or(insight.value.as_ref());
    let verb = match insight.automatic_processing {
        true => "applies",
        false => "asks",
    };
    format!("{verb} {} {}", insight.kind, what.map_or("-", |what| what))
}

/// A product of a project.
pub(crate) fn product_of(server_type: ServerType, code: &str) -> ProductId {
    ProductId {
        barcode: Barcode::as_stored(code).expect("a code"),
        server_type,
    }
}

/// A product of Open Food Facts.
pub(crate) fn product(code: &str) -> ProductId {
    product_of(ServerType::Off, code)
}
