//! Imports: nothing automatic without positive evidence, and nothing of food about what is
//! none.

use robotoff_core::product::ServerType;
use serde_json::json;

use super::{Turned, document, import, picture, put, service, start};

pub(super) const IDS: [&str; 4] = ["x338", "x339", "x342", "x343"];

const FRENCH_TABLE: &[&str] = &[
    "Valeurs nutritionnelles pour 100 g",
    "Énergie 450 kJ / 108 kcal",
    "Matières grasses 5 g",
    "dont acides gras saturés 1 g",
    "Glucides 12 g dont sucres 2 g",
    "Protéines 3 g",
    "Sel 1 g",
];

const CLAIMS: &[&str] = &["sans gluten", "Poids net 200 g", "Carrefour"];

const CODE: &str = "3001234567890";

#[test]
fn a_date_of_roasting_and_a_sum_of_bottles_need_a_person() {
    for (id, lines) in [
        ("x338", &["Torréfié le 14/07/26"][..]),
        ("x339", &["10+2 x 50 cl"]),
    ] {
        let service = service();
        put(&service, CODE, json!({}));
        let made = import(&service, CODE, &document(lines, Turned::Upright), &[]);
        let automatic = made.iter().filter(|line| line.ends_with("(automatic)"));
        assert_eq!(automatic.count(), 0, "{id} {made:?}");
    }
}

#[test]
fn what_is_no_food_gets_no_insights_of_food() {
    for (id, lines) in [("x342", FRENCH_TABLE), ("x343", CLAIMS)] {
        let document = document(lines, Turned::Upright);
        for (product_type, arguments, expected) in [
            (Some("beauty"), &["--server-type", "obf"][..], false),
            (None, &["--server-type", "obf"], false),
            (Some("petfood"), &["--server-type", "opff"], false),
            // It has moved.
            (Some("product"), &[], false),
            (Some("food"), &[], true),
            (None, &[], true),
        ] {
            let service = service();
            let members = product_type.map_or(json!({}), |name| json!({"product_type": name}));
            put(&service, CODE, members);
            let made = import(&service, CODE, &document, arguments);
            assert_eq!(!made.is_empty(), expected, "{id} {product_type:?} {made:?}");
        }
    }
}

/// Predictions of a project, as `explain` lists them.
fn predictions(service: &super::TestService, project: ServerType) -> Vec<String> {
    let arguments = ["explain", CODE, "--json", "--server-type", project.name()];
    let output = service.output(&arguments);
    let explained: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let all = explained["products"][0]["predictions"].as_array().cloned();
    let kinds = all.unwrap_or_default().into_iter();
    let mut kinds: Vec<String> = kinds
        .map(|row| row["type"].as_str().unwrap_or_default().to_owned())
        .collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn a_product_that_moves_to_another_project_belongs_to_it() {
    let service = service();
    let document = document(CLAIMS, Turned::Upright);
    service.opener.put_file(
        &picture(CODE).replace(".jpg", ".json"),
        document.to_string(),
    );
    put(&service, CODE, json!({"product_type": "food"}));
    let made = import(&service, CODE, &document, &[]);
    assert!(
        made.contains(&"label en:no-gluten (automatic)".to_owned()),
        "{made:?}"
    );
    put(&service, CODE, json!({"product_type": "beauty"}));
    service.done(&["refresh", CODE]);
    assert_eq!(predictions(&service, ServerType::Off), Vec::<String>::new());
    let running = start(&service);
    crate::processes::wait_for("the image to be read in the other project", || {
        predictions(&service, ServerType::Obf) == ["image_lang", "image_orientation"]
    });
    drop(running);
    // And back.
    put(&service, CODE, json!({"product_type": "food"}));
    service.done(&["refresh", CODE, "--server-type", "obf"]);
    assert_eq!(predictions(&service, ServerType::Obf), Vec::<String>::new());
    let made = import(&service, CODE, &document, &["--server-type", "obf"]);
    assert!(
        made.contains(&"label en:no-gluten (automatic)".to_owned()),
        "{made:?}"
    );
}
