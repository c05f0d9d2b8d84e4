//! Results of batch jobs, as Parquet files in a folder or an object store
//! (`docs/reference/pipeline.md` 9).

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use reqwest::Url;
use robotoff_core::text::entities::decode_entities;
use robotoff_ports::parts::{BatchCorrection, BatchResults};
use robotoff_ports::{BlockingPool, PortError, PortResult};

use crate::objects::{self, ObjectStoreOptions};

/// File of the results of one batch.
const FILE: &str = "postprocessed_data.parquet";
/// Rows of one batch at most; the existing service makes 10,000.
const MAX_ROWS: usize = 1_000_000;

/// Folder of batches.
#[derive(Debug)]
pub struct BatchFolder {
    store: Box<dyn ObjectStore>,
    prefix: Path,
}

impl BatchFolder {
    /// The folder at a URL, `file:///var/batches` or `gs://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// It is no URL of an object store that this program can read.
    pub fn new(url: &str, options: &ObjectStoreOptions) -> PortResult<Self> {
        let what = format!("the folder of batches {url}");
        let parsed = Url::parse(url).map_err(|error| PortError::denied(&what, error))?;
        let (store, prefix) =
            objects::open(&parsed, options).map_err(|error| PortError::denied(&what, error))?;
        Ok(Self { store, prefix })
    }
}

#[async_trait]
impl BatchResults for BatchFolder {
    async fn corrections(&self, batch: &str) -> PortResult<Vec<BatchCorrection>> {
        let what = format!("the batch {batch:?}");
        // A path is parsed part by part: `..` is refused.
        let folder = Path::parse(batch).map_err(|error| PortError::denied(&what, error))?;
        let parts = self.prefix.parts().chain(folder.parts());
        let path = parts.collect::<Path>().join(FILE);
        let read = async { self.store.get(&path).await?.bytes().await };
        let bytes = read.await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => {
                PortError::denied(&what, "there is no such file")
            }
            error => PortError::unavailable(&what, error),
        })?;
        let read = move || {
            let file = SerializedFileReader::new(bytes)?;
            let rows = file.get_row_iter(None)?.take(MAX_ROWS);
            rows.map(|row| row.map(|row| correction(&row))).collect()
        };
        let rows: Result<Vec<Option<BatchCorrection>>, parquet::errors::ParquetError> =
            BlockingPool::shared()
                .run(read)
                .await
                .map_err(|error| PortError::defect(&what, error))?;
        let rows = rows.map_err(|error| PortError::denied(&what, error))?;
        Ok(rows.into_iter().flatten().collect())
    }
}

/// Correction of a row; `None` if a column is missing. The texts of the dump hold the entities
/// of web pages; those of a product that is read hold none, and both are compared.
fn correction(row: &Row) -> Option<BatchCorrection> {
    let text = |name: &str| {
        let mut columns = row.get_column_iter();
        let (_, field) = columns.find(|(column, _)| *column == name)?;
        match field {
            Field::Str(text) => Some(decode_entities(text).into_owned()),
            _ => None,
        }
    };
    Some(BatchCorrection {
        barcode: text("code")?,
        original: text("text")?,
        correction: text("correction")?,
        lang: text("lang")?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::column::writer::ColumnWriter;
    use parquet::data_type::ByteArray;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    const SCHEMA: &str = "message batch { required binary code (UTF8);
        required binary text (UTF8); required binary lang (UTF8);
        required binary correction (UTF8); }";

    fn write(path: &std::path::Path, rows: &[[&str; 4]]) {
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let file = std::fs::File::create(path).unwrap();
        let properties = Arc::new(WriterProperties::default());
        let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = 0;
        while let Some(mut open) = group.next_column().unwrap() {
            let values: Vec<ByteArray> = rows.iter().map(|row| row[column].into()).collect();
            match open.untyped() {
                ColumnWriter::ByteArrayColumnWriter(writer) => {
                    writer.write_batch(&values, None, None).unwrap();
                }
                _ => panic!("a column of texts"),
            }
            open.close().unwrap();
            column += 1;
        }
        group.close().unwrap();
        writer.close().unwrap();
    }

    #[tokio::test]
    async fn a_batch_is_read_and_a_wrong_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("batch-1")).unwrap();
        let file = folder.path().join("batch-1").join(FILE);
        write(
            &file,
            &[["3001", "farinne &amp; &oelig;uf", "fr", "farine"]],
        );
        let url = format!("file://{}", folder.path().display());
        let batches = BatchFolder::new(&url, &ObjectStoreOptions::default()).unwrap();
        let rows = batches.corrections("batch-1").await.unwrap();
        let expected = BatchCorrection {
            barcode: "3001".to_owned(),
            original: "farinne & œuf".to_owned(),
            correction: "farine".to_owned(),
            lang: "fr".to_owned(),
        };
        assert_eq!(rows, [expected]);
        std::fs::write(&file, "nonsense").unwrap();
        for batch in ["batch-1", "batch-2", "../batch-1"] {
            let error = batches.corrections(batch).await.unwrap_err();
            assert!(
                !error.is_retryable() && error.to_string().contains(batch),
                "{error}"
            );
        }
        let unknown = BatchFolder::new("ftp://host/x", &ObjectStoreOptions::default());
        assert!(unknown.is_err());
    }
}
