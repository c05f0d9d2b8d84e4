//! The use cases of robotoff over its ports, and the worker that runs their jobs.

pub mod jobs;
pub mod worker;
