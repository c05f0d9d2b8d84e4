//! The real runtime and the real models, which `pip` fetches.

mod onnx;
mod photos;
mod triton;
