//! Text of a photo: which way up it is, where its lines are, their characters, the order in
//! which they are read.
//!
//! The models are described in `models.toml`; what is between them is ours: regions of the
//! detector's map (`regions`), straightened lines (`sample`), characters (`ctc`), reading order
//! (`order`).

mod assemble;
mod ctc;
mod detect;
mod geometry;
mod order;
mod recognize;
mod regions;
mod sample;
mod tensor;
mod upright;

use std::time::Duration;

use image::RgbImage;
use robotoff_core::geometry::ImageSize;
use robotoff_core::ocr::ReadPage;

use crate::models::ModelFolder;
use crate::runtime::{InferenceError, LoadedModel, has_library};
use assemble::{Frame, RecognizedLine};
use detect::{DetectionSize, detect};
use geometry::LineBox;
use recognize::recognize;
use upright::{Quarters, classify, is_upside_down};

/// Trade between time and quality (`OCR_SPEED`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OcrSpeed {
    /// The tiny detector.
    Fast,
    /// The small detector, and the tiny one on a larger image for small print.
    Best,
}

/// Size of the detector of [`OcrSpeed::Fast`].
const FAST: DetectionSize = DetectionSize {
    min_side: 960,
    max_side: 2000,
};

/// Size of the small detector of [`OcrSpeed::Best`].
const BEST: DetectionSize = DetectionSize {
    min_side: 640,
    max_side: 1280,
};

/// Size of its tiny detector, which adds small print.
const SMALL_PRINT: DetectionSize = DetectionSize {
    min_side: 1280,
    max_side: 2592,
};

/// Photos are made smaller until no side is longer; print that can be read stays readable.
const MAX_SIDE: u32 = 4096;

/// Confidence from which a line is text.
const MIN_CONFIDENCE: f32 = 0.6;

/// A line of the second detector is new if the first one covers less than this share.
const MAX_COVERED: f32 = 0.3;

/// An engine that reads the text of decoded photos.
pub trait PageReader: Send + Sync {
    /// Names of what is not on this machine; empty when photos can be read.
    fn missing(&self) -> Vec<&'static str>;

    /// Reads an image; corners are in its pixels. The thread is busy for about a second.
    ///
    /// # Errors
    /// A part of the engine is absent or broken.
    fn read(&self, image: RgbImage) -> Result<ReadPage, InferenceError>;

    /// Releases what was not used for so long; returns the number of sessions.
    fn release_idle(&self, after: Duration) -> usize;
}

/// Reads photos with models in this process.
pub struct TextReader {
    folder: ModelFolder,
    speed: OcrSpeed,
    orientation: LoadedModel,
    detectors: Vec<(LoadedModel, DetectionSize)>,
    recognizer: LoadedModel,
}

impl TextReader {
    /// A reader whose models are in this folder. None is loaded yet.
    pub fn new(folder: ModelFolder, speed: OcrSpeed) -> Self {
        let model = |name| LoadedModel::new(name, folder.clone());
        let detectors = match speed {
            OcrSpeed::Fast => vec![(model("text-detection-tiny"), FAST)],
            OcrSpeed::Best => vec![
                (model("text-detection-small"), BEST),
                (model("text-detection-tiny"), SMALL_PRINT),
            ],
        };
        Self {
            speed,
            orientation: model("page-orientation"),
            detectors,
            recognizer: model("text-recognition-small"),
            folder,
        }
    }

    /// The trade that it was made for.
    pub const fn speed(&self) -> OcrSpeed {
        self.speed
    }

    fn models(&self) -> impl Iterator<Item = &LoadedModel> {
        let detectors = self.detectors.iter().map(|(detector, _)| detector);
        detectors.chain([&self.orientation, &self.recognizer])
    }

    fn detect_first(&self, image: &RgbImage) -> Result<Vec<LineBox>, InferenceError> {
        let (detector, size) = &self.detectors[0];
        detect(detector, image, *size)
    }

