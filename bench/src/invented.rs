//! Real products and what machines might say of them, made up: for the differential
//! run over plans (`tests/`) and for the bench of imports.

use std::error::Error;
use std::path::Path;

use robotoff_core::edit::ProductChange;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{
    Barcode, PackagingElement, Product, ProductId, SelectedImage, ServerType,
};
use robotoff_off::file;
use serde_json::{Value, json};

/// The largest sample unpacks to a tenth of it.
const MAX_BYTES: u64 = 512 << 20;

/// Ingredients that one prediction corrects.
const MISTYPED: &str = "farin";

/// The documents of the sample of real products in the folder of shared data.
pub fn documents(data: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let bytes = file::read(&data.join("products/off_600.jsonl.gz"), MAX_BYTES)?;
    let text = String::from_utf8(bytes)?;
    let documents = text.lines().map(serde_json::from_str);
    Ok(documents.collect::<Result<_, _>>()?)
}

/// The product of a document.
pub fn id_of(document: &Value) -> Result<ProductId, Box<dyn Error>> {
    let code = document["code"].as_str().ok_or("a product without code")?;
    Ok(ProductId {
        barcode: Barcode::as_stored(code)?,
        server_type: ServerType::Off,
    })
}

/// As it is; with nutrition of schema 1003; with the new form of images; with
/// three photos of which front, ingredients and nutrition are selected, and the
/// ingredients typed from one, with a mistake.
pub fn variants(document: &Value) -> [Value; 4] {
    let mut nutrition = document.clone();
    nutrition["schema_version"] = json!(1003);
    nutrition["nutrition"] = json!({"input_sets": [{"preparation": "as_sold", "per": "100g",
        "source": "packaging", "nutrients": {"salt": {"value": 0.5, "unit": "g"}}}]});
    let photo = json!({"uploaded_t": 1_519_297_019, "sizes": {"full": {"w": 900, "h": 1200}}});
    let mut new_form = nutrition.clone();
    new_form["images"] = json!({"uploaded": {"1": photo, "2": photo}, "selected": {}});
    let mut selected = document.clone();
    selected["images"] = json!({"1": photo, "2": photo, "3": photo,
        "front_fr": {"imgid": "1", "rev": "4"}, "ingredients_fr": {"imgid": "2", "rev": "5"},
        "nutrition_fr": {"imgid": "3", "rev": "6"}});
    selected["ingredients_text_fr"] = json!(MISTYPED);
    [document.clone(), nutrition, new_form, selected]
}

/// Something of every kind of prediction.
fn sayings() -> Vec<(PredictionKind, Value)> {
    let tag = |kind, tag: &str| (kind, json!({"value_tag": tag}));
    let value = |kind, value: &str| (kind, json!({"value": value, "automatic_processing": true}));
    let named = |kind, tag: &str| (kind, json!({"value": tag, "value_tag": tag}));
    let item =
        json!([{"raw": "x", "languages": ["fr"], "bounding_box_absolute": [10, 20, 30, 40]}]);
    let numbers = json!([{"raw": "3 kJ"}, {"raw": "1 g"}, {"raw": "2 g"}]);
    let mentions =
        json!({"salt": item, "fat": item, "sugar": item, "fiber": item, "nutrient_value": numbers});
    let element =
        json!({"shape": {"value_tag": "en:bottle"}, "material": {"value_tag": "en:glass"}});
    let nutrients = json!({"salt_100g": {"value": "1.5", "unit": "g"}});
    let turned = json!({"orientation": "right", "rotation": 270, "count": {"right": 30}});
    let text = json!({"text": "eau, sel", "fraction_known_ingredients": 1.0});
    let correction = json!({"original": MISTYPED, "correction": "farine"});
    vec![
        tag(PredictionKind::Label, "en:organic"),
        tag(PredictionKind::Label, "en:eu-organic"),
        tag(PredictionKind::Label, "en:vegan"),
        tag(PredictionKind::Category, "en:teas"),
        tag(PredictionKind::Category, "en:beverages"),
        value(PredictionKind::PackagerCode, "FR 40.261.001 CE"),
        value(PredictionKind::ProductWeight, "250 g"),
        value(PredictionKind::ProductWeight, "300 g"),
        value(PredictionKind::ExpirationDate, "2027-01-31"),
        named(PredictionKind::Brand, "no-such-brand"),
        named(PredictionKind::Store, "no-such-store"),
        (
            PredictionKind::Packaging,
            json!({"value": "bottle", "data": {"element": element}}),
        ),
        tag(PredictionKind::IsUpcImage, "true"),
        (
            PredictionKind::NutrientMention,
            json!({"data": {"mentions": mentions}}),
        ),
        (PredictionKind::ImageOrientation, json!({"data": turned})),
        (
            PredictionKind::NutrientExtraction,
            json!({"data": {"nutrients": nutrients}}),
        ),
        (
            PredictionKind::IngredientDetection,
            json!({"value_tag": "fr", "data": text}),
        ),
        (
            PredictionKind::IngredientSpellcheck,
            json!({"value_tag": "fr", "data": correction}),
        ),
    ]
}

/// Something of every kind, as if it were seen on an image, or on none.
pub fn predictions() -> Vec<Prediction> {
    let prediction = |(kind, mut said): (PredictionKind, Value)| {
        said["type"] = json!(kind.name());
        serde_json::from_value(said).expect("what this file says is a prediction")
    };
    sayings().into_iter().map(prediction).collect()
}

/// As Product Opener would.
pub fn edit(product: &mut Product, change: &ProductChange) {
    match change.clone() {
        ProductChange::AddCategory { tag } => product.categories_tags.push(tag),
        ProductChange::AddLabel { tag } => product.labels_tags.push(tag),
        ProductChange::AddBrand { tag, .. } => product.brands_tags.extend(tag),
        ProductChange::AddStore { tag, .. } => product.stores_tags.extend(tag),
        ProductChange::AddPackagerCode { code } => product.emb_codes_tags.push(code),
        ProductChange::SetQuantity { value } => product.quantity = Some(value),
        ProductChange::SetExpirationDate { value } => product.expiration_date = Some(value),
        ProductChange::AddPackaging {
            shape,
            material,
            recycling,
            ..
        } => product.packagings.push(PackagingElement {
            shape: Some(shape),
            material,
            recycling,
        }),
        ProductChange::SetIngredients { lc, text, .. } => {
            product.ingredients_text.insert(lc, text);
        }
        ProductChange::SetNutrients { per, nutrients, .. } => {
            let values = nutrients
                .iter()
                .map(|n| (n.name.clone(), json!({"value": n.value, "unit": n.unit})));
            let set = json!({"preparation": "as_sold", "per": per, "source": "packaging",
                "nutrients": values.collect::<serde_json::Map<_, _>>()});
            let nutrition = json!({"input_sets": [set]});
            product.nutrition = nutrition.as_object().cloned();
        }
        ProductChange::SelectImage {
            number,
            key,
            angle,
            crop,
        } => {
            product.images.selected.retain(|image| image.key != key);
            product.images.selected.push(SelectedImage {
                key,
                imgid: Some(number),
                rev: Some("9".to_owned()),
                angle: Some(angle),
                crop,
                coordinates_image_size: Some("full".to_owned()),
                sizes: Vec::new(),
            });
        }
        ProductChange::UnselectImage { key } => {
            product.images.selected.retain(|image| image.key != key)
        }
        ProductChange::DeleteImage { number } => product
            .images
            .uploaded
            .retain(|image| image.number != number),
    }
}
