//! Tests of tables by the nutrients that are named on a photo.

use chrono::NaiveDateTime;
use serde_json::json;

use super::*;
use crate::extract::Extractors;
use crate::image::{Image, ImageId, ImagePrediction, ImagePredictionId};
use crate::insight::fixture::Fixture;
use crate::knowledge::Knowledge;
use crate::ocr::OcrResult;
use crate::product::SourceImage;

const TABLE: InsightKind = InsightKind::NutritionImage;

/// Mentions of nutrients in French and in German, and of values.
fn mentions(nutrients: &[&str], values: &[&str]) -> Value {
    let mut mentions = json!({});
    for name in nutrients {
        mentions[name] = json!([{"raw": name, "languages": ["fr", "de"],
            "bounding_box_absolute": [20, 30, 40, 50]}, {"raw": name, "languages": ["fr"]},
            {"raw": name, "languages": ["de"]}]);
    }
    let item = |raw: &&str| json!({"raw": raw, "bounding_box_absolute": [60, 20, 80, 45]});
    mentions["nutrient_value"] = values.iter().map(item).collect();
    json!({"data": {"mentions": mentions}})
}

fn seen(fixture: &Fixture, mentions: Value) -> Vec<StoredPrediction> {
    let turn = json!({"data": {"orientation": "right", "rotation": 270}});
    vec![
        fixture.prediction(1, PredictionKind::NutrientMention, 1, mentions),
        fixture.prediction(2, PredictionKind::ImageOrientation, 1, turn),
    ]
}

const FOUR: [&str; 4] = ["salt", "sugar", "fat", "energy"];
const VALUES: [&str; 3] = ["162 KJ", "3 g", "4 g"];

#[test]
fn a_table_names_enough_nutrients_values_and_energy() {
    let french = || json!({"lang": "fr"});
    for (document, nutrients, values, dispositions) in [
        (
            french(),
            &FOUR[..],
            &VALUES[..],
            &["1 other_language", "1 insight", "2 supports"][..],
        ),
        (french(), &FOUR[..3], &VALUES, &["1 no_table", "2 supports"]),
        (french(), &FOUR, &VALUES[..2], &["1 no_table", "2 supports"]),
        (
            french(),
            &FOUR,
            &["1 g", "3 g", "4 g"],
            &["1 no_energy", "2 supports"],
        ),
        (
            json!({"lang": "fr", "images": {"nutrition_fr": {"imgid": "2"}}}),
            &FOUR,
            &VALUES,
            &["1 other_language", "1 already_on_product", "2 supports"],
        ),
        (
            json!({"lang": "it"}),
            &FOUR,
            &VALUES,
            &["1 other_language", "1 other_language", "2 supports"],
        ),
    ] {
        let fixture = Fixture::on(document.clone());
        let seen = seen(&fixture, mentions(nutrients, values));
        assert_eq!(
            fixture.dispositions(TABLE, &seen),
            dispositions,
            "{document} {nutrients:?} {values:?}"
        );
    }
    let fixture = Fixture::unchecked();
    let seen = seen(&fixture, mentions(&FOUR, &VALUES));
    assert_eq!(
        fixture.created(TABLE, &seen),
        ["de 1 automatic", "fr 1 automatic"]
    );
    assert_eq!(fixture.dispositions(TABLE, &seen[..1]), ["1 incomplete"]);
}

