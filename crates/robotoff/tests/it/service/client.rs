//! The least of an HTTP client: one request, one answer, the connection closed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    /// JSON, or the text as it is.
    pub(crate) body: Value,
}

pub(crate) fn get(port: u16, path: &str) -> Result<Answer> {
    exchange(port, &format!("GET {path} HTTP/1.1\r\n"), "")
}

pub(crate) fn post(port: u16, path: &str, headers: &[(&str, &str)], form: &str) -> Result<Answer> {
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n",
        form.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    exchange(port, &head, form)
}

fn exchange(port: u16, head: &str, body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{head}Host: 127.0.0.1\r\nConnection: close\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    Ok(Answer {
        status,
        headers: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or_else(|_| body.into()),
    })
}
