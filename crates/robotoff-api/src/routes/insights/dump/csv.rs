//! Insights as lines of CSV: commas, quotes only where needed, CR LF.
//!
//! The cells are those of the existing service (`True`, empty for null), but nested values
//! are JSON (`docs/reference/api.md` 9.4, 68).

use serde_json::Value;

/// Columns, in the order of the members of an insight.
const COLUMNS: [&str; 27] = [
    "id",
    "barcode",
    "type",
    "data",
    "timestamp",
    "completed_at",
    "annotation",
    "annotated_result",
    "n_votes",
    "username",
    "countries",
    "brands",
    "process_after",
    "value_tag",
    "value",
    "source_image",
    "automatic_processing",
    "server_type",
    "unique_scans_n",
    "reserved_barcode",
    "predictor",
    "predictor_version",
    "campaign",
    "confidence",
    "bounding_box",
    "lc",
    "with_image",
];

/// Line of the names of the columns.
pub(super) fn head() -> String {
    format!("{}\r\n", COLUMNS.join(","))
}

/// Adds the line of an insight, given as its JSON object.
pub(super) fn write(insight: &Value, lines: &mut String) {
    for (number, column) in COLUMNS.iter().enumerate() {
        if number > 0 {
            lines.push(',');
        }
        write_cell(&cell(&insight[*column]), lines);
    }
    lines.push_str("\r\n");
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn write_cell(text: &str, lines: &mut String) {
    if !text.contains(['"', ',', '\r', '\n']) {
        lines.push_str(text);
        return;
    }
    lines.push('"');
    lines.push_str(&text.replace('"', "\"\""));
    lines.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_where_needed() {
        let insight = json!({
            "id": "1", "data": {"b": 1, "a": [null, true]}, "value": "a \"b\", c",
            "with_image": true, "confidence": 0.5, "lc": [],
        });
        let mut lines = String::new();
        write(&insight, &mut lines);
        assert_eq!(
            lines,
            "1,,,\"{\"\"b\"\":1,\"\"a\"\":[null,true]}\",,,,,,,,,,,\"a \"\"b\"\", c\",,,,,,,,,0.5,,[],True\r\n"
        );
        assert_eq!(head().matches(',').count(), lines.matches(',').count() - 3);
    }
}
