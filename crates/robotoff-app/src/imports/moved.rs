//! A product that belongs to another project than the one that it was known under
//! (`docs/reference/pipeline.md` 4.4.17).

use anyhow::{Context, Result};
use robotoff_core::product::{Lookup, Product, ProductId, ServerType};
use robotoff_ports::job::{Lease, NewJob};
use robotoff_ports::store::{Change, Changes, ProductSnapshot};

use super::Imports;
use crate::commit::commit_with;
use crate::enqueue::{self, ImportImage, JobSpec};
use crate::planner::{AffectedKinds, PlanSummary};

/// Rows of a product that were deleted because it has moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MovedRows {
    pub(super) predictions: u64,
    pub(super) insights: PlanSummary,
}

impl Imports {
    /// Follows a product to its project: jobs read its images there, and its predictions
    /// and open insights here are deleted. Where the product is not found there either, the
    /// predictions stay, as those of an absent product do.
    ///
    /// The jobs are enqueued before the rows are deleted, so a process that dies in between
    /// loses nothing: the next refresh finds the rows, and equal jobs that wait are one.
    pub(super) async fn follow(
        &self,
        from: &ProductId,
        project: ServerType,
        lease: Option<Lease>,
    ) -> Result<MovedRows> {
        let known = self.store.product_snapshot(from).await?;
        let lookup = match known.predictions.is_empty() {
            true => Lookup::Absent,
            false => self.products.product(&from.in_project(project)).await?,
        };
        let is_there = lookup.product().is_some();
        if let Some(product) = lookup.product() {
            let jobs = jobs_that_read(product).into_iter();
            let jobs = jobs.fold(Changes::new(), Changes::then);
            self.store.commit(jobs).await?;
        }
        let moved = Lookup::Moved(project);
        let insights = self
            .planner
            .replan(from, &moved, &AffectedKinds::Everything, lease)
            .await?;
        let predictions = match is_there {
            true => self.delete_predictions(from, lease).await?,
            false => 0,
        };
        Ok(MovedRows {
            predictions,
            insights,
        })
    }

    async fn delete_predictions(&self, product: &ProductId, lease: Option<Lease>) -> Result<u64> {
        let decide = |snapshot: ProductSnapshot| async move {
            let ids: Vec<_> = snapshot.predictions.iter().map(|row| row.id).collect();
            let count = ids.len() as u64;
            let changes = match ids.is_empty() {
                true => Vec::new(),
                false => vec![Change::DeletePredictions(ids)],
            };
            Ok((changes, count))
        };
        let (count, _) = commit_with(&*self.store, product, lease, decide)
            .await
            .with_context(|| format!("cannot delete the predictions of {product}"))?;
        Ok(count)
    }
}

/// Jobs that read each uploaded image of a product, and then refresh it.
fn jobs_that_read(product: &Product) -> Vec<NewJob> {
    let numbers = product.images.uploaded.iter().map(|image| &image.number);
    let images = numbers.filter_map(|number| product.id.image(number));
    let imports = images.map(|image| ImportImage::whole(product.id.clone(), image).new_job());
    imports
        .chain([enqueue::refresh(&product.id, None)])
        .collect()
}
