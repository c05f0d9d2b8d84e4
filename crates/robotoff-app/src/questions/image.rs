//! Choice of the image that illustrates a question (`docs/reference/api.md` 4.5).

use robotoff_core::insight::{Insight, QuestionImage};
use robotoff_core::language::fallbacks;
use robotoff_core::product::{Product, ProductImages, SelectedImage, SourceImage};

/// Size in which selected images are shown.
const SIZE: &str = "400";

/// Images of one product, and its main language.
#[derive(Debug)]
pub(super) struct CachedImages {
    lang: Option<String>,
    images: ProductImages,
}

/// True when the image depends on what the product says.
pub(super) const fn needs_product(wanted: &QuestionImage) -> bool {
    match wanted {
        QuestionImage::Selected(_) | QuestionImage::SelectedOrSource(_) => true,
        QuestionImage::Source | QuestionImage::Revision { .. } => false,
    }
}

/// Path of the image that illustrates a question about the insight. `images` are those of
/// its product, if they are known.
pub(super) fn path_of(
    insight: &Insight,
    wanted: &QuestionImage,
    images: Option<&CachedImages>,
    lang: &str,
) -> Option<String> {
    let folder = || insight.product.image_folder();
    let source = || insight.source_image.as_ref().map(SourceImage::displayed);
    let selected = |sides: &[&str]| Some(format!("{}{}", folder()?, images?.best(sides, lang)?));
    match wanted {
        QuestionImage::Source => source(),
        QuestionImage::Selected(sides) => selected(sides),
        QuestionImage::SelectedOrSource(sides) => selected(sides).or_else(source),
        QuestionImage::Revision { key, rev } => {
            Some(format!("{}{key}.{rev}.{SIZE}.jpg", folder()?))
        }
    }
}

impl CachedImages {
    pub(super) fn of(product: Product) -> Self {
        Self {
            lang: product.lang,
            images: product.images,
        }
    }

    /// Name of the image: of the first side that is shown, in the language of the
    /// question, else of the product, else the first; without any selected one the
    /// newest uploaded one.
    fn best(&self, sides: &[&str], lang: &str) -> Option<String> {
        let languages = fallbacks(lang);
        let languages: Vec<&str> = languages
            .iter()
            .map(String::as_str)
            .chain(self.lang.as_deref())
            .collect();
        let selected = sides.iter().find_map(|side| self.of_side(side, &languages));
        match selected {
            Some(image) => Some(format!(
                "{}.{}.{SIZE}.jpg",
                image.key,
                image.rev.as_deref()?
            )),
            None => {
                let numbers = self.images.uploaded.iter();
                let newest = numbers
                    .filter_map(|image| image.number.parse::<u64>().ok())
                    .max()?;
                Some(format!("{newest}.{SIZE}.jpg"))
            }
        }
    }

    fn of_side(&self, side: &str, languages: &[&str]) -> Option<&SelectedImage> {
        let shown: Vec<&SelectedImage> = self
            .images
            .selected
            .iter()
            .filter(|image| image.field() == side && image.rev.is_some())
            .filter(|image| image.sizes.iter().any(|size| size == SIZE))
            .collect();
        let in_language = |lang: &&str| shown.iter().find(|image| image.lc() == Some(*lang));
        let best = languages.iter().find_map(in_language);
        best.or(shown.first()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(key: &str, rev: &str) -> SelectedImage {
        SelectedImage {
            key: key.to_owned(),
            imgid: Some("1".to_owned()),
            rev: Some(rev.to_owned()),
            angle: Some(0),
            crop: None,
            coordinates_image_size: None,
            sizes: vec!["100".to_owned(), "400".to_owned()],
        }
    }

    fn images(images: Vec<SelectedImage>, numbers: &[&str]) -> CachedImages {
        let uploaded = numbers
            .iter()
            .map(|number| robotoff_core::product::UploadedImage {
                number: (*number).to_owned(),
                size: None,
                uploaded_at: None,
            });
        CachedImages {
            lang: Some("de".to_owned()),
            images: ProductImages {
                uploaded: uploaded.collect(),
                selected: images,
            },
        }
    }

    #[test]
    fn the_image_is_in_the_language_of_the_question_or_of_the_product() {
        let fronts = vec![
            selected("front_fr", "3"),
            selected("front_de", "5"),
            selected("front_pt", "7"),
        ];
        let product_images = images(fronts, &["1"]);
        for (lang, name) in [
            ("fr", "front_fr.3.400.jpg"),
            ("pt-BR", "front_pt.7.400.jpg"),
            ("it", "front_de.5.400.jpg"),
        ] {
            assert_eq!(
                product_images.best(&["front"], lang).as_deref(),
                Some(name),
                "{lang}"
            );
        }
    }

    #[test]
    fn without_a_selected_image_the_newest_one_is_shown() {
        let mut small = selected("front_fr", "3");
        small.sizes = vec!["100".to_owned()];
        let product_images = images(
            vec![small, selected("nutrition_fr", "4")],
            &["2", "10", "9"],
        );
        assert_eq!(
            product_images.best(&["front"], "fr").as_deref(),
            Some("10.400.jpg")
        );
        assert_eq!(
            product_images
                .best(&["front", "nutrition"], "fr")
                .as_deref(),
            Some("nutrition_fr.4.400.jpg")
        );
        assert_eq!(images(Vec::new(), &[]).best(&["front"], "fr"), None);
    }
}
