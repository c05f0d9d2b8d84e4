//! Vision models on the pixels of images: the image is decoded and scaled here, the model runs
//! behind [`Inference`], and what it answers is read by `robotoff_core::model`.

use std::sync::Arc;

use async_trait::async_trait;
use fast_image_resize::FilterType;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use robotoff_core::geometry::{CropArea, ImageSize, PixelBox};
use robotoff_core::model::classifier::ImageClassifier;
use robotoff_core::model::yolo::{DetectedObject, Detector, Letterbox, Suppression};
use robotoff_core::model::{ModelOutputError, Tensor, clip};
use robotoff_ports::inference::{Inference, InferenceCall};
use robotoff_ports::parts::{ImageModels, OnImage};
use robotoff_ports::{PortError, PortResult};

use crate::decode::{DecodeError, DecodedImage};
use crate::draw::outline;
use crate::pool::DecoderPool;
use crate::resize::resized;

/// Output of the detectors and the classifiers.
const OUTPUT: &str = "output0";

/// Quality of an image with drawn boxes.
const QUALITY: u8 = 85;

/// Vision models over a pool that decodes images.
#[derive(Clone)]
pub struct VisionModels {
    inference: Arc<dyn Inference>,
    pool: DecoderPool,
}

impl VisionModels {
    /// Models behind a port; images are decoded on the pool.
    pub fn new(inference: Arc<dyn Inference>, pool: DecoderPool) -> Self {
        Self { inference, pool }
    }

    async fn with_pixels<T: Send + 'static>(
        &self,
        file: Arc<[u8]>,
        work: impl FnOnce(DecodedImage) -> T + Send + 'static,
    ) -> PortResult<OnImage<T>> {
        let decoded: Result<T, DecodeError> = self.pool.with_pixels(file, work).await?;
        Ok(match decoded {
            Ok(result) => OnImage::Result(result),
            Err(error) => OnImage::Unreadable(error.to_string()),
        })
    }

    async fn infer(
        &self,
        model: &str,
        input: Vec<Tensor>,
        output: &str,
    ) -> PortResult<Vec<Tensor>> {
        let call = InferenceCall {
            model: model.to_owned(),
            version: None,
            inputs: input,
            outputs: vec![output.to_owned()],
        };
        self.inference.infer(call).await
    }
}

/// An output that cannot be believed: a defect of the model or of its description.
fn defect(model: &str) -> impl FnOnce(ModelOutputError) -> PortError {
    move |error| PortError::defect(format!("model {model}"), error)
}

#[async_trait]
impl ImageModels for VisionModels {
    fn is_configured(&self, model: &str) -> bool {
        self.inference.is_configured(model)
    }

    async fn objects(
        &self,
        file: Arc<[u8]>,
        detector: &'static Detector,
        rules: Suppression,
    ) -> PortResult<OnImage<Vec<DetectedObject>>> {
        let prepared = self.with_pixels(file, |image| letterboxed(image, detector.side));
        let (letterbox, input) = match prepared.await? {
            OnImage::Result(prepared) => prepared,
            OnImage::Unreadable(why) => return Ok(OnImage::Unreadable(why)),
        };
        let outputs = self.infer(detector.model, vec![input], OUTPUT).await?;
        let objects = detector.objects(&outputs, &letterbox, rules);
        Ok(OnImage::Result(objects.map_err(defect(detector.model))?))
    }

    async fn classes(
        &self,
        file: Arc<[u8]>,
        classifier: &'static ImageClassifier,
    ) -> PortResult<OnImage<Vec<(&'static str, f32)>>> {
        let prepared = self.with_pixels(file, |image| {
            let fit = classifier.square_fit(image.size());
            let scaled = resized(&image.into_upright(), fit.scaled, FilterType::Bilinear);
            fit.tensor(&cut(&scaled, fit.part))
        });
        let input = match prepared.await? {
            OnImage::Result(input) => input,
            OnImage::Unreadable(why) => return Ok(OnImage::Unreadable(why)),
        };
        let outputs = self.infer(classifier.name, vec![input], OUTPUT).await?;
        let scores = classifier.scores(&outputs);
        Ok(OnImage::Result(scores.map_err(defect(classifier.name))?))
    }

