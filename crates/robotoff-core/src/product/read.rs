//! Conversion of a document of Product Opener into a [`Product`], for each of its schemas
//! (`docs/reference/pipeline.md` 2.1 and 2.2). A member of an unexpected type counts as
//! absent.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    OLDEST_SCHEMA, PackagingElement, Product, ProductId, ProductImages, SelectedImage, ServerType,
    UploadedImage, facets_of, is_number,
};
use crate::geometry::ImageSize;
use crate::text::entities::decode_entities;

/// Error in a document that should be a product.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProductError {
    #[error("the document of {0} is no JSON object")]
    NotAnObject(ProductId),
}

impl Product {
    /// Reads a document from the API, a dump or a database.
    pub fn from_json(id: ProductId, document: Value) -> Result<Self, ProductError> {
        let Value::Object(mut document) = document else {
            return Err(ProductError::NotAnObject(id));
        };
        let lang = text(&document, "lang");
        let product_type = text(&document, "product_type");
        Ok(Self {
            id,
            project_of_type: product_type.and_then(|name| ServerType::from_product_type(&name)),
            name: text(&document, "product_name"),
            countries_tags: texts(&document, "countries_tags"),
            categories_tags: texts(&document, "categories_tags"),
            labels_tags: texts(&document, "labels_tags"),
            brands_tags: texts(&document, "brands_tags"),
            stores_tags: texts(&document, "stores_tags"),
            emb_codes_tags: texts(&document, "emb_codes_tags"),
            emb_codes: text(&document, "emb_codes"),
            packagings: packagings(document.get("packagings")),
            quantity: text(&document, "quantity"),
            expiration_date: text(&document, "expiration_date"),
            serving_size: text(&document, "serving_size"),
            unique_scans_n: integer(document.get("unique_scans_n")).unwrap_or(0),
            facets: facets_of(&document),
            images: images(&document),
            ingredients_text: ingredients(&document, lang.as_deref()),
            nutriments: object(document.remove("nutriments")).unwrap_or_default(),
            nutrition_data_per: text(&document, "nutrition_data_per"),
            nutrition_data_prepared: document.get("nutrition_data_prepared")
                == Some(&Value::from("on")),
            nutrition: object(document.remove("nutrition"))
                .filter(|nutrition| !nutrition.is_empty()),
            schema_version: integer(document.get("schema_version")).unwrap_or(OLDEST_SCHEMA),
            lang,
        })
    }
}

