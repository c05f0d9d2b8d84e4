//! Tasks of an image import (`docs/reference/pipeline.md` 0.6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One task of an image import, under the name of its flag. The existing service has a task for
/// barcodes without a flag, which nothing enqueues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageTask {
    AddImageFingerprint,
    ImportInsightsFromImage,
    ExtractIngredients,
    ExtractNutrition,
    RunLogoObjectDetection,
    RunNutritionTableObjectDetection,
    PredictCategory,
    RunUpcDetection,
}

impl ImageTask {
    /// Every task.
    pub const ALL: [Self; 8] = [
        Self::AddImageFingerprint,
        Self::ImportInsightsFromImage,
        Self::ExtractIngredients,
        Self::ExtractNutrition,
        Self::RunLogoObjectDetection,
        Self::RunNutritionTableObjectDetection,
        Self::PredictCategory,
        Self::RunUpcDetection,
    ];

    /// Name of the flag.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AddImageFingerprint => "add_image_fingerprint",
            Self::ImportInsightsFromImage => "import_insights_from_image",
            Self::ExtractIngredients => "extract_ingredients",
            Self::ExtractNutrition => "extract_nutrition",
            Self::RunLogoObjectDetection => "run_logo_object_detection",
            Self::RunNutritionTableObjectDetection => "run_nutrition_table_object_detection",
            Self::PredictCategory => "predict_category",
            Self::RunUpcDetection => "run_upc_detection",
        }
    }

    /// Task of a flag.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }
}

/// Set of tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageTasks(BTreeSet<ImageTask>);

impl Default for ImageTasks {
    fn default() -> Self {
        Self::all()
    }
}

impl FromIterator<ImageTask> for ImageTasks {
    fn from_iter<I: IntoIterator<Item = ImageTask>>(tasks: I) -> Self {
        Self(tasks.into_iter().collect())
    }
}

impl ImageTasks {
    /// Every task.
    pub fn all() -> Self {
        ImageTask::ALL.into_iter().collect()
    }

    /// Tasks that need only the image, which exists when it is uploaded
    /// (`docs/reference/pipeline.md` 5.3).
    pub fn on_upload() -> Self {
        ImageTask::ALL
            .into_iter()
            .filter(|task| !task.needs_ocr())
            .collect()
    }

    /// Tasks that need the OCR document, which exists some time later
    /// (`docs/reference/pipeline.md` 5.4).
    pub fn on_ocr() -> Self {
        ImageTask::ALL
            .into_iter()
            .filter(|task| task.needs_ocr())
            .collect()
    }

    pub(crate) fn is_all(&self) -> bool {
        self.0.len() == ImageTask::ALL.len()
    }

    /// True if the task is in the set.
    pub fn contains(&self, task: ImageTask) -> bool {
        self.0.contains(&task)
    }

    /// End of the unique key of a job with these tasks.
    pub(super) fn suffix(&self) -> String {
        if self.is_all() {
            return String::new();
        }
        let names: Vec<&str> = self.0.iter().map(|task| task.name()).collect();
        format!(":{}", names.join("+"))
    }
}

impl ImageTask {
    const fn needs_ocr(self) -> bool {
        match self {
            Self::AddImageFingerprint
            | Self::RunNutritionTableObjectDetection
            | Self::RunUpcDetection => false,
            Self::ImportInsightsFromImage
            | Self::ExtractIngredients
            | Self::ExtractNutrition
            | Self::RunLogoObjectDetection
            | Self::PredictCategory => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_flags() {
        for task in ImageTask::ALL {
            assert_eq!(ImageTask::from_name(task.name()), Some(task));
            let stored = serde_json::to_value(task).unwrap();
            assert_eq!(stored, task.name());
        }
    }

    #[test]
    fn upload_and_ocr_share_the_tasks_of_an_image() {
        let (upload, ocr) = (ImageTasks::on_upload(), ImageTasks::on_ocr());
        for task in ImageTask::ALL {
            assert_ne!(upload.contains(task), ocr.contains(task), "{task:?}");
        }
        assert_eq!(
            upload.suffix(),
            ":add_image_fingerprint+run_nutrition_table_object_detection+run_upc_detection"
        );
    }
}
