//! Every change as it arrives at Product Opener, and what it does there.

use std::collections::BTreeMap;

use robotoff_core::edit::{NutrientValue, ProductChange, Provenance};
use robotoff_ports::Credentials;
use robotoff_testbed::opener::AppliedEdit;
use serde_json::{Value, json};

use crate::set_up::{CODE, INSIGHT, SetUp};

const FORM: &str = "/cgi/product_jqm2.pl";

fn texts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Makes the change once and compares all that arrived; the product says so then,
/// and nothing was against the specification.
async fn check<const N: usize>(
    product: Value,
    change: ProductChange,
    path: &str,
    fields: [(&str, &str); N],
    action: &str,
) {
    let set_up = SetUp::new().with_product(&product);
    set_up.edit(&change).await.expect("an edit");
    let comment = match action {
        "" => String::new(),
        _ => format!("[robotoff] {action}, ID: {INSIGHT} (automated edit)"),
    };
    let expected = AppliedEdit {
        path: path.to_owned(),
        code: CODE.to_owned(),
        fields: texts(fields),
        comment,
        username: "roboto-app".to_owned(),
    };
    assert_eq!(set_up.server.edits(), [expected]);
    set_up.assert_clean();
    let product = set_up.product().await;
    assert_eq!(change.is_done(&product), Some(true), "{change:?}");
}

fn owned(text: &str) -> String {
    text.to_owned()
}

#[tokio::test]
async fn tags_are_added() {
    let labels = json!({"labels": "Bio", "labels_tags": ["en:organic"]});
    let change = ProductChange::AddLabel {
        tag: owned("en:fair-trade"),
    };
    let action = "Adding label tag 'en:fair-trade'";
    check(
        labels,
        change,
        FORM,
        [("add_labels", "en:fair-trade")],
        action,
    )
    .await;
    let change = ProductChange::AddCategory {
        tag: owned("en:sodas"),
    };
    let action = "Adding category 'en:sodas'";
    check(
        json!({}),
        change,
        FORM,
        [("add_categories", "en:sodas")],
        action,
    )
    .await;
    let change = ProductChange::AddBrand {
        value: owned("Côte & Fils"),
        tag: Some(owned("côte-fils")),
    };
    let action = "Adding brand 'Côte & Fils'";
    check(
        json!({}),
        change,
        FORM,
        [("add_brands", "Côte & Fils")],
        action,
    )
    .await;
    let change = ProductChange::AddStore {
        value: owned("Marché=U"),
        tag: Some(owned("marché-u")),
    };
    let action = "Adding store 'Marché=U'";
    check(
        json!({}),
        change,
        FORM,
        [("add_stores", "Marché=U")],
        action,
    )
    .await;
}

#[tokio::test]
async fn texts_are_set() {
    let change = ProductChange::SetQuantity {
        value: owned("250 g"),
    };
    let action = "Updating quantity to '250 g'";
    check(json!({}), change, FORM, [("quantity", "250 g")], action).await;
    let change = ProductChange::SetExpirationDate {
        value: owned("2027-01-31"),
    };
    let action = "Adding expiration date '2027-01-31'";
    check(
        json!({}),
        change,
        FORM,
        [("expiration_date", "2027-01-31")],
        action,
    )
    .await;
    for (is_correction, action) in [
        (true, "Ingredient spellcheck correction"),
        (false, "Update ingredients"),
    ] {
        let text = "eau, sucre 50 %\nsel & épices";
        let change = ProductChange::SetIngredients {
            lc: owned("fr"),
            text: owned(text),
            is_correction,
        };
        check(
            json!({}),
            change,
            FORM,
            [("ingredients_text_fr", text)],
            action,
        )
        .await;
    }
}

