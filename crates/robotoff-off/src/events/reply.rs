//! Answers of Redis about streams.
//!
//! Parsed by hand: the library's types refuse a whole batch for one entry that is not
//! UTF-8, and such an entry must not stop the others.

use std::collections::BTreeMap;

use redis::Value;
use robotoff_core::event::{EntryId, EventEntry, EventStream};
use robotoff_ports::{PortError, PortResult};

/// An entry, or the id of one that was deleted while it was pending.
pub(super) enum EntryRow {
    Entry(EventEntry),
    Deleted(EntryId),
}

/// The entries of `XRANGE`, or of one stream of `XREADGROUP`.
pub(super) fn rows(stream: EventStream, reply: Value) -> PortResult<Vec<EntryRow>> {
    let entries = list(reply)?.into_iter();
    entries.map(|entry| row(stream, entry)).collect()
}

fn row(stream: EventStream, entry: Value) -> PortResult<EntryRow> {
    let mut parts = list(entry)?.into_iter();
    let (Some(id), fields) = (parts.next(), parts.next().unwrap_or_default()) else {
        return Err(unexpected("an entry without id"));
    };
    let id = entry_id(&id)?;
    if fields == Value::Nil {
        return Ok(EntryRow::Deleted(id));
    }
    let fields = pairs(fields)?
        .into_iter()
        .map(|(name, value)| (name, text(&value)))
        .collect();
    Ok(EntryRow::Entry(EventEntry {
        stream,
        id: Some(id),
        fields,
    }))
}

/// The elements of an array; none for nil.
pub(super) fn list(value: Value) -> PortResult<Vec<Value>> {
    match value {
        Value::Array(values) | Value::Set(values) => Ok(values),
        Value::Nil => Ok(Vec::new()),
        other => Err(unexpected(&format!("{other:?} instead of a list"))),
    }
}

/// Names and values of a flat list, or of a map.
pub(super) fn pairs(value: Value) -> PortResult<BTreeMap<String, Value>> {
    if let Value::Map(pairs) = value {
        let pairs = pairs.into_iter();
        return Ok(pairs.map(|(name, value)| (text(&name), value)).collect());
    }
    let mut flat = list(value)?.into_iter();
    let mut pairs = BTreeMap::new();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        pairs.insert(text(&name), value);
    }
    Ok(pairs)
}

/// The text of a value; bytes that are no UTF-8 are replaced.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Okay => "OK".to_owned(),
        _ => String::new(),
    }
}

pub(super) fn entry_id(value: &Value) -> PortResult<EntryId> {
    let text = text(value);
    text.parse()
        .map_err(|error| unexpected(&format!("{error}")))
}

/// A count; `None` when the server does not tell it.
pub(super) fn count(pairs: &BTreeMap<String, Value>, name: &str) -> Option<u64> {
    match pairs.get(name)? {
        Value::Int(number) => u64::try_from(*number).ok(),
        other => text(other).parse().ok(),
    }
}

pub(super) fn unexpected(why: &str) -> PortError {
    PortError::defect("Redis of events", format!("unexpected answer: {why}"))
}
