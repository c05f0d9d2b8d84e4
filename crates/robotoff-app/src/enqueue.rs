//! Jobs of the service as they are enqueued: kinds, arguments, keys.
//!
//! This file stands below the use cases, which enqueue jobs, and below `jobs`, which
//! runs them by calling the use cases. Stored arguments outlive a release: their JSON
//! form does not change.

mod image_tasks;
mod periodic;
mod tasks;

use std::time::Duration;

use robotoff_core::edit::{EditId, ProductEdit};
use robotoff_core::image::LogoId;
use robotoff_core::insight::InsightId;
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::job::{JobKind, NewJob, Queue};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use image_tasks::{ImageTask, ImageTasks};
pub use periodic::{
    ApplyDue, BackUp, CleanTemporaryFiles, ExpirePersonalData, PurgeJobs, RefreshFromDump,
    ReportFacets, ReportInsights, SettleEdits,
};
pub use tasks::{
    AddFingerprint, DeleteImage, DeleteProduct, DetectBarcode, DetectLogos, DetectNutriscore,
    DetectNutritionTable, ExtractIngredients, ExtractNutrition, ImportBatch, NotifyModeration,
    PredictCategory, SaveImages, SwitchProductType, UpdateProduct,
};

/// Keys of a job in the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobKeys {
    /// Jobs with the same key never run at the same time.
    pub serial: Option<String>,
    /// Of jobs with the same key at most one waits; a running one does not count.
    pub unique: Option<String>,
}

/// Arguments of one kind of job. They hold ids, never snapshots and never credentials.
pub trait JobSpec: Serialize {
    const KIND: JobKind;

    /// Keys of the job with these arguments.
    fn keys(&self) -> JobKeys;

    /// The job with these arguments, due at once.
    fn new_job(&self) -> NewJob {
        let JobKeys { serial, unique } = self.keys();
        NewJob {
            key: serial,
            unique_key: unique,
            ..NewJob::new(&Self::KIND, json!(self))
        }
    }
}

/// Reads one image of a product, after an upload or once its OCR document exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportImage {
    pub product: ProductId,
    pub image: SourceImage,
    /// Address of the OCR document, if it is not beside the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocr_url: Option<String>,
    #[serde(default, skip_serializing_if = "ImageTasks::is_all")]
    pub tasks: ImageTasks,
}

impl ImportImage {
    /// All tasks of an image whose OCR document is beside it.
    pub fn whole(product: ProductId, image: SourceImage) -> Self {
        Self {
            product,
            image,
            ocr_url: None,
            tasks: ImageTasks::all(),
        }
    }
}

impl JobSpec for ImportImage {
    const KIND: JobKind = JobKind {
        name: "import_image",
        queue: Queue::High,
        max_attempts: 6,
        timeout: Duration::from_secs(180),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        JobKeys {
            serial: Some(product_key(&self.product)),
            // A job of other tasks does other work: neither takes the other in.
            unique: Some(format!(
                "import_image:{}:{}{}",
                self.product.server_type,
                self.image,
                self.tasks.suffix()
            )),
        }
    }
}

/// Refreshes one product: after an answer, an edit, a change of the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefreshProduct(pub ProductId);

impl JobSpec for RefreshProduct {
    const KIND: JobKind = JobKind {
        name: "refresh",
        queue: Queue::High,
        max_attempts: 8,
        timeout: Duration::from_secs(180),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        let key = product_key(&self.0);
        JobKeys {
            unique: Some(format!("refresh:{key}")),
            serial: Some(key),
        }
    }
}

/// Sends an edit of the service account again that could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverEdit {
    pub edit: EditId,
}

impl JobSpec for DeliverEdit {
    /// Ordered: later edits of the product wait for the earlier ones.
    const KIND: JobKind = JobKind {
        name: "deliver_edit",
        queue: Queue::High,
        // The job ends itself long before, and tells the edit so.
        max_attempts: 1000,
        timeout: Duration::from_secs(180),
        ordered: true,
    };

    fn keys(&self) -> JobKeys {
        JobKeys {
            // The product, which [`deliver_edit`] knows and the arguments do not hold.
            serial: None,
            unique: Some(format!("deliver_edit:{}", self.edit)),
        }
    }
}

