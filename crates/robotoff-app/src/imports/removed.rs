//! Products and images that were removed, and products whose type has changed
//! (`docs/reference/pipeline.md` 4.4.16 to 4.4.18).
//!
//! Answered insights stay, and so do logos and runs of models: their image is marked as
//! deleted, which hides them, and a person's annotation is not lost when the image comes
//! back (11.4, 31 and 71). What an event reports may be over by the time its job runs, so
//! the product is read first, and what it lists is not removed.

use anyhow::{Context, Result};
use robotoff_core::product::{Lookup, ProductId, ServerType, SourceImage};
use robotoff_ports::job::Lease;
use robotoff_ports::store::{Change, ImageFilter, PredictionId, ProductSnapshot};

use super::Imports;
use crate::commit::commit_with;
use crate::planner::{AffectedKinds, PlanSummary};

/// Images of a product that are read at a time; no product has as many.
const MAX_IMAGES: u64 = 2000;

/// Rows that were removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovedRows {
    pub predictions: u64,
    /// Images that were marked as deleted.
    pub images: u64,
    pub insights: PlanSummary,
    /// The product, or its image, exists: it was refreshed instead.
    pub exists: bool,
}

impl Imports {
    /// Removes predictions, open insights and images of a product that was deleted.
    pub async fn remove_product(
        &self,
        product: &ProductId,
        lease: Option<Lease>,
    ) -> Result<RemovedRows> {
        let lookup = self.products.product(product).await?;
        if !matches!(lookup, Lookup::Absent | Lookup::Unchecked) {
            return self.refresh_instead(product, lease).await;
        }
        self.remove_rows(product, lease).await
    }

    /// Removes predictions, open insights and images of a product, whether it exists or not.
    async fn remove_rows(&self, product: &ProductId, lease: Option<Lease>) -> Result<RemovedRows> {
        let images = self.live_images(product).await?;
        let removed = self.remove_predictions(product, &images, |_| true, lease);
        let predictions = removed.await?;
        let planned =
            self.planner
                .replan(product, &Lookup::Absent, &AffectedKinds::Everything, lease);
        Ok(RemovedRows {
            predictions,
            images: images.len() as u64,
            insights: planned.await?,
            exists: false,
        })
    }

    /// Removes predictions of an image that was deleted, and the open insights that nothing
    /// else supports; marks the image as deleted.
    pub async fn remove_image(
        &self,
        product: &ProductId,
        image: &SourceImage,
        lease: Option<Lease>,
    ) -> Result<RemovedRows> {
        let lookup = self.products.product(product).await?;
        let number = image.image_id();
        let listed = lookup
            .product()
            .and_then(|product| product.images.uploaded(number?));
        if listed.is_some() || matches!(lookup, Lookup::Moved(_)) {
            return self.refresh_instead(product, lease).await;
        }
        let known = self.store.image_at(product.server_type, image).await?;
        let known: Vec<_> = known.into_iter().filter(|row| !row.deleted).collect();
        let ids: Vec<_> = known.iter().map(|row| row.id).collect();
        let of_image = |path: Option<&SourceImage>| path == Some(image);
        let predictions = self.remove_predictions(product, &ids, of_image, lease);
        let predictions = predictions.await?;
        let planned = self
            .planner
            .replan(product, &lookup, &AffectedKinds::Everything, lease);
        Ok(RemovedRows {
            predictions,
            images: ids.len() as u64,
            insights: planned.await?,
            exists: false,
        })
    }

    /// Moves a product to the project of its type: its images are read there, and its rows
    /// in every other project are removed. `None`: no project has it.
    pub async fn switch_type(
        &self,
        product: &ProductId,
        lease: Option<Lease>,
    ) -> Result<Option<RemovedRows>> {
        let Some(project) = self.project_of(product).await? else {
            return Ok(None);
        };
        let mut removed = RemovedRows::default();
        let public = ServerType::ALL
            .into_iter()
            .filter(|it| *it != ServerType::OffPro);
        for other in public.filter(|other| *other != project) {
            let from = product.in_project(other);
            // Reads the images there, and removes the predictions here.
            let moved = self.follow(&from, project, lease).await?;
            let rest = self.remove_rows(&from, lease).await?;
            removed.predictions += moved.predictions + rest.predictions;
            removed.images += rest.images;
            removed.insights.deleted += moved.insights.deleted + rest.insights.deleted;
        }
        Ok(Some(removed))
    }

    /// The project that has the product now: that of the event, or another one.
    async fn project_of(&self, product: &ProductId) -> Result<Option<ServerType>> {
        match self.products.product(product).await? {
            Lookup::Moved(project) => return Ok(Some(project)),
            lookup if lookup.product().is_some() => return Ok(Some(product.server_type)),
            // What cannot be checked is not moved.
            Lookup::Unchecked => return Ok(None),
            _ => {}
        }
        for project in ServerType::ALL {
            if project == product.server_type || project == ServerType::OffPro {
                continue;
            }
            let lookup = self.products.product(&product.in_project(project)).await?;
            if lookup.product().is_some() {
                return Ok(Some(project));
            }
        }
        Ok(None)
    }

    async fn refresh_instead(
        &self,
        product: &ProductId,
        lease: Option<Lease>,
    ) -> Result<RemovedRows> {
        let refreshed = self.refresh(product, lease).await?;
        Ok(RemovedRows {
            predictions: refreshed.name.deleted,
            images: 0,
            insights: refreshed.insights,
            exists: true,
        })
    }

    /// Images of the product that are not marked as deleted.
    async fn live_images(&self, product: &ProductId) -> Result<Vec<robotoff_core::image::ImageId>> {
        let filter = ImageFilter {
            server_type: product.server_type,
            barcodes: Some(vec![product.barcode.clone()]),
            ..ImageFilter::default()
        };
        let images = self.store.images(&filter, MAX_IMAGES, 0).await?;
        let live = images.into_iter().filter(|image| !image.deleted);
        Ok(live.map(|image| image.id).collect())
    }

    /// Deletes the predictions of some images and marks the images as deleted, in one commit.
    async fn remove_predictions(
        &self,
        product: &ProductId,
        images: &[robotoff_core::image::ImageId],
        is_removed: impl Fn(Option<&SourceImage>) -> bool + Sync,
        lease: Option<Lease>,
    ) -> Result<u64> {
        let is_removed = &is_removed;
        let decide = |snapshot: ProductSnapshot| async move {
            let rows = snapshot.predictions.iter();
            let rows = rows.filter(|row| is_removed(row.source_image.as_ref()));
            let ids: Vec<PredictionId> = rows.map(|row| row.id).collect();
            let count = ids.len() as u64;
            let marks = images.iter().map(|image| Change::SetImageDeleted {
                image: *image,
                deleted: true,
            });
            let mut changes: Vec<Change> = marks.collect();
            if !ids.is_empty() {
                changes.push(Change::DeletePredictions(ids));
            }
            Ok((changes, count))
        };
        let (count, _) = commit_with(&*self.store, product, lease, decide)
            .await
            .with_context(|| format!("cannot remove the predictions of {product}"))?;
        Ok(count)
    }
}
