//! [`TestApp`]: the router over the use cases on SQLite in memory, with fakes around
//! them; and requests to a router.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::response::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_api::{Api, ApiSettings, HealthChecks, ImageUrls, LiveOverview, router};
use robotoff_app::{App, AppSettings, Edits, Ports};
use robotoff_core::edit::ProductChange;
use robotoff_core::insight::{Insight, InsightId, InsightKind};
use robotoff_core::knowledge::{Knowledge, LexiconKind, Part, TaxonomyKind};
use robotoff_core::lexicon::Lexicon;
use robotoff_core::policy::Policy;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_core::taxonomy::{Keep, Taxonomy};
use robotoff_ports::fakes::{FakeProducts, NoImageFiles};
use robotoff_ports::products::EditRequest;
use robotoff_ports::store::{Change, Changes, Committed, InsightReads};
use robotoff_ports::{
    Credentials, Editor, KnowledgeSource, OptionalParts, PortError, PortResult, Store, SystemClock,
};
use robotoff_store::{ConnectSettings, Database, migrate};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

const LABELS: &str = r#"{"en:organic": {"name": {"en": "Organic", "fr": "Bio"}},
    "de:ohne-gentechnik": {"name": {"fr": "Sans OGM"}}}"#;

/// The API over [`App`], and handles to what surrounds it.
pub(crate) struct TestApp {
    pub(crate) api: Api,
    pub(crate) store: Database,
    pub(crate) products: Arc<FakeProducts>,
    pub(crate) editor: Arc<RecordingEditor>,
    pub(crate) knowledge: Arc<FaultyKnowledge>,
}

impl TestApp {
    /// An empty store in memory.
    pub(crate) async fn new() -> Self {
        Self::on(migrated("sqlite::memory:").await)
    }

    /// This store.
    pub(crate) fn on(store: Database) -> Self {
        let products = Arc::new(FakeProducts::default());
        let editor = Arc::new(RecordingEditor::default());
        let knowledge = Arc::new(FaultyKnowledge::new());
        let ports = Ports {
            store: Arc::new(store.clone()),
            queue: Arc::new(store.clone()),
            services: Arc::new(store.clone()),
            products: products.clone(),
            editor: editor.clone(),
            image_files: Arc::new(NoImageFiles),
            knowledge: knowledge.clone(),
            clock: Arc::new(SystemClock),
            parts: OptionalParts::default(),
        };
        let image_urls = ImageUrls::new(
            |server_type| format!("https://{server_type}.example/images"),
            "https://static.example",
        );
        let api = Api {
            app: Arc::new(App::new(ports, settings(), Policy::default())),
            image_urls: Arc::new(image_urls),
            health: Arc::new(HealthChecks::new("here", Arc::new(SystemClock))),
            live: Arc::new(LiveOverview::new(CancellationToken::new())),
            settings: ApiSettings::default(),
        };
        Self {
            api,
            store,
            products,
            editor,
            knowledge,
        }
    }

    /// Adds optional parts to the use cases.
    pub(crate) fn add_parts(&mut self, add: impl FnOnce(&mut OptionalParts)) {
        self.change_ports(|ports| add(&mut ports.parts));
    }

    /// Replaces ports of the use cases.
    pub(crate) fn change_ports(&mut self, change: impl FnOnce(&mut Ports)) {
        let mut ports = self.api.app.ports.clone();
        change(&mut ports);
        self.api.app = Arc::new(App::new(ports, settings(), Policy::default()));
    }

    pub(crate) fn router(&self) -> Router {
        router(self.api.clone())
    }

    /// Stores insights, which may be of several products.
    pub(crate) async fn store(&self, insights: Vec<Insight>) {
        store_insights(&self.store, insights).await;
    }

    /// Stores insights of one product, by one commit.
    pub(crate) async fn store_of_one_product(&self, insights: Vec<Insight>) {
        let product = insights[0].product.clone();
        let snapshot = self.store.product_snapshot(&product).await;
        let revision = snapshot.expect("the store works").revision;
        let changes = Changes::of(product, revision).with(Change::CreateInsights(insights));
        let committed = self.store.commit(changes).await.expect("the store works");
        assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    }

    /// The insight of a number.
    pub(crate) async fn insight(&self, number: u128) -> Insight {
        let insight = self.store.insight(InsightId(Uuid::from_u128(number)));
        let insight = insight.await.expect("the store works");
        insight.expect("the insight is stored")
    }
}

fn settings() -> AppSettings {
    AppSettings {
        edits: Edits::Send,
        automatic_wait: Duration::from_secs(600),
        edit_lease: Duration::from_secs(60),
        ..AppSettings::default()
    }
}

