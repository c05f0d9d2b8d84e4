//! The neural category classifier: members of a product and embeddings of its images become
//! tensors, scores of classes become categories (`docs/reference/ml.md` 6).

mod ocr_ingredients;

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

pub use ocr_ingredients::OcrIngredients;

use super::clip::DIMENSIONS;
use super::{ModelOutputError, Tensor, TensorValues};
use crate::taxonomy::{Node, Taxonomy, deepest};

/// Name of the model on a server.
pub const MODEL: &str = "category-classifier-keras-image-embeddings-3.0";
/// Version in answers and predictions.
pub const VERSION: &str = "keras-image-embeddings-3.0";
/// Predictor of its predictions.
pub const PREDICTOR: &str = "neural";

/// Most images of a product that are read: the latest ones.
pub const MAX_IMAGES: usize = 10;

/// Lowest confidence of a category, where the caller names none.
pub const THRESHOLD: f32 = 0.5;

/// A category that the model knows, and nobody wants.
const NEVER_PREDICTED: &str = "en:meats-and-their-products";

/// Nutrients that the model reads: the names of its tensors.
const NUTRIENTS: [&str; 9] = [
    "fat",
    "saturated_fat",
    "carbohydrates",
    "sugars",
    "fiber",
    "proteins",
    "salt",
    "energy_kcal",
    "fruits_vegetables_nuts",
];

/// Nutrient whose values are kilocalories instead of grams.
const ENERGY: &str = "energy_kcal";

/// Tensor values of a nutrient that is not stated, and of one that cannot be.
const ABSENT: f32 = -1.0;
const IMPOSSIBLE: f32 = -2.0;

/// Members of a product that the model reads.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CategoryFeatures {
    pub product_name: String,
    /// Ids of the taxonomy: the outermost ingredients of the list.
    pub ingredients_tags: Vec<String>,
    /// Ids of ingredients that the texts of images name.
    pub ingredients_ocr_tags: Vec<String>,
    /// Values for 100 g by the name of the tensor.
    pub nutrients: BTreeMap<String, f64>,
    /// Embeddings of the images, the latest first.
    pub image_embeddings: Vec<Vec<f32>>,
}

impl CategoryFeatures {
    /// Values for 100 g by the name of the tensor, from names such as `energy-kcal_100g`.
    pub fn nutrients_of<'n>(
        nutriments: impl IntoIterator<Item = (&'n str, f64)>,
    ) -> BTreeMap<String, f64> {
        let known = nutriments.into_iter().filter_map(|(name, value)| {
            let name = name.strip_suffix("_100g").unwrap_or(name).replace('-', "_");
            NUTRIENTS.contains(&&*name).then_some((name, value))
        });
        known.collect()
    }

    /// Input tensors of one product.
    pub fn inputs(&self) -> Vec<Tensor> {
        let names = vec![self.product_name.clone().into_bytes()];
        let mut tensors = vec![
            Tensor::new("product_name", [1, 1], TensorValues::Bytes(names)),
            tags("ingredients_tags", &self.ingredients_tags),
            tags("ingredients_ocr_tags", &self.ingredients_ocr_tags),
        ];
        tensors.extend(NUTRIENTS.iter().map(|name| {
            let value = self.nutrient(name);
            Tensor::new(name, [1, 1], TensorValues::F32(vec![value]))
        }));
        let mut embeddings: Vec<f32> = self
            .image_embeddings
            .iter()
            .take(MAX_IMAGES)
            .flatten()
            .copied()
            .collect();
        embeddings.resize(MAX_IMAGES * DIMENSIONS, 0.0);
        // Without images the first of the empty ones counts: the model needs one.
        let images = self.image_embeddings.len().clamp(1, MAX_IMAGES);
        let mask = (0..MAX_IMAGES).map(|image| f32::from(u8::from(image < images)));
        tensors.push(Tensor::new(
            "image_embeddings",
            [1, MAX_IMAGES, DIMENSIONS],
            TensorValues::F32(embeddings),
        ));
        tensors.push(Tensor::new(
            "image_embeddings_mask",
            [1, MAX_IMAGES],
            TensorValues::F32(mask.collect()),
        ));
        tensors
    }

    /// The features as answers show them: without embeddings, whose number is shown.
    pub fn to_json(&self) -> Value {
        let mut shown = Map::new();
        shown.insert("product_name".to_owned(), json!(self.product_name));
        for (name, tags) in [
            ("ingredients_tags", &self.ingredients_tags),
            ("ingredients_ocr_tags", &self.ingredients_ocr_tags),
        ] {
            let tags = if tags.is_empty() {
                json!([""])
            } else {
                json!(tags)
            };
            shown.insert(name.to_owned(), tags);
        }
        for name in NUTRIENTS {
            shown.insert(name.to_owned(), json!(self.nutrient(name)));
        }
        let images = self.image_embeddings.len().min(MAX_IMAGES);
        shown.insert("num_images".to_owned(), json!(images));
        Value::Object(shown)
    }