    /// Adds the lines of the other detectors that are not known yet.
    fn with_small_print(
        &self,
        image: &RgbImage,
        mut lines: Vec<RecognizedLine>,
    ) -> Result<Vec<RecognizedLine>, InferenceError> {
        for (detector, size) in &self.detectors[1..] {
            let known: Vec<LineBox> = lines.iter().map(|line| line.place).collect();
            let mut found = detect(detector, image, *size)?;
            found.retain(|line| line.covered_by(&known) < MAX_COVERED);
            lines.extend(self.recognized(image, found)?);
        }
        Ok(lines)
    }

    /// Lines with their texts. A vertical line is read in both directions.
    fn recognized(
        &self,
        image: &RgbImage,
        places: Vec<LineBox>,
    ) -> Result<Vec<RecognizedLine>, InferenceError> {
        let texts = recognize(&self.recognizer, image, &places)?;
        let mut lines: Vec<RecognizedLine> = places
            .into_iter()
            .zip(texts)
            .map(|(place, text)| RecognizedLine { place, text })
            .collect();
        let vertical = |line: &&mut RecognizedLine| line.place.is_vertical;
        let reversed: Vec<LineBox> = lines
            .iter()
            .filter(|line| line.place.is_vertical)
            .map(|line| line.place.reversed())
            .collect();
        let texts = recognize(&self.recognizer, image, &reversed)?;
        let upside_down = reversed.into_iter().zip(texts);
        for (line, (place, text)) in lines.iter_mut().filter(vertical).zip(upside_down) {
            if text.confidence > line.text.confidence {
                *line = RecognizedLine { place, text };
            }
        }
        lines.retain(|line| line.text.confidence >= MIN_CONFIDENCE && !line.text.words.is_empty());
        Ok(lines)
    }
}

impl PageReader for TextReader {
    fn missing(&self) -> Vec<&'static str> {
        let absent = self.models().filter(|model| !model.is_present());
        let mut names: Vec<&'static str> = absent.map(|model| &*model.spec().name).collect();
        if !has_library(&self.folder) {
            names.push("onnxruntime");
        }
        names
    }

    fn release_idle(&self, after: Duration) -> usize {
        self.models().map(|model| model.release_idle(after)).sum()
    }

    fn read(&self, image: RgbImage) -> Result<ReadPage, InferenceError> {
        let (width, height) = image.dimensions();
        let size = ImageSize { width, height };
        if width == 0 || height == 0 {
            return Ok(ReadPage::default());
        }
        let image = within(image, MAX_SIDE);
        let class = classify(&self.orientation, &image)?;
        let mut rotation = class.rotation;
        let mut image = rotation.rotate(image);
        let mut detected = self.detect_first(&image)?;
        if !class.is_certain && is_upside_down(&self.recognizer, &image, &detected)? {
            rotation = rotation.opposite();
            image = Quarters::Two.rotate(image);
            detected = on_rotated(&detected, &image);
        }
        let lines = self.recognized(&image, detected)?;
        let lines = self.with_small_print(&image, lines)?;
        let frame = Frame::new(size, &image, rotation);
        Ok(assemble::page(&frame, &lines))
    }
}

/// The image, made smaller if a side is longer.
fn within(image: RgbImage, max_side: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    let longest = width.max(height);
    if longest <= max_side {
        return image;
    }
    let side = |length: u32| {
        let side = u64::from(length) * u64::from(max_side) / u64::from(longest);
        u32::try_from(side).unwrap_or(max_side).max(1)
    };
    let size = ImageSize {
        width: side(width),
        height: side(height),
    };
    tensor::resized(&image, size)
}

#[expect(clippy::cast_precision_loss, reason = "sides in pixels")]
fn on_rotated(lines: &[LineBox], image: &RgbImage) -> Vec<LineBox> {
    let (width, height) = image.dimensions();
    let rotated = |line: &LineBox| line.on_rotated_by_180(width as f32, height as f32);
    lines.iter().map(rotated).collect()
}
