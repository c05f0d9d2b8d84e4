//! Rows of the public Parquet dumps as documents (`docs/reference/pipeline.md` 2.5).
//!
//! The dumps hold as lists what documents hold as members: texts by language, images by
//! key, nutriments by name.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;
use serde_json::{Map, Value};

use super::document::is_read;

/// First bytes of a Parquet file.
pub(super) const PARQUET_MAGIC: &[u8] = b"PAR1";
/// The entry of a list of texts that is in the product's main language.
const MAIN: &str = "main";

/// The documents of a file, one after the other. Errors name the file, and the row.
pub(super) fn parquet_documents(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Value, String>> + use<>, String> {
    let rows = rows(path, is_read)?;
    let name = path.display().to_string();
    let documents = rows.enumerate().map(move |(number, row)| {
        let row = row.map_err(|error| format!("cannot read {name} row {number}: {error}"))?;
        Ok(document(row.into_columns()))
    });
    Ok(documents)
}

/// The number of rows, of which each code was read.
pub(crate) fn parquet_rows(path: &Path) -> Result<u64, String> {
    let unreadable = |error: ParquetError| format!("cannot read {}: {error}", path.display());
    let mut products = 0;
    for row in rows(path, |column| column == "code")? {
        row.map_err(unreadable)?;
        products += 1;
    }
    match products {
        0 => Err("it has no products".to_owned()),
        products => Ok(products),
    }
}

fn rows(path: &Path, is_wanted: fn(&str) -> bool) -> Result<RowIter<'static>, String> {
    let name = path.display();
    let unreadable = |error: ParquetError| format!("cannot read {name}: {error}");
    let file = File::open(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    let reader = SerializedFileReader::new(file).map_err(unreadable)?;
    let schema = reader.metadata().file_metadata().schema();
    let columns: Vec<Arc<Type>> = schema
        .get_fields()
        .iter()
        .filter(|column| is_wanted(column.name()))
        .cloned()
        .collect();
    if !columns.iter().any(|column| column.name() == "code") {
        return Err(format!("cannot read {name}: it has no column \"code\""));
    }
    let projection = Type::group_type_builder(schema.name())
        .with_fields(columns)
        .build()
        .map_err(unreadable)?;
    RowIter::from_file_into(Box::new(reader))
        .project(Some(projection))
        .map_err(unreadable)
}

fn document(columns: Vec<(String, Field)>) -> Value {
    let mut members = Map::new();
    for (name, field) in columns {
        match name.as_str() {
            "product_name" | "ingredients_text" => add_texts(&mut members, &name, value(field)),
            "images" => {
                let images = by_name(value(field), "key");
                members.insert(name, Value::Object(images));
            }
            "nutriments" => {
                let nutriments = nutriments(value(field));
                members.insert(name, Value::Object(nutriments));
            }
            _ => {
                members.insert(name, value(field));
            }
        }
    }
    Value::Object(members)
}

/// Members `NAME` and `NAME_xx` of a list of `lang` and `text`.
fn add_texts(members: &mut Map<String, Value>, name: &str, list: Value) {
    for mut element in elements(list) {
        let (Some(Value::String(lang)), Some(text)) =
            (element.remove("lang"), element.remove("text"))
        else {
            continue;
        };
        let member = match lang.as_str() {
            MAIN => name.to_owned(),
            lang => format!("{name}_{lang}"),
        };
        members.insert(member, text);
    }
}

/// The elements of a list by a member of theirs, without nulls.
fn by_name(list: Value, name: &str) -> Map<String, Value> {
    let named = elements(list).into_iter().filter_map(|mut element| {
        let Some(Value::String(name)) = element.remove(name) else {
            return None;
        };
        element.retain(|_, value| !value.is_null());
        Some((name, Value::Object(element)))
    });
    named.collect()
}

/// Members such as `salt_100g` of a list of nutriments.
fn nutriments(list: Value) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, nutriment) in by_name(list, "name") {
        let Value::Object(nutriment) = nutriment else {
            continue;
        };
        for (part, value) in nutriment {
            let member = match part.strip_prefix("prepared_") {
                // `salt_prepared`, `salt_prepared_100g`.
                Some("value") => format!("{name}_prepared"),
                Some(part) => format!("{name}_prepared_{part}"),
                None => format!("{name}_{part}"),
            };
            if part == "value" {
                members.insert(name.clone(), value.clone());
            }
            members.insert(member, value);
        }
    }
    members
}

fn elements(list: Value) -> Vec<Map<String, Value>> {
    let Value::Array(elements) = list else {
        return Vec::new();
    };
    let objects = elements.into_iter().filter_map(|element| match element {
        Value::Object(members) => Some(members),
        _ => None,
    });
    objects.collect()
}

fn value(field: Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(is_set) => is_set.into(),
        Field::Byte(number) => number.into(),
        Field::Short(number) => number.into(),
        Field::Int(number) | Field::Date(number) | Field::TimeMillis(number) => number.into(),
        Field::Long(number)
        | Field::TimeMicros(number)
        | Field::TimestampMillis(number)
        | Field::TimestampMicros(number) => number.into(),
        Field::UByte(number) => number.into(),
        Field::UShort(number) => number.into(),
        Field::UInt(number) => number.into(),
        Field::ULong(number) => number.into(),
        // Through its shortest text: 0.1 stays 0.1.
        Field::Float(number) => number
            .to_string()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        Field::Double(number) => number.into(),
        Field::Str(text) => text.into(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into(),
        Field::Group(row) => {
            let columns = row.into_columns().into_iter();
            let members: Map<String, Value> =
                columns.map(|(name, field)| (name, value(field))).collect();
            Value::Object(members)
        }
        Field::ListInternal(list) => list.elements().iter().cloned().map(value).collect(),
        // No column of the dumps is of these.
        Field::MapInternal(_) | Field::Decimal(_) | Field::Float16(_) => Value::Null,
    }
}
