//! The folder of models on this machine.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ModelSpec;

/// State of a model's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    Absent,
    /// A file of the right size; its content is checked by [`ModelFolder::verify`].
    Present,
    /// Another size or another SHA-256.
    Damaged,
}

/// Folder with one file for each model, and its licence beside it.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    path: PathBuf,
}

impl ModelFolder {
    /// The folder at this path, which need not exist.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// File of a model, whether it exists or not.
    pub fn file(&self, model: &ModelSpec) -> PathBuf {
        self.path.join(&model.file)
    }

    /// File with the licence of a model.
    pub fn licence_file(&self, model: &ModelSpec) -> PathBuf {
        self.path.join(format!("{}.licence.txt", model.file))
    }

    /// State of a model by the size of its file, without reading it.
    pub fn state(&self, model: &ModelSpec) -> ModelState {
        match fs::metadata(self.file(model)) {
            Ok(found) if found.is_file() && found.len() == model.bytes => ModelState::Present,
            Ok(_) => ModelState::Damaged,
            Err(_) => ModelState::Absent,
        }
    }

    /// State of a model by the content of its file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn verify(&self, model: &ModelSpec) -> io::Result<ModelState> {
        let state = self.state(model);
        if state != ModelState::Present {
            return Ok(state);
        }
        let digest = copy_hashed(&mut File::open(self.file(model))?, &mut io::sink())?;
        Ok(if digest == model.sha256 {
            ModelState::Present
        } else {
            ModelState::Damaged
        })
    }
}

/// Copies a stream and returns its SHA-256 in hexadecimal digits.
pub(super) fn copy_hashed(from: &mut impl Read, to: &mut impl Write) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
    }
    let digest = hash.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_judged_by_its_size_and_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let models = ModelFolder::new(folder.path().to_owned());
        let mut model = super::super::model("language-id").expect("a model").clone();
        let content = b"weights";
        model.bytes = content.len() as u64;
        model.sha256 = copy_hashed(&mut &content[..], &mut io::sink()).expect("a digest");
        assert_eq!(models.verify(&model).expect("no file"), ModelState::Absent);
        for (written, by_size, by_content) in [
            (&b"weights"[..], ModelState::Present, ModelState::Present),
            (b"Weights", ModelState::Present, ModelState::Damaged),
            (b"weight", ModelState::Damaged, ModelState::Damaged),
        ] {
            fs::write(models.file(&model), written).expect("written");
            assert_eq!(models.state(&model), by_size);
            assert_eq!(models.verify(&model).expect("readable"), by_content);
        }
    }
}
