//! `TestApp`: the use cases on a store of their own, with fakes for what is outside, a
//! manual clock, and jobs that run when the test says so.
//!
//! A test arranges with `products`, `images` and `store_prediction`, acts through `app`
//! or the short forms here (`vote`, `answer_as`, `run_jobs`, `advance`), and compares
//! texts: `summary`, `state_of`, `edit_states`, `editor.applied()`.

use std::sync::Arc;
use std::time::Duration;

use robotoff_app::answer::{AnswerReply, AnswerRequest, Caller, Choice};
use robotoff_app::jobs::{Registry, registry};
use robotoff_app::schedule::{self, FiredBy};
use robotoff_app::worker::report_of;
use robotoff_app::{App, AppSettings, Edits, Ports};
use robotoff_core::insight::{Answer, AnswerResult, Insight, InsightId};
use robotoff_core::policy::Policy;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_core::vote::Device;
use robotoff_ports::job::{LeaseRequest, Queue, Report};
use robotoff_ports::store::{
    Change, Changes, Committed, EditReads, InsightReads, NewPrediction, ProductSnapshot,
};
use robotoff_ports::{Clock, Credentials, JobQueue, ManualClock, OptionalParts, Store};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::fake_knowledge::FakeKnowledge;
use crate::fakes::{FakeEditor, FakeImages, FakeProducts};

/// Wait of automatic insights before they are applied.
pub(crate) const AUTOMATIC_WAIT: Duration = Duration::from_secs(600);
/// Lease of an edit that is being sent.
pub(crate) const EDIT_LEASE: Duration = Duration::from_secs(60);
/// Lease of jobs that a test runs.
const JOB_LEASE: Duration = Duration::from_secs(60);

/// The use cases, and all that a test controls of their surroundings.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<Database>,
    pub(crate) products: Arc<FakeProducts>,
    pub(crate) images: Arc<FakeImages>,
    pub(crate) editor: Arc<FakeEditor>,
    pub(crate) knowledge: Arc<FakeKnowledge>,
    pub(crate) clock: Arc<ManualClock>,
    registry: Registry,
    /// Holds the store, and is removed with it.
    folder: tempfile::TempDir,
}

impl TestApp {
    /// Edits are sent; the policy is the default one.
    pub(crate) async fn new() -> Self {
        Self::with(Edits::Send, "").await
    }

    /// With a policy, in the form of `policy.toml`.
    pub(crate) async fn with(edits: Edits, policy: &str) -> Self {
        Self::with_parts(edits, policy, OptionalParts::default()).await
    }

    /// With optional parts.
    pub(crate) async fn with_parts(edits: Edits, policy: &str, parts: OptionalParts) -> Self {
        // On disk: a use case that is dropped closes its connection, and a store in
        // memory is gone with its connection.
        let folder = tempfile::tempdir().expect("a folder for the store");
        let url = format!("sqlite:{}/store.db", folder.path().display());
        Self::open(&url, folder, parts, edits, policy).await
    }

    /// One on each kind of database.
    pub(crate) async fn both(parts: OptionalParts) -> [Self; 2] {
        let folder = tempfile::tempdir().expect("a folder for the store");
        let sqlite = format!("sqlite:{}/store.db", folder.path().display());
        let server = robotoff_testbed::postgres().database(None);
        let server = server.expect("a database");
        let other = tempfile::tempdir().expect("a folder");
        [
            Self::open(&sqlite, folder, parts.clone(), Edits::Send, "").await,
            Self::open(&server, other, parts, Edits::Send, "").await,
        ]
    }

