//! The tasks of an image: its row, and the jobs that run models on it
//! (`docs/reference/pipeline.md` 4.4.1 and 4.4.2).

use anyhow::Result;
use robotoff_core::image::NewImage;
use robotoff_core::product::{Product, ProductId, SourceImage};
use robotoff_ports::job::{Lease, NewJob, Queue};
use robotoff_ports::store::{Change, Changes, Committed};

use super::Imports;
use super::image::{ImageToRead, Imported, LocatedImage};
use crate::enqueue::{
    AddFingerprint, DetectBarcode, DetectLogos, DetectNutritionTable, ExtractIngredients,
    ExtractNutrition, ImageTask, ImageTasks, JobSpec, PredictCategory,
};

/// Queue of the jobs of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskQueue {
    /// The queue of each kind of job.
    OfKind,
    /// The queue for mass operations.
    Low,
}

/// Result of launching the tasks of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launched {
    /// The text was among the tasks, and was read or is missing.
    Text(Imported),
    /// The jobs were enqueued; the text was not among the tasks.
    Jobs(u64),
}

impl Imports {
    /// Stores the row of an image and enqueues the jobs of its tasks, in one commit; reads
    /// its text if that is among the tasks.
    pub async fn import_tasks(
        &self,
        image: ImageToRead,
        tasks: &ImageTasks,
        queue: TaskQueue,
        lease: Option<Lease>,
    ) -> Result<Launched> {
        let located = match self.locate(image, lease).await? {
            Ok(located) => located,
            Err(missing) => return Ok(Launched::Text(missing)),
        };
        let Some(jobs) = self.launch(&located, tasks, queue, lease).await? else {
            return Ok(Launched::Text(Imported::NoSuchImage));
        };
        if tasks.contains(ImageTask::ImportInsightsFromImage) {
            let imported = self.read_located(located, true, lease).await?;
            return Ok(Launched::Text(imported));
        }
        Ok(Launched::Jobs(jobs))
    }

    /// Stores the row of the image and enqueues jobs; returns their number. `None`: the image
    /// was removed. An image that the product lists again is not.
    async fn launch(
        &self,
        located: &LocatedImage,
        tasks: &ImageTasks,
        queue: TaskQueue,
        lease: Option<Lease>,
    ) -> Result<Option<u64>> {
        let product = &located.image.product;
        let path = &located.image.image;
        let known = self.store.image_at(product.server_type, path).await?;
        let mut changes = Changes {
            lease,
            ..Changes::new()
        };
        match known {
            Some(known) if known.deleted && located.lookup.product().is_none() => return Ok(None),
            Some(known) if known.deleted => changes.changes.push(Change::SetImageDeleted {
                image: known.id,
                deleted: false,
            }),
            Some(_) => {}
            None => match self.row_of(located).await? {
                Some(row) => changes.changes.push(Change::StoreImage(row)),
                // Models could not store what they find: no size, no row.
                None => return Ok(Some(0)),
            },
        }
        let is_food = match located.lookup.product() {
            Some(product) => product.is_food(),
            None => product.server_type.is_food(),
        };
        changes.jobs = jobs_of(product, path, tasks, is_food);
        if queue == TaskQueue::Low {
            for job in &mut changes.jobs {
                job.queue = Queue::Low;
                job.priority = -1;
            }
        }
        let jobs = changes.jobs.len() as u64;
        match self.store.commit(changes).await? {
            Committed::Done(_) => Ok(Some(jobs)),
            Committed::Conflict(conflict) => {
                anyhow::bail!("cannot store image {path} of {product}: {conflict:?}")
            }
        }
    }

    /// Row of an image, with its size: from the product, else from the image itself.
    async fn row_of(&self, located: &LocatedImage) -> Result<Option<NewImage>> {
        let image = &located.image;
        let listed = located
            .lookup
            .product()
            .and_then(|product| product.images.uploaded(&located.number));
        let size = match listed.and_then(|listed| listed.size) {
            Some(size) => Some(size),
            None => self.image_files.size(&image.product, &image.image).await?,
        };
        Ok(size.map(|size| NewImage {
            product: image.product.clone(),
            number: located.number.clone(),
            source_image: image.image.clone(),
            size,
            uploaded_at: listed.and_then(|listed| listed.uploaded_at),
        }))
    }

    /// Stores rows of the images of a product that have none; returns their number.
    pub async fn save_images(&self, product: &ProductId, lease: Option<Lease>) -> Result<u64> {
        let lookup = self.products.product(product).await?;
        let Some(found) = lookup.product() else {
            return Ok(0);
        };
        let mut changes = Changes {
            lease,
            ..Changes::new()
        };
        for row in rows_of(found) {
            let server_type = row.product.server_type;
            let known = self.store.image_at(server_type, &row.source_image).await?;
            if known.is_none() {
                changes.changes.push(Change::StoreImage(row));
            }
        }
        let rows = changes.changes.len() as u64;
        if rows == 0 {
            return Ok(0);
        }
        match self.store.commit(changes).await? {
            Committed::Done(_) => Ok(rows),
            Committed::Conflict(conflict) => {
                anyhow::bail!("cannot store images of {product}: {conflict:?}")
            }
        }
    }
}

/// Rows of the uploaded images of a product whose size is known.
fn rows_of(product: &Product) -> impl Iterator<Item = NewImage> {
    product.images.uploaded.iter().filter_map(|image| {
        Some(NewImage {
            product: product.id.clone(),
            number: image.number.clone(),
            source_image: product.id.image(&image.number)?,
            size: image.size?,
            uploaded_at: image.uploaded_at,
        })
    })
}

/// Jobs of the tasks of an image, but the one that reads its text.
fn jobs_of(
    product: &ProductId,
    image: &SourceImage,
    tasks: &ImageTasks,
    is_food: bool,
) -> Vec<NewJob> {
    let (product, image) = (product.clone(), image.clone());
    let jobs = ImageTask::ALL
        .into_iter()
        .filter(|task| tasks.contains(*task));
    let jobs = jobs.filter_map(|task| {
        let (product, image) = (product.clone(), image.clone());
        Some(match task {
            ImageTask::RunLogoObjectDetection => DetectLogos { product, image }.new_job(),
            ImageTask::AddImageFingerprint => AddFingerprint { product, image }.new_job(),
            ImageTask::RunUpcDetection => DetectBarcode { product, image }.new_job(),
            // The others are about food.
            _ if !is_food => return None,
            ImageTask::ImportInsightsFromImage => return None,
            ImageTask::RunNutritionTableObjectDetection => {
                DetectNutritionTable { product, image }.new_job()
            }
            ImageTask::ExtractIngredients => ExtractIngredients { product, image }.new_job(),
            ImageTask::ExtractNutrition => ExtractNutrition { product, image }.new_job(),
            ImageTask::PredictCategory => PredictCategory { product }.new_job(),
        })
    });
    jobs.collect()
}