/// Decides an insight by its votes. Stored with each vote: a decision survives an outage,
/// and the end of the process, between the vote and its consequences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecideVotes {
    pub insight: InsightId,
}

impl JobSpec for DecideVotes {
    const KIND: JobKind = JobKind {
        name: "decide_votes",
        queue: Queue::High,
        max_attempts: 8,
        timeout: Duration::from_secs(180),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        let key = format!("decide:{}", self.insight);
        JobKeys {
            serial: Some(key.clone()),
            unique: Some(key),
        }
    }
}

/// Applies due automatic insights of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyInsights {
    pub product: ProductId,
    pub insights: Vec<InsightId>,
    /// The policy caps the daily edits of one of the insights.
    pub capped: bool,
}

impl ApplyInsights {
    /// A job without insights yet.
    pub const fn of(product: ProductId) -> Self {
        Self {
            product,
            insights: Vec::new(),
            capped: false,
        }
    }
}

impl JobSpec for ApplyInsights {
    const KIND: JobKind = JobKind {
        name: "apply_insights",
        queue: Queue::High,
        // The schedule enqueues it again as long as insights are due.
        max_attempts: 3,
        timeout: Duration::from_secs(300),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        let key = product_key(&self.product);
        JobKeys {
            unique: Some(format!("apply_insights:{key}")),
            serial: Some(if self.capped {
                "apply_insights with a daily cap".to_owned()
            } else {
                key
            }),
        }
    }
}

/// Brings the predictions and insights of a logo in line with its annotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyLogo {
    pub logo: LogoId,
}

impl JobSpec for ApplyLogo {
    const KIND: JobKind = JobKind {
        name: "apply_logo",
        queue: Queue::High,
        max_attempts: 6,
        timeout: Duration::from_secs(180),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        let key = format!("logo:{}", self.logo.0);
        JobKeys {
            serial: Some(key.clone()),
            unique: Some(key),
        }
    }
}

/// A refresh of the product; merged with one that already waits.
pub(crate) fn refresh(product: &ProductId, correlation_id: Option<&str>) -> NewJob {
    NewJob {
        correlation_id: correlation_id.map(str::to_owned),
        ..RefreshProduct(product.clone()).new_job()
    }
}

/// A refresh in the queue for mass operations, where it delays no other job of its
/// product.
pub(crate) fn mass_refresh(product: &ProductId) -> NewJob {
    let job = RefreshProduct(product.clone()).new_job();
    NewJob {
        queue: Queue::Low,
        priority: -1,
        // A key of its own: an urgent refresh that merges with this one would wait as long.
        unique_key: Some(format!("mass refresh:{}", product_key(product))),
        ..job
    }
}

/// Another delivery of the edit, 10 s later.
pub(crate) fn deliver_edit(edit: &ProductEdit) -> NewJob {
    deliver_edit_now(edit).after(Duration::from_secs(10))
}

/// Another delivery of the edit.
pub(crate) fn deliver_edit_now(edit: &ProductEdit) -> NewJob {
    let ProductId {
        barcode,
        server_type,
    } = &edit.product;
    NewJob {
        key: Some(format!("edits:{server_type}:{barcode}")),
        correlation_id: edit.correlation_id.clone(),
        ..DeliverEdit { edit: edit.id }.new_job()
    }
}

/// A decision by votes, some time after the request that stores the vote has tried it.
pub(crate) fn decide_votes(insight: InsightId, correlation_id: Option<&str>) -> NewJob {
    NewJob {
        delay: Duration::from_secs(30),
        correlation_id: correlation_id.map(str::to_owned),
        ..DecideVotes { insight }.new_job()
    }
}

/// Consequences of an annotated logo, some time after the request has tried it.
pub(crate) fn apply_logo(logo: LogoId) -> NewJob {
    NewJob {
        delay: Duration::from_secs(30),
        ..ApplyLogo { logo }.new_job()
    }
}

/// Key of the jobs that write predictions or insights of the product. It spares lost
/// commits; correctness rests on the product's revision.
fn product_key(product: &ProductId) -> String {
    format!("product:{}:{}", product.server_type, product.barcode)
}

#[cfg(test)]
mod tests;