    async fn open(
        url: &str,
        folder: tempfile::TempDir,
        parts: OptionalParts,
        edits: Edits,
        policy: &str,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(chrono::NaiveDateTime::default()));
        let url: DatabaseUrl = url.parse().expect("an address");
        let connect = ConnectSettings::default();
        let database = Database::open(&url, &connect, clock.clone());
        let store = Arc::new(database.await.expect("the database opens"));
        migrate::migrate(&store, |_| {}).await.expect("it migrates");
        let products = Arc::new(FakeProducts::default());
        let images = Arc::new(FakeImages::default());
        let editor = Arc::new(FakeEditor::new(products.clone(), store.clone()));
        let knowledge = Arc::new(FakeKnowledge::new(store.clone()));
        let ports = Ports {
            store: store.clone(),
            queue: store.clone(),
            services: store.clone(),
            products: products.clone(),
            editor: editor.clone(),
            image_files: images.clone(),
            knowledge: knowledge.clone(),
            clock: clock.clone(),
            parts: OptionalParts {
                image_texts: Some(images.clone()),
                inspector: Some(images.clone()),
                ..parts
            },
        };
        let settings = AppSettings {
            edits,
            automatic_wait: AUTOMATIC_WAIT,
            edit_lease: EDIT_LEASE,
            ..AppSettings::default()
        };
        let policy = Policy::parse(policy).expect("a policy");
        let app = Arc::new(App::new(ports, settings, policy));
        Self {
            registry: registry(&app),
            app,
            store,
            products,
            images,
            editor,
            knowledge,
            clock,
            folder,
        }
    }

    /// Executes SQL beside the store, as another program does that shares the database.
    pub(crate) async fn execute_sql(&self, sql: &'static str) {
        let file = self.folder.path().join("store.db");
        let options = SqliteConnectOptions::new().filename(file);
        let mut connection = options.connect().await.expect("a second connection");
        let executed = sqlx::query(sql).execute(&mut connection).await;
        executed.expect("the statement is executed");
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Stores a prediction, as if it had been read on the image.
    pub(crate) async fn store_prediction(
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

    /// An anonymous vote from a device; the result.
    pub(crate) async fn vote(
        &self,
        insight: InsightId,
        device: &str,
        answer: Answer,
    ) -> AnswerResult {
        self.vote_reply(insight, device, answer).await.result
    }

    /// The vote of a device; the whole reply.
    pub(crate) async fn vote_reply(
        &self,
        insight: InsightId,
        device: &str,
        answer: Answer,
    ) -> AnswerReply {
        self.answer(insight, Choice::Answer(answer), caller(device, None))
            .await
    }

    /// The answer of an authenticated user; the result.
    pub(crate) async fn answer_as(
        &self,
        user: &str,
        insight: InsightId,
        answer: Answer,
    ) -> AnswerResult {
        self.answer(
            insight,
            Choice::Answer(answer),
            caller("browser", Some(user)),
        )
        .await
        .result
    }

    async fn answer(&self, insight: InsightId, choice: Choice, caller: Caller) -> AnswerReply {
        let reply = self
            .app
            .answers
            .answer(request(insight, choice, caller))
            .await;
        reply.expect("the service works")
    }

    /// A yes of a user, or the vote of a device; an error when the process that answers it
    /// dies.
    pub(crate) async fn try_accept(
        &self,
        insight: InsightId,
        device: &str,
        user: Option<&str>,
    ) -> anyhow::Result<AnswerReply> {
        let choice = Choice::Answer(Answer::Accept);
        let request = request(insight, choice, caller(device, user));
        self.app.answers.answer(request).await
    }

    /// Runs every job that is due, one after the other, until none is left. Returns the
    /// results in that order: `refresh: done`, `deliver_edit: failed: …`.
    pub(crate) async fn run_jobs(&self) -> Vec<String> {
        let request = LeaseRequest {
            queues: Queue::ALL.to_vec(),
            kinds: None,
            worker: "test".to_owned(),
            limit: 1,
            lease: JOB_LEASE,
            done: Vec::new(),
        };
        let mut results = Vec::new();
        while let Some(job) = self.store.claim_jobs(&request).await.unwrap().pop() {
            let report = report_of(self.registry.run(&job).await);
            self.store.report(job.lease, &report).await.unwrap();
            results.push(match report {
                Report::Done => format!("{}: done", job.kind),
                Report::Skipped { reason } => format!("{}: skipped: {reason}", job.kind),
                Report::Failed { error } => format!("{}: failed: {error}", job.kind),
                Report::Postponed { error } => format!("{}: postponed: {error}", job.kind),
                Report::Discard { error } => format!("{}: discarded: {error}", job.kind),
                Report::Released | Report::Cancelled => format!("{}: {report:?}", job.kind),
            });
            assert!(results.len() < 1000, "jobs without end: {results:?}");
        }
        results
    }

    /// Fires the rows of the schedule that are due; their names.
    pub(crate) async fn fire_schedule(&self) -> Vec<&'static str> {
        self.fire_schedule_by(FiredBy::Schedulers).await
    }

    /// The same in a process of this sort.
    pub(crate) async fn fire_schedule_by(&self, by: FiredBy) -> Vec<&'static str> {
        let now = self.clock.now();
        schedule::fire_due(&*self.store, now, by).await.unwrap()
    }

    pub(crate) async fn snapshot(&self, product: &ProductId) -> ProductSnapshot {
        let snapshot = self.store.product_snapshot(product).await;
        snapshot.expect("the store answers")
    }

    /// Stored predictions and open insights of the product, sorted:
    /// `predicts label en:vegan`, `asks label en:vegan`, `applies label en:vegan`.
    pub(crate) async fn summary(&self, product: &ProductId) -> Vec<String> {
        let snapshot = self.snapshot(product).await;
        let predictions = snapshot.predictions.iter().map(|stored| {
            let prediction = &stored.prediction;
            format!("predicts {} {}", prediction.kind, value_of(prediction))
        });
        let open = snapshot.insights.iter().filter(|insight| insight.is_open());
        let mut summary: Vec<String> = predictions.chain(open.map(question_line)).collect();
        summary.sort();
        summary
    }

    /// State of an insight: `gone`, `open`, `open, 2 votes`, `sending` (the state of its
    /// live edit), or verdict and outcome: `Accepted Updated`.
    pub(crate) async fn state_of(&self, insight: InsightId) -> String {
        let Some(stored) = self.store.insight(insight).await.unwrap() else {
            return "gone".to_owned();
        };
        if let Some(verdict) = stored.verdict {
            let outcome = stored
                .outcome
                .map_or("-".to_owned(), |it| format!("{it:?}"));
            return format!("{verdict:?} {outcome}");
        }
        if let Some(edit) = self.store.live_edit_of(insight).await.unwrap() {
            return edit.state.name().to_owned();
        }
        match stored.n_votes {
            0 => "open".to_owned(),
            votes => format!("open, {votes} votes"),
        }
    }

    /// States of the edits that were sent, in the order in which they were first sent.
    pub(crate) async fn edit_states(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for sent in self.editor.sent() {
            if !ids.contains(&sent.id) {
                ids.push(sent.id);
            }
        }
        let mut states = Vec::new();
        for id in ids {
            let edit = self.store.edit(id).await.unwrap().expect("the edit");
            states.push(edit.state.name().to_owned());
        }
        states
    }
}