/// Stores insights, which may be of several products.
pub(crate) async fn store_insights(store: &dyn Store, insights: Vec<Insight>) {
    for insight in insights {
        let product = insight.product.clone();
        let snapshot = store.product_snapshot(&product).await;
        let revision = snapshot.expect("the store works").revision;
        let changes = Changes::of(product, revision).with(Change::CreateInsights(vec![insight]));
        let committed = store.commit(changes).await.expect("the store works");
        assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    }
}

/// Insight of a number, which is its id and its age.
pub(crate) fn insight(number: u128, code: &str, kind: InsightKind) -> Insight {
    let product = ProductId {
        barcode: Barcode::as_stored(code).expect("a code"),
        server_type: ServerType::Off,
    };
    let seconds = i64::try_from(number).expect("a small number");
    let at = NaiveDateTime::default() + TimeDelta::seconds(seconds);
    Insight::new(InsightId(Uuid::from_u128(number)), product, kind, at)
}

/// Up-to-date database of the URL.
pub(crate) async fn migrated(url: &str) -> Database {
    let url = url.parse().expect("a url of a database");
    let clock = Arc::new(SystemClock);
    let database = Database::open(&url, &ConnectSettings::default(), clock).await;
    let database = database.expect("the database opens");
    migrate::migrate(&database, |_| {})
        .await
        .expect("it migrates");
    database
}

/// Editor that accepts and records every change.
#[derive(Default)]
pub(crate) struct RecordingEditor(Mutex<Vec<(ProductChange, Credentials)>>);

impl RecordingEditor {
    /// Changes and their credentials since the last call.
    pub(crate) fn take(&self) -> Vec<(ProductChange, Credentials)> {
        std::mem::take(&mut *self.0.lock().expect("no test panics here"))
    }
}

#[async_trait]
impl Editor for RecordingEditor {
    async fn edit(&self, request: &EditRequest<'_>) -> PortResult<()> {
        let edit = (request.change.clone(), request.credentials.clone());
        self.0.lock().expect("no test panics here").push(edit);
        Ok(())
    }
}

/// Way in which knowledge is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Fault {
    None,
    Unavailable,
    Defect,
    Panic,
    NoAnswer,
}

/// Knowledge of two labels, with faults on demand.
pub(crate) struct FaultyKnowledge {
    knowledge: Arc<Knowledge>,
    fault: AtomicU8,
}

impl FaultyKnowledge {
    fn new() -> Self {
        let labels = Taxonomy::from_json(LABELS.as_bytes(), Keep::All).expect("a taxonomy");
        let kind = LexiconKind::LabelAllowances;
        let allowances = Lexicon::parse("allowances", "", kind.shape()).expect("a list");
        let knowledge = Knowledge::default()
            .with_taxonomy(TaxonomyKind::Labels, Arc::new(labels))
            .with_lexicon(kind, Arc::new(allowances));
        Self {
            knowledge: Arc::new(knowledge),
            fault: AtomicU8::new(Fault::None as u8),
        }
    }

    pub(crate) fn fail(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::Relaxed);
    }
}

#[async_trait]
impl KnowledgeSource for FaultyKnowledge {
    async fn knowledge(&self, _: &[Part], _: Duration) -> PortResult<Arc<Knowledge>> {
        let fault = self.fault.load(Ordering::Relaxed);
        let is = |wanted: Fault| fault == wanted as u8;
        if is(Fault::Unavailable) {
            return Err(PortError::unavailable("the taxonomies", "still loading"));
        }
        if is(Fault::Defect) {
            return Err(PortError::defect("the taxonomies", "unreadable"));
        }
        if is(Fault::NoAnswer) {
            return std::future::pending().await;
        }
        assert!(!is(Fault::Panic), "as the test wants it");
        Ok(self.knowledge.clone())
    }
}

/// Router on an empty store in memory.
pub(crate) async fn empty() -> Router {
    TestApp::new().await.router()
}

/// Response to a request.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A header as text; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.map_or("", |value| value.expect("a header of text"))
    }
}

/// Sends a request with a method, headers and a body.
pub(crate) async fn send(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Body::from(body.to_owned()))
        .expect("a request");
    let (parts, bytes) = answer(router, request).await;
    Response {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).expect("a text"),
    }
}

/// Body of a response that is no text.
pub(crate) async fn get_bytes(router: &Router, path: &str) -> Bytes {
    let request = Request::builder().uri(path);
    let request = request.body(Body::empty()).expect("a request");
    answer(router, request).await.1
}

/// Response to a request, as bytes.
pub(crate) async fn answer(router: &Router, request: Request<Body>) -> (Parts, Bytes) {
    let response = router.clone().oneshot(request).await.expect("a response");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    (parts, bytes)
}

/// Sends a GET request.
pub(crate) async fn get(router: &Router, path: &str) -> Response {
    send(router, "GET", path, &[], "").await
}
