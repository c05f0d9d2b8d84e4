//! End-to-end tests of the service: real processes, a real database, and a Product Opener
//! on loopback that records its requests.

mod access;
mod bad_input;
mod client;
mod crops;
mod delivery;
mod events;
mod explain;
mod flood;
mod gaps;
mod path;
mod refresh;
mod reports;
mod sent;
mod storm;
mod upkeep;

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use robotoff_testbed::opener::{OpenerSettings, ProductOpener};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::processes::{Process, wait_for};
use client::{Response, get, post, post_without_reading};

/// Database, Product Opener, folder and settings of a service under test.
pub(crate) struct TestService {
    pub(crate) opener: ProductOpener,
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    port: u16,
    settings: Vec<(&'static str, String)>,
}

/// The demo set: images, OCR documents and product records of our own.
fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    listener.local_addr().expect("an address").port()
}

impl TestService {
    /// Service on a migrated database; its Product Opener has the demo products.
    pub(crate) fn on(database: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match database {
            "sqlite" => format!("sqlite:{}/robotoff.db", folder.path().display()),
            url => url.to_owned(),
        };
        let settings = OpenerSettings {
            // As the default instance expects it: `off`/`off` with every request.
            is_staging: true,
            ..OpenerSettings::default()
        };
        let opener = ProductOpener::start(settings).expect("it starts");
        opener
            .put_products(&demo().join("products.jsonl"))
            .expect("the demo products");
        opener.serve_folder(&demo().join("images"));
        let service = Self {
            opener,
            url,
            folder,
            port: free_port(),
            settings: Vec::new(),
        };
        service.done(&["migrate"]);
        service
    }

    /// Adds a setting.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_robotoff"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("DATABASE_URL", &self.url)
            .env("PRODUCT_OPENER_URL", self.opener.url())
            .env("IMAGES_URL", self.opener.images_url())
            .env("LISTEN", format!("127.0.0.1:{}", self.port))
            .env("OFF_USER", "roboto-app")
            .env("OFF_PASSWORD", "robot-password")
            .env("WORKER_LEASE_SECS", "2")
            .env("EDIT_LEASE_SECS", "2")
            // Corpora take long to load in a program that is not optimised.
            .env("SEARCH_URL", "none")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Runs a command that must succeed; gives what it printed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "robotoff {arguments:?}: {errors}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Starts a part of the service; its log lies in the folder.
    pub(crate) fn start(&self, part: &str) -> Process {
        self.start_with(part, &[])
    }

    /// The same with settings more.
    pub(crate) fn start_with(&self, part: &str, settings: &[(&str, &str)]) -> Process {
        let log = File::create(self.folder.path().join(format!("{part}.log"))).expect("a log");
        let child = self
            .command(&[part])
            .envs(settings.iter().copied())
            .stderr(log)
            .spawn();
        Process(child.expect("the binary runs"))
    }

