//! Paths of images in addresses, and back (`docs/reference/pipeline.md` 6.2).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use robotoff_core::product::SourceImage;

use super::IMAGES_FOLDER;

/// Characters that are not escaped in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The image that an address of it or of its OCR stands for.
pub fn source_image_of(url: &str) -> SourceImage {
    let path = match Url::parse(url) {
        Ok(parsed) if parsed.has_host() => parsed.path().to_owned(),
        _ => url.to_owned(),
    };
    let path = path.strip_prefix(IMAGES_FOLDER).unwrap_or(&path);
    match path.strip_suffix(".json") {
        Some(stem) => SourceImage::new(&format!("{stem}.jpg")),
        None => SourceImage::new(path),
    }
}

pub(super) fn ocr_path(image: &SourceImage) -> String {
    let path = image.as_str();
    format!("{}.json", path.strip_suffix(".jpg").unwrap_or(path))
}

/// The path with a `/` in front, each segment escaped.
pub(super) fn escaped_path(path: &str) -> String {
    format!("/{}", escaped(path.trim_start_matches('/')))
}

/// The segments of a path, each escaped.
pub(crate) fn escaped(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        // Escaped once, it would still be read as a step upwards.
        "." | ".." => segment.replace('.', "%252E"),
        _ => utf8_percent_encode(segment, SEGMENT).to_string(),
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_for_a_image() {
        for (url, expected) in [
            (
                "https://images.openfoodfacts.org/images/products/356/1.json",
                "/356/1.jpg",
            ),
            (
                "http://127.0.0.1:1/images/products/356/1.jpg?x",
                "/356/1.jpg",
            ),
            ("https://example.org/2520549/1.jpg", "/2520549/1.jpg"),
            ("/var/ocr/1.json", "/var/ocr/1.jpg"),
        ] {
            assert_eq!(source_image_of(url).as_str(), expected);
        }
    }
}