    fn nutrient(&self, name: &str) -> f32 {
        let limit = if name == ENERGY { 3800.0 } else { 101.0 };
        match self.nutrients.get(name) {
            None => ABSENT,
            // A cast to `f32` rounds.
            Some(value) if (0.0..limit).contains(value) => *value as f32,
            Some(_) => IMPOSSIBLE,
        }
    }
}

fn tags(name: &str, tags: &[String]) -> Tensor {
    let mut values: Vec<Vec<u8>> = tags.iter().map(|tag| tag.clone().into_bytes()).collect();
    if values.is_empty() {
        values.push(Vec::new());
    }
    Tensor::new(name, [1, values.len()], TensorValues::Bytes(values))
}

/// Confidences of the categories around a predicted one: `None` for those that the model does
/// not know.
pub type CategoryNeighbors = BTreeMap<String, Option<f32>>;

/// A predicted category.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuralCategory {
    /// The id in the taxonomy.
    pub value_tag: String,
    pub confidence: f32,
    pub parents: CategoryNeighbors,
    pub children: CategoryNeighbors,
    pub siblings: CategoryNeighbors,
}

impl NeuralCategory {
    /// The confidences around the category, as stored in predictions.
    pub fn neighbors_to_json(&self) -> Value {
        let shown = |neighbors: &CategoryNeighbors| -> Map<String, Value> {
            let shown = neighbors.iter().map(|(id, confidence)| {
                let confidence = confidence.map(f64::from);
                (id.clone(), json!(confidence))
            });
            shown.collect()
        };
        json!({
            "parents": shown(&self.parents),
            "children": shown(&self.children),
            "siblings": shown(&self.siblings),
        })
    }
}

/// Categories of the taxonomy with at least this confidence, the best first. Those that the
/// taxonomy does not know any more are left out.
///
/// # Errors
/// The outputs are not one confidence for each label, or hold what is none.
pub fn categories(
    outputs: &[Tensor],
    taxonomy: &Taxonomy,
    threshold: f32,
) -> Result<Vec<NeuralCategory>, ModelOutputError> {
    let [scores, labels] = outputs else {
        let missing = outputs.len().min(1);
        return Err(ModelOutputError::Missing(format!("output_{missing}")));
    };
    let confidences = scores.finite()?;
    let labels = labels.texts()?;
    if confidences.len() != labels.len() {
        return Err(scores.wrong_shape(format!("[1, {}], one for each label", labels.len())));
    }
    let by_id: BTreeMap<&str, f32> = labels
        .into_iter()
        .zip(confidences.iter().copied())
        .collect();
    let mut found: Vec<NeuralCategory> = by_id
        .iter()
        .filter(|(id, confidence)| **confidence >= threshold && **id != NEVER_PREDICTED)
        .filter_map(|(id, confidence)| {
            let node = taxonomy.node(id)?;
            Some(with_neighbors(node, *confidence, &by_id))
        })
        .collect();
    // Stable: equal confidences stay in the order of their ids.
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    Ok(found)
}

/// The categories without those of which a narrower one is among them.
pub fn deepest_categories(found: Vec<NeuralCategory>, taxonomy: &Taxonomy) -> Vec<NeuralCategory> {
    let nodes: Vec<Node<'_>> = found
        .iter()
        .filter_map(|category| taxonomy.node(&category.value_tag))
        .collect();
    let deepest: HashSet<&str> = deepest(&nodes).iter().map(|node| node.id()).collect();
    let mut found = found;
    found.retain(|category| deepest.contains(category.value_tag.as_str()));
    found
}

