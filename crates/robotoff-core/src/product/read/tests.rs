//! Tests of both schemas of images, odd types, defaults.

use serde_json::json;

use super::*;
use crate::product::{Barcode, ServerType};

fn id() -> ProductId {
    ProductId {
        barcode: Barcode::as_stored("3001234567890").unwrap(),
        server_type: ServerType::Off,
    }
}

fn read(document: Value) -> Product {
    Product::from_json(id(), document).unwrap()
}

#[test]
fn an_empty_document_is_an_empty_product() {
    let product = read(json!({}));
    assert_eq!(product.schema_version, OLDEST_SCHEMA);
    assert!(product.images.is_empty() && product.quantity.is_none());
    assert!(Product::from_json(id(), json!([])).is_err());
}

#[test]
fn null_and_odd_members_count_as_absent() {
    let names = [
        "product_name",
        "ingredients",
        "ingredients_text",
        "ingredients_text_fr",
        "nutriments",
        "nutrition",
        "images",
        "packagings",
        "countries_tags",
        "brands_tags",
        "quantity",
        "schema_version",
        "unique_scans_n",
        "lang",
        "image_ids",
        "product_type",
    ];
    let empty = read(json!({}));
    for odd in [json!(null), json!([null]), json!({"a": null}), json!(false)] {
        let document: Map<String, Value> = names
            .into_iter()
            .filter(|name| !(odd.is_object() && ["nutriments", "nutrition"].contains(name)))
            .map(|name| (name.to_owned(), odd.clone()))
            .collect();
        assert_eq!(read(Value::Object(document)), empty, "{odd}");
    }
}

#[test]
fn entities_in_texts_are_decoded() {
    let product = read(json!({
        "product_name": "Ben &amp; Jerry&#39;s", "lang": "fr", "quantity": "&lt; 1 kg",
        "ingredients_text": "&oelig;uf &amp; lait", "ingredients_text_de": "K&auml;se",
        "brands_tags": ["ben-&amp;-jerry"], "emb_codes": "FR 62.448.034 CE &amp; EMB 1"}));
    assert_eq!(product.name.as_deref(), Some("Ben & Jerry's"));
    assert_eq!(product.quantity.as_deref(), Some("< 1 kg"));
    assert_eq!(product.ingredients_text["fr"], "œuf & lait");
    assert_eq!(product.ingredients_text["de"], "Käse");
    assert_eq!(product.brands_tags, ["ben-&-jerry"]);
    let codes = product.emb_codes.as_deref();
    assert_eq!(codes, Some("FR 62.448.034 CE & EMB 1"));
}

#[test]
fn both_schemas_of_images_read_the_same() {
    let sizes = json!({"full": {"w": 300, "h": 400}, "400": {"w": 300, "h": 400, "url": "x"}});
    let old = json!({"images": {
        "1": {"uploaded_t": "1519297019", "sizes": sizes},
        "front_fr": {"imgid": 1, "rev": "4", "angle": "-90", "x1": "10", "y1": 20, "x2": 30.5,
            "y2": "40", "coordinates_image_size": "full", "sizes": sizes}}});
    let new = json!({"images": {
        "uploaded": {"1": {"uploaded_t": 1_519_297_019, "sizes": sizes}},
        "selected": {"front": {"fr": {"imgid": "1", "rev": 4, "sizes": sizes, "generation": {
            "angle": 270, "x1": 10, "y1": "20", "x2": 30.5, "y2": 40,
            "coordinates_image_size": "full"}}}}}});
    let (old, new) = (read(old), read(new));
    assert_eq!(old.images, new.images);
    let front = old.images.selected("front_fr").unwrap();
    assert_eq!(
        (front.angle, front.crop),
        (Some(270), Some([10.0, 20.0, 30.5, 40.0]))
    );
    assert_eq!(
        old.images.uploaded[0].size,
        Some(ImageSize {
            width: 300,
            height: 400
        })
    );
    assert!(old.images.uploaded[0].uploaded_at.is_some());
}

#[test]
fn angles_and_crops_are_read_as_product_opener_writes_them() {
    for (angle, expected) in [
        (json!(null), Some(0)),
        (json!(""), Some(0)),
        (json!("90"), Some(90)),
        (json!(-90), Some(270)),
        (json!("90.5"), None),
        (json!("up"), None),
        (json!([]), None),
    ] {
        let product = read(json!({"images": {"front": {"angle": angle}}}));
        assert_eq!(product.images.selected[0].angle, expected, "{angle}");
    }
    for corner in [json!("-1"), json!(-1), json!(null), json!(0), json!("x")] {
        let crop = json!({"x1": corner, "y1": corner, "x2": corner, "y2": corner});
        let product = read(json!({"images": {"front_fr": crop}}));
        assert_eq!(product.images.selected[0].crop, None, "{corner}");
    }
}

#[test]
fn only_lists_in_a_language_are_ingredients() {
    let product = read(json!({"lang": "it", "ingredients_text": "acqua",
        "ingredients_text_fr": "eau", "ingredients_text_de": "",
        "ingredients_text_with_allergens_fr": "<b>eau</b>", "ingredients_text_debug": "x",
        "ingredients_text_fr_imported": "y"}));
    let expected = [("fr", "eau"), ("it", "acqua")];
    let expected = expected.map(|(lc, text)| (lc.to_owned(), text.to_owned()));
    assert_eq!(product.ingredients_text, BTreeMap::from(expected));
}

#[test]
fn packaging_tags_are_plain_or_in_an_object() {
    let product = read(
        json!({"packagings": [{"shape": "en:bottle", "material": {"id": "en:glass"}},
        {"shape": ""}, 7]}),
    );
    let bottle = PackagingElement {
        shape: Some("en:bottle".to_owned()),
        material: Some("en:glass".to_owned()),
        recycling: None,
    };
    assert_eq!(product.packagings, [bottle, PackagingElement::default()]);
}

#[test]
fn odd_types_count_as_absent() {
    for odd in [
        json!(null),
        json!(7),
        json!("x"),
        json!([1, {}]),
        json!({"a": []}),
        json!(true),
    ] {
        let names = [
            "lang",
            "product_name",
            "labels_tags",
            "packagings",
            "quantity",
            "images",
            "unique_scans_n",
            "nutriments",
            "nutrition",
            "schema_version",
            "image_ids",
        ];
        let document: Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), odd.clone()))
            .collect();
        read(document.into());
        read(json!({"images": {"1": odd, "front_fr": odd, "uploaded": odd, "selected": odd}}));
        read(json!({"images": {"1": {"sizes": odd}, "front_fr": {"imgid": odd, "x1": odd}}}));
        read(json!({"images": {"selected": {"front": {"fr": odd}}, "uploaded": {"1": odd}}}));
    }
}

#[test]
fn listed_numbers_are_images_without_a_size() {
    let product = read(json!({"image_ids": ["1", "2", "front_fr"], "images": {"1": {}}}));
    let numbers: Vec<&str> = product.images.uploaded.iter().map(|i| &*i.number).collect();
    assert_eq!(numbers, ["1", "2"]);
}