/// Spanish, Portuguese, Danish, Norwegian, Swedish, Czech and Slovak tables.
const TABLES: [(&str, &str); 7] = [
    (
        "es",
        "Información nutricional\nEnergía 450 kJ\nLípidos 5 g de los cuales saturados 1 g\n\
         hidratos de carbono 12 g\nproteínas 3 g\nsal 1 g\nazúcares 2 g",
    ),
    (
        "pt",
        "Informação nutricional\nEnergia 450 kJ\nLípidos 5 g dos quais saturados 1 g\n\
         hidratos de carbono 12 g\nproteínas 3 g\nsal 1 g\naçúcares 2 g",
    ),
    (
        "da",
        "Energi 450 kJ\nFedt 5 g\nheraf mættede fedtsyrer 1 g\nKulhydrat 12 g\n\
         heraf sukkerarter 2 g\nProtein 3 g\nSalt 1 g",
    ),
    (
        "nb",
        "Energi 450 kJ\nFett 5 g\nhvorav mettede fettsyrer 1 g\nKarbohydrat 12 g\n\
         hvorav sukkerarter 2 g\nProtein 3 g\nSalt 1 g",
    ),
    (
        "sv",
        "Energi 450 kJ\nFett 5 g\nvarav mättat fett 1 g\nKolhydrat 12 g\n\
         varav sockerarter 2 g\nProtein 3 g\nSalt 1 g",
    ),
    (
        "cs",
        "Energie 450 kJ\nTuky 5 g\nz toho nasycené mastné kyseliny 1 g\nSacharidy 12 g\n\
         z toho cukry 2 g\nBílkoviny 3 g\nSůl 1 g",
    ),
    (
        "sk",
        "Energia 450 kJ\nTuky 5 g\nz toho nasýtené mastné kyseliny 1 g\nSacharidy 12 g\n\
         z toho cukry 2 g\nBielkoviny 3 g\nSoľ 1 g",
    ),
];

/// Predictions of a photo with this text.
fn read(fixture: &Fixture, text: &str) -> Vec<StoredPrediction> {
    let kinds = [PredictionKind::NutrientMention];
    let extractors = Extractors::build(&Knowledge::default(), &kinds).unwrap();
    let found = extractors.find(&OcrResult::from_text(text));
    let said = json!({"data": found[0].data});
    seen(fixture, said)
}

#[test]
fn a_table_is_of_its_language_and_not_of_a_close_one() {
    for (lc, text) in TABLES {
        for (lang, _) in TABLES {
            let fixture = Fixture::on(json!({"lang": lang}));
            let created = fixture.created(TABLE, &read(&fixture, text));
            let expected = (lang == lc).then(|| format!("{lc} 1 automatic"));
            assert_eq!(
                created,
                Vec::from_iter(expected),
                "{lc} on a product in {lang}"
            );
        }
    }
}

#[test]
fn a_table_in_two_close_languages_is_of_both() {
    let fixture = Fixture::unchecked();
    for (pair, text) in [
        (
            "es pt",
            "Energía / Energia 450 kJ\nGrasas / Lípidos 5 g\nde las cuales saturadas / dos quais \
             saturados 1 g\nHidratos de carbono 12 g\nazúcares / açúcares 2 g\nSal 1 g",
        ),
        (
            "cs sk",
            "Energie/Energia 450 kJ Tuky 5 g z toho nasycené mastné kyseliny/z toho nasýtené mastné \
             kyseliny 1 g Sacharidy 12 g Bílkoviny/Bielkoviny 3 g Sůl/Soľ 1 g",
        ),
    ] {
        let created = fixture.created(TABLE, &read(&fixture, text)).join(" ");
        let expected = pair.split(' ').map(|lc| format!("{lc} 1 automatic"));
        assert_eq!(created, expected.collect::<Vec<_>>().join(" "), "{text}");
    }
}

#[test]
fn a_table_of_words_that_two_languages_share_needs_a_person() {
    let text = "Energia 450 kJ\nLípidos 5 g\nhidratos de carbono 12 g\nproteínas 3 g\nsal 1 g";
    for (lang, expected) in [("es", vec!["es 1"]), ("pt", vec!["pt 1"]), ("it", vec![])] {
        let fixture = Fixture::on(json!({"lang": lang}));
        assert_eq!(
            fixture.created(TABLE, &read(&fixture, text)),
            expected,
            "{lang}"
        );
    }
}

#[test]
fn both_predictions_must_be_of_one_photo() {
    let fixture = Fixture::unchecked();
    let mut seen = seen(&fixture, mentions(&FOUR, &VALUES));
    seen[1].source_image = Some(SourceImage::new("/300/2.jpg"));
    assert_eq!(
        fixture.dispositions(TABLE, &seen),
        ["1 incomplete", "2 incomplete"]
    );
}

