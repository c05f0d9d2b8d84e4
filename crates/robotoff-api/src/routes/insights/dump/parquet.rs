//! Insights as a Parquet file, which is written group by group: what is kept in memory is one
//! group of rows, and some bytes of the footer for each group before it.
//!
//! The columns are the members of an insight, all of them optional. Objects are JSON, lists of
//! texts are lists, and times are instants in UTC.

use std::sync::Arc;

use anyhow::Result;
use chrono::NaiveDateTime;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use robotoff_core::insight::Insight;
use robotoff_core::product::SourceImage;
use serde_json::Value;

/// Rows of a group: some 20 MB while they are gathered.
const GROUP_ROWS: usize = 16_384;

/// Reads the value of a column.
enum Read {
    Text(fn(&Insight) -> Option<String>),
    Json(fn(&Insight) -> Option<String>),
    List(fn(&Insight) -> Option<&Vec<String>>),
    Int(fn(&Insight) -> Option<i32>),
    Time(fn(&Insight) -> Option<NaiveDateTime>),
    Float(fn(&Insight) -> Option<f32>),
    Bool(fn(&Insight) -> Option<bool>),
}

/// Columns, in the order of the members of an insight.
const COLUMNS: [(&str, Read); 27] = [
    ("id", Read::Text(|row| Some(row.id.0.to_string()))),
    (
        "barcode",
        Read::Text(|row| Some(row.product.barcode.to_string())),
    ),
    ("type", Read::Text(|row| Some(row.kind.name().to_owned()))),
    (
        "data",
        Read::Json(|row| serde_json::to_string(&row.data).ok()),
    ),
    ("timestamp", Read::Time(|row| row.timestamp)),
    ("completed_at", Read::Time(|row| row.completed_at)),
    (
        "annotation",
        Read::Int(|row| row.verdict.map(|verdict| verdict.code())),
    ),
    (
        "annotated_result",
        Read::Int(|row| row.outcome.map(|outcome| outcome.code())),
    ),
    ("n_votes", Read::Int(|row| Some(row.n_votes))),
    ("username", Read::Text(|row| row.username.clone())),
    ("countries", Read::List(|row| row.countries.as_ref())),
    ("brands", Read::List(|row| row.brands.as_ref())),
    ("process_after", Read::Time(|row| row.process_after)),
    ("value_tag", Read::Text(|row| row.value_tag.clone())),
    ("value", Read::Text(|row| row.value.clone())),
    (
        "source_image",
        Read::Text(|row| row.source_image.as_ref().map(SourceImage::to_string)),
    ),
    (
        "automatic_processing",
        Read::Bool(|row| Some(row.automatic_processing)),
    ),
    (
        "server_type",
        Read::Text(|row| Some(row.product.server_type.name().to_owned())),
    ),
    ("unique_scans_n", Read::Int(|row| Some(row.unique_scans_n))),
    (
        "reserved_barcode",
        Read::Bool(|row| Some(row.reserved_barcode)),
    ),
    ("predictor", Read::Text(|row| row.predictor.clone())),
    (
        "predictor_version",
        Read::Text(|row| row.predictor_version.clone()),
    ),
    ("campaign", Read::List(|row| row.campaigns.as_ref())),
    ("confidence", Read::Float(|row| row.confidence)),
    (
        "bounding_box",
        Read::Json(|row| row.bounding_box.as_ref().map(Value::to_string)),
    ),
    ("lc", Read::List(|row| row.lc.as_ref())),
    ("with_image", Read::Bool(|row| row.with_image)),
];

