//! Tasks that events, imports and commands enqueue (`docs/reference/pipeline.md` 4.4).
//!
//! A job that changes predictions or insights has the key of its product. One that runs a
//! model on an image does not: it stores what the model returned, and enqueues the job that
//! draws the consequences.

use std::time::Duration;

use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::job::{JobKind, Queue};
use serde::{Deserialize, Serialize};

use super::{JobKeys, JobSpec, product_key};

/// Brings a product that was edited up to date: predictions of its name, and its insights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateProduct {
    pub product: ProductId,
}

impl JobSpec for UpdateProduct {
    const KIND: JobKind = JobKind {
        name: "update_product",
        queue: Queue::High,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_product(Self::KIND.name, &self.product)
    }
}

/// Deletes predictions and open insights of a product that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteProduct {
    pub product: ProductId,
}

impl JobSpec for DeleteProduct {
    const KIND: JobKind = JobKind {
        name: "delete_product",
        queue: Queue::High,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_product(Self::KIND.name, &self.product)
    }
}

/// Deletes predictions and open insights of an image that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteImage {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for DeleteImage {
    const KIND: JobKind = JobKind {
        name: "delete_image",
        queue: Queue::High,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_image(Self::KIND.name, &self.product, &self.image)
    }
}

/// Moves a product whose type has changed to its project. The product is that of the event;
/// all projects are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchProductType {
    pub product: ProductId,
}

impl JobSpec for SwitchProductType {
    const KIND: JobKind = JobKind {
        name: "switch_product_type",
        queue: Queue::High,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_product(Self::KIND.name, &self.product)
    }
}

/// Stores rows of the images of a product that have none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveImages {
    pub product: ProductId,
}

impl JobSpec for SaveImages {
    const KIND: JobKind = JobKind {
        name: "save_images",
        queue: Queue::Low,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_product(Self::KIND.name, &self.product)
    }
}

/// Reports the flags of an image to the moderation service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyModeration {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for NotifyModeration {
    const KIND: JobKind = JobKind {
        name: "notify_moderation",
        queue: Queue::High,
        ..task(60)
    };

    fn keys(&self) -> JobKeys {
        of_model(Self::KIND.name, &self.product, &self.image)
    }
}

/// Looks for the grade of a Nutri-Score on an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectNutriscore {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for DetectNutriscore {
    const KIND: JobKind = JobKind {
        name: "detect_nutriscore",
        queue: Queue::High,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_image(Self::KIND.name, &self.product, &self.image)
    }
}

/// Looks for logos on an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectLogos {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for DetectLogos {
    const KIND: JobKind = JobKind {
        name: "detect_logos",
        queue: Queue::Ml,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_model(Self::KIND.name, &self.product, &self.image)
    }
}

/// Looks for nutrition tables on an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectNutritionTable {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for DetectNutritionTable {
    const KIND: JobKind = JobKind {
        name: "detect_nutrition_table",
        queue: Queue::Ml,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_model(Self::KIND.name, &self.product, &self.image)
    }
}

/// Reads lists of ingredients in the text of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractIngredients {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for ExtractIngredients {
    const KIND: JobKind = JobKind {
        name: "extract_ingredients",
        queue: Queue::Ml,
        ..task(300)
    };

    fn keys(&self) -> JobKeys {
        of_model(Self::KIND.name, &self.product, &self.image)
    }
}

/// Reads a nutrition table on an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractNutrition {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for ExtractNutrition {
    const KIND: JobKind = JobKind {
        name: "extract_nutrition",
        queue: Queue::Ml,
        ..task(300)
    };

    fn keys(&self) -> JobKeys {
        of_model(Self::KIND.name, &self.product, &self.image)
    }
}

/// Computes the perceptual hash of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddFingerprint {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for AddFingerprint {
    const KIND: JobKind = JobKind {
        name: "add_fingerprint",
        queue: Queue::Low,
        ..task(180)
    };

    fn keys(&self) -> JobKeys {
        of_model(Self::KIND.name, &self.product, &self.image)
    }
}

/// Looks for barcodes on an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectBarcode {
    pub product: ProductId,
    pub image: SourceImage,
}

impl JobSpec for DetectBarcode {
    const KIND: JobKind = JobKind {
        name: "detect_barcode",
        queue: Queue::Low,
        ..task(180)
    };

    // It writes predictions: in turn with the other jobs of its product.
    fn keys(&self) -> JobKeys {
        of_image(Self::KIND.name, &self.product, &self.image)
    }
}

/// Predicts categories of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PredictCategory {
    pub product: ProductId,
}

impl JobSpec for PredictCategory {
    const KIND: JobKind = JobKind {
        name: "predict_category",
        queue: Queue::Ml,
        ..task(300)
    };

    fn keys(&self) -> JobKeys {
        let key = product_key(&self.product);
        let key = format!("{}:{key}", Self::KIND.name);
        JobKeys {
            serial: Some(key.clone()),
            unique: Some(key),
        }
    }
}

/// Imports the results of a batch job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportBatch {
    /// Folder of the batch, below the configured one.
    pub batch_dir: String,
}

impl JobSpec for ImportBatch {
    const KIND: JobKind = JobKind {
        name: "import_batch",
        queue: Queue::Low,
        ..task(8 * 3600)
    };

    fn keys(&self) -> JobKeys {
        let key = format!("{}:{}", Self::KIND.name, self.batch_dir);
        JobKeys {
            serial: Some(key.clone()),
            unique: Some(key),
        }
    }
}

const fn task(timeout_secs: u64) -> JobKind {
    JobKind {
        name: "",
        queue: Queue::High,
        max_attempts: 6,
        timeout: Duration::from_secs(timeout_secs),
        ordered: false,
    }
}

/// Keys of a job that changes a product.
fn of_product(name: &str, product: &ProductId) -> JobKeys {
    let key = product_key(product);
    JobKeys {
        unique: Some(format!("{name}:{key}")),
        serial: Some(key),
    }
}

/// Keys of a job that changes a product because of an image.
fn of_image(name: &str, product: &ProductId, image: &SourceImage) -> JobKeys {
    JobKeys {
        unique: Some(format!("{name}:{}:{image}", product.server_type)),
        serial: Some(product_key(product)),
    }
}

/// Keys of a job that runs a model on an image: it does not change the product, and other
/// jobs of the product may run beside it.
fn of_model(name: &str, product: &ProductId, image: &SourceImage) -> JobKeys {
    let key = format!("{name}:{}:{image}", product.server_type);
    JobKeys {
        serial: Some(key.clone()),
        unique: Some(key),
    }
}
