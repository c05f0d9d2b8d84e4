//! Fields of lines and spans of the log as JSON.

use std::fmt;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};

/// Fields of a line or a span of the log.
#[derive(Default)]
pub(crate) struct LogFields {
    pub(crate) message: String,
    pub(crate) others: Map<String, Value>,
}

impl Visit for LogFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            name => {
                self.others.insert(name.to_owned(), json!(value));
            }
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.others.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.others.insert(field.name().to_owned(), json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.others.insert(field.name().to_owned(), json!(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl LogFields {
    /// All fields, the message included if there is one.
    pub(crate) fn into_all(self) -> Map<String, Value> {
        let mut all = self.others;
        if !self.message.is_empty() {
            all.insert("message".to_owned(), Value::from(self.message));
        }
        all
    }
}