#[test]
fn the_box_of_a_table_is_around_its_words_or_that_of_a_detector() {
    let mut fixture = Fixture::on(json!({"lang": "fr"}));
    let mut seen = seen(&fixture, mentions(&FOUR, &VALUES));
    let nutrient = json!({"data": {"nutrients": {}}});
    let made = |fixture: &Fixture, seen: &[StoredPrediction]| {
        let plan = fixture.plan(TABLE, &[], seen);
        Value::Object(plan.create[0].insight().data.clone())
    };
    let nutrients = json!(["energy", "fat", "salt", "sugar"]);
    let expected = json!({"priority": 2, "from_prediction_ids": {"nutrient_mention": 1},
        "rotation": 270, "bounding_box": [0.05, 0.1, 0.45, 0.6], "nutrients": nutrients});
    assert_eq!(made(&fixture, &seen), expected);
    seen.push(fixture.prediction(3, PredictionKind::Nutrient, 1, nutrient));
    let object =
        json!({"label": "nutrition-table", "score": 0.91, "bounding_box": [0.1, 0.2, 0.3, 0.4]});
    fixture.detections = vec![detection(vec![object.clone()])];
    let expected = json!({"priority": 1, "from_prediction_ids": {"nutrient_mention": 1, "nutrient": 3},
        "rotation": 270, "bounding_box": [0.1, 0.2, 0.3, 0.4], "crop_score": 0.91, "nutrients": nutrients});
    assert_eq!(made(&fixture, &seen), expected);
    fixture.detections = vec![detection(vec![object.clone(), object])];
    assert_eq!(
        made(&fixture, &seen)["bounding_box"],
        json!([0.05, 0.1, 0.45, 0.6])
    );
}

fn detection(objects: Vec<Value>) -> ImagePrediction {
    let image = Image {
        id: ImageId(1),
        barcode: "3001234567890".to_owned(),
        uploaded_at: None,
        number: "1".to_owned(),
        source_image: SourceImage::new("/300/1.jpg"),
        width: 100,
        height: 200,
        deleted: false,
        server_type: None,
        fingerprint: None,
    };
    ImagePrediction {
        id: ImagePredictionId(1),
        kind: "object_detection".to_owned(),
        model_name: "nutrition_table".to_owned(),
        model_version: "1".to_owned(),
        data: json!({"objects": objects}),
        timestamp: Some(NaiveDateTime::default()),
        max_confidence: Some(0.91),
        image,
    }
}

#[test]
fn a_yes_selects_the_photo_unless_there_is_one() {
    let data = json!({"rotation": 90, "bounding_box": [0.1, 0.2, 0.5, 0.4]});
    let select = |crop: Value| json!([{"change": "select_image", "number": "1", "key": "nutrition_fr", "angle": 90, "crop": crop}]);
    for (document, data, photo, expected) in [
        (
            json!({}),
            data.clone(),
            1,
            select(json!([100.0, 20.0, 180.0, 40.0])),
        ),
        (
            json!({}),
            json!({"rotation": 90, "bounding_box": null}),
            1,
            select(json!(null)),
        ),
        (json!({}), json!({"rotation": 45}), 1, json!(11)),
        (
            json!({"images": {"nutrition_fr": {"imgid": "2"}}}),
            data.clone(),
            1,
            json!(5),
        ),
        (json!({}), data.clone(), 9, json!(8)),
        (json!({}), data, 0, json!(8)),
    ] {
        let fixture = Fixture::on(document.clone());
        let mut said = json!({"value_tag": "fr", "data": data, "photo": photo});
        if photo == 0 {
            said["photo"] = Value::Null;
        }
        let insight = fixture.insight(1, TABLE, said);
        assert_eq!(
            fixture.outcome(&insight, None),
            expected,
            "{document} {data} {photo}"
        );
    }
}
