//! Stored predictions by filter, and the languages that they say a product has
//! (`docs/reference/api.md` 2.12 and 2.18).

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use robotoff_core::prediction::{LanguageCounts, PredictionKind, StoredPrediction};
use robotoff_core::prefill::{FieldCandidate, candidates};
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::Store;
use robotoff_ports::store::PredictionFilter;

use crate::counted::{Counted, RowRange};
use crate::ports::Ports;

/// Predictions of languages that are read of one product; no product has as many images.
const MAX_IMAGES: u64 = 5000;

/// Predictions that are read of one product.
const MAX_PREDICTIONS: u64 = 5000;

/// Reads stored predictions.
pub struct Predictions {
    store: Arc<dyn Store>,
}

impl Predictions {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
        }
    }

    /// Predictions that match, and their number.
    pub async fn list(
        &self,
        filter: &PredictionFilter,
        range: RowRange,
    ) -> Result<Counted<StoredPrediction>> {
        let (count, rows) = tokio::try_join!(
            self.store.count_predictions(filter),
            self.store.predictions(filter, range.limit, range.offset),
        )?;
        Ok(Counted { count, rows })
    }

    /// Candidates for the fields of a product, which is given by all its ids.
    pub async fn candidates_of(
        &self,
        forms: &[ProductId],
    ) -> Result<BTreeMap<&'static str, Vec<FieldCandidate>>> {
        let filter = PredictionFilter {
            server_type: forms.first().map(|id| id.server_type).unwrap_or_default(),
            barcodes: Some(forms.iter().map(|id| id.barcode.clone()).collect()),
            kinds: None,
            value_tag: None,
        };
        let predictions = self.store.predictions(&filter, MAX_PREDICTIONS, 0).await?;
        Ok(candidates(&predictions))
    }

    /// Languages on the images of a product, whose code is given in all its forms.
    pub async fn languages_of(
        &self,
        server_type: ServerType,
        barcodes: Vec<Barcode>,
    ) -> Result<LanguageCounts> {
        let filter = PredictionFilter {
            server_type,
            barcodes: Some(barcodes),
            kinds: Some(vec![PredictionKind::ImageLang]),
            value_tag: None,
        };
        let predictions = self.store.predictions(&filter, MAX_IMAGES, 0).await?;
        Ok(LanguageCounts::of(&predictions))
    }
}