#[tokio::test]
async fn packager_codes_are_added_to_those_that_are_there() {
    let change = || ProductChange::AddPackagerCode {
        code: owned("FR 01.002.003 CE"),
    };
    let action = "Adding packager codes 'FR 01.002.003 CE'";
    let sent = [("emb_codes", "FR 01.002.003 CE")];
    check(json!({}), change(), FORM, sent, action).await;
    let known = json!({"emb_codes": "EMB 29230C, FR 40.261.001 EC"});
    let sent = [("emb_codes", "EMB 29230C, FR 40.261.001 EC,FR 01.002.003 CE")];
    check(known, change(), FORM, sent, action).await;
    let has_it = json!({"emb_codes": "EMB 29230C,fr 01-002-003 ec"});
    let set_up = SetUp::new().with_product(&has_it);
    set_up.edit(&change()).await.unwrap();
    assert_eq!(set_up.server.edits(), []);
}

#[tokio::test]
async fn nutrients_are_set_in_both_schemas() {
    let nutrient = |name: &str, value: &str, unit: Option<&str>| NutrientValue {
        name: owned(name),
        value: owned(value),
        unit: unit.map(owned),
    };
    let nutrients = vec![
        nutrient("saturated-fat", "1.5", Some("g")),
        nutrient("energy-kcal", "250", Some("kcal")),
    ];
    let fields = [
        ("nutrition_data_per", "100g"),
        ("serving_size", "30 g"),
        ("nutriment_saturated-fat", "1.5"),
        ("nutriment_saturated-fat_unit", "g"),
        ("nutriment_energy-kcal", "250"),
        ("nutriment_energy-kcal_unit", "kcal"),
    ];
    for product in [
        json!({}),
        json!({"schema_version": 1003, "nutrition": {"input_sets": []}}),
    ] {
        let change = ProductChange::SetNutrients {
            per: owned("100g"),
            serving_size: Some(owned("30 g")),
            nutrients: nutrients.clone(),
        };
        check(product, change, FORM, fields, "Update nutrient values").await;
    }
    let set_up = SetUp::new().with_product(&json!({}));
    let mut change = ProductChange::SetNutrients {
        per: owned("serving"),
        serving_size: Some(String::new()),
        nutrients: vec![nutrient("salt", "1", None), nutrient("fat", "2", Some("g"))],
    };
    set_up.edit(&change).await.unwrap();
    let fields = [
        ("nutrition_data_per", "serving"),
        ("nutriment_fat", "2"),
        ("nutriment_fat_unit", "g"),
    ];
    assert_eq!(set_up.server.edits()[0].fields, texts(fields));
    set_up.assert_clean();
    if let ProductChange::SetNutrients { nutrients, .. } = &mut change {
        nutrients.truncate(1);
    }
    let error = set_up.edit(&change).await.unwrap_err().to_string();
    assert!(error.contains("no nutrient has a unit"), "{error}");
}

#[tokio::test]
async fn packaging_is_added_by_version_3() {
    let path = "/api/v3/product";
    let change = |material: Option<&str>, recycling: Option<&str>| ProductChange::AddPackaging {
        shape: owned("en:bottle"),
        material: material.map(owned),
        recycling: recycling.map(owned),
        number_of_units: recycling.map(|_| 4),
    };
    let action = "Updating/adding packaging elements 'en:bottle'";
    let element =
        r#"{"packagings_add":[{"shape":{"id":"en:bottle"},"material":{"id":"en:glass"}}]}"#;
    let sent = [("product", element)];
    check(
        json!({}),
        change(Some("en:glass"), None),
        path,
        sent,
        action,
    )
    .await;
    let element = r#"{"packagings_add":[{"shape":{"id":"en:bottle"},"recycling":{"id":"en:recycle"},"number_of_units":4}]}"#;
    let there = json!({"packagings": [{"shape": {"id": "en:lid"}}]});
    let change = change(None, Some("en:recycle"));
    check(there, change, path, [("product", element)], action).await;
}

/// The images of the product in the new form.
fn grouped() -> Value {
    json!({"schema_version": 1003, "images": {
        "uploaded": {"1": {"sizes": {"full": {"w": 1000, "h": 2000}}}, "2": {"sizes": {}}},
        "selected": {"front": {"fr": {"imgid": "2", "rev": "3"}}},
    }})
}

