//! Pixels to numbers: decoding and cropping of images, models on ONNX Runtime, the text of
//! an image.

pub mod crop;
pub mod decode;
pub mod draw;
pub mod kserve;
pub mod language;
pub mod models;
pub mod ocr;
pub mod onnx;
pub mod pool;
mod resize;
pub mod routed;
pub mod runtime;
pub mod text;
pub mod vision;
