//! Vision models: on images that requests name, and on images of products.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use robotoff_app::crops::NoFile;
use robotoff_app::enqueue::{DetectLogos, DetectNutriscore, DetectNutritionTable, JobSpec};
use robotoff_app::image_models::{PredictedImage, VisionModel, VisionPrediction, WantedRules};
use robotoff_app::{App, AppSettings};
use robotoff_core::geometry::{CropArea, ImageSize, RelativeBox};
use robotoff_core::image::NewImage;
use robotoff_core::model::classifier::ImageClassifier;
use robotoff_core::model::yolo::{DetectedObject, Detector, Suppression};
use robotoff_core::policy::Policy;
use robotoff_core::product::ServerType;
use robotoff_ports::fakes::FakeImageFiles;
use robotoff_ports::parts::{ImageModels, OnImage};
use robotoff_ports::store::{
    Change, Changes, ImagePredictionFilter, ImageReads, LogoFilter, LogoOrder,
};
use robotoff_ports::{OptionalParts, PortError, PortResult, Store};

use crate::fakes::lock;
use crate::tasks::{CODE, document, image, run};
use crate::test_app::{TestApp, product};

/// Models that find one object, with the threshold of the call as its score, in files that
/// begin with `image`.
#[derive(Default)]
struct FakeModels {
    calls: Mutex<Vec<(String, Suppression)>>,
    /// Models that are not there.
    missing: Vec<&'static str>,
    is_away: Mutex<bool>,
}

impl FakeModels {
    fn on<T>(&self, file: &[u8], result: T) -> PortResult<OnImage<T>> {
        if *lock(&self.is_away) {
            return Err(PortError::unavailable("the server of models", "it is away"));
        }
        Ok(match file.starts_with(b"image") {
            true => OnImage::Result(result),
            false => OnImage::Unreadable("no image".to_owned()),
        })
    }
}

const AREA: RelativeBox = RelativeBox {
    y_min: 0.25,
    x_min: 0.25,
    y_max: 0.5,
    x_max: 0.5,
};

#[async_trait]
impl ImageModels for FakeModels {
    fn is_configured(&self, model: &str) -> bool {
        !self.missing.contains(&model)
    }

    async fn objects(
        &self,
        file: Arc<[u8]>,
        detector: &'static Detector,
        rules: Suppression,
    ) -> PortResult<OnImage<Vec<DetectedObject>>> {
        lock(&self.calls).push((detector.model.to_owned(), rules));
        let object = |area: RelativeBox| DetectedObject {
            area,
            score: 0.75,
            label: detector.labels[0],
        };
        let flat = RelativeBox {
            y_max: AREA.y_min,
            ..AREA
        };
        self.on(&file, vec![object(flat), object(AREA)])
    }

    async fn classes(
        &self,
        file: Arc<[u8]>,
        classifier: &'static ImageClassifier,
    ) -> PortResult<OnImage<Vec<(&'static str, f32)>>> {
        self.on(&file, vec![(classifier.labels[0], 0.5)])
    }

    async fn embeddings(
        &self,
        file: Arc<[u8]>,
        areas: Vec<CropArea>,
    ) -> PortResult<OnImage<Vec<Vec<f32>>>> {
        self.on(&file, vec![vec![1.0]; areas.len()])
    }

    async fn drawn(
        &self,
        file: Arc<[u8]>,
        objects: Vec<DetectedObject>,
    ) -> PortResult<OnImage<Vec<u8>>> {
        let drawn = format!("{} objects", objects.len());
        self.on(&file, drawn.into_bytes())
    }
}

const URL: &str = "https://images.example/1.jpg";

async fn app(models: Option<Arc<FakeModels>>) -> App {
    let test = TestApp::new().await;
    let mut ports = test.app.ports.clone();
    let files = FakeImageFiles::of_host("https://images.example/")
        .with(URL, Ok(b"image".to_vec()))
        .with("https://images.example/text", Ok(b"text".to_vec()));
    ports.image_files = Arc::new(files);
    ports.parts.image_models = models.map(|models| models as Arc<dyn ImageModels>);
    App::new(ports, AppSettings::default(), Policy::default())
}

const RULES: WantedRules = WantedRules {
    threshold: 0.0,
    overlap: None,
    eta: Some(0.9),
    is_suppressing: true,
};

fn models(names: &[&str]) -> Vec<VisionModel> {
    let models = names.iter().map(|name| VisionModel::named(name));
    models.map(|model| model.expect("a known model")).collect()
}

