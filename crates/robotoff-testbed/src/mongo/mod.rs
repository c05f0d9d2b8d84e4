//! A MongoDB for tests, on loopback: enough of the protocol for a client that looks for
//! products, and a check of every look-up (`docs/reference/pipeline.md` 2.1). What is not
//! as it must be is kept as a violation, which tests assert to be none.
//!
//! It can be made to fail ([`MongoFault`]). It knows no logins and no writes.

mod bson;
mod find;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

pub use find::Find;

/// A fault of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MongoFault {
    /// Never answered.
    Silence,
    /// The connection is cut.
    Drop,
    /// Answered by an error of this code.
    Error(i32),
    /// Answered by bytes that are no document.
    Garbage,
}

#[derive(Debug, Default)]
struct MongoState {
    /// By database, then by `_id`.
    products: BTreeMap<(String, String), Map<String, Value>>,
    faults: VecDeque<MongoFault>,
    finds: Vec<Find>,
    violations: Vec<String>,
    connections: usize,
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<MongoState>,
    closed: Condvar,
}

/// A running server. It stops when the value is dropped.
#[derive(Debug)]
pub struct Mongo {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Mongo {
    /// Starts a server on a free port of loopback.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let of_server = Arc::clone(&shared);
        thread::spawn(move || run(&listener, &of_server));
        Ok(Self { address, shared })
    }

    /// `mongodb://127.0.0.1:PORT`.
    pub fn uri(&self) -> String {
        format!("mongodb://{}", self.address)
    }

    /// Puts a product into a database; its key is its `code`.
    pub fn put_product(&self, database: &str, document: Value) -> Result<()> {
        let code = document["code"]
            .as_str()
            .context("a product without code")?
            .to_owned();
        let Value::Object(mut document) = document else {
            bail!("product {code} is no object");
        };
        document.insert("_id".to_owned(), json!(code));
        let key = (database.to_owned(), code);
        self.shared.state().products.insert(key, document);
        Ok(())
    }

    /// Lets the next look-ups fail, so many of them.
    pub fn fail(&self, fault: MongoFault, times: usize) {
        let faults = std::iter::repeat_n(fault, times);
        self.shared.state().faults.extend(faults);
    }

    /// Every look-up that arrived, oldest first.
    pub fn finds(&self) -> Vec<Find> {
        self.shared.state().finds.clone()
    }

    /// Requests against the protocol; one line each.
    pub fn violations(&self) -> Vec<String> {
        self.shared.state().violations.clone()
    }

    /// Connections that were ever made.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }
}

impl Drop for Mongo {
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
        self.shared.closed.notify_all();
        // Wakes the listener, which then sees that it is closed.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, MongoState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until_closed(&self) {
        let mut state = self.state();
        while !state.is_closed {
            state = self
                .closed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn run(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let mut state = shared.state();
        if state.is_closed {
            return;
        }
        let Ok(stream) = stream else {
            continue;
        };
        state.connections += 1;
        drop(state);
        let shared = Arc::clone(shared);
        thread::spawn(move || while answer(&stream, &shared).is_some() {});
    }
}

/// Answers one request; `None` when the connection is to end.
fn answer(stream: &TcpStream, shared: &Shared) -> Option<()> {
    let request = match wire::read(stream) {
        Ok(request) => request?,
        Err(error) => {
            shared.state().violations.push(format!("{error:#}"));
            return None;
        }
    };
    let (name, _) = request.body.iter().next()?;
    let reply = match name.as_str() {
        "hello" | "isMaster" | "ismaster" => hello(),
        "find" => {
            let fault = shared.state().faults.pop_front();
            let found = find::answer(&request.body, &mut shared.state());
            match fault {
                None => found,
                Some(MongoFault::Silence) => {
                    shared.wait_until_closed();
                    return None;
                }
                Some(MongoFault::Drop) => return None,
                Some(MongoFault::Garbage) => return wire::write_garbage(stream, request.id),
                Some(MongoFault::Error(code)) => error(code, "told to fail"),
            }
        }
        "endSessions" => json!({"ok": 1.0}),
        other => {
            let violation = format!("{other}: only looking is allowed");
            shared.state().violations.push(violation);
            error(59, "no such command")
        }
    };
    wire::write(stream, request.id, &reply)
}

fn hello() -> Value {
    json!({
        "helloOk": true, "isWritablePrimary": true, "readOnly": false, "minWireVersion": 0,
        "maxWireVersion": 21, "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000, "ok": 1.0,
    })
}

fn error(code: i32, message: &str) -> Value {
    json!({"ok": 0.0, "code": code, "codeName": format!("Code{code}"), "errmsg": message})
}
