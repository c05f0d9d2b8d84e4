//! Published clients, and a generator of requests, against the service with its demo set.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use robotoff_testbed::checkout;

use super::{PROGRAM, python, text};

/// A demo service in a folder of its own, with two logos, stopped when the test ends.
pub(crate) struct Demo {
    folder: tempfile::TempDir,
    address: String,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let demo = Self {
            folder: tempfile::tempdir().expect("a folder"),
            address: free.local_addr().expect("an address").to_string(),
        };
        drop(free);
        let folder = demo.folder.path();
        demo.succeeds(demo.script("up.sh").arg(PROGRAM).arg(folder));
        let database = demo.database();
        let add_logos = clients().join("add_logos.py");
        demo.succeeds(Command::new("python3").arg(add_logos).arg(database));
        demo
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("robotoff.db")
    }

    fn script(&self, name: &str) -> Command {
        let mut script = Command::new(checkout().join("scripts").join(name));
        script
            .env("LISTEN", &self.address)
            .env("SEARCH_URL", "none")
            // The generator of requests answers nothing wrong for being many.
            .env("RATE_LIMIT", "off")
            .env_remove("ROBOTOFF_DATA_DIR");
        script
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs a program that must succeed; its output is the failure otherwise.
    #[track_caller]
    pub(crate) fn succeeds(&self, command: &mut Command) {
        let output = command.env("ROBOTOFF_URL", self.url()).output();
        let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(output.status.success(), "{command:?}\n{}", text(&output));
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let stopped = self.script("down.sh").arg(self.folder.path()).output();
        stopped.expect("the script runs");
    }
}

fn clients() -> PathBuf {
    checkout().join("tests/clients")
}

fn node_test(demo: &Demo, file: &str) {
    let file = Path::new(file);
    let mut node = Command::new("node");
    demo.succeeds(node.arg("--test").arg(file).current_dir(clients()));
}

#[test]
fn both_node_sdks_read_every_answer() {
    node_test(&Demo::start(), "node_sdk.test.mjs");
}

#[test]
fn web_components_ask_and_answer_in_a_browser() {
    node_test(&Demo::start(), "web_components.test.mjs");
}

#[test]
fn the_python_sdk_reads_its_answer() {
    let demo = Demo::start();
    demo.succeeds(Command::new(python("python")).arg(clients().join("python_sdk.py")));
}

#[test]
fn generated_requests_find_no_failure_and_no_answer_that_is_not_described() {
    let demo = Demo::start();
    let mut schemathesis = Command::new(python("schemathesis"));
    let document = format!("{}/api/v1/openapi.json", demo.url());
    schemathesis
        .arg("--config-file")
        .arg(clients().join("schemathesis.toml"))
        .args(["run", &document, "--seed", "7"])
        .current_dir(demo.folder.path());
    demo.succeeds(&mut schemathesis);
}
