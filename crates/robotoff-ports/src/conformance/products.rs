//! The conformance test of [`Products`].

use robotoff_core::product::{Barcode, Lookup, Product, ProductId, ServerType};
use serde_json::{Value, json};

use crate::products::Products;

/// The documents that the source of the conformance test holds, and no others: both forms
/// of images, both of nutrition, odd members.
pub fn product_documents() -> Vec<Value> {
    vec![
        json!({
            "code": "3560071234567", "lang": "fr", "product_name": "Sodas \u{e9}t\u{e9}",
            "labels_tags": ["en:organic"], "quantity": "1 l", "unique_scans_n": 12,
            "ingredients_text_fr": "eau, sucre", "ingredients_text_de": "Wasser, Zucker",
            "emb_codes": "EMB 29230C", "emb_codes_tags": ["emb-29230c"],
            "images": {
                "1": {"uploaded_t": 1_700_000_000, "sizes": {"full": {"w": 600, "h": 800}}},
                "2": {"uploaded_t": "1700000001", "sizes": {"full": {"w": 60, "h": 80}}},
                "front_fr": {"imgid": 1, "rev": "3", "angle": null, "sizes": {"400": {}}},
            },
            "nutriments": {"fat_100g": 1.5, "fat_unit": "g"}, "nutrition_data_per": "100g",
        }),
        json!({
            "code": "20123456", "lang": "en", "schema_version": 1003,
            "packagings": [{"shape": {"id": "en:can"}, "material": {"id": "en:steel"}}],
            "images": {
                "uploaded": {"7": {"sizes": {"full": {"w": 600, "h": 800}}}},
                "selected": {"front": {"en": {"imgid": "7", "rev": "9", "sizes": {}}}},
            },
            "nutrition": {"input_sets": [{"per": "100g", "source": "packaging"}]},
        }),
        json!({"code": "00000017", "labels_tags": null, "images": [], "quantity": 3}),
    ]
}

/// Every promise of a source of products that holds [`product_documents`].
///
/// # Panics
/// When one is broken.
pub async fn check_products(products: &dyn Products) {
    for document in product_documents() {
        let code = document["code"]
            .as_str()
            .expect("each has a code")
            .to_owned();
        let id = id(&code);
        let Lookup::Found(found) = products.product(&id).await.expect("an answer") else {
            panic!("product {code} is there");
        };
        let expected = Product::from_json(id, document).expect("an object");
        assert_eq!(*found, expected, "product {code}");
    }
    for absent in ["3560071234568", "00000001", "abcdefgh", "org-acme/20123456"] {
        let lookup = products.product(&id(absent)).await.expect("an answer");
        assert_eq!(lookup, Lookup::Absent, "product {absent}");
    }
}

fn id(code: &str) -> ProductId {
    ProductId {
        barcode: Barcode::as_stored(code).expect("a code"),
        server_type: ServerType::Off,
    }
}
