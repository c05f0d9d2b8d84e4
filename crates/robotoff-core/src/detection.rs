//! Stored runs of models become predictions (`docs/reference/pipeline.md` 4.4.5, 4.4.11 and
//! 4.4.13).
//!
//! The output of a model and its consequences are two steps: a run that is stored is read
//! again at will, without the model.

use serde_json::{Map, Value, json};

use crate::image::ImagePrediction;
use crate::prediction::{Prediction, PredictionKind};

/// A model whose runs become predictions of one kind.
#[derive(Debug)]
pub struct DetectionModel {
    /// Name in stored runs.
    pub name: &'static str,
    /// Name in predictions.
    pub predictor: &'static str,
    pub kind: PredictionKind,
    predictions: fn(&Value) -> Vec<Prediction>,
}

/// Grades of the Nutri-Score.
pub const NUTRISCORE: DetectionModel = DetectionModel {
    name: "nutriscore",
    predictor: "nutriscore",
    kind: PredictionKind::Label,
    predictions: nutriscore,
};

/// Lists of ingredients.
pub const INGREDIENT_DETECTION: DetectionModel = DetectionModel {
    name: "ingredient_detection",
    predictor: "ingredient_detection",
    kind: PredictionKind::IngredientDetection,
    predictions: ingredient_lists,
};

/// Nutrition tables that were read.
pub const NUTRITION_EXTRACTOR: DetectionModel = DetectionModel {
    name: "nutrition_extractor",
    predictor: "nutrition_extractor",
    kind: PredictionKind::NutrientExtraction,
    predictions: nutrition,
};

/// Images of a barcode. Stored runs are of OpenCV (`docs/reference/ocr.md` 4.15) or of this
/// program, and have the same form.
pub const UPC_IMAGE: DetectionModel = DetectionModel {
    name: "upc-opencv",
    predictor: "upc-opencv",
    kind: PredictionKind::IsUpcImage,
    predictions: upc_image,
};

/// Version of the runs of this program.
pub const BARCODE_READER_VERSION: &str = "upc-robotoff-1.0";

/// Kind of the runs in the column `type`.
pub const UPC_IMAGE_RUN: &str = "upc_image";

/// An image shows little else than a barcode if that covers a larger share of it.
const MIN_UPC_AREA: f32 = 0.09;

/// A barcode that was read on an image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageBarcode {
    /// `EAN-13`, `UPC-A`, `EAN-8` or `UPC-E`.
    pub symbology: String,
    pub code: String,
    /// Corners of its bars, in pixels of the image.
    pub polygon: Vec<(f32, f32)>,
    /// Share of the image that they cover.
    pub area: f32,
}

/// Data of a run that found these barcodes: the largest decides.
pub fn upc_image_data(barcodes: &[ImageBarcode]) -> Value {
    let largest = barcodes.iter().max_by(|a, b| a.area.total_cmp(&b.area));
    let Some(barcode) = largest else {
        return json!({"polygon": null, "area": 0, "class": "NO_UPC"});
    };
    let class = if barcode.area > MIN_UPC_AREA {
        "UPC_IMAGE"
    } else {
        "SMALL_UPC"
    };
    json!({
        "polygon": barcode.polygon,
        "area": barcode.area,
        "class": class,
        "barcode": barcode.code,
        "symbology": barcode.symbology,
    })
}

/// Below this a grade is not believed.
const MIN_GRADE_SCORE: f64 = 0.5;

impl DetectionModel {
    /// Predictions of a run. Data of an unexpected form have none.
    pub fn predictions(&self, run: &ImagePrediction) -> Vec<Prediction> {
        let mut predictions = self.predictions_of(&run.data);
        for prediction in &mut predictions {
            prediction.predictor_version = Some(run.model_version.clone().into());
        }
        predictions
    }

    /// The same for the data of a run that is not stored.
    pub fn predictions_of(&self, data: &Value) -> Vec<Prediction> {
        let mut predictions = (self.predictions)(data);
        for prediction in &mut predictions {
            prediction.automatic_processing = Some(false);
            prediction.predictor = Some(self.predictor.into());
        }
        predictions
    }
}

/// The grade, where exactly one is seen: a label with all five letters shows none.
fn nutriscore(data: &Value) -> Vec<Prediction> {
    let objects = data.get("objects").and_then(Value::as_array);
    let score = |object: &Value| object.get("score").and_then(Value::as_f64);
    let certain: Vec<&Value> = objects
        .into_iter()
        .flatten()
        .filter(|object| score(object).is_some_and(|score| score >= MIN_GRADE_SCORE))
        .collect();
    let [object] = certain[..] else {
        return Vec::new();
    };
    let label = object.get("label").and_then(Value::as_str);
    let grade = label.and_then(|label| label.strip_prefix("nutriscore-"));
    let Some(grade) = grade.filter(|grade| ["a", "b", "c", "d", "e"].contains(grade)) else {
        return Vec::new();
    };
    let area = object.get("bounding_box").cloned().unwrap_or_default();
    vec![Prediction {
        value_tag: Some(format!("en:nutriscore-grade-{grade}")),
        data: Map::from_iter([("bounding_box".to_owned(), area)]),
        confidence: score(object),
        ..Prediction::new(PredictionKind::Label)
    }]
}

