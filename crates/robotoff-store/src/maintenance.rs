//! Corrections of all rows of a table, which an operator runs once: barcodes in their
//! normalised form, and whether insights have an image.
//!
//! Rows are read by their key and written in small transactions, so that others write
//! meanwhile; a run that is interrupted is started again and finds fewer rows to correct.

use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::PortResult;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use uuid::Uuid;

use crate::connect::Database;
use crate::error::Context;

/// Rows that are read at a time.
const BATCH: usize = 500;

/// A table whose rows name a product and perhaps an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarcodeTable {
    Predictions,
    Insights,
    Images,
}

impl BarcodeTable {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Predictions, Self::Insights, Self::Images];

    /// Name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Predictions => "prediction",
            Self::Insights => "product_insight",
            Self::Images => "image",
        }
    }

    /// Columns that are set beside barcode and image. The key of a prediction is derived from
    /// both: without one the row is met by comparison, like an adopted one.
    const fn resets(self) -> &'static str {
        match self {
            Self::Predictions => ", dedup_key = NULL",
            Self::Insights | Self::Images => "",
        }
    }

    /// A key before all others.
    fn start(self) -> Value {
        match self {
            Self::Insights => Uuid::nil().into(),
            Self::Predictions | Self::Images => i32::MIN.into(),
        }
    }

    /// Key of a row.
    fn key(self, row: &QueryResult) -> Result<Value, DbErr> {
        Ok(match self {
            Self::Insights => row.try_get::<Uuid>("", "id")?.into(),
            Self::Predictions | Self::Images => row.try_get::<i32>("", "id")?.into(),
        })
    }
}

/// Result of a correction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CorrectedRows {
    pub read: u64,
    pub corrected: u64,
}

/// Writes the barcodes of a table in their normalised form, and the paths of images with
/// them (`docs/reference/pipeline.md` 8.1). `progress` is called after each batch; false
/// ends the run.
pub async fn normalize_barcodes(
    database: &Database,
    table: BarcodeTable,
    mut progress: impl FnMut(CorrectedRows) -> bool + Send,
) -> PortResult<CorrectedRows> {
    let doing = format!("normalise the barcodes of {}", table.name());
    let name = table.name();
    let select = format!(
        "SELECT id, barcode, source_image, server_type FROM {name}
         WHERE id > $1 ORDER BY id LIMIT {BATCH}"
    );
    let update = format!(
        "UPDATE {name} SET barcode = $2, source_image = $3 {} WHERE id = $1",
        table.resets()
    );
    let mut rows = CorrectedRows::default();
    let mut last = table.start();
    loop {
        let batch = database.statement(&select, [last.clone()]);
        let batch = database.read.query_all_raw(batch).await.context(&doing)?;
        let mut changed = Vec::new();
        for row in &batch {
            last = table.key(row).context(&doing)?;
            let row = StoredBarcode::read(row, last.clone()).context(&doing)?;
            changed.extend(row.normalized());
        }
        if !changed.is_empty() {
            let transaction = database.begin().await?;
            for row in &changed {
                let values: [Value; 3] = [
                    row.key.clone(),
                    row.barcode.as_str().into(),
                    row.source_image.clone().into(),
                ];
                let statement = database.statement(&update, values);
                transaction.execute_raw(statement).await.context(&doing)?;
            }
            transaction.commit().await.context(&doing)?;
        }
        rows.read += batch.len() as u64;
        rows.corrected += changed.len() as u64;
        if !progress(rows) || batch.len() < BATCH {
            return Ok(rows);
        }
    }
}

/// Sets whether insights have an image, by their own image, for the kinds that are about
/// one; those of labels and categories are set when their product is refreshed
/// (`docs/reference/pipeline.md` 1.4.5). Returns the number of rows that were corrected.
pub async fn fill_with_image(database: &Database) -> PortResult<u64> {
    let doing = "set whether insights have an image";
    let select = format!("SELECT id FROM product_insight WHERE id > $1 ORDER BY id LIMIT {BATCH}");
    let update = "UPDATE product_insight SET with_image = (source_image IS NOT NULL)
         WHERE id > $1 AND id <= $2 AND type NOT IN ('label', 'category')
           AND (with_image IS NULL OR with_image <> (source_image IS NOT NULL))";
    let mut corrected = 0;
    let mut last = BarcodeTable::Insights.start();
    loop {
        let batch = database.statement(&select, [last.clone()]);
        let batch = database.read.query_all_raw(batch).await.context(doing)?;
        let Some(end) = batch.last() else {
            return Ok(corrected);
        };
        let end = BarcodeTable::Insights.key(end).context(doing)?;
        corrected += database.run(update, [last, end.clone()], doing).await?;
        last = end;
    }
}

struct StoredBarcode {
    key: Value,
    barcode: String,
    source_image: Option<String>,
    server_type: Option<String>,
}

impl StoredBarcode {
    fn read(row: &QueryResult, key: Value) -> Result<Self, DbErr> {
        Ok(Self {
            key,
            barcode: row.try_get("", "barcode")?,
            source_image: row.try_get("", "source_image")?,
            server_type: row.try_get("", "server_type")?,
        })
    }

    /// The row in its normalised form; `None` if it is so already. A code that is not all
    /// digits stays.
    fn normalized(self) -> Option<Self> {
        let barcode = Barcode::normalized(&self.barcode).ok()?;
        let server_type = self.server_type.as_deref().unwrap_or("off");
        let product = ProductId {
            server_type: server_type.parse().unwrap_or(ServerType::Off),
            barcode,
        };
        let folder = product.image_folder()?;
        let file = |path: &String| path.rsplit('/').next().map(str::to_owned);
        let source_image = self.source_image.as_ref().and_then(file);
        let source_image = source_image.map(|file| format!("{folder}{file}"));
        let is_same = product.barcode.as_str() == self.barcode && source_image == self.source_image;
        (!is_same).then(|| Self {
            key: self.key,
            barcode: product.barcode.as_str().to_owned(),
            source_image,
            server_type: self.server_type,
        })
    }
}