#[tokio::test]
async fn each_model_answers_for_an_image_at_an_address() {
    let fake = Arc::new(FakeModels::default());
    let app = app(Some(fake.clone())).await;
    let wanted = models(&["price_tag_detection", "front_image_classification"]);
    let predicted = app.image_models.predict(URL, &wanted, RULES).await.unwrap();
    let PredictedImage::Done(predictions) = predicted else {
        panic!("{predicted:?}");
    };
    assert!(matches!(&predictions[0], VisionPrediction::Objects(found) if found.len() == 2));
    assert_eq!(
        predictions[1],
        VisionPrediction::Classes(vec![("FRONT", 0.5)])
    );
    // A threshold of 0 is the default of the detector.
    let expected = Suppression {
        eta: 0.9,
        ..Suppression::at(0.25)
    };
    let calls = vec![("price_tag_detection".to_owned(), expected)];
    assert_eq!(*lock(&fake.calls), calls);
    let detector = Detector::named("nutriscore").unwrap();
    let drawn = app.image_models.drawn(URL, detector, RULES).await.unwrap();
    assert_eq!(drawn, PredictedImage::Done(b"2 objects".to_vec()));
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let wanted = models(&["nutriscore", "nutrition_table"]);
    let partial = Arc::new(FakeModels {
        missing: vec!["nutrition_table"],
        ..FakeModels::default()
    });
    for (models, url, expected) in [
        (None, URL, PredictedImage::NoModel("nutriscore")),
        (
            Some(partial),
            URL,
            PredictedImage::NoModel("nutrition_table"),
        ),
        (
            Some(Arc::default()),
            "https://images.example/none",
            PredictedImage::NoFile(NoFile::Missing),
        ),
        (
            Some(Arc::default()),
            "https://evil.example/",
            PredictedImage::NoFile(NoFile::NotAllowed),
        ),
        (
            Some(Arc::default()),
            "https://images.example/text",
            PredictedImage::Unreadable("no image".to_owned()),
        ),
    ] {
        let app = app(models).await;
        let predicted = app.image_models.predict(url, &wanted, RULES).await;
        assert_eq!(predicted.unwrap(), expected, "{url}");
    }
}

async fn with_image(test: &TestApp, file: Option<&str>) {
    let id = product(CODE);
    test.products.insert(&id, document(&[1]));
    let row = NewImage {
        product: id,
        number: "1".to_owned(),
        source_image: image(1),
        size: ImageSize {
            width: 300,
            height: 400,
        },
        uploaded_at: None,
    };
    let changes = Changes::new().with(Change::StoreImage(row));
    test.store.commit(changes).await.unwrap();
    if let Some(file) = file {
        test.images.insert_file(&image(1).to_string(), file);
    }
}

fn parts(models: &Arc<FakeModels>) -> OptionalParts {
    OptionalParts {
        image_models: Some(models.clone()),
        ..OptionalParts::default()
    }
}

#[tokio::test]
async fn a_detector_runs_once_on_an_image_and_its_run_is_stored() {
    let models = Arc::new(FakeModels::default());
    for test in TestApp::both(parts(&models)).await {
        lock(&models.calls).clear();
        with_image(&test, Some("image")).await;
        for _ in 0..2 {
            let (product, image) = (product(CODE), image(1));
            let job = DetectLogos { product, image }.new_job();
            assert_eq!(run(&test, job).await, ["detect_logos: done"]);
        }
        assert_eq!(lock(&models.calls).len(), 1);
        let filter = ImagePredictionFilter {
            server_type: ServerType::Off,
            ..ImagePredictionFilter::default()
        };
        let runs = test.store.image_predictions(&filter, 10, 0).await.unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].model_version, "yolo-universal-logo-detector-1.0");
        assert_eq!(runs[0].max_confidence, Some(0.75));
        assert_eq!(runs[0].data["objects"][1]["label"], "object");
        // An object without an area is no logo; the other keeps its place.
        let filter = LogoFilter {
            server_type: ServerType::Off,
            ..LogoFilter::default()
        };
        let logos = test.store.logos(&filter, LogoOrder::default(), 10, 0);
        let logos = logos.await.unwrap();
        assert_eq!(logos.len(), 1);
        assert_eq!(logos[0].index, 1);
    }
}

#[tokio::test]
async fn a_grade_that_is_seen_becomes_a_prediction() {
    let models = Arc::new(FakeModels::default());
    for test in TestApp::both(parts(&models)).await {
        with_image(&test, Some("image")).await;
        let (id, image) = (product(CODE), image(1));
        let product = id.clone();
        let job = DetectNutriscore { product, image }.new_job();
        assert_eq!(run(&test, job).await, ["detect_nutriscore: done"]);
        // Two objects: no grade is certain.
        assert_eq!(test.summary(&id).await, [] as [&str; 0]);
    }
}

#[tokio::test]
async fn an_image_that_cannot_be_used_is_skipped_and_an_outage_waited_for() {
    let models = Arc::new(FakeModels::default());
    for (file, expected) in [
        (None, "skipped: there is no image"),
        (Some("text"), "skipped: cannot read the image"),
    ] {
        let test = TestApp::with_parts(robotoff_app::Edits::Send, "", parts(&models)).await;
        with_image(&test, file).await;
        let (product, image) = (product(CODE), image(1));
        let job = DetectNutritionTable { product, image }.new_job();
        let results = run(&test, job).await;
        assert!(results[0].contains(expected), "{results:?}");
    }
    let test = TestApp::with_parts(robotoff_app::Edits::Send, "", parts(&models)).await;
    with_image(&test, Some("image")).await;
    *lock(&models.is_away) = true;
    let (product, image) = (product(CODE), image(1));
    let job = DetectNutritionTable { product, image }.new_job();
    let results = run(&test, job).await;
    assert!(results[0].contains("it is away"), "{results:?}");
    *lock(&models.is_away) = false;
    test.advance(std::time::Duration::from_secs(3600));
    assert_eq!(test.run_jobs().await, ["detect_nutrition_table: done"]);
}