/// Lists whose ingredients were parsed, each under its language.
fn ingredient_lists(data: &Value) -> Vec<Prediction> {
    let entities = data.get("entities").and_then(Value::as_array);
    let prediction = |entity: &Value| {
        let members = entity.as_object()?;
        members
            .get("ingredients_n")
            .filter(|number| number.is_u64())?;
        let lang = members.get("lang")?.get("lang")?.as_str()?;
        let known = members.get("fraction_known_ingredients");
        Some(Prediction {
            value_tag: Some(lang.to_owned()),
            data: members.clone(),
            confidence: known.and_then(Value::as_f64),
            ..Prediction::new(PredictionKind::IngredientDetection)
        })
    };
    entities
        .into_iter()
        .flatten()
        .filter_map(prediction)
        .collect()
}

fn nutrition(data: &Value) -> Vec<Prediction> {
    let nutrients = data.get("nutrients").and_then(Value::as_object);
    let Some(nutrients) = nutrients.filter(|nutrients| !nutrients.is_empty()) else {
        return Vec::new();
    };
    let entities = data.get("entities");
    let processed = entities.and_then(|entities| entities.get("postprocessed"));
    let members = Map::from_iter([
        ("nutrients".to_owned(), json!(nutrients)),
        ("entities".to_owned(), json!({"postprocessed": processed})),
    ]);
    vec![Prediction {
        data: members,
        ..Prediction::new(PredictionKind::NutrientExtraction)
    }]
}

fn upc_image(data: &Value) -> Vec<Prediction> {
    if data["class"] != "UPC_IMAGE" {
        return Vec::new();
    }
    let member = |name: &str| (name.to_owned(), data[name].clone());
    vec![Prediction {
        data: Map::from_iter([member("area"), member("polygon")]),
        ..Prediction::new(PredictionKind::IsUpcImage)
    }]
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;
    use crate::image::{Image, ImageId, ImagePredictionId};
    use crate::product::SourceImage;

    fn run(data: Value) -> ImagePrediction {
        ImagePrediction {
            id: ImagePredictionId(1),
            kind: "object_detection".to_owned(),
            model_name: "model".to_owned(),
            model_version: "model-1.0".to_owned(),
            data,
            timestamp: Some(NaiveDateTime::default()),
            max_confidence: None,
            image: Image {
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
            },
        }
    }

    fn tags(model: &DetectionModel, data: Value) -> Vec<Option<String>> {
        let predictions = model.predictions(&run(data)).into_iter();
        predictions.map(|prediction| prediction.value_tag).collect()
    }

    #[test]
    fn a_grade_is_a_label_where_exactly_one_is_seen() {
        let object = |label: &str, score: f64| json!({"label": label, "score": score});
        let grade = |objects: Value| tags(&NUTRISCORE, json!({"objects": objects}));
        let c = vec![Some("en:nutriscore-grade-c".to_owned())];
        let (c_object, a_object) = (object("nutriscore-c", 0.5), object("nutriscore-a", 0.9));
        assert_eq!(grade(json!([c_object, object("nutriscore-a", 0.4)])), c);
        assert_eq!(grade(json!([c_object, a_object])), []);
        assert_eq!(grade(json!([object("nutriscore-x", 0.9)])), []);
        assert_eq!(grade(json!({"odd": 1})), []);
        let found = NUTRISCORE.predictions(&run(json!({"objects": [a_object]})));
        assert_eq!(found[0].predictor_version.as_deref(), Some("model-1.0"));
        assert_eq!(
            (found[0].confidence, found[0].automatic_processing),
            (Some(0.9), Some(false))
        );
    }

    #[test]
    fn lists_that_were_parsed_are_predictions_of_their_language() {
        let parsed = json!({"lang": {"lang": "fr"}, "ingredients_n": 2, "text": "eau, sel",
            "fraction_known_ingredients": 0.5});
        let data = json!({"entities": [parsed, {"lang": {"lang": "fr"}, "text": "x"}, null]});
        let found = INGREDIENT_DETECTION.predictions(&run(data));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].data["text"], "eau, sel");
        assert_eq!(found[0].confidence, Some(0.5));
    }

    #[test]
    fn only_an_image_that_a_barcode_dominates_is_one() {
        let barcode = |area: f32| ImageBarcode {
            symbology: "EAN-13".to_owned(),
            code: "3017620422003".to_owned(),
            polygon: vec![(0.0, 0.5), (4.0, 0.5), (4.0, 2.0)],
            area,
        };
        for (areas, class, predictions) in [
            (&[][..], "NO_UPC", 0),
            (&[0.09], "SMALL_UPC", 0),
            (&[0.02, 0.1], "UPC_IMAGE", 1),
        ] {
            let barcodes: Vec<ImageBarcode> = areas.iter().copied().map(barcode).collect();
            let data = upc_image_data(&barcodes);
            assert_eq!(data["class"], class);
            let found = UPC_IMAGE.predictions(&run(data.clone()));
            assert_eq!(found.len(), predictions, "{data}");
            for prediction in found {
                let expected = json!({"area": data["area"], "polygon": data["polygon"]});
                assert_eq!(Value::Object(prediction.data), expected);
                assert_eq!(prediction.value_tag, None);
            }
        }
    }

    #[test]
    fn a_table_without_nutrients_is_none() {
        let data = json!({"nutrients": {"fat_100g": {"value": "3.1"}},
            "entities": {"raw": [1], "postprocessed": [2]}});
        let found = NUTRITION_EXTRACTOR.predictions(&run(data));
        assert_eq!(found[0].data["entities"], json!({"postprocessed": [2]}));
        assert_eq!(found[0].confidence, None);
        assert_eq!(
            tags(&NUTRITION_EXTRACTOR, json!({"error": "missing_text"})),
            []
        );
    }
}
