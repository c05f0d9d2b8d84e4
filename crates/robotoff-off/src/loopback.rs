//! A server on loopback for tests of clients: it keeps requests and answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use crate::addresses::{AddressSettings, Addresses};
use crate::http::{Http, HttpSettings};

type Answer = dyn Fn(&str) -> (u16, String) + Send + Sync;

/// The server; its thread ends with the test process.
pub(crate) struct Loopback {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Loopback {
    /// Starts one that answers a request, given as a text, with a status and a body.
    pub(crate) fn start(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer): (_, Arc<Answer>) = (requests.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let request = read(&stream);
                let (status, body) = answer(&request);
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(request);
                drop(kept);
                write(stream, status, &body);
            }
        });
        Self { port, requests }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Requests: first line, headers, body.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(bytes) = line.to_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().expect("a length");
        }
        request.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the whole body");
    request.push_str(&String::from_utf8_lossy(&body));
    request
}

fn write(mut stream: TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // A client that has left is no error of the test.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
}

/// A client for tests.
pub(crate) fn http() -> Http {
    Http::new(
        Addresses::new(&AddressSettings::default()).expect("addresses"),
        HttpSettings::default(),
    )
    .expect("a client")
}
