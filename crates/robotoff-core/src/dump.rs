//! Stored rows compared with a dump of products (`docs/reference/pipeline.md` 3.6): rows of
//! products and images that are gone, and attributes of insights that have changed.
//!
//! A dump is read once, so only what a line tells is decided here. What predictions mean for
//! a changed product is decided by a refresh of that product.

use crate::insight::{InsightId, InsightKind};
use crate::prediction::PredictionId;
use crate::product::{Product, ProductId, SourceImage};

/// Parts of a product in a dump that stored rows depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DumpedProduct {
    pub brands: Vec<String>,
    pub countries: Vec<String>,
    pub unique_scans_n: i32,
    /// Numbers of the uploaded images.
    pub images: Vec<String>,
}

impl From<Product> for DumpedProduct {
    fn from(product: Product) -> Self {
        let images = product.images.uploaded.into_iter();
        Self {
            brands: product.brands_tags,
            countries: product.countries_tags,
            unique_scans_n: product.unique_scans_n,
            images: images.map(|image| image.number).collect(),
        }
    }
}

/// Stored rows of one product: its open insights, and its predictions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRows {
    pub product: ProductId,
    pub insights: Vec<InsightRow>,
    pub predictions: Vec<PredictionRow>,
}

/// An open insight, as far as a dump concerns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightRow {
    pub id: InsightId,
    pub kind: InsightKind,
    pub value_tag: Option<String>,
    pub predictor: Option<String>,
    pub source_image: Option<SourceImage>,
    pub brands: Option<Vec<String>>,
    pub countries: Option<Vec<String>>,
    pub unique_scans_n: i32,
}

/// A prediction, as far as a dump concerns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictionRow {
    pub id: PredictionId,
    pub source_image: Option<SourceImage>,
}

/// New attributes of an open insight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightAttributes {
    pub insight: InsightId,
    pub brands: Vec<String>,
    pub countries: Vec<String>,
    pub unique_scans_n: i32,
}

/// Changes that bring the rows of a product in line with the dump.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DumpDifference {
    pub delete_insights: Vec<InsightId>,
    pub delete_predictions: Vec<PredictionId>,
    pub update: Vec<InsightAttributes>,
}

impl DumpDifference {
    /// True when rows are to be deleted.
    pub const fn deletes(&self) -> bool {
        !self.delete_insights.is_empty() || !self.delete_predictions.is_empty()
    }
}

/// Compares the rows of a product with the product in the dump; `None`: it is not there.
/// `is_invalid` tells of an insight that its kind's rules no longer allow.
pub fn compare(
    rows: &ProductRows,
    dumped: Option<&DumpedProduct>,
    is_invalid: impl Fn(&InsightRow) -> bool,
) -> DumpDifference {
    let Some(dumped) = dumped else {
        return DumpDifference {
            delete_insights: rows.insights.iter().map(|row| row.id).collect(),
            delete_predictions: rows.predictions.iter().map(|row| row.id).collect(),
            update: Vec::new(),
        };
    };
    let mut difference = DumpDifference::default();
    let predictions = rows.predictions.iter();
    let gone = predictions.filter(|row| is_gone(row.source_image.as_ref(), dumped));
    difference.delete_predictions = gone.map(|row| row.id).collect();
    for row in &rows.insights {
        if is_gone(row.source_image.as_ref(), dumped) || is_invalid(row) {
            difference.delete_insights.push(row.id);
        } else if !row.is_as_in(dumped) {
            difference.update.push(InsightAttributes {
                insight: row.id,
                brands: dumped.brands.clone(),
                countries: dumped.countries.clone(),
                unique_scans_n: dumped.unique_scans_n,
            });
        }
    }
    difference
}

impl InsightRow {
    fn is_as_in(&self, dumped: &DumpedProduct) -> bool {
        self.brands.as_ref() == Some(&dumped.brands)
            && self.countries.as_ref() == Some(&dumped.countries)
            && self.unique_scans_n == dumped.unique_scans_n
    }
}

/// True for an image that the product does not have. Rows without an image rest on the
/// product itself.
fn is_gone(image: Option<&SourceImage>, dumped: &DumpedProduct) -> bool {
    let Some(image) = image else {
        return false;
    };
    let number = image.image_id();
    number.is_none_or(|number| !dumped.images.iter().any(|known| known == number))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::product::{Barcode, ServerType};

    fn insight(number: u128, image: Option<&str>) -> InsightRow {
        InsightRow {
            id: InsightId(Uuid::from_u128(number)),
            kind: InsightKind::Brand,
            value_tag: Some("moulin-vert".to_owned()),
            predictor: None,
            source_image: image.map(SourceImage::new),
            brands: Some(vec!["a".to_owned()]),
            countries: Some(Vec::new()),
            unique_scans_n: 3,
        }
    }

    fn rows() -> ProductRows {
        let prediction = |id, image: Option<&str>| PredictionRow {
            id: PredictionId(id),
            source_image: image.map(SourceImage::new),
        };
        ProductRows {
            product: ProductId {
                barcode: Barcode::as_stored("1").unwrap(),
                server_type: ServerType::Off,
            },
            insights: vec![
                insight(1, None),
                insight(2, Some("/1/2.jpg")),
                insight(3, Some("/1/3.jpg")),
                insight(4, Some("/1/front_fr.4.400.jpg")),
            ],
            predictions: vec![
                prediction(1, None),
                prediction(2, Some("/1/2.jpg")),
                prediction(3, Some("/1/3.jpg")),
            ],
        }
    }

    fn dumped(scans: i32) -> DumpedProduct {
        DumpedProduct {
            brands: vec!["a".to_owned()],
            countries: Vec::new(),
            unique_scans_n: scans,
            images: vec!["2".to_owned()],
        }
    }

    fn ids(insights: impl IntoIterator<Item = InsightId>) -> Vec<u128> {
        insights.into_iter().map(|id| id.0.as_u128()).collect()
    }

    #[test]
    fn rows_of_images_that_are_gone_are_deleted() {
        let found = compare(&rows(), Some(&dumped(3)), |_| false);
        assert_eq!(ids(found.delete_insights), [3, 4]);
        assert_eq!(found.delete_predictions, [PredictionId(3)]);
        assert_eq!(found.update, []);
    }

    #[test]
    fn everything_of_a_product_that_is_gone_is_deleted() {
        let found = compare(&rows(), None, |_| false);
        assert_eq!(ids(found.delete_insights), [1, 2, 3, 4]);
        assert_eq!(found.delete_predictions.len(), 3);
    }

    #[test]
    fn changed_attributes_are_updated_and_invalid_insights_deleted() {
        let first = InsightId(Uuid::from_u128(1));
        let found = compare(&rows(), Some(&dumped(4)), |row| row.id == first);
        assert_eq!(ids(found.delete_insights), [1, 3, 4]);
        let updated = found.update.iter().map(|update| update.insight);
        assert_eq!(ids(updated), [2]);
        assert_eq!(found.update[0].unique_scans_n, 4);
    }
}