fn value_of(prediction: &Prediction) -> &str {
    let tag = prediction.value_tag.as_deref();
    tag.or(prediction.value.as_deref()).unwrap_or("-")
}

fn question_line(insight: &Insight) -> String {
    let what = insight.value_tag.as_ref().or(insight.value.as_ref());
    let verb = match insight.automatic_processing {
        true => "applies",
        false => "asks",
    };
    format!("{verb} {} {}", insight.kind, what.map_or("-", |what| what))
}

fn request(insight: InsightId, choice: Choice, caller: Caller) -> AnswerRequest {
    AnswerRequest {
        insight,
        choice,
        update: true,
        caller,
        correlation_id: Some("request-1".to_owned()),
    }
}

fn caller(device: &str, user: Option<&str>) -> Caller {
    Caller {
        username: user.map(str::to_owned),
        credentials: user.map(|user| Credentials::Session(format!("session of {user}"))),
        device: Device::Named(device.to_owned()),
        address_hash: None,
    }
}

/// A prediction of a label.
pub(crate) fn label(tag: &str, predictor: Option<&'static str>) -> Prediction {
    let mut prediction = Prediction::new(PredictionKind::Label);
    prediction.value_tag = Some(tag.to_owned());
    prediction.predictor = predictor.map(Into::into);
    prediction
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
