//! Messages of the protocol: `OP_MSG` with one document, no other messages.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use super::bson;

const OP_MSG: i32 = 2013;
/// Length, request, what it answers, operation: four numbers of 32 bits.
const HEADER: usize = 16;
/// Flags and the kind of the one section.
const PREFIX: usize = 5;
const MAX_BYTES: usize = 48_000_000;

/// A request.
pub(super) struct MongoRequest {
    pub(super) id: i32,
    pub(super) body: Map<String, Value>,
}

/// Reads a request; `None` when the client is gone.
pub(super) fn read(mut stream: &TcpStream) -> Result<Option<MongoRequest>> {
    let mut header = [0; HEADER];
    if stream.read_exact(&mut header).is_err() {
        return Ok(None);
    }
    let number = |index: usize| {
        let bytes = header[index * 4..][..4].try_into();
        bytes.map(i32::from_le_bytes).context("no number")
    };
    let (length, id, operation) = (number(0)?, number(1)?, number(3)?);
    let length = usize::try_from(length).context("a message of negative length")?;
    ensure!(
        (HEADER + PREFIX..MAX_BYTES).contains(&length),
        "a message of {length} bytes"
    );
    ensure!(operation == OP_MSG, "a message of operation {operation}");
    let mut rest = vec![0; length - HEADER];
    stream.read_exact(&mut rest).context("half a message")?;
    ensure!(rest[..PREFIX] == [0; PREFIX], "a message with flags");
    let body = bson::decode(&rest[PREFIX..]).context("a message that is no document")?;
    Ok(Some(MongoRequest { id, body }))
}

/// Writes the reply, an object; `None` when it cannot be.
pub(super) fn write(stream: &TcpStream, request: i32, reply: &Value) -> Option<()> {
    write_bytes(stream, request, &bson::encode(reply.as_object()?))
}

/// A reply whose document breaks off.
pub(super) fn write_garbage(stream: &TcpStream, request: i32) -> Option<()> {
    write_bytes(stream, request, &[0xff; 32])
}

fn write_bytes(mut stream: &TcpStream, request: i32, document: &[u8]) -> Option<()> {
    let length = i32::try_from(HEADER + PREFIX + document.len()).ok()?;
    let mut message = Vec::new();
    for number in [length, 0, request, OP_MSG] {
        message.extend(number.to_le_bytes());
    }
    message.extend([0; PREFIX]);
    message.extend(document);
    stream.write_all(&message).ok()
}
