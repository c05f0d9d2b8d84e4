//! Pixels to numbers: decoding and cropping of images.

pub mod crop;
pub mod decode;
pub mod pool;