impl Read {
    /// Declaration of the column in a schema.
    fn declaration(&self, name: &str) -> String {
        match self {
            Self::Text(_) => format!("optional binary {name} (UTF8);"),
            Self::Json(_) => format!("optional binary {name} (JSON);"),
            Self::List(_) => format!(
                "optional group {name} (LIST) {{
                    repeated group list {{ required binary element (UTF8); }}
                }}"
            ),
            Self::Int(_) => format!("optional int32 {name};"),
            Self::Time(_) => format!("optional int64 {name} (TIMESTAMP(MICROS,true));"),
            Self::Float(_) => format!("optional float {name};"),
            Self::Bool(_) => format!("optional boolean {name};"),
        }
    }

    fn write(&self, rows: &[Insight], column: &mut SerializedColumnWriter<'_>) -> Result<()> {
        match self {
            Self::Text(read) | Self::Json(read) => {
                let texts = rows.iter().map(read);
                let bytes = texts.map(|text| text.map(|text| ByteArray::from(text.into_bytes())));
                write_values::<ByteArrayType>(bytes, column)
            }
            Self::List(read) => write_lists(rows.iter().map(read), column),
            Self::Int(read) => write_values::<Int32Type>(rows.iter().map(read), column),
            Self::Time(read) => {
                let times = rows.iter().map(read);
                let micros = times.map(|at| at.map(|at| at.and_utc().timestamp_micros()));
                write_values::<Int64Type>(micros, column)
            }
            Self::Float(read) => write_values::<FloatType>(rows.iter().map(read), column),
            Self::Bool(read) => write_values::<BoolType>(rows.iter().map(read), column),
        }
    }
}

/// Writes a column of values that may be null: level 1 is a value.
fn write_values<T: DataType>(
    cells: impl Iterator<Item = Option<T::T>>,
    column: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    let cells: Vec<Option<T::T>> = cells.collect();
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.into_iter().flatten().collect();
    column
        .typed::<T>()
        .write_batch(&values, Some(&levels), None)?;
    Ok(())
}

/// Writes a column of lists: level 0 is null, 1 an empty list, 2 an item; an item that is not
/// the first of its list repeats at level 1.
fn write_lists<'a>(
    cells: impl Iterator<Item = Option<&'a Vec<String>>>,
    column: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    let (mut values, mut levels, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        let items = cell.map_or(&[][..], Vec::as_slice);
        if items.is_empty() {
            levels.push(i16::from(cell.is_some()));
            repeats.push(0);
        }
        for (number, item) in items.iter().enumerate() {
            values.push(ByteArray::from(item.as_str()));
            levels.push(2);
            repeats.push(i16::from(number > 0));
        }
    }
    column
        .typed::<ByteArrayType>()
        .write_batch(&values, Some(&levels), Some(&repeats))?;
    Ok(())
}

/// A file that is being written.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<Vec<u8>>,
    /// Rows of the next group.
    rows: Vec<Insight>,
    group_rows: usize,
}

impl ParquetFile {
    /// A file without rows.
    pub(super) fn new() -> Result<Self> {
        Self::with_groups_of(GROUP_ROWS)
    }

