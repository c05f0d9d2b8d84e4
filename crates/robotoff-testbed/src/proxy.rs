//! A TCP proxy in front of a server, whose path can be cut or go silent.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;

/// A proxy on loopback. It ends with the test process.
#[derive(Debug)]
pub struct TcpProxy {
    port: u16,
    state: Arc<Mutex<ProxyState>>,
}

#[derive(Debug, Default)]
struct ProxyState {
    path: Path,
    connections: Vec<Proxied>,
    silent_at: Option<SilentAt>,
}

/// Bytes that a client sends at once, at which the path goes silent when they come once more.
#[derive(Debug, Clone)]
struct SilentAt {
    bytes: Vec<u8>,
    /// Times that they still pass.
    passes: usize,
}

/// Treatment of new connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Path {
    #[default]
    Closed,
    Open,
    Silent,
}

/// A connection, and its other half.
#[derive(Debug)]
struct Proxied {
    ends: [TcpStream; 2],
    /// Bytes that arrive are swallowed; neither end hears of it.
    is_silent: Arc<AtomicBool>,
}

fn lock(state: &Mutex<ProxyState>) -> MutexGuard<'_, ProxyState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TcpProxy {
    /// A proxy to the port; it refuses connections until [`Self::open`].
    pub fn to(server: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(Mutex::new(ProxyState::default()));
        let of_listener = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let mut state = lock(&of_listener);
                if state.path == Path::Closed {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else {
                    continue;
                };
                let is_silent = Arc::new(AtomicBool::new(state.path == Path::Silent));
                let proxied = forward([client, server], is_silent, &of_listener);
                if let Ok(proxied) = proxied {
                    state.connections.push(proxied);
                }
            }
        });
        Ok(Self { port, state })
    }

    /// The port that clients connect to.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Lets new connections through. Those that are silent stay so.
    pub fn open(&self) {
        lock(&self.state).path = Path::Open;
    }

    /// Cuts all connections, and refuses new ones.
    pub fn cut(&self) {
        let mut state = lock(&self.state);
        state.path = Path::Closed;
        for end in state.connections.drain(..).flat_map(|one| one.ends) {
            // It may be closed already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Swallows what the ends of all connections send, for ever, as a path does whose
    /// routers have gone; the same with new connections.
    pub fn go_silent(&self) {
        lock(&self.state).swallow_all();
    }

    /// Goes silent when a client sends exactly these bytes at once, after they passed so
    /// many times.
    pub fn go_silent_at(&self, bytes: &[u8], passes: usize) {
        lock(&self.state).silent_at = Some(SilentAt {
            bytes: bytes.to_owned(),
            passes,
        });
    }

    /// True after the path went silent, until it opens.
    pub fn is_silent(&self) -> bool {
        lock(&self.state).path == Path::Silent
    }
}

impl ProxyState {
    fn swallow_all(&mut self) {
        self.path = Path::Silent;
        for connection in &self.connections {
            connection.is_silent.store(true, Ordering::SeqCst);
        }
    }
}

/// True if the path goes silent at these bytes of a client.
fn is_silent_at(state: &Mutex<ProxyState>, sent: &[u8]) -> bool {
    let mut state = lock(state);
    match &mut state.silent_at {
        Some(awaited) if awaited.bytes == sent && awaited.passes == 0 => {}
        Some(awaited) => {
            awaited.passes -= usize::from(awaited.bytes == sent);
            return false;
        }
        None => return false,
    }
    state.silent_at = None;
    state.swallow_all();
    true
}

fn forward(
    ends: [TcpStream; 2],
    is_silent: Arc<AtomicBool>,
    state: &Arc<Mutex<ProxyState>>,
) -> Result<Proxied> {
    let [client, server] = &ends;
    for (from, to, listens) in [(client, server, true), (server, client, false)] {
        let (from, to) = (from.try_clone()?, to.try_clone()?);
        let (is_silent, state) = (is_silent.clone(), state.clone());
        thread::spawn(move || {
            copy(from, to, |sent| {
                is_silent.load(Ordering::SeqCst) || (listens && is_silent_at(&state, sent))
            });
        });
    }
    Ok(Proxied { ends, is_silent })
}

/// Passes on what comes, except what is swallowed.
fn copy(mut from: TcpStream, mut to: TcpStream, swallows: impl Fn(&[u8]) -> bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length) = from.read(&mut buffer) {
        if swallows(&buffer[..length]) {
            if length == 0 {
                return;
            }
            continue;
        }
        if length == 0 || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
