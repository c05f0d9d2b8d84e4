//! Documents as the protocol writes them: the types that a client that looks for
//! products needs, as JSON. Not that of the client's library, which it examines.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

const DOUBLE: u8 = 0x01;
const TEXT: u8 = 0x02;
const DOCUMENT: u8 = 0x03;
const ARRAY: u8 = 0x04;
const BINARY: u8 = 0x05;
const OBJECT_ID: u8 = 0x07;
const BOOLEAN: u8 = 0x08;
const TIME: u8 = 0x09;
const NULL: u8 = 0x0a;
const INT_32: u8 = 0x10;
const TIMESTAMP: u8 = 0x11;
const INT_64: u8 = 0x12;

/// Writes a document. Whole numbers take 32 bits where these are enough, unless
/// they are asked to take 64, as MongoDB's own JSON does: `{"$numberLong": "0"}`.
pub(super) fn encode(document: &Map<String, Value>) -> Vec<u8> {
    let members = document.iter().map(|(name, value)| (name.clone(), value));
    encode_members(members)
}

fn encode_members<'a>(members: impl Iterator<Item = (String, &'a Value)>) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    for (name, value) in members {
        let (kind, content) = encode_value(value);
        bytes.push(kind);
        bytes.extend(name.bytes().chain([0]));
        bytes.extend(content);
    }
    bytes.push(0);
    let length = u32::try_from(bytes.len()).expect("documents of tests are small");
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes
}

fn encode_value(value: &Value) -> (u8, Vec<u8>) {
    match value {
        Value::Null => (NULL, Vec::new()),
        Value::Bool(is_true) => (BOOLEAN, vec![u8::from(*is_true)]),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => match i32::try_from(whole) {
                Ok(small) => (INT_32, small.to_le_bytes().to_vec()),
                Err(_) => (INT_64, whole.to_le_bytes().to_vec()),
            },
            None => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                (DOUBLE, number.to_le_bytes().to_vec())
            }
        },
        Value::String(text) => {
            let length = u32::try_from(text.len() + 1).expect("texts of tests are short");
            let bytes = length.to_le_bytes().into_iter();
            (TEXT, bytes.chain(text.bytes()).chain([0]).collect())
        }
        Value::Array(items) => {
            let named = items.iter().enumerate();
            let named = named.map(|(index, item)| (index.to_string(), item));
            (ARRAY, encode_members(named))
        }
        Value::Object(members) => match long(members) {
            Some(number) => (INT_64, number.to_le_bytes().to_vec()),
            None => (DOCUMENT, encode(members)),
        },
    }
}

fn long(members: &Map<String, Value>) -> Option<i64> {
    members.get("$numberLong")?.as_str()?.parse().ok()
}

/// Reads a document that fills the bytes. What is neither text, number, truth,
/// document nor list reads as null.
pub(super) fn decode(bytes: &[u8]) -> Result<Map<String, Value>> {
    let mut reader = Reader(bytes);
    let document = reader.document()?;
    ensure!(reader.0.is_empty(), "bytes behind a document");
    Ok(document.into_iter().collect())
}

/// The bytes that are left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("it breaks off")?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into()?)
    }

    fn length(&mut self) -> Result<usize> {
        Ok(usize::try_from(i32::from_le_bytes(self.array()?))?)
    }

    fn document(&mut self) -> Result<Vec<(String, Value)>> {
        let length = self.length()?.checked_sub(4).context("a length below 4")?;
        let mut inside = Reader(self.take(length)?);
        let mut members = Vec::new();
        loop {
            let [kind] = inside.array()?;
            if kind == 0 {
                ensure!(inside.0.is_empty(), "bytes behind the end of a document");
                return Ok(members);
            }
            let end = inside.0.iter().position(|byte| *byte == 0);
            let name = inside.take(end.context("a name without end")?)?;
            let name = String::from_utf8(name.to_vec())?;
            inside.take(1)?;
            members.push((name, inside.value(kind)?));
        }
    }

    fn value(&mut self, kind: u8) -> Result<Value> {
        Ok(match kind {
            DOUBLE => Value::from(f64::from_le_bytes(self.array()?)),
            TEXT => {
                let length = self
                    .length()?
                    .checked_sub(1)
                    .context("a text without end")?;
                let text = String::from_utf8(self.take(length)?.to_vec())?;
                self.take(1)?;
                Value::from(text)
            }
            DOCUMENT => Value::Object(self.document()?.into_iter().collect()),
            ARRAY => self.document()?.into_iter().map(|(_, item)| item).collect(),
            BINARY => {
                let length = self.length()?;
                self.take(length + 1)?;
                Value::Null
            }
            OBJECT_ID => {
                self.take(12)?;
                Value::Null
            }
            BOOLEAN => Value::from(self.array()? != [0_u8]),
            TIME | TIMESTAMP => {
                self.take(8)?;
                Value::Null
            }
            NULL => Value::Null,
            INT_32 => Value::from(i32::from_le_bytes(self.array()?)),
            INT_64 => Value::from(i64::from_le_bytes(self.array()?)),
            other => bail!("a value of kind {other:#x}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_written_as_the_specification_shows() {
        // The two examples of bsonspec.org.
        let hello = b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0";
        let mixed = b"\x31\0\0\0\x04BSON\0\x26\0\0\0\x020\0\x08\0\0\0awesome\0\x011\0\x33\x33\x33\x33\x33\x33\x14\x40\x102\0\xc2\x07\0\0\0\0";
        for (bytes, document) in [
            (&hello[..], json!({"hello": "world"})),
            (&mixed[..], json!({"BSON": ["awesome", 5.05, 1986]})),
        ] {
            let document = document.as_object().unwrap();
            assert_eq!(encode(document), bytes);
            assert_eq!(&decode(bytes).unwrap(), document);
        }
    }

    #[test]
    fn a_number_takes_the_given_bytes() {
        for (number, length) in [
            (json!(0), 4 + 3 + 4 + 1),
            (json!({"$numberLong": "0"}), 4 + 3 + 8 + 1),
            (json!(5_000_000_000_i64), 4 + 3 + 8 + 1),
        ] {
            let document = json!({"a": number});
            assert_eq!(encode(document.as_object().unwrap()).len(), length);
        }
    }

    #[test]
    fn what_is_written_is_read_and_what_breaks_off_is_not() {
        let document = json!({"a": {"b": [1, -5_000_000_000_i64, 0.5, null, true, "\u{e9}"]}});
        let bytes = encode(document.as_object().unwrap());
        assert_eq!(Value::Object(decode(&bytes).unwrap()), document);
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length}");
        }
    }
}
