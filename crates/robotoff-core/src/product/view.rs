//! Content of a product, as far as rules read it (`docs/reference/pipeline.md` 2.2).
//!
//! The caller fetches the document (API, dump, database); `read.rs` parses it.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::{ProductId, ServerType};
use crate::geometry::ImageSize;

/// Schema of documents that do not name theirs.
pub const OLDEST_SCHEMA: i32 = 999;

/// A product of Product Opener. Absent lists are empty, empty texts `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    pub id: ProductId,
    /// Project that its type names; `None` in documents without a known type.
    pub project_of_type: Option<ServerType>,
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
    /// Tags by which questions are filtered: `labels:en:organic`.
    pub facets: Vec<String>,
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

impl Product {
    /// Project that the product belongs to: that of its type, or where it was looked up.
    /// The producers' platform keeps products of every type.
    pub fn project(&self) -> ServerType {
        match (self.id.server_type, self.project_of_type) {
            (ServerType::OffPro, _) => ServerType::OffPro,
            (known, of_type) => of_type.unwrap_or(known),
        }
    }

    /// True for food, by the type of the product or else by its project.
    pub fn is_food(&self) -> bool {
        self.project_of_type
            .unwrap_or(self.id.server_type)
            .is_food()
    }
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
    /// The product belongs to this other project now, and is absent from the requested one.
    Moved(ServerType),
    /// Products are not requested (`PRODUCTS_URL=none`). Rules that test the product
    /// pass.
    Unchecked,
}

impl Lookup {
    /// Result of finding a document: a product of another project has moved there.
    pub fn of(product: Product) -> Self {
        let project = product.project();
        if project != product.id.server_type {
            return Self::Moved(project);
        }
        Self::Found(Box::new(product))
    }

    /// True when the product is known not to be where it was looked up.
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Absent | Self::Moved(_))
    }

    /// The product, if it was found.
    pub fn product(&self) -> Option<&Product> {
        match self {
            Self::Found(product) => Some(product),
            Self::Absent | Self::Moved(_) | Self::Unchecked => None,
        }
    }

    /// Word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Absent => "absent",
            Self::Moved(_) => "moved",
            Self::Unchecked => "unchecked",
        }
    }
}
