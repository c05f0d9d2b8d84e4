//! Minimal HTTP client: one request per connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// Timeout of a read.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Response of the API.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: String,
    /// JSON, or the text as it is.
    pub(crate) body: Value,
}

pub(crate) fn get(port: u16, path: &str) -> Result<Response> {
    exchange(port, &format!("GET {path} HTTP/1.1\r\n"), "")
}

pub(crate) fn post(
    port: u16,
    path: &str,
    headers: &[(&str, &str)],
    form: &str,
) -> Result<Response> {
    exchange(port, &post_head(path, headers, form), form)
}

/// Sends a form. The client leaves when the stream is dropped.
pub(crate) fn post_without_reading(port: u16, path: &str, form: &str) -> Result<TcpStream> {
    send(port, &post_head(path, &[], form), form)
}

fn post_head(path: &str, headers: &[(&str, &str)], form: &str) -> String {
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n",
        form.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head
}

fn send(port: u16, head: &str, body: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    write!(
        stream,
        "{head}Host: 127.0.0.1\r\nConnection: close\r\n\r\n{body}"
    )?;
    Ok(stream)
}

fn exchange(port: u16, head: &str, body: &str) -> Result<Response> {
    let mut stream = send(port, head, body)?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    let response = String::from_utf8_lossy(&response);
    let (head, body) = response.split_once("\r\n\r\n").context("no response")?;
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    Ok(Response {
        status,
        headers: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or_else(|_| body.into()),
    })
}