    fn with_groups_of(group_rows: usize) -> Result<Self> {
        let columns = COLUMNS.iter().map(|(name, read)| read.declaration(name));
        let schema = format!("message insight {{ {} }}", columns.collect::<String>());
        let schema = Arc::new(parse_message_type(&schema)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        Ok(Self {
            writer: SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?,
            rows: Vec::new(),
            group_rows,
        })
    }

    /// Adds rows; returns the bytes of the file that are ready, which may be none.
    pub(super) fn write(&mut self, rows: Vec<Insight>) -> Result<Vec<u8>> {
        self.rows.extend(rows);
        if self.rows.len() >= self.group_rows {
            self.write_group()?;
        }
        Ok(self.ready()?)
    }

    /// The rest of the file.
    pub(super) fn finish(mut self) -> Result<Vec<u8>> {
        if !self.rows.is_empty() {
            self.write_group()?;
        }
        self.writer.finish()?;
        Ok(self.ready()?)
    }

    fn write_group(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.writer.next_row_group()?;
        for (_, read) in &COLUMNS {
            // As many as the schema declares, which are these.
            let Some(mut column) = group.next_column()? else {
                break;
            };
            read.write(&rows, &mut column)?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    fn ready(&mut self) -> std::io::Result<Vec<u8>> {
        self.writer.flush()?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use chrono::DateTime;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;
    use robotoff_core::insight::{InsightId, InsightKind, Verdict};
    use robotoff_core::product::{Barcode, ProductId, ServerType};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn insight(number: u128) -> Insight {
        let product = ProductId {
            barcode: Barcode::as_stored("3001234567890").unwrap(),
            server_type: ServerType::OffPro,
        };
        let at = DateTime::from_timestamp_micros(1_741_083_072_131_415).unwrap();
        let id = InsightId(Uuid::from_u128(number));
        Insight::new(id, product, InsightKind::Label, at.naive_utc())
    }

    fn file(rows: Vec<Insight>, group_rows: usize) -> Bytes {
        let mut file = ParquetFile::with_groups_of(group_rows).unwrap();
        let mut bytes = Vec::new();
        for row in rows {
            bytes.extend(file.write(vec![row]).unwrap());
        }
        bytes.extend(file.finish().unwrap());
        bytes.into()
    }

    #[test]
    fn a_file_has_every_member_of_an_insight() {
        let mut full = insight(1);
        full.data.insert("é".to_owned(), json!([1, null]));
        full.verdict = Some(Verdict::Rejected);
        full.countries = Some(vec!["en:france".to_owned(), "en:italy".to_owned()]);
        full.brands = None;
        full.confidence = Some(0.9);
        full.bounding_box = Some(json!([0.1, 0.2, 0.3, 0.4]));
        full.with_image = Some(false);
        let reader = SerializedFileReader::new(file(vec![full, insight(2)], 100)).unwrap();
        let rows: Vec<_> = reader
            .get_row_iter(None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let text = |row: usize, name: &str| {
            let mut columns = rows[row].get_column_iter();
            let (_, value) = columns.find(|(column, _)| *column == name).unwrap();
            value.to_string()
        };
        for (name, first, second) in [
            ("id", format!("{:?}", Uuid::from_u128(1).to_string()), None),
            ("type", "\"label\"".to_owned(), None),
            ("server_type", "\"off_pro\"".to_owned(), None),
            ("data", "\"{\"é\":[1,null]}\"".to_owned(), Some("\"{}\"")),
            ("annotation", "0".to_owned(), Some("null")),
            (
                "countries",
                "[\"en:france\", \"en:italy\"]".to_owned(),
                Some("[]"),
            ),
            ("brands", "null".to_owned(), Some("[]")),
            ("lc", "null".to_owned(), Some("null")),
            ("confidence", "0.9".to_owned(), Some("null")),
            (
                "bounding_box",
                "\"[0.1,0.2,0.3,0.4]\"".to_owned(),
                Some("null"),
            ),
            ("with_image", "false".to_owned(), Some("null")),
            ("automatic_processing", "false".to_owned(), Some("false")),
        ] {
            assert_eq!(text(0, name), first, "{name}");
            if let Some(second) = second {
                assert_eq!(text(1, name), second, "{name}");
            }
        }
        assert_eq!(
            rows[0].get_timestamp_micros(4).unwrap(),
            1_741_083_072_131_415
        );
    }

    #[test]
    fn bytes_are_ready_with_each_group() {
        let mut file = ParquetFile::with_groups_of(2).unwrap();
        let mut sizes = Vec::new();
        let mut bytes = Vec::new();
        for number in 1..=5 {
            let ready = file.write(vec![insight(number)]).unwrap();
            sizes.push(ready.is_empty());
            bytes.extend(ready);
            assert!(file.writer.inner_mut().is_empty() && file.rows.len() < 2);
        }
        bytes.extend(file.finish().unwrap());
        // The first bytes are those that every file begins with.
        assert_eq!(sizes[1..], [false, true, false, true]);
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 3);
        assert_eq!(reader.metadata().file_metadata().num_rows(), 5);
    }
}
