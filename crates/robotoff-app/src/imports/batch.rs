//! Corrected ingredient lists of a batch job (`docs/reference/pipeline.md` 9.4).

use anyhow::{Context, Result};
use robotoff_core::prediction::{Method, Prediction, PredictionKind, Scope};
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::job::Lease;
use robotoff_ports::parts::BatchCorrection;
use serde_json::{Map, json};

use super::{Extraction, Imports};
use crate::outage::is_outage;
use crate::planner::AffectedKinds;

/// The model whose corrections batches hold.
const PREDICTOR: &str = "fine-tuned-mistral-7b";

/// Result of importing a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportedBatch {
    pub imported: u64,
    /// Rows that change no text, or whose product does not exist.
    pub passed_over: u64,
    pub failed: u64,
}

impl Imports {
    /// Imports the corrections of a batch. A row that fails does not stop the others; an
    /// outage does, and the batch is imported again from its start, which changes no row
    /// that is stored.
    pub async fn import_batch(
        &self,
        rows: Vec<BatchCorrection>,
        version: &str,
        lease: Option<Lease>,
    ) -> Result<ImportedBatch> {
        let mut imported = ImportedBatch::default();
        for row in rows {
            match self.import_correction(&row, version, lease).await {
                Ok(true) => imported.imported += 1,
                Ok(false) => imported.passed_over += 1,
                Err(error) if is_outage(&error) => return Err(error),
                Err(error) => {
                    imported.failed += 1;
                    tracing::warn!("cannot import the correction of {}: {error:#}", row.barcode);
                }
            }
        }
        Ok(imported)
    }

    async fn import_correction(
        &self,
        row: &BatchCorrection,
        version: &str,
        lease: Option<Lease>,
    ) -> Result<bool> {
        let product = ProductId {
            barcode: Barcode::normalized(&row.barcode).context("a row without a barcode")?,
            server_type: ServerType::Off,
        };
        let lookup = self.products.product(&product).await?;
        if row.original == row.correction || lookup.is_missing() {
            return Ok(false);
        }
        let extraction = Extraction {
            scope: Scope {
                method: Method::Model(PREDICTOR.to_owned()),
                kinds: vec![PredictionKind::IngredientSpellcheck],
                source_image: None,
            },
            predictions: vec![self.prediction(row, version).await?],
            image: None,
            has_follow_ups: false,
        };
        self.store_extraction(&product, &extraction, lease).await?;
        let affected = AffectedKinds::Predictions([PredictionKind::IngredientSpellcheck].into());
        self.planner
            .replan(&product, &lookup, &affected, lease)
            .await?;
        Ok(true)
    }

    /// Prediction of a row. The language of the text is identified where a model can do so;
    /// else it is that of the product, of unknown confidence.
    async fn prediction(&self, row: &BatchCorrection, version: &str) -> Result<Prediction> {
        let identified = match &self.languages {
            Some(languages) => languages.languages_of(&row.original, 1, 0.0).await?,
            None => Vec::new(),
        };
        let identified = identified.into_iter().next();
        let (lang, confidence) = match identified {
            Some(identified) => (identified.lang, Some(identified.confidence)),
            None => (row.lang.clone(), None),
        };
        let data = Map::from_iter([
            ("original".to_owned(), json!(row.original)),
            ("correction".to_owned(), json!(row.correction)),
            ("lang".to_owned(), json!(lang)),
            ("lang_confidence".to_owned(), json!(confidence)),
        ]);
        Ok(Prediction {
            data,
            value_tag: Some(row.lang.clone()),
            automatic_processing: Some(false),
            predictor: Some(PREDICTOR.into()),
            predictor_version: Some(version.to_owned().into()),
            ..Prediction::new(PredictionKind::IngredientSpellcheck)
        })
    }
}
