//! Pixels to numbers: decoding and cropping of images, models on ONNX Runtime, the text of
//! an image, its barcodes and its fingerprint.

pub mod barcode;
pub mod crop;
pub mod decode;
pub mod draw;
pub mod fingerprint;
pub mod inspect;
pub mod kserve;
pub mod language;
pub mod models;
pub mod ocr;
pub mod onnx;
pub mod pool;
mod resize;
pub mod routed;
pub mod runtime;
pub mod tesseract;
pub mod text;
pub mod vision;
