//! Vision models on an image that a request names; nothing is stored
//! (`docs/reference/api.md` 2.22).

use std::sync::Arc;

use anyhow::Result;
use robotoff_core::model::classifier::ImageClassifier;
use robotoff_core::model::yolo::{DetectedObject, Detector, Suppression};
use robotoff_ports::parts::{ImageModels, OnImage};

use crate::crops::{Crops, NoFile};
use crate::ports::Ports;

/// A vision model, by its name in requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VisionModel {
    Detector(&'static Detector),
    Classifier(&'static ImageClassifier),
}

impl VisionModel {
    /// The model with this name.
    pub fn named(name: &str) -> Option<Self> {
        let detector = Detector::named(name).map(Self::Detector);
        detector.or_else(|| ImageClassifier::named(name).map(Self::Classifier))
    }

    /// Name in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detector(detector) => detector.name,
            Self::Classifier(classifier) => classifier.name,
        }
    }

    /// Name on a server.
    const fn model(self) -> &'static str {
        match self {
            Self::Detector(detector) => detector.model,
            Self::Classifier(classifier) => classifier.name,
        }
    }
}

/// Rules of a request; what it does not name is the default of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WantedRules {
    /// Lowest score; 0 is the default of the detector.
    pub threshold: f32,
    pub overlap: Option<f64>,
    pub eta: Option<f64>,
    pub is_suppressing: bool,
}

/// Answer of a model on an image.
#[derive(Debug, Clone, PartialEq)]
pub enum VisionPrediction {
    Objects(Vec<DetectedObject>),
    /// Labels with their scores, the highest first.
    Classes(Vec<(&'static str, f32)>),
}

/// Result of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum PredictedImage<T> {
    Done(T),
    /// This model is not configured.
    NoModel(&'static str),
    /// There is no image at the address.
    NoFile(NoFile),
    /// The file cannot be used; the text says why.
    Unreadable(String),
}

/// Runs vision models on images that requests name.
pub struct ImagePredictor {
    models: Option<Arc<dyn ImageModels>>,
    crops: Arc<Crops>,
}

impl ImagePredictor {
    pub(crate) fn new(ports: &Ports, crops: Arc<Crops>) -> Self {
        Self {
            models: ports.parts.image_models.clone(),
            crops,
        }
    }

    /// Predictions of some models on the image at an address, in the order of the models.
    pub async fn predict(
        &self,
        url: &str,
        wanted: &[VisionModel],
        rules: WantedRules,
    ) -> Result<PredictedImage<Vec<VisionPrediction>>> {
        let models = match self.configured(wanted) {
            Ok(models) => models,
            Err(name) => return Ok(PredictedImage::NoModel(name)),
        };
        let file = match self.crops.file(url).await? {
            Ok(file) => file,
            Err(none) => return Ok(PredictedImage::NoFile(none)),
        };
        let mut predictions = Vec::with_capacity(wanted.len());
        for model in wanted {
            let prediction = match model {
                VisionModel::Detector(detector) => {
                    let rules = rules.of(detector);
                    let objects = models.objects(file.clone(), detector, rules).await?;
                    mapped(objects, VisionPrediction::Objects)
                }
                VisionModel::Classifier(classifier) => {
                    let classes = models.classes(file.clone(), classifier).await?;
                    mapped(classes, VisionPrediction::Classes)
                }
            };
            match prediction {
                OnImage::Result(prediction) => predictions.push(prediction),
                OnImage::Unreadable(why) => return Ok(PredictedImage::Unreadable(why)),
            }
        }
        Ok(PredictedImage::Done(predictions))
    }

    /// The image at an address with the objects of a detector drawn, as JPEG.
    pub async fn drawn(
        &self,
        url: &str,
        detector: &'static Detector,
        rules: WantedRules,
    ) -> Result<PredictedImage<Vec<u8>>> {
        let models = match self.configured(&[VisionModel::Detector(detector)]) {
            Ok(models) => models,
            Err(name) => return Ok(PredictedImage::NoModel(name)),
        };
        let file = match self.crops.file(url).await? {
            Ok(file) => file,
            Err(none) => return Ok(PredictedImage::NoFile(none)),
        };
        let objects = models.objects(file.clone(), detector, rules.of(detector));
        let drawn = match objects.await? {
            OnImage::Result(objects) => models.drawn(file, objects).await?,
            OnImage::Unreadable(why) => OnImage::Unreadable(why),
        };
        Ok(match drawn {
            OnImage::Result(jpeg) => PredictedImage::Done(jpeg),
            OnImage::Unreadable(why) => PredictedImage::Unreadable(why),
        })
    }

    /// The models, or the name of one that is not configured.
    fn configured(&self, wanted: &[VisionModel]) -> Result<&Arc<dyn ImageModels>, &'static str> {
        let is_missing = |models: &Arc<dyn ImageModels>| {
            let mut missing = wanted.iter();
            missing
                .find(|model| !models.is_configured(model.model()))
                .copied()
        };
        match (&self.models, wanted) {
            (Some(models), _) => match is_missing(models) {
                Some(model) => Err(model.name()),
                None => Ok(models),
            },
            (None, [model, ..]) => Err(model.name()),
            (None, []) => Err("none"),
        }
    }
}

impl WantedRules {
    fn of(self, detector: &Detector) -> Suppression {
        let is_given = self.threshold != 0.0;
        let usual = Suppression::at(if is_given {
            self.threshold
        } else {
            detector.threshold
        });
        Suppression {
            overlap: self.overlap.unwrap_or(usual.overlap),
            eta: self.eta.unwrap_or(usual.eta),
            is_on: self.is_suppressing,
            ..usual
        }
    }
}

fn mapped<T>(on_image: OnImage<T>, wrap: fn(T) -> VisionPrediction) -> OnImage<VisionPrediction> {
    match on_image {
        OnImage::Result(result) => OnImage::Result(wrap(result)),
        OnImage::Unreadable(why) => OnImage::Unreadable(why),
    }
}
