//! Comparison of a change with a product: is the value there already? An edit is compared
//! before it is sent again, so that it is not made twice.

use serde_json::{Map, Value};

use super::{NutrientValue, ProductChange};
use crate::product::{PackagingElement, Product, SelectedImage};
use crate::text::packager_code::normal_packager_code;
use crate::text::tag::{store_tag, tag};

/// Tolerance in pixels within which corners of crops are equal.
const SAME_PIXEL: f64 = 1.0;

impl ProductChange {
    /// True when the product has the value already, false when it does not; `None` when
    /// the document does not tell.
    pub fn is_done(&self, product: &Product) -> Option<bool> {
        let has = |tags: &[String], tag: &str| tags.iter().any(|known| known == tag);
        Some(match self {
            Self::AddCategory { tag } => has(&product.categories_tags, tag),
            Self::AddLabel { tag } => has(&product.labels_tags, tag),
            Self::AddBrand { value, tag: brand } => {
                let brand = brand.clone().unwrap_or_else(|| tag(value));
                product.has_brand(&brand)
            }
            Self::AddStore { value, tag: store } => {
                let stores = [
                    store.clone().unwrap_or_else(|| store_tag(value)),
                    tag(value),
                ];
                stores.iter().any(|store| has(&product.stores_tags, store))
            }
            Self::AddPackagerCode { code } => product.has_packager_code(code),
            Self::SetQuantity { value } => product.quantity.as_ref() == Some(value),
            Self::SetExpirationDate { value } => product.expiration_date.as_ref() == Some(value),
            Self::AddPackaging {
                shape,
                material,
                recycling,
                ..
            } => product.packagings.iter().any(|element| {
                is_covered(
                    element,
                    [Some(shape), material.as_ref(), recycling.as_ref()],
                )
            }),
            Self::SetIngredients { lc, text, .. } => product
                .ingredients_text
                .get(lc)
                .is_some_and(|known| known.trim() == text.trim()),
            Self::SetNutrients { per, nutrients, .. } => {
                return has_nutrients(product, per, nutrients);
            }
            Self::SelectImage {
                number,
                key,
                angle,
                crop,
            } => {
                let selected = product.images.selected(key);
                selected.is_some_and(|image| shows(image, number, *angle, *crop))
            }
            Self::UnselectImage { key } => product.images.selected(key).is_none(),
            Self::DeleteImage { number } => product.images.uploaded(number).is_none(),
        })
    }
}

impl Product {
    /// True when the brand is among the product's; some documents write `xx:acme`.
    pub fn has_brand(&self, tag: &str) -> bool {
        let bare = |tag: &str| tag.strip_prefix("xx:").unwrap_or(tag).to_owned();
        self.brands_tags
            .iter()
            .any(|known| bare(known) == bare(tag))
    }

    /// True when the product has the packager code, in any spelling.
    pub fn has_packager_code(&self, code: &str) -> bool {
        let typed = self.emb_codes.iter().flat_map(|codes| codes.split(','));
        let mut known = self.emb_codes_tags.iter().map(String::as_str).chain(typed);
        let wanted = normal_packager_code(code);
        // The tag of an EMB code ends with its commune: `emb-29019b-quimper-finistere-france`.
        let slug = code.trim().to_lowercase().replace([' ', '.'], "-");
        let begins = |tag: &String| {
            let rest = tag.strip_prefix(&slug);
            rest.is_some_and(|rest| rest.starts_with('-'))
        };
        known.any(|known| normal_packager_code(known) == wanted)
            || self.emb_codes_tags.iter().any(begins)
    }
}

fn is_covered(element: &PackagingElement, wanted: [Option<&String>; 3]) -> bool {
    let known = [&element.shape, &element.material, &element.recycling];
    let mut pairs = wanted.into_iter().zip(known);
    pairs.all(|(wanted, known)| wanted.is_none() || wanted == known.as_ref())
}

