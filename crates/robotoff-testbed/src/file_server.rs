//! A server of static files: entity tags, ranges, and faults on demand.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// A fault of one response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFault {
    /// The connection is cut after so many bytes of the body.
    CutAfter(usize),
    /// This status, without the file.
    Status(u16),
    /// These bytes instead of the file, with its entity tag and a fitting length.
    Lie(Vec<u8>),
    /// The status and nothing more, until the client leaves.
    Silence,
}

#[derive(Debug, Default)]
struct FileState {
    /// By path.
    files: BTreeMap<String, Vec<u8>>,
    faults: VecDeque<FileFault>,
    /// `GET /path`, with the range if there is one, and the status.
    requests: Vec<String>,
    /// Pause after each 32 kB.
    pause: Duration,
}

/// A running server. It ends with the test process.
#[derive(Debug, Clone)]
pub struct FileServer {
    address: SocketAddr,
    state: Arc<Mutex<FileState>>,
}

impl FileServer {
    /// Starts a server without files.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
        let server = Self {
            address: listener.local_addr()?,
            state: Arc::default(),
        };
        let serving = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = serving.clone();
                thread::spawn(move || server.serve(&stream));
            }
        });
        Ok(server)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts a file at a path, or replaces it: its entity tag is that of its content.
    pub fn put(&self, path: &str, content: impl Into<Vec<u8>>) {
        self.state().files.insert(path.to_owned(), content.into());
    }

    /// Lets the next response fail; further faults follow in their order.
    pub fn fail(&self, fault: FileFault) {
        self.state().faults.push_back(fault);
    }

    /// Slows all bodies down: a pause after each 32 kB.
    pub fn set_pause(&self, pause: Duration) {
        self.state().pause = pause;
    }

    /// The requests since the last call: `GET /path 206 bytes=10-`.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    fn state(&self) -> MutexGuard<'_, FileState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = FileRequest::read(&mut reader) {
            if self.answer(stream, &request).is_err() {
                break;
            }
        }
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }

    fn answer(&self, mut stream: &TcpStream, request: &FileRequest) -> std::io::Result<()> {
        let (file, fault, pause) = {
            let mut state = self.state();
            let file = state.files.get(&request.path).cloned();
            (file, state.faults.pop_front(), state.pause)
        };
        let Some(file) = file else {
            return self.status(stream, request, 404, "");
        };
        let etag = etag_of(&file);
        if let Some(FileFault::Status(status)) = fault {
            return self.status(stream, request, status, "");
        }
        if request.if_none_match.as_deref() == Some(&etag) {
            return self.status(stream, request, 304, &format!("ETag: {etag}\r\n"));
        }
        let file = match &fault {
            Some(FileFault::Lie(lie)) => lie.clone(),
            _ => file,
        };
        let is_resumed = request.if_range.as_ref().is_none_or(|known| *known == etag);
        let from = request.range_from.filter(|_| is_resumed).unwrap_or(0);
        if from > 0 && from >= file.len() {
            return self.status(stream, request, 416, "");
        }
        let (status, range) = match from {
            0 => (200, String::new()),
            from => (
                206,
                format!(
                    "Content-Range: bytes {from}-{}/{}\r\n",
                    file.len() - 1,
                    file.len()
                ),
            ),
        };
        self.note(request, status);
        let body = &file[from..];
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status} OK\r\nETag: {etag}\r\n{range}Content-Length: {length}\r\n\r\n"
        )?;
        send_body(stream, body, fault, pause)
    }

    fn status(
        &self,
        mut stream: &TcpStream,
        request: &FileRequest,
        status: u16,
        headers: &str,
    ) -> std::io::Result<()> {
        self.note(request, status);
        write!(
            stream,
            "HTTP/1.1 {status} Status\r\n{headers}Content-Length: 0\r\n\r\n"
        )
    }

    fn note(&self, request: &FileRequest, status: u16) {
        let range = request
            .range_from
            .map_or(String::new(), |from| format!(" bytes={from}-"));
        let line = format!("GET {} {status}{range}", request.path);
        self.state().requests.push(line);
    }
}

/// A request, as far as it is understood.
#[derive(Debug, Default)]
struct FileRequest {
    path: String,
    range_from: Option<usize>,
    if_range: Option<String>,
    if_none_match: Option<String>,
}

impl FileRequest {
    /// `None` at the end of the connection.
    fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut line = String::new();
        reader
            .read_line(&mut line)
            .ok()
            .filter(|length| *length > 0)?;
        let mut request = Self {
            path: line.split(' ').nth(1)?.to_owned(),
            ..Self::default()
        };
        loop {
            line.clear();
            reader
                .read_line(&mut line)
                .ok()
                .filter(|length| *length > 0)?;
            let Some((name, value)) = line.trim().split_once(": ") else {
                return Some(request);
            };
            let value = value.to_owned();
            match name.to_ascii_lowercase().as_str() {
                "range" => {
                    let from = value
                        .strip_prefix("bytes=")
                        .and_then(|range| range.strip_suffix('-'));
                    request.range_from = from.and_then(|from| from.parse().ok());
                }
                "if-range" => request.if_range = Some(value),
                "if-none-match" => request.if_none_match = Some(value),
                _ => {}
            }
        }
    }
}

/// Sends the body, or the part of it that the fault leaves.
fn send_body(
    mut stream: &TcpStream,
    body: &[u8],
    fault: Option<FileFault>,
    pause: Duration,
) -> std::io::Result<()> {
    let sent = match fault {
        Some(FileFault::CutAfter(bytes)) => &body[..bytes.min(body.len())],
        Some(FileFault::Silence) => {
            let mut rest = Vec::new();
            // Until the client leaves.
            std::io::Read::read_to_end(&mut stream, &mut rest)?;
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        _ => body,
    };
    for chunk in sent.chunks(32 << 10) {
        stream.write_all(chunk)?;
        if !pause.is_zero() {
            thread::park_timeout(pause);
        }
    }
    match sent.len() == body.len() {
        true => Ok(()),
        false => Err(std::io::ErrorKind::ConnectionAborted.into()),
    }
}

/// A strong entity tag of the content (FNV-1a).
fn etag_of(content: &[u8]) -> String {
    let hash = content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("\"{hash:016x}\"")
}
