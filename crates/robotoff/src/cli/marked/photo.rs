//! The photo that an OCR document was made of: given, or found beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use robotoff_off::file;

/// No photo of a product is as large; a larger file is refused.
const MAX_PHOTO_BYTES: u64 = 64 << 20;

/// Endings that a photo beside the document may have, in this order.
const ENDINGS: [&str; 6] = ["jpg", "jpeg", "png", "webp", "avif", "gif"];

/// A photo as a page can hold it.
pub(in crate::cli) struct Photo {
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Photo {
    /// The photo that was given, else one beside the document, else none.
    pub(in crate::cli) fn of(
        given: Option<&Path>,
        document: &Path,
    ) -> anyhow::Result<Option<Self>> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => match beside(document) {
                Some(path) => path,
                None => return Ok(None),
            },
        };
        Self::read(&path).map(Some)
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let bytes = file::read(path, MAX_PHOTO_BYTES)
            .with_context(|| format!("cannot read the photo {shown}"))?;
        let Some(media_type) = media_type(&bytes) else {
            bail!("{shown} is no photo that browsers show: JPEG, PNG, GIF, WebP or AVIF");
        };
        Ok(Self { media_type, bytes })
    }
}

/// `1.jpg` beside `1.json` or `1.json.gz`.
fn beside(document: &Path) -> Option<PathBuf> {
    let name = document.file_name()?.to_str()?;
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let stem = name.strip_suffix(".json").unwrap_or(name);
    let paths = ENDINGS.map(|ending| document.with_file_name(format!("{stem}.{ending}")));
    paths.into_iter().find(|path| path.is_file())
}

/// By the first bytes.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', _, ..] => Some("image/avif"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_is_found_beside_its_document_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("3_1.json.gz");
        assert!(Photo::of(None, &document).unwrap().is_none());
        let png = folder.path().join("3_1.png");
        std::fs::write(&png, b"\x89PNG\r\n\x1a\n").unwrap();
        let photo = Photo::of(None, &document).unwrap().unwrap();
        assert_eq!((photo.media_type, photo.bytes.len()), ("image/png", 8));
        let note = folder.path().join("note.jpg");
        std::fs::write(&note, "a note").unwrap();
        for (given, message) in [
            (&note, "is no photo"),
            (&folder.path().join("no"), "cannot read"),
        ] {
            let error = Photo::of(Some(given), &document).err().unwrap();
            assert!(error.to_string().contains(message), "{error:#}");
        }
    }
}
