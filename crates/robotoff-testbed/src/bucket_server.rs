//! An object store of one bucket, which speaks as much of the protocol of S3 as reading needs:
//! lists in pages, and objects. Requests must be signed for its access key.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};

/// Objects in one page of a list.
const PAGE: usize = 2;
/// The access key that requests must be signed for.
const ACCESS_KEY: &str = "reader";

/// A running server. It ends with the test process.
#[derive(Debug, Clone)]
pub struct BucketServer {
    address: SocketAddr,
    bucket: String,
    /// By key.
    objects: Arc<BTreeMap<String, Vec<u8>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl BucketServer {
    /// Starts a server with these objects.
    pub fn start(
        bucket: &str,
        objects: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
        let server = Self {
            address: listener.local_addr()?,
            bucket: bucket.to_owned(),
            objects: Arc::new(objects.into_iter().collect()),
            requests: Arc::default(),
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

    /// Variables of the environment with which clients reach it.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT", format!("http://{}", self.address)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ]
    }

    /// The requests since the last call: `list`, or the key of an object.
    pub fn take_requests(&self) -> Vec<String> {
        let requests = self.requests.lock();
        std::mem::take(&mut *requests.unwrap_or_else(PoisonError::into_inner))
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some((target, authorization)) = read_request(&mut reader) {
            let credential = format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/");
            let answered = match authorization.starts_with(&credential) {
                true => self.answer(stream, &target),
                false => respond(stream, "403 Forbidden", "", b""),
            };
            if answered.is_err() {
                break;
            }
        }
    }

    fn answer(&self, stream: &TcpStream, target: &str) -> std::io::Result<()> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let note = match key {
            "" => "list",
            key => key,
        };
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(note.to_owned());
        if bucket != self.bucket {
            return respond(stream, "404 Not Found", "", b"");
        }
        if key.is_empty() {
            return respond(stream, "200 OK", "", self.list(query).as_bytes());
        }
        let headers = "ETag: \"1\"\r\nLast-Modified: Tue, 01 Dec 2026 00:00:00 GMT\r\n";
        match self.objects.get(key) {
            Some(object) => respond(stream, "200 OK", headers, object),
            None => respond(stream, "404 Not Found", "", b""),
        }
    }

    /// A page of the objects below a prefix; the token is the last key of the page before.
    fn list(&self, query: &str) -> String {
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.find(|(of, _)| *of == name).map(|(_, value)| value);
            value.unwrap_or_default().replace("%2F", "/")
        };
        let (prefix, after) = (parameter("prefix"), parameter("continuation-token"));
        let matching = self
            .objects
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix) && (after.is_empty() || **key > after));
        let matching: Vec<_> = matching.collect();
        let page = &matching[..PAGE.min(matching.len())];
        let mut list = "<ListBucketResult>".to_owned();
        for (key, object) in page {
            list += &format!(
                "<Contents><Key>{key}</Key><LastModified>2026-12-01T00:00:00.000Z</LastModified>\
                 <ETag>\"1\"</ETag><Size>{}</Size></Contents>",
                object.len()
            );
        }
        let is_last = page.len() == matching.len();
        list += &format!("<IsTruncated>{}</IsTruncated>", !is_last);
        if let Some((key, _)) = page.last().filter(|_| !is_last) {
            list += &format!("<NextContinuationToken>{key}</NextContinuationToken>");
        }
        list + "</ListBucketResult>"
    }
}

/// Target and authorization of a request; `None` at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut line = String::new();
    let length = reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1).filter(|_| length > 0)?.to_owned();
    let mut authorization = String::new();
    loop {
        line.clear();
        let length = reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ").filter(|_| length > 0) else {
            return Some((target, authorization));
        };
        if name.eq_ignore_ascii_case("authorization") {
            value.clone_into(&mut authorization);
        }
    }
}

fn respond(
    mut stream: &TcpStream,
    status: &str,
    headers: &str,
    body: &[u8],
) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)
}