    async fn embeddings(
        &self,
        file: Arc<[u8]>,
        areas: Vec<CropArea>,
    ) -> PortResult<OnImage<Vec<Vec<f32>>>> {
        let prepared = self.with_pixels(file, move |image| {
            let size = image.size();
            let parts = areas.iter().map(|area| image.part(area.pixels(size)));
            parts.map(|part| clip_pixels(&part)).collect::<Vec<_>>()
        });
        let parts = match prepared.await? {
            OnImage::Result(parts) => parts,
            OnImage::Unreadable(why) => return Ok(OnImage::Unreadable(why)),
        };
        let mut embeddings = Vec::with_capacity(parts.len());
        for batch in parts.chunks(clip::BATCH) {
            let pixels: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
            let outputs = self.infer(clip::MODEL, clip::inputs(&pixels), "image_embeds");
            let found = clip::embeddings(&outputs.await?, batch.len());
            embeddings.extend(found.map_err(defect(clip::MODEL))?);
        }
        Ok(OnImage::Result(embeddings))
    }

    async fn drawn(
        &self,
        file: Arc<[u8]>,
        objects: Vec<DetectedObject>,
    ) -> PortResult<OnImage<Vec<u8>>> {
        let drawn = self.with_pixels(file, move |image| {
            let mut image = image.into_upright();
            for object in &objects {
                outline(&mut image, object.area);
            }
            let mut jpeg = Vec::new();
            let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
            image.write_with_encoder(encoder).map(|()| jpeg)
        });
        match drawn.await? {
            OnImage::Result(jpeg) => {
                let jpeg = jpeg.map_err(|error| PortError::defect("writing of a JPEG", error))?;
                Ok(OnImage::Result(jpeg))
            }
            OnImage::Unreadable(why) => Ok(OnImage::Unreadable(why)),
        }
    }
}

/// The input of a detector, and the place of the image in it.
fn letterboxed(image: DecodedImage, side: u32) -> (Letterbox, Tensor) {
    let letterbox = Letterbox::of(image.size(), side);
    let scaled = resized(
        &image.into_upright(),
        letterbox.scaled,
        FilterType::Bilinear,
    );
    let tensor = letterbox.tensor(scaled.as_raw());
    (letterbox, tensor)
}

/// The square of an image that CLIP reads, as RGB bytes.
fn clip_pixels(image: &RgbImage) -> Vec<u8> {
    let (width, height) = image.dimensions();
    let (scaled, part) = clip::square_fit(ImageSize { width, height });
    cut(&resized(image, scaled, FilterType::CatmullRom), part)
}

