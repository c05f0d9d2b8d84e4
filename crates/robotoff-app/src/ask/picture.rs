//! Which picture illustrates a question (`docs/reference/api.md` 4.5).

use std::sync::Arc;
use std::time::Duration;

use robotoff_core::insight::{Insight, QuestionImage};
use robotoff_core::language::fallbacks;
use robotoff_core::product::{
    Lookup, Product, ProductId, ProductImages, SelectedImage, SourceImage,
};
use tokio::time::timeout;

use crate::App;

/// A question without its picture is better than one that comes too late.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pictures of products are remembered for so long.
const MEMORY: Duration = Duration::from_secs(600);
/// So many products at the most.
const MEMORIES: u64 = 50_000;

/// The size that selected pictures are shown in.
const SIZE: &str = "400";

/// The pictures of products that were asked about lately.
pub(crate) type ProductImageCache = moka::future::Cache<ProductId, Option<Arc<Pictures>>>;

/// What illustrates questions about one product.
#[derive(Debug)]
pub(crate) struct Pictures {
    lang: Option<String>,
    images: ProductImages,
}

/// An empty cache.
pub(crate) fn product_images() -> ProductImageCache {
    ProductImageCache::builder()
        .max_capacity(MEMORIES)
        .time_to_live(MEMORY)
        .build()
}

impl App {
    pub(super) async fn picture_of(
        &self,
        insight: &Insight,
        wanted: &QuestionImage,
        lang: &str,
    ) -> Option<String> {
        let source = insight.source_image.as_ref();
        match wanted {
            QuestionImage::Source => display(source),
            QuestionImage::Selected(sides) => self.selected(&insight.product, sides, lang).await,
            QuestionImage::SelectedOrSource(sides) => self
                .selected(&insight.product, sides, lang)
                .await
                .or_else(|| display(source)),
            QuestionImage::Revision { key, rev } => {
                let folder = insight.product.picture_folder()?;
                Some(format!("{folder}{key}.{rev}.{SIZE}.jpg"))
            }
        }
    }

    async fn selected(&self, product: &ProductId, sides: &[&str], lang: &str) -> Option<String> {
        let pictures = self.pictures(product).await?;
        let folder = product.picture_folder()?;
        Some(format!("{folder}{}", pictures.best(sides, lang)?))
    }

    /// The pictures of a product; nothing when nobody knows them now.
    async fn pictures(&self, product: &ProductId) -> Option<Arc<Pictures>> {
        let read = async {
            match timeout(PATIENCE, self.ports.products.product(product)).await {
                Ok(Ok(Lookup::Found(product))) => Ok(Some(Arc::new(Pictures::of(*product)))),
                Ok(Ok(Lookup::Absent | Lookup::Unchecked)) => Ok(None),
                // Not remembered: the next question may have more luck.
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
            }
        };
        match self
            .product_images
            .try_get_with(product.clone(), read)
            .await
        {
            Ok(pictures) => pictures,
            Err(error) => {
                tracing::debug!(product.barcode = %product.barcode, %error, "no picture for a question");
                None
            }
        }
    }
}

impl Pictures {
    fn of(product: Product) -> Self {
        Self {
            lang: product.lang,
            images: product.images,
        }
    }

    /// The name of the picture: of the first side that is shown, in the language
    /// of the question, else of the product, else the first; without any selected
    /// one the newest uploaded one.
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

/// The picture that a claim was read from, in the size that is shown.
pub(super) fn display(source: Option<&SourceImage>) -> Option<String> {
    Some(source?.displayed())
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

    fn pictures(images: Vec<SelectedImage>, numbers: &[&str]) -> Pictures {
        let uploaded = numbers
            .iter()
            .map(|number| robotoff_core::product::UploadedImage {
                number: (*number).to_owned(),
                size: None,
                uploaded_at: None,
            });
        Pictures {
            lang: Some("de".to_owned()),
            images: ProductImages {
                uploaded: uploaded.collect(),
                selected: images,
            },
        }
    }

    #[test]
    fn the_picture_speaks_the_language_of_the_question_or_of_the_product() {
        let fronts = vec![
            selected("front_fr", "3"),
            selected("front_de", "5"),
            selected("front_pt", "7"),
        ];
        let product_images = pictures(fronts, &["1"]);
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
    fn without_a_selected_picture_the_newest_one_is_shown() {
        let mut small = selected("front_fr", "3");
        small.sizes = vec!["100".to_owned()];
        let product_images = pictures(
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
        assert_eq!(pictures(Vec::new(), &[]).best(&["front"], "fr"), None);
    }
}
