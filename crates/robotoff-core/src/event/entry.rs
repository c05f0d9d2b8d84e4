//! Entries of event streams as they are written: names and texts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};
use thiserror::Error;

use super::MalformedEvent;

/// A stream of events (`docs/reference/pipeline.md` 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventStream {
    /// Edits and deletions of products.
    ProductUpdates,
    /// OCR documents that exist now.
    OcrReady,
}

impl EventStream {
    /// Both streams.
    pub const ALL: [Self; 2] = [Self::ProductUpdates, Self::OcrReady];

    /// The default name on the wire, and the name in our tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProductUpdates => "product_updates",
            Self::OcrReady => "ocr_ready",
        }
    }

    /// The stream of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.name() == name)
    }
}

impl fmt::Display for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Id of an entry: milliseconds since 1970, and a number within the millisecond. Later
/// entries of a stream have greater ids. Prints as `1764547200000-0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EntryId {
    pub millis: u64,
    pub sequence: u64,
}

/// Error: a text that is no id of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no id of an entry, such as 1764547200000-0")]
pub struct InvalidEntryId(pub String);

impl EntryId {
    /// The first possible id of a millisecond.
    pub const fn at(millis: u64) -> Self {
        Self {
            millis,
            sequence: 0,
        }
    }

    /// The first id after this one.
    pub const fn next(self) -> Self {
        match self.sequence.checked_add(1) {
            Some(sequence) => Self { sequence, ..self },
            None => Self::at(self.millis.saturating_add(1)),
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.sequence)
    }
}

impl FromStr for EntryId {
    type Err = InvalidEntryId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (millis, sequence) = text.split_once('-').unwrap_or((text, "0"));
        match (millis.parse(), sequence.parse()) {
            (Ok(millis), Ok(sequence)) => Ok(Self { millis, sequence }),
            _ => Err(InvalidEntryId(text.chars().take(80).collect())),
        }
    }
}

/// One entry of a stream, or an event of the same form that came another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEntry {
    pub stream: EventStream,
    /// `None` for an event that was in no stream: it has no identity.
    pub id: Option<EntryId>,
    pub fields: BTreeMap<String, String>,
}

impl EventEntry {
    /// Reads an event that is written as a JSON object of the fields of its stream. `diffs`
    /// may be an object instead of its text; `stream` may name the stream (it follows from
    /// `image_id` otherwise), `id` the entry.
    pub fn from_json(json: &[u8]) -> Result<Self, MalformedEvent> {
        let members: Map<String, Value> = serde_json::from_slice(json)
            .map_err(|error| MalformedEvent::NotJson(error.to_string()))?;
        Self::from_members(members)
    }

    /// The same, of members that are parsed already.
    pub fn from_members(mut members: Map<String, Value>) -> Result<Self, MalformedEvent> {
        let named = members
            .shift_remove("stream")
            .filter(|name| !name.is_null());
        let id = members.shift_remove("id").filter(|id| !id.is_null());
        let fields: BTreeMap<String, String> = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, text_of(value)?)))
            .collect();
        let stream = match named.map(|name| text_of(name).unwrap_or_default()) {
            Some(name) => EventStream::from_name(&name).ok_or(MalformedEvent::Field {
                field: "stream",
                value: name,
                expected: "product_updates or ocr_ready",
            })?,
            None if fields.contains_key("image_id") => EventStream::OcrReady,
            None => EventStream::ProductUpdates,
        };
        let id = id.map(|id| {
            let text = text_of(id).unwrap_or_default();
            let parsed = text.parse();
            parsed.map_err(|_| MalformedEvent::Field {
                field: "id",
                value: text,
                expected: "the id of an entry such as 1764547200000-0",
            })
        });
        Ok(Self {
            stream,
            id: id.transpose()?,
            fields,
        })
    }

    /// A field; `None` when it is absent.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    pub(super) fn required(&self, name: &'static str) -> Result<&str, MalformedEvent> {
        self.field(name).ok_or(MalformedEvent::Missing(name))
    }
}

/// The text that a stream would hold; `None` for null, which no stream can hold.
fn text_of(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(other.to_string())
        }
    }
}
