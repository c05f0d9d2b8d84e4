//! Tasks that run a model or inspect pixels. One whose model is not part of this program is skipped, and its
//! row says why.

use robotoff_core::detection::{
    DetectionModel, INGREDIENT_DETECTION, NUTRISCORE, NUTRITION_EXTRACTOR,
};
use robotoff_core::model::yolo::{self, Detector, NUTRITION_TABLE, UNIVERSAL_LOGO};
use robotoff_core::product::{ProductId, SourceImage};

use super::{Job, JobContext, Skip};
use crate::App;
use crate::enqueue::{
    AddFingerprint, DetectBarcode, DetectLogos, DetectNutriscore, DetectNutritionTable,
    ExtractIngredients, ExtractNutrition, PredictCategory,
};
use crate::imports::Detected;
use crate::imports::Inspection;

/// Result of a task whose model is not configured: no attempt of this process can run it.
fn without(model: &str) -> anyhow::Result<()> {
    Err(Skip(format!("no model is configured: {model}")).into())
}

/// Imports the stored run of a model.
async fn import_run(
    cx: &JobContext,
    product: &ProductId,
    image: &SourceImage,
    model: &DetectionModel,
) -> anyhow::Result<()> {
    let imports = &cx.app.imports;
    let imported = imports.import_run(product, image, model, Some(cx.lease));
    match imported.await? {
        true => Ok(()),
        false => without(model.name),
    }
}

/// Runs a detector on an image, unless its run is stored.
async fn detect(
    cx: &JobContext,
    product: &ProductId,
    image: &SourceImage,
    detector: &'static Detector,
) -> anyhow::Result<()> {
    let imports = &cx.app.imports;
    let detected = imports.detect(product, image, detector, Some(cx.lease));
    match detected.await? {
        Detected::Stored => Ok(()),
        Detected::NoModel => without(detector.name),
        Detected::NoImage => Err(Skip(format!("there is no image {image}")).into()),
        Detected::Unreadable(why) => {
            Err(Skip(format!("cannot read the image {image}: {why}")).into())
        }
    }
}

impl Job for DetectLogos {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        detect(cx, &self.product, &self.image, &UNIVERSAL_LOGO).await
    }
}

impl Job for DetectNutritionTable {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        detect(cx, &self.product, &self.image, &NUTRITION_TABLE).await
    }
}

impl Job for DetectNutriscore {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        detect(cx, &self.product, &self.image, &yolo::NUTRISCORE).await?;
        let run = import_run(cx, &self.product, &self.image, &NUTRISCORE);
        run.await
    }
}

impl Job for ExtractIngredients {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let run = import_run(cx, &self.product, &self.image, &INGREDIENT_DETECTION);
        run.await
    }
}

impl Job for ExtractNutrition {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let run = import_run(cx, &self.product, &self.image, &NUTRITION_EXTRACTOR);
        run.await
    }
}

impl Job for AddFingerprint {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let imports = &cx.app.imports;
        let inspected = imports.add_fingerprint(&self.product, &self.image, Some(cx.lease));
        end_of(inspected.await?)
    }
}

impl Job for DetectBarcode {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let imports = &cx.app.imports;
        let inspected = imports.detect_barcode(&self.product, &self.image, Some(cx.lease));
        end_of(inspected.await?)
    }
}

/// The end of a job that inspected an image.
fn end_of(inspection: Inspection) -> anyhow::Result<()> {
    match inspection {
        Inspection::Done => Ok(()),
        Inspection::Skipped(why) => Err(Skip(why).into()),
    }
}

impl Job for PredictCategory {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let predicted = cx
            .app
            .imports
            .predict_category(&self.product, Some(cx.lease));
        match predicted.await? {
            true => Ok(()),
            false => without("the category predictor"),
        }
    }
}
