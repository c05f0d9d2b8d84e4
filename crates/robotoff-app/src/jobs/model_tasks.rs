//! Tasks that run a model. One whose model is not part of this program is skipped, and its
//! row says why.

use super::{Job, JobContext, Skip};
use crate::App;
use crate::enqueue::{
    AddFingerprint, DetectLogos, DetectNutriscore, DetectNutritionTable, ExtractIngredients,
    ExtractNutrition, PredictCategory,
};

/// Result of a task whose model is not configured: no attempt of this process can run it.
fn without(model: &str) -> anyhow::Result<()> {
    Err(Skip(format!("no model is configured: {model}")).into())
}

impl Job for DetectLogos {
    type App = App;

    async fn run(&self, _: &JobContext) -> anyhow::Result<()> {
        without("universal_logo_detector")
    }
}

impl Job for DetectNutritionTable {
    type App = App;

    async fn run(&self, _: &JobContext) -> anyhow::Result<()> {
        without("nutrition_table")
    }
}

impl Job for DetectNutriscore {
    type App = App;

    async fn run(&self, _: &JobContext) -> anyhow::Result<()> {
        without("nutriscore")
    }
}

impl Job for ExtractIngredients {
    type App = App;

    async fn run(&self, _: &JobContext) -> anyhow::Result<()> {
        without("ingredient_detection")
    }
}

impl Job for ExtractNutrition {
    type App = App;

    async fn run(&self, _: &JobContext) -> anyhow::Result<()> {
        without("nutrition_extractor")
    }
}

impl Job for AddFingerprint {
    type App = App;

    async fn run(&self, _: &JobContext) -> anyhow::Result<()> {
        without("the fingerprint of images")
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