fn shows(image: &SelectedImage, number: &str, angle: u32, crop: Option<[f64; 4]>) -> bool {
    let same_crop = match (image.crop, crop) {
        (None, None) => true,
        (Some(known), Some(wanted)) => {
            let mut corners = known.iter().zip(wanted);
            corners.all(|(known, wanted)| (known - wanted).abs() < SAME_PIXEL)
        }
        (None, Some(_)) | (Some(_), None) => false,
    };
    // An image that was never rotated often has no angle at all.
    let same_angle = image.angle.unwrap_or(0) == angle;
    image.imgid.as_deref() == Some(number) && same_angle && same_crop
}

fn has_nutrients(product: &Product, per: &str, nutrients: &[NutrientValue]) -> Option<bool> {
    let known: Vec<Option<(String, Option<String>)>> = match &product.nutrition {
        Some(nutrition) => {
            let set = packaging_set(nutrition, per)?;
            nutrients
                .iter()
                .map(|wanted| in_set(set, &wanted.name))
                .collect()
        }
        None if product.nutriments.is_empty() => return Some(false),
        None if product.nutrition_data_per.as_deref() != Some(per) => return Some(false),
        None => {
            let flat = &product.nutriments;
            nutrients
                .iter()
                .map(|wanted| in_flat(flat, &wanted.name))
                .collect()
        }
    };
    let mut pairs = nutrients.iter().zip(known);
    Some(pairs.all(|(wanted, known)| {
        known.is_some_and(|(value, unit)| {
            is_same_number(&value, &wanted.value) && (wanted.unit.is_none() || unit == wanted.unit)
        })
    }))
}

/// Values that were entered from the package for an amount.
fn packaging_set<'a>(nutrition: &'a Map<String, Value>, per: &str) -> Option<&'a Value> {
    let sets = nutrition.get("input_sets")?.as_array()?;
    sets.iter()
        .find(|set| set["per"] == per && set["source"] == "packaging")
        .or(Some(&Value::Null))
}

fn in_set(set: &Value, name: &str) -> Option<(String, Option<String>)> {
    let nutrient = set.get("nutrients")?.get(name)?;
    let value = nutrient
        .get("value_string")
        .or_else(|| nutrient.get("value"))?;
    Some((plain(value)?, nutrient.get("unit").and_then(plain)))
}