#[tokio::test]
async fn images_are_selected_turned_and_cut() {
    let path = "/cgi/product_image_crop.pl";
    for product in [json!({}), grouped()] {
        let change = ProductChange::SelectImage {
            number: owned("1"),
            key: owned("nutrition_fr"),
            angle: 90,
            crop: Some([1400.0, 200.0, 1800.5, 400.25]),
        };
        let fields = [
            ("imgid", "1"),
            ("id", "nutrition_fr"),
            ("coordinates_image_size", "full"),
            ("angle", "90"),
            ("x1", "1400"),
            ("y1", "200"),
            ("x2", "1800.5"),
            ("y2", "400.25"),
        ];
        let action = "Selecting image 1 as nutrition_fr";
        check(product.clone(), change, path, fields, action).await;
        let change = ProductChange::SelectImage {
            number: owned("1"),
            key: owned("front_fr"),
            angle: 0,
            crop: None,
        };
        let fields = [
            ("imgid", "1"),
            ("id", "front_fr"),
            ("coordinates_image_size", "full"),
        ];
        check(
            product,
            change,
            path,
            fields,
            "Selecting image 1 as front_fr",
        )
        .await;
    }
}

#[tokio::test]
async fn what_cannot_be_cut_is_not_sent() {
    let set_up = SetUp::new().with_product(&json!({}));
    let change = |angle: u32, crop: Option<[f64; 4]>| ProductChange::SelectImage {
        number: owned("1"),
        key: owned("front_fr"),
        angle,
        crop,
    };
    for (change, part) in [
        (change(45, None), "turned by 45 degrees"),
        (
            change(0, Some([f64::NAN, 0.0, 1.0, 1.0])),
            "x1 of a crop is NaN",
        ),
    ] {
        let error = set_up.edit(&change).await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(set_up.server.received(), []);
    let change = ProductChange::SelectImage {
        number: owned("7"),
        key: owned("front_fr"),
        angle: 0,
        crop: None,
    };
    let error = set_up.edit(&change).await.unwrap_err().to_string();
    assert!(error.contains("imgid not in uploaded images"), "{error}");
}

#[tokio::test]
async fn images_are_unselected_and_deleted_without_a_comment() {
    for product in [
        json!({"images": {"1": {}, "2": {}, "front_fr": {"imgid": "2"}}}),
        grouped(),
    ] {
        let change = ProductChange::UnselectImage {
            key: owned("front_fr"),
        };
        let path = "/cgi/product_image_unselect.pl";
        check(product.clone(), change, path, [("id", "front_fr")], "").await;
        let change = ProductChange::DeleteImage { number: owned("2") };
        let fields = [
            ("type", "edit"),
            ("imgids", "2"),
            ("action", "process"),
            ("move_to_override", "trash"),
        ];
        check(product, change, "/cgi/product_image_move.pl", fields, "").await;
    }
}

#[tokio::test]
async fn each_edit_names_who_stands_behind_it() {
    let password = Credentials::Password {
        username: owned("alice"),
        password: owned("alice-password"),
    };
    let session = Credentials::Session(owned("SESSION-OF-alice"));
    for (credentials, provenance, username, suffix) in [
        (
            &Credentials::Service,
            Provenance::Automatic,
            "roboto-app",
            " (automated edit)",
        ),
        (
            &Credentials::Service,
            Provenance::Votes(4),
            "roboto-app",
            " (applied after 4 anonymous votes)",
        ),
        (&password, Provenance::Person, "alice", ""),
        (&session, Provenance::Person, "alice", ""),
    ] {
        for change in [
            ProductChange::AddLabel {
                tag: owned("en:fair-trade"),
            },
            ProductChange::AddPackaging {
                shape: owned("en:can"),
                material: None,
                recycling: None,
                number_of_units: None,
            },
            ProductChange::DeleteImage { number: owned("2") },
        ] {
            let set_up = SetUp::new().with_product(&json!({}));
            set_up
                .edit_as(&change, provenance, credentials)
                .await
                .unwrap();
            let edits = set_up.server.edits();
            assert_eq!(edits[0].username, username);
            assert!(
                edits[0].comment.is_empty()
                    || edits[0].comment.ends_with(&format!("{INSIGHT}{suffix}"))
            );
            set_up.assert_clean();
        }
    }
}