    /// Starts a part that ran before, or one more of it (`worker-2`); its log goes on.
    fn start_again(&self, name: &str) -> Process {
        let log = self.folder.path().join(format!("{name}.log"));
        let log = File::options().create(true).append(true).open(log);
        let part = name.split('-').next().unwrap_or(name);
        let child = self.command(&[part]).stderr(log.expect("a log")).spawn();
        Process(child.expect("the binary runs"))
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn log(&self, part: &str) -> String {
        let log = self.folder.path().join(format!("{part}.log"));
        std::fs::read_to_string(log).unwrap_or_default()
    }

    /// Waits until the API answers.
    pub(crate) fn wait_until_ready(&self) {
        wait_for("the API", || {
            get(self.port, "/api/v1/status").is_ok_and(|answer| answer.status == 200)
        });
    }

    /// True while the API accepts connections.
    pub(crate) fn is_listening(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = get(self.port, path).expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    pub(crate) fn response_to(&self, path: &str) -> Response {
        get(self.port, path).expect("an answer")
    }

    /// Imports a document of the demo set.
    pub(crate) fn import_demo(&self, barcode: &str) -> String {
        let product = robotoff_core::product::ProductId {
            barcode: robotoff_core::product::Barcode::normalized(barcode).expect("a barcode"),
            server_type: robotoff_core::product::ServerType::Off,
        };
        let folder = product.image_folder().expect("a folder of images");
        let ocr = demo().join(format!("images{folder}1.json"));
        let ocr = ocr.to_str().expect("a path");
        self.done(&[
            "import-image",
            "--barcode",
            barcode,
            "--image-id",
            "1",
            "--ocr",
            ocr,
        ])
    }

    /// The id of the open question about a product of this kind and tag or value.
    pub(crate) fn question(&self, barcode: &str, kind: &str, what: &str) -> Option<String> {
        let path = format!("/api/v1/questions/{barcode}?insight_types={kind}&device_id=viewer");
        let answer = self.get(&path);
        let questions = answer["questions"].as_array().expect("a list");
        let question = questions
            .iter()
            .find(|question| question["value_tag"] == what || question["value"] == what)?;
        Some(question["insight_id"].as_str().expect("an id").to_owned())
    }

    /// The insight as it is now.
    pub(crate) fn insight(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/insights/detail/{id}"))
    }

    /// Answers as the caller; returns the status code of the reply.
    pub(crate) fn answer(&self, id: &str, annotation: i32, who: Login<'_>) -> i64 {
        let answer = self.answered(id, annotation, who);
        answer["status_code"].as_i64().expect("a code")
    }

    pub(crate) fn answered(&self, id: &str, annotation: i32, who: Login<'_>) -> Value {
        let mut form = format!("insight_id={id}&annotation={annotation}");
        let mut headers = Vec::new();
        match who {
            Login::Alice => headers.push(ALICE),
            Login::Device(name) => form.push_str(&format!("&device_id={name}")),
        }
        let answer = post(self.port, "/api/v1/insights/annotate", &headers, &form);
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Sends the vote of a device; the client leaves when the stream is dropped.
    pub(crate) fn vote_without_reading(&self, id: &str, device: &str) -> TcpStream {
        let form = format!("insight_id={id}&annotation=1&device_id={device}");
        let sent = post_without_reading(self.port, "/api/v1/insights/annotate", &form);
        sent.expect("a request")
    }

    /// Sends an answer whose reply may never come.
    pub(crate) fn answer_without_waiting(
        &self,
        id: &str,
        who: &str,
    ) -> std::thread::JoinHandle<()> {
        let (port, form) = (
            self.port,
            format!("insight_id={id}&annotation=1&device_id={who}"),
        );
        std::thread::spawn(move || {
            let _ = post(port, "/api/v1/insights/annotate", &[], &form);
        })
    }

    /// Accepted edits, as `code field=value`, without comments.
    pub(crate) fn edits(&self) -> Vec<String> {
        let edits = self.opener.edits();
        let lines = edits.iter().map(|edit| {
            let fields = edit
                .fields
                .iter()
                .map(|(name, value)| format!(" {name}={value}"));
            format!("{}{}", edit.code, fields.collect::<String>())
        });
        lines.collect()
    }

    pub(crate) fn check_no_violations(&self) {
        assert_eq!(self.opener.violations(), Vec::<String>::new());
    }

    /// A product record with images of these numbers and nothing else printed.
    pub(crate) fn put_product(&self, barcode: &str, numbers: &[&str]) {
        let sizes = json!({"full": {"w": 3000, "h": 4000}, "400": {"w": 300, "h": 400}});
        let images = numbers.iter().map(|number| {
            (
                (*number).to_owned(),
                json!({"uploaded_t": 1_767_225_600, "sizes": sizes}),
            )
        });
        let images: serde_json::Map<String, Value> = images.collect();
        self.opener
            .put_product(json!({
                "_id": barcode, "code": barcode, "schema_version": 1003, "lang": "fr",
                "product_name": "Essai", "countries_tags": ["en:france"], "quantity": "",
                "labels_tags": [], "categories_tags": [], "images": {"uploaded": images},
            }))
            .expect("a product");
    }
}

/// The header by which Alice logs in.
const ALICE: (&str, &str) = ("Authorization", "Basic YWxpY2U6YWxpY2UtcGFzc3dvcmQ=");

/// Caller of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Login<'a> {
    Alice,
    Device(&'a str),
}

/// An empty database on PostgreSQL.
pub(crate) fn postgres() -> String {
    let cluster = robotoff_testbed::postgres();
    cluster.database(None).expect("a database")
}