fn in_flat(nutriments: &Map<String, Value>, name: &str) -> Option<(String, Option<String>)> {
    let member = |ending: &str| nutriments.get(&format!("{name}{ending}")).and_then(plain);
    Some((member("_value")?, member("_unit")))
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn is_same_number(a: &str, b: &str) -> bool {
    let number = |text: &str| text.trim().replace(',', ".").parse::<f64>();
    match (number(a), number(b)) {
        (Ok(a), Ok(b)) => (a - b).abs() < 1e-9,
        _ => a.trim() == b.trim(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::product::{Barcode, ProductId, ServerType};

    fn product(document: Value) -> Product {
        let id = ProductId {
            barcode: Barcode::as_stored("3001234567890").unwrap(),
            server_type: ServerType::Off,
        };
        Product::from_json(id, document).unwrap()
    }

    fn check(change: Value, document: Value, expected: Option<bool>) {
        let read: ProductChange = serde_json::from_value(change.clone()).unwrap();
        let done = read.is_done(&product(document.clone()));
        assert_eq!(done, expected, "{change} on {document}");
    }

    #[test]
    fn values_on_the_product_are_done() {
        for (change, document) in [
            (
                json!({"change": "add_category", "tag": "en:teas"}),
                json!({"categories_tags": ["en:teas"]}),
            ),
            (
                json!({"change": "add_label", "tag": "en:organic"}),
                json!({"labels_tags": ["en:organic"]}),
            ),
            (
                json!({"change": "add_brand", "value": "Acme", "tag": null}),
                json!({"brands_tags": ["xx:acme"]}),
            ),
            (
                json!({"change": "add_store", "value": "Le Clerc", "tag": "leclerc"}),
                json!({"stores_tags": ["le-clerc"]}),
            ),
            (
                json!({"change": "add_packager_code", "code": "FR 01.001.001 CE"}),
                json!({"emb_codes": "EMB 1,fr 01-001-001 ec"}),
            ),
            (
                json!({"change": "add_packager_code", "code": "EMB 29019B"}),
                json!({"emb_codes_tags": ["emb-29019b-quimper-finistere-france"]}),
            ),
            (
                json!({"change": "set_quantity", "value": "250 g"}),
                json!({"quantity": "250 g"}),
            ),
            (
                json!({"change": "set_expiration_date", "value": "2027-01-31"}),
                json!({"expiration_date": "2027-01-31"}),
            ),
            (
                json!({"change": "add_packaging", "shape": "en:jar", "material": null, "recycling": null}),
                json!({"packagings": [{"shape": "en:jar", "material": "en:glass"}]}),
            ),
            (
                json!({"change": "set_ingredients", "lc": "fr", "text": "eau, sel", "is_correction": false}),
                json!({"ingredients_text_fr": "eau, sel "}),
            ),
            (
                json!({"change": "set_nutrients", "per": "100g", "serving_size": null,
                    "nutrients": [{"name": "salt", "value": "0,5", "unit": "g"}]}),
                json!({"nutrition": {"input_sets": [{"per": "100g", "source": "packaging",
                    "nutrients": {"salt": {"value": 0.5, "unit": "g"}}}]}}),
            ),
            (
                json!({"change": "set_nutrients", "per": "100g", "serving_size": null,
                    "nutrients": [{"name": "salt", "value": "0.5", "unit": "g"}]}),
                json!({"nutrition_data_per": "100g", "nutriments": {"salt_value": 0.5, "salt_unit": "g"}}),
            ),
        ] {
            check(change, document, Some(true));
        }
    }

    #[test]
    fn selected_images_as_wanted_are_done() {
        for (change, document) in [
            (
                json!({"change": "select_image", "number": "2", "key": "front_fr", "angle": 90, "crop": [1.0, 2.0, 30.0, 40.0]}),
                json!({"images": {"front_fr": {"imgid": "2", "angle": "90", "x1": "1", "y1": "2.4", "x2": "30", "y2": "40"}}}),
            ),
            (
                json!({"change": "unselect_image", "key": "front_de"}),
                json!({}),
            ),
            (
                json!({"change": "delete_image", "number": "3"}),
                json!({"images": {"1": {}}}),
            ),
        ] {
            check(change, document, Some(true));
        }
    }

    #[test]
    fn missing_values_are_not_done() {
        let select = json!({"change": "select_image", "number": "2", "key": "front_fr", "angle": 90, "crop": null});
        let salt = json!({"change": "set_nutrients", "per": "100g", "serving_size": null,
            "nutrients": [{"name": "salt", "value": "0.5", "unit": "g"}]});
        for (change, document) in [
            (
                json!({"change": "set_quantity", "value": "250 g"}),
                json!({"quantity": "300 g"}),
            ),
            (
                json!({"change": "add_label", "tag": "en:organic"}),
                json!({}),
            ),
            (
                select.clone(),
                json!({"images": {"front_fr": {"imgid": "1", "angle": 90}}}),
            ),
            (
                select.clone(),
                json!({"images": {"front_fr": {"imgid": "2", "angle": 0}}}),
            ),
            (
                select,
                json!({"images": {"front_fr": {"imgid": "2", "angle": 90, "x1": 1, "y1": 1, "x2": 9, "y2": 9}}}),
            ),
            (salt.clone(), json!({})),
            (salt.clone(), json!({"nutrition": {"input_sets": []}})),
            (
                salt,
                json!({"nutrition_data_per": "serving", "nutriments": {"salt_value": 0.5, "salt_unit": "g"}}),
            ),
            (
                json!({"change": "delete_image", "number": "1"}),
                json!({"images": {"1": {}}}),
            ),
        ] {
            check(change, document, Some(false));
        }
    }

    #[test]
    fn nutrition_without_entered_values_is_unknown() {
        let salt = json!({"change": "set_nutrients", "per": "100g", "serving_size": null,
            "nutrients": [{"name": "salt", "value": "0.5", "unit": "g"}]});
        check(salt, json!({"nutrition": {"aggregated_set": {}}}), None);
    }
}
