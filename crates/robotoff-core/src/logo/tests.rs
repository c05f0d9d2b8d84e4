//! Tests of annotations of logos.

use std::sync::Arc;

use serde_json::Map;

use super::*;
use crate::image::{Image, ImageId, ImagePredictionId};
use crate::product::SourceImage;
use crate::taxonomy::Keep;

fn knowledge() -> Knowledge {
    let labels = br#"{"en:organic": {"name": {"en": "Organic", "fr": "Bio"}}}"#;
    let brands = br#"{"xx:etorki": {"name": {"xx": "Etorki"}}, "fr:x": {"name": {"fr": "X!"}}}"#;
    let read = |text: &[u8]| Arc::new(Taxonomy::from_json(text, Keep::All).unwrap());
    Knowledge::default()
        .with_taxonomy(TaxonomyKind::Labels, read(labels))
        .with_taxonomy(TaxonomyKind::Brands, read(brands))
}

fn logo() -> Logo {
    let image = Image {
        id: ImageId(1),
        barcode: "3001234567890".to_owned(),
        uploaded_at: None,
        number: "1".to_owned(),
        source_image: SourceImage::new("/300/123/456/7890/1.jpg"),
        width: 1,
        height: 1,
        deleted: false,
        server_type: None,
        fingerprint: None,
    };
    Logo {
        id: LogoId(7),
        image_prediction: ImagePredictionId(1),
        index: 0,
        bounding_box: json!([0.1, 0.2, 0.3, 0.4]),
        score: 0.5,
        annotation_kind: None,
        annotation_value: None,
        annotation_value_tag: None,
        taxonomy_value: None,
        username: Some("ann".to_owned()),
        completed_at: None,
        nearest_neighbors: None,
        barcode: None,
        source_image: None,
        text: None,
        server_type: None,
        image,
    }
}

fn given(kind: &str, value: &str) -> Result<GivenAnnotation, InvalidAnnotation> {
    GivenAnnotation::new(kind, Some(value.to_owned()))
}

#[test]
fn values_follow_the_type() {
    for (kind, value, is_valid) in [
        ("label", "en:organic", true),
        ("label", "en:", false),
        ("label", "organic", false),
        ("label", "", false),
        ("brand", "Etorki", true),
        ("brand", "", false),
        ("category", "", false),
        ("store", "", false),
        ("no_logo", "", true),
        ("anything", "x", true),
    ] {
        assert_eq!(given(kind, value).is_ok(), is_valid, "{kind} {value:?}");
    }
}

#[test]
fn a_value_is_looked_up_in_the_taxonomy_of_its_type() {
    let knowledge = knowledge();
    for (kind, value, tag, found) in [
        ("label", "en:organic", "en:organic", Some("en:organic")),
        ("label", "fr:Bio", "fr:bio", Some("en:organic")),
        ("label", "fr:nope", "fr:nope", None),
        ("brand", "Etorki", "etorki", Some("Etorki")),
        ("brand", "X", "x", Some("X!")),
        ("brand", "xx:etorki", "xx:etorki", Some("xx:etorki")),
        ("brand", "nope", "nope", None),
        ("store", "Etorki", "etorki", None),
    ] {
        let row = given(kind, value)
            .unwrap()
            .by(None, NaiveDateTime::default(), &knowledge);
        assert_eq!(row.value_tag.as_deref(), Some(tag), "{kind} {value}");
        assert_eq!(row.taxonomy_value.as_deref(), found, "{kind} {value}");
        assert_eq!(row.username.as_deref(), Some("unknown"));
    }
    let none = GivenAnnotation::new("no_logo", None).unwrap();
    let row = none.by(Some("ann"), NaiveDateTime::default(), &knowledge);
    assert_eq!((row.value, row.value_tag), (None, None));
    assert_eq!(row.username.as_deref(), Some("ann"));
    assert!(row.completed_at.is_some());
}

#[test]
fn brands_and_labels_of_a_taxonomy_are_claims() {
    let annotated = |kind: &str, taxonomy_value: Option<&str>| Logo {
        annotation_kind: Some(kind.to_owned()),
        taxonomy_value: taxonomy_value.map(str::to_owned),
        ..logo()
    };
    let label = prediction(&annotated("label", Some("en:organic")), "v1").unwrap();
    assert_eq!(label.value, None);
    assert_eq!(label.value_tag.as_deref(), Some("en:organic"));
    assert_eq!(label.predictor_version.as_deref(), Some("v1"));
    assert_eq!(label.data["logo_id"], 7);
    assert_eq!(label.data["is_annotation"], true);
    let brand = prediction(&annotated("brand", Some("Le X")), "v1").unwrap();
    assert_eq!(brand.value.as_deref(), Some("Le X"));
    assert_eq!(brand.value_tag.as_deref(), Some("le-x"));
    for other in [
        annotated("label", None),
        annotated("store", Some("x")),
        logo(),
    ] {
        assert_eq!(prediction(&other, "v1"), None);
    }
}

#[test]
fn claims_of_a_logo_are_known_by_its_id() {
    let data = |id: Value| Map::from_iter([("logo_id".to_owned(), id)]);
    for (id, predictor, is_its) in [
        (json!(7), Some(PREDICTOR), true),
        (json!("7"), Some(PREDICTOR), true),
        (json!(8), Some(PREDICTOR), false),
        (json!(7), Some("regex"), false),
        (json!(null), Some(PREDICTOR), false),
        (json!(7), None, false),
    ] {
        assert_eq!(
            is_from(LogoId(7), predictor, &data(id.clone())),
            is_its,
            "{id}"
        );
    }
}

#[test]
fn a_former_claim_is_outdated() {
    let annotated = Logo {
        annotation_kind: Some("label".to_owned()),
        taxonomy_value: Some("en:organic".to_owned()),
        ..logo()
    };
    let stored = |id: i32, value_tag: &str| StoredPrediction {
        id: PredictionId(id),
        product: product_of(&annotated).unwrap(),
        source_image: None,
        timestamp: NaiveDateTime::default(),
        prediction: Prediction {
            value_tag: Some(value_tag.to_owned()),
            ..prediction(&annotated, "v1").unwrap()
        },
    };
    let rows = [stored(1, "en:organic"), stored(2, "en:other")];
    let claim = prediction(&annotated, "v2");
    assert_eq!(
        outdated(&annotated, claim.as_ref(), &rows),
        [PredictionId(2)]
    );
    let all = [PredictionId(1), PredictionId(2)];
    assert_eq!(outdated(&annotated, None, &rows), all);
}
