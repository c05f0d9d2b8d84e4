//! A Product Opener for tests, on loopback: it keeps products and changes them as it is
//! asked to, serves images and their OCR, and checks every request against the
//! specification (`docs/reference/pipeline.md` 6, `docs/reference/api.md` 5.4 and 5.5).
//! A request against the specification is stored as a violation; tests assert that there is none.
//!
//! It shares no code with the client that it examines. It can be made to fail
//! ([`Fault`]), or to hold a request until the test has done something meanwhile.
//! `src/bin/opener.rs` runs it as a process of its own.

mod control;
mod edit;
mod fault;
mod form;
mod http;
mod rules;
mod serve;
mod state;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};
use serde_json::Value;

pub use fault::Fault;
pub use state::{AppliedEdit, OpenerAccount, OpenerSettings, Received};

use state::Shared;

/// A running server. It stops when the process ends; requests after the value is
/// dropped find nobody.
#[derive(Debug)]
pub struct ProductOpener {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl ProductOpener {
    /// Starts a server on a free port of loopback.
    pub fn start(settings: OpenerSettings) -> Result<Self> {
        Self::listen("127.0.0.1:0", settings)
    }

    /// Starts a server at an address.
    pub fn listen(address: &str, settings: OpenerSettings) -> Result<Self> {
        let listener =
            TcpListener::bind(address).with_context(|| format!("cannot listen at {address}"))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(settings));
        let of_server = Arc::clone(&shared);
        thread::spawn(move || serve::run(&listener, &of_server));
        Ok(Self { address, shared })
    }

    /// `http://127.0.0.1:PORT`, for `PRODUCT_OPENER_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// For `IMAGES_URL`.
    pub fn images_url(&self) -> String {
        self.url() + serve::IMAGES
    }

    /// Adds a product, or puts it in the place of the one with its `code`.
    pub fn put_product(&self, document: Value) -> Result<()> {
        self.shared.put_product(document)
    }

    /// Adds the products of a file with one document a line.
    pub fn put_products(&self, file: &Path) -> Result<()> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            self.put_product(serde_json::from_str(line)?)?;
        }
        Ok(())
    }

    /// The document of a product as it is now.
    pub fn product(&self, code: &str) -> Option<Value> {
        self.shared.product(code)
    }

    /// Removes a product.
    pub fn remove_product(&self, code: &str) {
        self.shared.remove_product(code);
    }

    /// Serves bytes at a path below the folder of images: `/356/1.json`.
    pub fn put_file(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.shared.put_file(path, bytes.into());
    }

    /// Serves the files of a folder below the folder of images.
    pub fn serve_folder(&self, folder: &Path) {
        self.shared.serve_folder(folder.to_owned());
    }

    /// Lets the next requests whose path begins with `path` fail, so many of them.
    /// Faults are used up in the order in which they were given.
    pub fn fail(&self, path: &str, fault: Fault, times: usize) {
        self.shared.fail(path, fault, times);
    }

    /// Ends all faults that were planned and not met yet.
    pub fn recover(&self) {
        self.shared.recover();
    }

    /// Waits until a request is held by [`Fault::HoldBefore`] or
    /// [`Fault::HoldAfter`].
    pub fn wait_until_held(&self) {
        self.shared.wait_until_held();
    }

    /// Lets all held requests go on.
    pub fn release(&self) {
        self.shared.release();
    }

    /// The edits that were applied, oldest first.
    pub fn edits(&self) -> Vec<AppliedEdit> {
        self.shared.edits()
    }

    /// Every request that arrived, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received()
    }

    /// Requests against the specification; one line each.
    pub fn violations(&self) -> Vec<String> {
        self.shared.violations()
    }
}

impl Drop for ProductOpener {
    fn drop(&mut self) {
        self.shared.close();
        // Wakes the listener, which then sees that it is closed.
        let _ = std::net::TcpStream::connect(self.address);
    }
}