fn with_neighbors(node: Node<'_>, confidence: f32, by_id: &BTreeMap<&str, f32>) -> NeuralCategory {
    let known = |node: Node<'_>| (node.id().to_owned(), by_id.get(node.id()).copied());
    let siblings = node.parents().flat_map(Node::children);
    let siblings = siblings.filter(|sibling| sibling.id() != node.id());
    NeuralCategory {
        value_tag: node.id().to_owned(),
        confidence,
        parents: node.parents().map(known).collect(),
        children: node.children().map(known).collect(),
        siblings: siblings.map(known).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Keep;

    const TAXONOMY: &str = r#"{
        "en:meats": {"name": {"en": "Meats"}},
        "en:hams": {"name": {"en": "Hams"}, "parents": ["en:meats"]},
        "en:sausages": {"name": {"en": "Sausages"}, "parents": ["en:meats"]},
        "en:meats-and-their-products": {"name": {"en": "Meats and their products"}}
    }"#;

    fn taxonomy() -> Taxonomy {
        Taxonomy::from_json(TAXONOMY.as_bytes(), Keep::All).expect("a taxonomy")
    }

    fn outputs(scores: &[(&str, f32)]) -> [Tensor; 2] {
        let (labels, confidences): (Vec<_>, Vec<_>) = scores
            .iter()
            .map(|(label, score)| (label.as_bytes().to_vec(), *score))
            .unzip();
        [
            Tensor::new(
                "output_0",
                [1, scores.len()],
                TensorValues::F32(confidences),
            ),
            Tensor::new("output_1", [scores.len()], TensorValues::Bytes(labels)),
        ]
    }

    #[test]
    fn a_name_alone_leaves_the_other_features_empty() {
        let features = CategoryFeatures {
            product_name: "Jambon".to_owned(),
            ..CategoryFeatures::default()
        };
        let inputs = features.inputs();
        assert_eq!(inputs.len(), 14);
        assert_eq!(inputs[1].values, TensorValues::Bytes(vec![Vec::new()]));
        assert!((3..12).all(|at| inputs[at].values == TensorValues::F32(vec![-1.0])));
        assert_eq!(inputs[12].shape, [1, 10, 512]);
        let mask = inputs[13].finite().expect("numbers");
        assert_eq!(mask[..2], [1.0, 0.0]);
        let shown = features.to_json();
        assert_eq!(
            (&shown["num_images"], &shown["salt"]),
            (&json!(0), &json!(-1.0))
        );
        assert_eq!(shown["ingredients_tags"], json!([""]));
    }

    #[test]
    fn impossible_nutrients_are_marked() {
        let nutriments = [
            ("energy-kcal_100g", 3800.0),
            ("saturated-fat_100g", 3.5),
            ("fat_100g", -1.0),
            ("salt_100g", f64::NAN),
            ("sodium_100g", 1.0),
        ];
        let features = CategoryFeatures {
            nutrients: CategoryFeatures::nutrients_of(nutriments),
            image_embeddings: vec![vec![1.0; DIMENSIONS]; 12],
            ..CategoryFeatures::default()
        };
        for (name, expected) in [
            ("energy_kcal", -2.0),
            ("saturated_fat", 3.5),
            ("fat", -2.0),
            ("salt", -2.0),
            ("sugars", -1.0),
        ] {
            assert_eq!(features.nutrient(name), expected, "{name}");
        }
        assert!(!features.nutrients.contains_key("sodium"));
        let inputs = features.inputs();
        assert_eq!(inputs[12].values.len(), MAX_IMAGES * DIMENSIONS);
        assert_eq!(inputs[13].values, TensorValues::F32(vec![1.0; MAX_IMAGES]));
    }

    #[test]
    fn confident_categories_of_the_taxonomy_are_predicted() {
        let outputs = outputs(&[
            ("en:meats", 0.9),
            ("en:hams", 0.7),
            ("en:forgotten", 0.99),
            ("en:meats-and-their-products", 0.99),
            ("en:sausages", 0.1),
        ]);
        let taxonomy = taxonomy();
        let found = categories(&outputs, &taxonomy, 0.5).expect("a well-formed output");
        let ids: Vec<&str> = found.iter().map(|found| &*found.value_tag).collect();
        assert_eq!(ids, ["en:meats", "en:hams"]);
        let around = found[1].neighbors_to_json();
        assert_eq!(around["parents"]["en:meats"], json!(f64::from(0.9f32)));
        assert_eq!(around["siblings"]["en:sausages"], json!(f64::from(0.1f32)));
        let deepest = deepest_categories(found, &taxonomy);
        assert_eq!(deepest.len(), 1);
        assert_eq!(deepest[0].value_tag, "en:hams");
    }

    #[test]
    fn odd_outputs_are_errors() {
        let taxonomy = taxonomy();
        let [scores, labels] = outputs(&[("en:meats", f32::NAN)]);
        let [_, two] = outputs(&[("en:meats", 0.1), ("en:hams", 0.1)]);
        for odd in [
            vec![],
            vec![scores.clone()],
            vec![scores.clone(), labels.clone()],
            vec![labels.clone(), scores],
            vec![outputs(&[("en:meats", 0.1)])[0].clone(), two],
        ] {
            assert!(categories(&odd, &taxonomy, 0.5).is_err());
        }
    }
}
