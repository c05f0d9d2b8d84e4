//! Weights of models: which exist (`models.toml`), whether this machine has them (`folder`),
//! and how it gets them (`pull`).
//!
//! No weights are part of the program or its repository. They come from Python wheels, by
//! the machine's own `pip`, so that no host is named here; each file and the licence beside it
//! are compared with the recorded SHA-256 before they are used.

pub mod folder;
pub mod pull;

use std::sync::OnceLock;

use serde::Deserialize;

pub use folder::{ModelFolder, ModelState};

/// A file with weights, or the library that runs them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Name on the command line.
    pub name: String,
    pub version: String,
    /// Name of the file in the folder of models.
    pub file: String,
    /// Architecture, for what does not run on every machine.
    pub arch: Option<String>,
    pub bytes: u64,
    /// In hexadecimal digits.
    pub sha256: String,
    pub purpose: String,
    /// Input tensors.
    pub input: String,
    /// Output tensors.
    pub output: String,
    /// Steps before the model.
    pub before: String,
    /// Steps behind the model.
    pub after: String,
    pub licence: ModelLicence,
    pub wheel: WheelFile,
}

/// Licence of a model, as its wheel states it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelLicence {
    /// SPDX identifier.
    pub name: String,
    /// Path of its text in the wheel.
    pub path: String,
    pub sha256: String,
}

/// A file in a Python wheel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WheelFile {
    pub package: String,
    pub version: String,
    pub path: String,
    /// Platform tag, for a wheel that is built for one.
    pub platform: Option<String>,
    /// Version of Python, for the same.
    pub python: Option<String>,
}

#[derive(Deserialize)]
struct CatalogFile {
    model: Vec<ModelSpec>,
}

/// Packages whose weights are never used, and the reason.
pub const REFUSED_PACKAGES: &[(&str, &str)] = &[(
    "rapidocrlite",
    "its weights are under a modified OpenRAIL-M, whose conditions reach what is read with them",
)];

/// Architecture of this machine, if there is a library for it.
const ARCH: Option<&str> = if cfg!(target_arch = "x86_64") {
    Some("x86_64")
} else if cfg!(target_arch = "aarch64") {
    Some("aarch64")
} else {
    None
};

/// All models that this machine can use, in the order of `models.toml`.
pub fn catalog() -> &'static [ModelSpec] {
    static CATALOG: OnceLock<Vec<ModelSpec>> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let mut models = every_model();
        models.retain(|model| {
            let arch = model.arch.as_deref();
            arch.is_none_or(|arch| Some(arch) == ARCH)
        });
        models
    })
}

fn every_model() -> Vec<ModelSpec> {
    let file: CatalogFile = toml::from_str(include_str!("../../models.toml"))
        .expect("a test reads models.toml, which is part of the program");
    file.model
}

/// The model of this name; the library of this machine is `onnxruntime`.
pub fn model(name: &str) -> Option<&'static ModelSpec> {
    catalog().iter().find(|model| {
        let of_this_machine = model.arch.is_some() && model.name.starts_with(name);
        model.name == name || (of_this_machine && name == "onnxruntime")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_described_once() {
        let models = every_model();
        let mut names: Vec<&str> = models.iter().map(|model| &*model.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), models.len());
        for model in &models {
            for digest in [&model.sha256, &model.licence.sha256] {
                assert!(digest.len() == 64, "{}", model.name);
                assert!(digest.bytes().all(|b| b.is_ascii_hexdigit()));
            }
            assert!(!model.licence.name.is_empty() && !model.file.contains('/'));
            let refused = REFUSED_PACKAGES.iter();
            assert!(
                refused
                    .clone()
                    .all(|(name, _)| *name != model.wheel.package)
            );
        }
    }

    #[test]
    fn the_library_of_this_machine_has_a_short_name() {
        let library = model("onnxruntime").expect("x86_64 or aarch64");
        assert_eq!(library.arch.as_deref(), ARCH);
        assert!(model("onnx").is_none());
    }
}
