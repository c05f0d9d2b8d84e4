//! The state of the server, shared by its connections.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use serde_json::Value;

use super::fault::Fault;

/// Someone who may edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenerAccount {
    pub username: String,
    pub password: String,
    /// The value of the cookie `session` that stands for the account.
    pub session: String,
}

impl OpenerAccount {
    /// An account whose session is called `SESSION-OF-` and the name.
    pub fn new(username: &str, password: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: password.to_owned(),
            session: format!("SESSION-OF-{username}"),
        }
    }
}

/// Settings of the server.
#[derive(Debug, Clone)]
pub struct OpenerSettings {
    /// Robotoff's own, for edits without a person.
    pub service: OpenerAccount,
    pub people: Vec<OpenerAccount>,
    /// Every request must carry `off`/`off`; else none may.
    pub is_staging: bool,
}

impl Default for OpenerSettings {
    /// `roboto-app`/`robot-password`, `alice`/`alice-password`; not staging.
    fn default() -> Self {
        Self {
            service: OpenerAccount::new("roboto-app", "robot-password"),
            people: vec![OpenerAccount::new("alice", "alice-password")],
            is_staging: false,
        }
    }
}

/// An edit that changed a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedEdit {
    pub path: String,
    pub code: String,
    /// The fields of the request, without code, comment and credentials: by name. For JSON
    /// the name is `product` and the value its text.
    pub fields: BTreeMap<String, String>,
    /// Empty where the call has none.
    pub comment: String,
    pub username: String,
}

/// A request as it arrived; credentials are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub query: String,
}

/// A fault and what it waits for.
struct Planned {
    path: String,
    fault: Fault,
    times: usize,
}

#[derive(Default)]
struct ServerState {
    products: BTreeMap<String, Value>,
    files: BTreeMap<String, Vec<u8>>,
    folders: Vec<PathBuf>,
    faults: VecDeque<Planned>,
    held: usize,
    /// Raised by each release: who waits for another number goes on.
    releases: u64,
    edits: Vec<AppliedEdit>,
    received: Vec<Received>,
    violations: Vec<String>,
    is_closed: bool,
}

pub(super) struct Shared {
    pub(super) settings: OpenerSettings,
    state: Mutex<ServerState>,
    changed: Condvar,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(settings: OpenerSettings) -> Self {
        Self {
            settings,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put_product(&self, document: Value) -> Result<()> {
        let code = document["code"]
            .as_str()
            .context("a product without code")?;
        let code = code.to_owned();
        self.state().products.insert(code, document);
        Ok(())
    }

    pub(super) fn product(&self, code: &str) -> Option<Value> {
        self.state().products.get(code).cloned()
    }

    pub(super) fn remove_product(&self, code: &str) {
        self.state().products.remove(code);
    }

    pub(super) fn put_file(&self, path: &str, bytes: Vec<u8>) {
        self.state().files.insert(path.to_owned(), bytes);
    }

    pub(super) fn serve_folder(&self, folder: PathBuf) {
        self.state().folders.push(folder);
    }

    pub(super) fn file(&self, path: &str) -> Option<Vec<u8>> {
        let state = self.state();
        if let Some(bytes) = state.files.get(path) {
            return Some(bytes.clone());
        }
        let is_inside = path.split('/').all(|part| part != "..");
        let mut folders = state.folders.iter().filter(|_| is_inside);
        folders.find_map(|folder| std::fs::read(folder.join(path.trim_start_matches('/'))).ok())
    }

    /// Changes a product and stores the edit, at once; `None` when there is no
    /// such product, or when the change says why it cannot be.
    pub(super) fn apply(
        &self,
        edit: AppliedEdit,
        change: impl FnOnce(&mut Value) -> std::result::Result<(), String>,
    ) -> std::result::Result<(), String> {
        let mut state = self.state();
        let product = state.products.get_mut(&edit.code);
        change(product.ok_or("no such product")?)?;
        state.edits.push(edit);
        Ok(())
    }

    pub(super) fn fail(&self, path: &str, fault: Fault, times: usize) {
        let path = path.to_owned();
        let planned = Planned { path, fault, times };
        self.state().faults.push_back(planned);
    }

    pub(super) fn recover(&self) {
        self.state().faults.clear();
    }

    /// The fault that a request meets; it is used up once more.
    pub(super) fn next_fault(&self, path: &str) -> Option<Fault> {
        let mut state = self.state();
        let mut planned = state.faults.iter_mut();
        let planned =
            planned.find(|planned| path.starts_with(&planned.path) && planned.times > 0)?;
        planned.times -= 1;
        Some(planned.fault)
    }

    /// Holds the calling connection until the next release.
    pub(super) fn hold(&self) {
        let mut state = self.state();
        let releases = state.releases;
        state.held += 1;
        self.changed.notify_all();
        while state.releases == releases && !state.is_closed {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn wait_until_held(&self) {
        let mut state = self.state();
        while state.held == 0 {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn release(&self) {
        let mut state = self.state();
        state.releases += 1;
        state.held = 0;
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    pub(super) fn note(&self, received: Received, violations: Vec<String>) {
        let mut state = self.state();
        state.received.push(received);
        state.violations.extend(violations);
    }

    pub(super) fn edits(&self) -> Vec<AppliedEdit> {
        self.state().edits.clone()
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    pub(super) fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }
}
