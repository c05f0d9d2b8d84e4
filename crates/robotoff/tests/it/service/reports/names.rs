//! Weights in the names of products, without a word of weight.

use serde_json::json;

use super::{put, service, start};

pub(super) const IDS: [&str; 3] = ["x334", "x335", "x337"];

#[test]
fn names_of_products_give_their_weights_as_questions() {
    let service = service();
    let names = [
        (
            "x334",
            "3000000000001",
            "Fagioli cannellini gr400",
            Some("400 g"),
        ),
        ("x335", "3000000000002", "Farine T55 1kg", Some("1 kg")),
        ("x337", "3000000000003", "Lait bio 6 x 1L", Some("6 x 1 l")),
        ("", "3000000000004", "Farine T55", None),
        (
            "",
            "3000000000005",
            "Boisson 2 en 1, 0 % sucre pour 100 ml",
            None,
        ),
    ];
    for (_, barcode, name, _) in names {
        put(&service, barcode, json!({"product_name": name}));
        service.done(&["refresh", barcode]);
    }
    let _up = start(&service);
    for (id, barcode, name, expected) in names {
        let path = format!("/api/v1/questions/{barcode}?insight_types=product_weight");
        let questions = service.get(&path)["questions"].clone();
        let seen: Vec<&str> = questions
            .as_array()
            .expect("a list")
            .iter()
            .map(|question| question["value"].as_str().expect("a value"))
            .collect();
        assert_eq!(seen, Vec::from_iter(expected), "{id} {name}");
        let insights = service.get(&format!("/api/v1/insights/{barcode}"));
        let mut rows = insights["insights"].as_array().into_iter().flatten();
        assert!(
            !rows.any(|row| row["automatic_processing"] == true),
            "{id} {name}"
        );
    }
}
