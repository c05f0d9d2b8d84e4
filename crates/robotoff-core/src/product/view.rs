//! Content of a product, as far as rules read it (`docs/reference/pipeline.md` 2.2).
//!
//! The caller fetches the document (API, dump, database); `read.rs` parses it.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::ProductId;
use crate::geometry::ImageSize;

/// Schema of documents that do not name theirs.
pub const OLDEST_SCHEMA: i32 = 999;

/// A product of Product Opener. Absent lists are empty, empty texts `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    pub id: ProductId,
    pub name: Option<String>,
    /// Main language.
    pub lang: Option<String>,
    pub countries_tags: Vec<String>,
    pub categories_tags: Vec<String>,
    pub labels_tags: Vec<String>,
    pub brands_tags: Vec<String>,
    pub stores_tags: Vec<String>,
    pub emb_codes_tags: Vec<String>,
    /// Codes as people typed them, separated by commas.
    pub emb_codes: Option<String>,
    pub packagings: Vec<PackagingElement>,
    pub quantity: Option<String>,
    pub expiration_date: Option<String>,
    pub serving_size: Option<String>,
    pub unique_scans_n: i32,
    pub images: ProductImages,
    /// By language; only texts that are the ingredient list itself.
    pub ingredients_text: BTreeMap<String, String>,
    pub nutriments: Map<String, Value>,
    pub nutrition_data_per: Option<String>,
    pub nutrition_data_prepared: bool,
    /// From schema 1003 on.
    pub nutrition: Option<Map<String, Value>>,
    pub schema_version: i32,
}

/// One packaging element: tags of the three taxonomies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackagingElement {
    pub shape: Option<String>,
    pub material: Option<String>,
    pub recycling: Option<String>,
}

/// Images of a product, in the order of its document, for each schema.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProductImages {
    pub uploaded: Vec<UploadedImage>,
    pub selected: Vec<SelectedImage>,
}

/// An image as it was uploaded.
#[derive(Debug, Clone, PartialEq)]
pub struct UploadedImage {
    /// Digits.
    pub number: String,
    /// Size of the full image, where the document has it.
    pub size: Option<ImageSize>,
    pub uploaded_at: Option<NaiveDateTime>,
}

/// An image that was selected for one side of the product.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectedImage {
    /// `front_fr`.
    pub key: String,
    /// Number of the uploaded image that it was made from.
    pub imgid: Option<String>,
    pub rev: Option<String>,
    /// Counter-clockwise degrees, 0 to 359; `None` when it is not a number.
    pub angle: Option<u32>,
    /// `x1, y1, x2, y2`; `None` when the image is not cropped.
    pub crop: Option<[f64; 4]>,
    /// Size to which the crop refers: `full`, or `400` and `None` in old documents.
    pub coordinates_image_size: Option<String>,
    /// Sizes that exist: `100`, `200`, `400`, `full`.
    pub sizes: Vec<String>,
}

impl SelectedImage {
    /// Side that it shows: `front`.
    pub fn field(&self) -> &str {
        self.key
            .split_once('_')
            .map_or(&*self.key, |(field, _)| field)
    }

    /// Language of the side.
    pub fn lc(&self) -> Option<&str> {
        self.key.split_once('_').map(|(_, lc)| lc)
    }
}

impl ProductImages {
    /// True when the document has no image.
    pub const fn is_empty(&self) -> bool {
        self.uploaded.is_empty() && self.selected.is_empty()
    }

    /// Uploaded image with a number.
    pub fn uploaded(&self, number: &str) -> Option<&UploadedImage> {
        self.uploaded.iter().find(|image| image.number == number)
    }

    /// Selected image with a key.
    pub fn selected(&self, key: &str) -> Option<&SelectedImage> {
        self.selected.iter().find(|image| image.key == key)
    }
}

/// Result of looking up a product.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    Found(Box<Product>),
    /// No product has this code.
    Absent,
    /// Products are not requested (`PRODUCTS_URL=none`). Rules that test the product
    /// pass.
    Unchecked,
}

impl Lookup {
    /// The product, if it was found.
    pub fn product(&self) -> Option<&Product> {
        match self {
            Self::Found(product) => Some(product),
            Self::Absent | Self::Unchecked => None,
        }
    }

    /// Word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Absent => "absent",
            Self::Unchecked => "unchecked",
        }
    }
}
