//! Tests of brands: exclusions, ranges of barcodes, given values.

use serde_json::json;

use crate::insight::InsightKind;
use crate::insight::fixture::Fixture;
use crate::prediction::PredictionKind;

const BRAND: InsightKind = InsightKind::Brand;

#[test]
fn brands_found_as_words_must_fit_the_barcode() {
    for (tag, predictor, on_product, disposition) in [
        ("boni", "curated-list", json!([]), "1 insight"),
        ("acme", "taxonomy", json!([]), "1 barcode_range"),
        ("natura", "taxonomy", json!([]), "1 blacklisted"),
        ("natura", "universal-logo-detector", json!([]), "1 insight"),
        (
            "boni",
            "curated-list",
            json!(["other"]),
            "1 product_has_value",
        ),
        (
            "boni",
            "curated-list",
            json!(["xx:boni"]),
            "1 already_on_product",
        ),
    ] {
        let fixture = Fixture::on(json!({"brands_tags": on_product}));
        let said = json!({"value": tag, "value_tag": tag, "predictor": predictor});
        let seen = [fixture.prediction(1, PredictionKind::Brand, 1, said)];
        assert_eq!(
            fixture.dispositions(BRAND, &seen),
            [disposition],
            "{tag} {predictor} {on_product}"
        );
    }
}

// `docs/reference/ocr.md` 9, D-BRA-3.
#[test]
fn a_brand_from_the_name_is_never_applied_without_a_person() {
    let fixture = Fixture::on(json!({}));
    let said = json!({"value": "Boni", "value_tag": "boni", "data": {"source": "product_name"}});
    let seen = [fixture.prediction(1, PredictionKind::Brand, 0, said)];
    assert_eq!(fixture.created(BRAND, &seen), ["boni -"]);
}

#[test]
fn a_yes_adds_the_brand_or_the_one_that_was_given() {
    let fixture = Fixture::on(json!({"brands_tags": ["acme"]}));
    let insight = fixture.insight(1, BRAND, json!({"value": "Boni", "value_tag": "boni"}));
    let add = |value: &str, tag: &str| json!([{"change": "add_brand", "value": value, "tag": tag}]);
    for (given, expected) in [
        (None, add("Boni", "boni")),
        (
            Some(json!({"value": "Moulin Vert"})),
            add("Moulin Vert", "moulin-vert"),
        ),
        (Some(json!({"value": "Acme"})), json!(5)),
        (Some(json!({"value": "Acme, Boni"})), json!(11)),
        (Some(json!({"value": "..."})), json!(11)),
        (Some(json!({"value": "x".repeat(101)})), json!(11)),
        (Some(json!({"value_tag": "boni"})), json!(11)),
    ] {
        assert_eq!(
            fixture.outcome(&insight, given.clone()),
            expected,
            "{given:?}"
        );
    }
}
