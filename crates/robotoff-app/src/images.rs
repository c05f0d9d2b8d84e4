//! Stored images, runs of vision models on them, and logos (`docs/reference/api.md` 2.20,
//! 2.23, 2.25, 2.26, 2.33). What changes logos is in `logos`.

mod import;
mod neighbors;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use robotoff_core::image::{Image, ImagePrediction, ImagePredictionId, Logo, LogoId};
use robotoff_ports::parts::LogoIndex;
use robotoff_ports::store::{ImageFilter, ImagePredictionFilter, LogoFilter, LogoOrder};
use robotoff_ports::{ImageFiles, Products, Store};

use crate::counted::{Counted, RowRange};
use crate::ports::Ports;

pub use import::{GivenRun, ImportedRuns};

/// Reads stored images and what was found on them.
pub struct Images {
    store: Arc<dyn Store>,
    products: Arc<dyn Products>,
    image_files: Arc<dyn ImageFiles>,
    index: Option<Arc<dyn LogoIndex>>,
}

impl Images {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            products: ports.products.clone(),
            image_files: ports.image_files.clone(),
            index: ports.parts.logo_index.clone(),
        }
    }

    /// Images that match, and their number.
    pub async fn list(&self, filter: &ImageFilter, range: RowRange) -> Result<Counted<Image>> {
        let (count, rows) = tokio::try_join!(
            self.store.count_images(filter),
            self.store.images(filter, range.limit, range.offset),
        )?;
        Ok(Counted { count, rows })
    }

    /// Runs of vision models that match, and their number.
    pub async fn runs(
        &self,
        filter: &ImagePredictionFilter,
        range: RowRange,
    ) -> Result<Counted<ImagePrediction>> {
        let (count, rows) = tokio::try_join!(
            self.store.count_image_predictions(filter),
            self.store
                .image_predictions(filter, range.limit, range.offset),
        )?;
        Ok(Counted { count, rows })
    }

    /// One logo, also on a deleted image.
    pub async fn logo(&self, id: LogoId) -> Result<Option<Logo>> {
        Ok(self.store.logo(id).await?)
    }

    /// Logos of these ids that are not on deleted images.
    pub async fn logos_by_id(&self, ids: &[LogoId]) -> Result<Vec<Logo>> {
        Ok(self.store.logos_by_id(ids).await?)
    }

    /// Logos that match, and their number.
    pub async fn logos(
        &self,
        filter: &LogoFilter,
        order: LogoOrder,
        range: RowRange,
    ) -> Result<Counted<Logo>> {
        let (count, rows) = tokio::try_join!(
            self.store.count_logos(filter),
            self.store.logos(filter, order, range.limit, range.offset),
        )?;
        Ok(Counted { count, rows })
    }

    /// Logos that match, each with the run that found it, latest run first.
    pub async fn collection(
        &self,
        filter: &LogoFilter,
        range: RowRange,
    ) -> Result<Counted<(Logo, ImagePrediction)>> {
        let logos = self.logos(filter, LogoOrder::LatestRun, range).await?;
        let ids: BTreeSet<ImagePredictionId> = logos
            .rows
            .iter()
            .map(|logo| logo.image_prediction)
            .collect();
        let ids: Vec<ImagePredictionId> = ids.into_iter().collect();
        let runs = self.store.image_predictions_by_id(&ids).await?;
        let runs: BTreeMap<_, _> = runs.into_iter().map(|run| (run.id, run)).collect();
        let with_run = logos.rows.into_iter().filter_map(|logo| {
            let run = runs.get(&logo.image_prediction)?.clone();
            Some((logo, run))
        });
        Ok(Counted {
            count: logos.count,
            rows: with_run.collect(),
        })
    }
}
