//! Paths of images on the image server (`docs/reference/pipeline.md` 6.2,
//! `docs/reference/api.md` 4.5).

use super::{ProductId, SourceImage};

/// Number of digits to which barcodes are padded before they are cut into folders.
const DIGITS: usize = 13;
/// Size in which images are displayed.
const SHOWN: &str = "400";

impl ProductId {
    /// Folder of the product's images, `/356/007/123/4567/`; `None` for a code that is
    /// not all digits, which has no images.
    pub fn image_folder(&self) -> Option<String> {
        let code = self.barcode.as_str();
        let (organisation, digits) = match code.rsplit_once('/') {
            Some((organisation, digits)) => (Some(organisation), digits),
            None => (None, code),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = format!("{:0>DIGITS$}", digits.trim_start_matches('0'));
        let organisation = organisation.map_or(String::new(), |name| format!("/{name}"));
        let (a, b, c, rest) = (&digits[..3], &digits[3..6], &digits[6..9], &digits[9..]);
        Some(format!("{organisation}/{a}/{b}/{c}/{rest}/"))
    }

    /// Image with a number or of a selected side: `4`, `front_fr.3.full`.
    pub fn image(&self, name: &str) -> Option<SourceImage> {
        let folder = self.image_folder()?;
        Some(SourceImage::new(&format!("{folder}{name}.jpg")))
    }
}

impl SourceImage {
    /// Image in the size for display: uploaded images have a smaller copy, selected ones
    /// are small already.
    pub fn displayed(&self) -> String {
        let path = self.as_str();
        let (Some(number), Some((folder, _))) = (self.image_id(), path.rsplit_once('/')) else {
            return path.to_owned();
        };
        format!("{folder}/{number}.{SHOWN}.jpg")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::{Barcode, ServerType};

    #[test]
    fn images_are_in_folders_of_their_barcode() {
        for (code, name, path) in [
            ("3001234567890", "4", Some("/300/123/456/7890/4.jpg")),
            ("20123456", "1", Some("/000/002/012/3456/1.jpg")),
            ("03001234567890", "1", Some("/300/123/456/7890/1.jpg")),
            (
                "org-acme/3001234567890",
                "front_fr.3.full",
                Some("/org-acme/300/123/456/7890/front_fr.3.full.jpg"),
            ),
            ("00000abc", "1", None),
        ] {
            let product = ProductId {
                barcode: Barcode::as_stored(code).unwrap(),
                server_type: ServerType::Off,
            };
            let image = product.image(name);
            assert_eq!(image.as_ref().map(SourceImage::as_str), path, "{code}");
        }
    }

    #[test]
    fn uploaded_images_are_shown_in_a_smaller_size() {
        for (path, shown) in [
            ("/356/007/123/4567/3.jpg", "/356/007/123/4567/3.400.jpg"),
            (
                "/356/007/123/4567/front_fr.3.400.jpg",
                "/356/007/123/4567/front_fr.3.400.jpg",
            ),
            ("3.jpg", "3.jpg"),
        ] {
            assert_eq!(SourceImage::new(path).displayed(), shown);
        }
    }
}