/// RGB bytes of a part of an image.
fn cut(image: &RgbImage, part: PixelBox) -> Vec<u8> {
    let [y_min, x_min, y_max, x_max] = part.to_array().map(i32::cast_unsigned);
    let view = image::imageops::crop_imm(image, x_min, y_min, x_max - x_min, y_max - y_min);
    view.to_image().into_raw()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use robotoff_core::geometry::RelativeBox;
    use robotoff_core::model::TensorValues;
    use robotoff_core::model::classifier::FRONT_IMAGE;
    use robotoff_core::model::yolo::NUTRITION_TABLE;
    use robotoff_ports::inference::InferenceModel;

    use super::*;
    use crate::decode::fixture;

    /// Answers each call with the next of the given outputs, and keeps the calls.
    #[derive(Default)]
    struct FakeInference {
        answers: Mutex<Vec<Tensor>>,
        calls: Mutex<Vec<InferenceCall>>,
    }

    #[async_trait]
    impl Inference for FakeInference {
        async fn infer(&self, call: InferenceCall) -> PortResult<Vec<Tensor>> {
            self.calls.lock().expect("no panic").push(call);
            let answer = self.answers.lock().expect("no panic").pop();
            Ok(answer.into_iter().collect())
        }

        fn is_configured(&self, _: &str) -> bool {
            true
        }

        async fn models(&self) -> PortResult<Vec<InferenceModel>> {
            Ok(Vec::new())
        }

        async fn load(&self, _: &str) -> PortResult<()> {
            Ok(())
        }

        async fn unload(&self, _: &str) -> PortResult<()> {
            Ok(())
        }
    }

    fn models(answer: Tensor) -> (VisionModels, Arc<FakeInference>) {
        let fake = Arc::new(FakeInference::default());
        fake.answers.lock().expect("no panic").push(answer);
        (
            VisionModels::new(fake.clone(), DecoderPool::default()),
            fake,
        )
    }

    fn result<T>(on_image: OnImage<T>) -> T {
        match on_image {
            OnImage::Result(result) => result,
            OnImage::Unreadable(why) => panic!("{why}"),
        }
    }

    #[tokio::test]
    async fn a_detector_gets_the_image_in_a_square_and_its_boxes_are_of_the_image() {
        let column = vec![320.0, 320.0, 64.0, 32.0, 0.9];
        let answer = Tensor::new(OUTPUT, [1, 5, 1], TensorValues::F32(column));
        let (models, fake) = models(answer);
        let file: Arc<[u8]> = fixture::png(100, 50).into();
        let objects = models.objects(file.clone(), &NUTRITION_TABLE, Suppression::at(0.5));
        let objects = result(objects.await.expect("the fake answers"));
        assert_eq!(objects.len(), 1);
        assert!((objects[0].area.x_min - 0.45).abs() < 1e-9);
        let calls = fake.calls.lock().expect("no panic");
        assert_eq!(calls[0].model, "nutrition_table");
        assert_eq!(calls[0].inputs[0].shape, [1, 3, 640, 640]);
        // The gradient of the fixture: red grows to the right, in the middle rows.
        let values = calls[0].inputs[0].finite().expect("numbers");
        let row = &values[320 * 640..321 * 640];
        assert!(row[10] < 0.05 && (row[320] - 0.5).abs() < 0.02 && row[630] > 0.95);
    }

    #[tokio::test]
    async fn an_output_that_is_none_is_a_defect_of_the_model() {
        let answer = Tensor::new(OUTPUT, [1], TensorValues::F32(vec![f32::NAN]));
        let (models, _) = models(answer);
        let file: Arc<[u8]> = fixture::png(10, 10).into();
        let classes = models.classes(file.clone(), &FRONT_IMAGE).await;
        let error = classes.expect_err("one score for two labels");
        assert!(error.to_string().contains("front_image_classification"));
        let text: Arc<[u8]> = Arc::from(&b"text"[..]);
        let unreadable = models.classes(text, &FRONT_IMAGE).await.expect("no error");
        assert!(matches!(unreadable, OnImage::Unreadable(_)));
        // No answer at all.
        let objects = models.objects(file, &NUTRITION_TABLE, Suppression::at(0.5));
        assert!(objects.await.is_err());
    }

    #[tokio::test]
    async fn each_part_of_an_image_has_an_embedding() {
        let answer = Tensor::new(
            "image_embeds",
            [2, clip::DIMENSIONS],
            TensorValues::F32(vec![0.5; 2 * clip::DIMENSIONS]),
        );
        let (models, fake) = models(answer);
        let part = |x_min: f64, x_max: f64| {
            let area = RelativeBox {
                y_min: 0.0,
                x_min,
                y_max: 1.0,
                x_max,
            };
            CropArea::of(area).expect("inside")
        };
        let file: Arc<[u8]> = fixture::png(300, 100).into();
        let parts = vec![part(0.0, 0.5), part(0.5, 0.51)];
        let embeddings = models.embeddings(file, parts).await.expect("two");
        assert_eq!(result(embeddings).len(), 2);
        let calls = fake.calls.lock().expect("no panic");
        assert_eq!(calls[0].inputs[0].shape, [2, 3, 224, 224]);
    }

    #[tokio::test]
    async fn boxes_are_drawn_on_a_jpeg() {
        let (models, _) = models(Tensor::new("x", [0], TensorValues::F32(Vec::new())));
        let object = DetectedObject {
            area: RelativeBox {
                y_min: 0.2,
                x_min: 0.2,
                y_max: 0.8,
                x_max: 0.8,
            },
            score: 0.5,
            label: "object",
        };
        let file: Arc<[u8]> = fixture::png(100, 100).into();
        let jpeg = result(models.drawn(file, vec![object]).await.expect("a JPEG"));
        let drawn = image::load_from_memory(&jpeg).expect("a JPEG").into_rgb8();
        let [red, green, _] = drawn.get_pixel(20, 50).0;
        assert!(red > 180 && green < 80, "{red} {green}");
    }
}
