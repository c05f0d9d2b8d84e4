//! Choice of the image that illustrates a question (`docs/reference/api.md` 4.5).

use std::sync::Arc;
use std::time::Duration;

use robotoff_core::insight::{Insight, QuestionImage};
use robotoff_core::language::fallbacks;
use robotoff_core::product::{
    Lookup, Product, ProductId, ProductImages, SelectedImage, SourceImage,
};
use robotoff_ports::Products;
use tokio::time::timeout;

/// Longest wait for the product: a question without its image is better than a late one.
const READ_TIMEOUT: Duration = Duration::from_secs(2);
/// Time that the images of a product are cached.
const CACHE_TTL: Duration = Duration::from_secs(600);
/// Products in the cache.
const CACHE_CAPACITY: u64 = 50_000;

/// Size in which selected images are shown.
const SIZE: &str = "400";

/// Images of products that questions were asked about lately.
type ProductImageCache = moka::future::Cache<ProductId, Option<Arc<CachedImages>>>;

/// Images of products, for questions.
pub(super) struct QuestionImages {
    products: Arc<dyn Products>,
    cache: ProductImageCache,
}

/// Images of one product, and its main language.
#[derive(Debug)]
struct CachedImages {
    lang: Option<String>,
    images: ProductImages,
}

impl QuestionImages {
    pub(super) fn new(products: Arc<dyn Products>) -> Self {
        let cache = ProductImageCache::builder()
            .max_capacity(CACHE_CAPACITY)
            .time_to_live(CACHE_TTL);
        Self {
            products,
            cache: cache.build(),
        }
    }

    /// Path of the image that illustrates a question about the insight.
    pub(super) async fn of(
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
                let folder = insight.product.image_folder()?;
                Some(format!("{folder}{key}.{rev}.{SIZE}.jpg"))
            }
        }
    }

    async fn selected(&self, product: &ProductId, sides: &[&str], lang: &str) -> Option<String> {
        let images = self.product_images(product).await?;
        let folder = product.image_folder()?;
        Some(format!("{folder}{}", images.best(sides, lang)?))
    }

    /// Images of a product; `None` when they are unknown.
    async fn product_images(&self, product: &ProductId) -> Option<Arc<CachedImages>> {
        let read = async {
            match timeout(READ_TIMEOUT, self.products.product(product)).await {
                Ok(Ok(Lookup::Found(product))) => Ok(Some(Arc::new(CachedImages::of(*product)))),
                Ok(Ok(Lookup::Absent | Lookup::Unchecked)) => Ok(None),
                // Not cached: the next question may succeed.
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("no answer within {} s", READ_TIMEOUT.as_secs())),
            }
        };
        match self.cache.try_get_with(product.clone(), read).await {
            Ok(images) => images,
            Err(error) => {
                tracing::debug!(product.barcode = %product.barcode, %error, "no image for a question");
                None
            }
        }
    }
}

impl CachedImages {
    fn of(product: Product) -> Self {
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

/// Image that a claim was read from, in the size that is shown.
fn display(source: Option<&SourceImage>) -> Option<String> {
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