fn object(value: Option<Value>) -> Option<Map<String, Value>> {
    match value {
        Some(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// A text or number as text; `None` when empty. Imports of producers bring the entities of
/// their web pages.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(decode_entities(text).into_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(as_text)
}

fn texts(members: &Map<String, Value>, name: &str) -> Vec<String> {
    let items = members.get(name).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(as_text).collect()
}

fn number(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
fn integer(value: Option<&Value>) -> Option<i32> {
    let number = number(value)?.trunc();
    let fits = number >= f64::from(i32::MIN) && number <= f64::from(i32::MAX);
    fits.then_some(number as i32)
}

fn packagings(value: Option<&Value>) -> Vec<PackagingElement> {
    let elements = value.and_then(Value::as_array).into_iter().flatten();
    let element = |element: &Value| {
        let members = element.as_object()?;
        let tag = |name| {
            let property = members.get(name)?;
            as_text(property.get("id").unwrap_or(property))
        };
        Some(PackagingElement {
            shape: tag("shape"),
            material: tag("material"),
            recycling: tag("recycling"),
        })
    };
    elements.filter_map(element).collect()
}

/// Texts by language. Only `ingredients_text_xx` is a list in a language: other endings
/// hold marks, imports and debugging data (`docs/reference/pipeline.md` 11.1, 17).
fn ingredients(document: &Map<String, Value>, lang: Option<&str>) -> BTreeMap<String, String> {
    let in_language = document.iter().filter_map(|(name, value)| {
        let lc = name.strip_prefix("ingredients_text_")?;
        let is_language = lc.len() == 2 && lc.bytes().all(|byte| byte.is_ascii_lowercase());
        let text = value.as_str().filter(|text| !text.is_empty())?;
        is_language.then(|| (lc.to_owned(), decode_entities(text).into_owned()))
    });
    let mut texts: BTreeMap<String, String> = in_language.collect();
    if let (Some(lang), Some(main)) = (lang, text(document, "ingredients_text")) {
        texts.entry(lang.to_owned()).or_insert(main);
    }
    texts
}

fn images(document: &Map<String, Value>) -> ProductImages {
    let mut images = match document.get("images") {
        Some(Value::Object(members)) if is_new_schema(members) => new_images(members),
        Some(Value::Object(members)) => old_images(members),
        _ => ProductImages::default(),
    };
    for number in texts(document, "image_ids") {
        if is_number(&number) && images.uploaded(&number).is_none() {
            images.uploaded.push(UploadedImage {
                number,
                size: None,
                uploaded_at: None,
            });
        }
    }
    images
}

fn is_new_schema(images: &Map<String, Value>) -> bool {
    images.contains_key("uploaded") || images.contains_key("selected")
}

/// `uploaded.N` and `selected.FIELD.LANGUAGE`.
fn new_images(images: &Map<String, Value>) -> ProductImages {
    let members = |value: Option<&Value>| {
        value
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let uploaded = members(images.get("uploaded"));
    let mut selected = Vec::new();
    for (field, by_language) in members(images.get("selected")) {
        for (lc, image) in members(Some(&by_language)) {
            let mut image = members(Some(&image));
            let generation = image.remove("generation");
            image.extend(members(generation.as_ref()));
            selected.push(selected_image(format!("{field}_{lc}"), &image));
        }
    }
    ProductImages {
        uploaded: uploaded
            .iter()
            .filter(|(key, _)| is_number(key))
            .map(|(key, image)| uploaded_image(key, image))
            .collect(),
        selected,
    }
}

/// One flat object: `1`, `2`, … and `front_fr`, ….
fn old_images(images: &Map<String, Value>) -> ProductImages {
    let mut read = ProductImages::default();
    for (key, image) in images {
        match image {
            _ if is_number(key) => read.uploaded.push(uploaded_image(key, image)),
            Value::Object(members) => read.selected.push(selected_image(key.clone(), members)),
            _ => {}
        }
    }
    read
}

fn uploaded_image(number: &str, image: &Value) -> UploadedImage {
    UploadedImage {
        number: number.to_owned(),
        size: full_size(image),
        uploaded_at: instant(image.get("uploaded_t")),
    }
}

fn full_size(image: &Value) -> Option<ImageSize> {
    let full = image.get("sizes")?.get("full")?;
    let side = |name| {
        u32::try_from(integer(full.get(name))?)
            .ok()
            .filter(|side| *side > 0)
    };
    Some(ImageSize {
        width: side("w")?,
        height: side("h")?,
    })
}

/// Seconds since 1970, as a number or text.
fn instant(value: Option<&Value>) -> Option<NaiveDateTime> {
    let seconds = match value? {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    DateTime::from_timestamp(seconds, 0).map(|time| time.naive_utc())
}

fn selected_image(key: String, image: &Map<String, Value>) -> SelectedImage {
    let sizes = image.get("sizes").and_then(Value::as_object);
    SelectedImage {
        key,
        imgid: text(image, "imgid"),
        rev: text(image, "rev"),
        angle: angle(image.get("angle")),
        crop: crop(image),
        coordinates_image_size: text(image, "coordinates_image_size"),
        sizes: sizes.into_iter().flat_map(Map::keys).cloned().collect(),
    }
}

/// Angle: missing and empty are 0, negative angles rotate the other way; `None` for
/// anything but a whole number.
fn angle(value: Option<&Value>) -> Option<u32> {
    let is_empty = matches!(value, None | Some(Value::Null))
        || value.and_then(Value::as_str).is_some_and(str::is_empty);
    if is_empty {
        return Some(0);
    }
    let angle = number(value).filter(|angle| angle.fract() == 0.0)?;
    u32::try_from(integer(Some(&Value::from(angle)))?.rem_euclid(360)).ok()
}

/// Crop; `None` when it is empty: documents write -1, 0 or null for images that are not
/// cropped.
fn crop(image: &Map<String, Value>) -> Option<[f64; 4]> {
    let [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map(|name| number(image.get(name)));
    let crop = [x1?, y1?, x2?, y2?];
    (crop[0] < crop[2] && crop[1] < crop[3]).then_some(crop)
}

#[cfg(test)]
mod tests;
