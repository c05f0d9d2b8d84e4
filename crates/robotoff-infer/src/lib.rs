//! Pixels to numbers: decoding and cropping of images.
