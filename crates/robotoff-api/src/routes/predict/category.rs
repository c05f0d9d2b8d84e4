//! `POST /api/v1/predict/category`: categories by the neural model
//! (`docs/reference/api.md` 2.15), and by the name of the product.

use std::collections::BTreeMap;

use axum::extract::State;
use robotoff_app::search::{CategoryPredictors, NamedProduct, SearchUses};
use robotoff_core::product::{Barcode, Lookup, Product, ProductId, ServerType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Nutrients that the model reads.
const NUTRIMENTS: [&str; 9] = [
    "fat_100g",
    "saturated-fat_100g",
    "carbohydrates_100g",
    "sugars_100g",
    "fiber_100g",
    "proteins_100g",
    "salt_100g",
    "energy-kcal_100g",
    "fruits-vegetables-nuts_100g",
];
/// Categories by name of a response.
const MAX_MATCHES: usize = 10;
const DEFAULT_THRESHOLD: f64 = 0.5;

/// Image embeddings of a request, and numbers of each.
const MAX_EMBEDDINGS: usize = 10;
const EMBEDDING_NUMBERS: usize = 512;

/// A stored product, or the members of one: `barcode` or `product`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryRequest {
    #[schema(min_length = 1)]
    barcode: Option<String>,
    product: Option<CategoryInputs>,
    /// Leave out categories of which a narrower one is predicted.
    #[serde(default)]
    deepest_only: bool,
    /// Lowest confidence.
    #[schema(default = 0.5)]
    threshold: Option<f64>,
    #[expect(dead_code, reason = "the model that it names is not there")]
    neural_model_name: Option<NeuralModel>,
    /// The language of the product's name, for the matcher.
    #[schema(min_length = 1, default = "en")]
    lang: Option<String>,
    /// All that this installation has, when absent.
    predictors: Option<Vec<CategoryPredictor>>,
}

/// A way to predict categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CategoryPredictor {
    Neural,
    /// By the name of the product.
    Matcher,
    /// By a model of our own: names, brands, labels and ingredients.
    Local,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) enum NeuralModel {
    #[serde(rename = "keras_image_embeddings_3_0")]
    KerasImageEmbeddings,
}

/// Members of a product that the model reads.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryInputs {
    #[schema(min_length = 1)]
    product_name: Option<String>,
    ingredients_tags: Option<Vec<String>>,
    /// Text of each image.
    ocr: Option<Vec<String>>,
    /// At most 10 lists of 512 numbers.
    image_embeddings: Option<Vec<Vec<f32>>>,
    nutriments: Option<BTreeMap<String, f64>>,
}

/// Predicted categories, of each predictor that was wanted.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct CategoryPredictions {
    #[serde(skip_serializing_if = "Option::is_none")]
    neural: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matcher: Option<MatcherPredictions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<MatcherPredictions>,
}

/// Categories by the texts of the product, best first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatcherPredictions {
    predictions: Vec<MatchedCategory>,
}

/// A category by the texts of the product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchedCategory {
    /// The id in the taxonomy.
    value_tag: String,
    /// The share of right answers among those with this score.
    confidence: f32,
    /// The confidence from which this category is worth a question.
    threshold: f32,
}

impl CategoryRequest {
    fn check(&self) -> Result<(), &'static str> {
        match (&self.barcode, &self.product) {
            (Some(_), Some(_)) => Err("`barcode` and `product` exclude each other"),
            (None, None) => Err("`barcode` or `product` is required"),
            (Some(code), None) if code.is_empty() => Err("`barcode` may not be empty"),
            (Some(_), None) if self.lang.is_some() => Err("`lang` requires `product`"),
            _ if self.predictors.as_deref() == Some(&[]) => Err("`predictors` may not be empty"),
            (Some(_), None) => Ok(()),
            (None, Some(_)) if self.lang.as_deref() == Some("") => Err("`lang` may not be empty"),
            (None, Some(product)) => product.check(),
        }
    }
}

impl CategoryInputs {
    fn check(&self) -> Result<(), &'static str> {
        let is_empty = self.product_name.is_none()
            && self.ingredients_tags.is_none()
            && self.ocr.is_none()
            && self.image_embeddings.is_none()
            && self.nutriments.is_none();
        if is_empty {
            return Err("`product` may not be empty");
        }
        if self.product_name.as_deref() == Some("") {
            return Err("`product_name` may not be empty");
        }
        let embeddings = self.image_embeddings.as_deref().unwrap_or_default();
        let is_whole = |numbers: &Vec<f32>| numbers.len() == EMBEDDING_NUMBERS;
        if embeddings.len() > MAX_EMBEDDINGS || !embeddings.iter().all(is_whole) {
            return Err("`image_embeddings` must be at most 10 lists of 512 numbers");
        }
        let mut nutriments = self.nutriments.iter().flat_map(BTreeMap::keys);
        if !nutriments.all(|name| NUTRIMENTS.contains(&name.as_str())) {
            return Err("`nutriments` has an unknown name");
        }
        Ok(())
    }
}

/// Predicts the categories of a product.
#[utoipa::path(
    post,
    path = "/api/v1/predict/category",
    tag = "predict",
    params(("server_type" = Option<String>, Query, description = "only off")),
    request_body = CategoryRequest,
    responses(
        (status = OK, body = CategoryPredictions),
        (status = BAD_REQUEST, description = "a parameter, or the body, is wrong", body = ApiError),
        (status = NOT_FOUND, description = "there is no such product", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "the model is not there", body = ApiError),
    ),
)]
pub(crate) async fn category(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<CategoryPredictions>, ApiError> {
    let body: CategoryRequest = request.json()?;
    body.check().map_err(ApiError::invalid_body)?;
    if request.server_type()? != ServerType::Off {
        return Err(ApiError::bad_request_titled(
            "categories are only predicted for `server_type` off",
        ));
    }
    let named = named_product(&api, &body).await?;
    let wants = |predictor| match &body.predictors {
        Some(predictors) => predictors.contains(&predictor),
        None => predictor != CategoryPredictor::Neural && api.app.search.is_some(),
    };
    let is_any_missing = body.predictors.is_none() && api.app.search.is_none();
    if wants(CategoryPredictor::Neural) || is_any_missing {
        return Err(ApiError::missing_part("neural model for categories"));
    }
    let search = api.app.search.as_deref();
    let search = search.ok_or_else(|| ApiError::missing_part("category matcher"))?;
    let mut found = CategoryPredictions::default();
    if wants(CategoryPredictor::Matcher) {
        let by = CategoryPredictors::Matcher;
        found.matcher = Some(matched(search, by, named.clone(), &body).await?);
    }
    if wants(CategoryPredictor::Local) {
        // Where nobody asked for it by name, a model that is not there is left out.
        let is_optional = body.predictors.is_none();
        found.local = match matched(search, CategoryPredictors::Local, named, &body).await {
            Ok(found) => Some(found),
            Err(_) if is_optional => None,
            Err(_) => return Err(ApiError::missing_part("local model for categories")),
        };
    }
    Ok(Json(found))
}

/// The names of the product of a request.
async fn named_product(api: &Api, body: &CategoryRequest) -> Result<NamedProduct, ApiError> {
    if let Some(product) = &body.product {
        return Ok(NamedProduct {
            lang: body.lang.clone().unwrap_or_else(|| "en".to_owned()),
            product_name: product.product_name.clone().unwrap_or_default(),
            ingredients: ingredient_names(product.ingredients_tags.as_deref()),
            ..NamedProduct::default()
        });
    }
    let code = body.barcode.as_deref().unwrap_or_default();
    let barcode = Barcode::normalized(code)
        .map_err(|_| ApiError::invalid_body("`barcode` may not be empty"))?;
    let id = ProductId {
        barcode,
        server_type: ServerType::Off,
    };
    match api.app.ports.products.product(&id).await? {
        Lookup::Found(product) => Ok(names_of(&product)),
        Lookup::Absent | Lookup::Moved(_) | Lookup::Unchecked => Err(ApiError {
            description: Some(format!("there is no product {}", id.barcode)),
            ..ApiError::not_found()
        }),
    }
}

/// Ids of ingredients as the list that a label would print.
fn ingredient_names(tags: Option<&[String]>) -> String {
    let tags = tags.unwrap_or_default().iter();
    let names = tags.map(|tag| {
        let name = tag.split_once(':').map_or(tag.as_str(), |(_, name)| name);
        name.replace('-', " ")
    });
    names.collect::<Vec<String>>().join(", ")
}

fn names_of(product: &Product) -> NamedProduct {
    NamedProduct::of(product).unwrap_or_default()
}

/// The categories that a predictor finds above the threshold.
async fn matched(
    search: &SearchUses,
    by: CategoryPredictors,
    named: NamedProduct,
    body: &CategoryRequest,
) -> Result<MatcherPredictions, ApiError> {
    let categorizer = &search.categorizer;
    let found = categorizer.predict_by(by, vec![named], MAX_MATCHES).await?;
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    let threshold = body.threshold.unwrap_or(DEFAULT_THRESHOLD);
    found.retain(|found| f64::from(found.confidence) >= threshold);
    if body.deepest_only {
        found = search.categorizer.deepest(found).await?;
    }
    let predictions = found.into_iter().map(|found| MatchedCategory {
        value_tag: found.value_tag,
        confidence: found.confidence,
        threshold: found.threshold,
    });
    Ok(MatcherPredictions {
        predictions: predictions.collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_have_one_of_two_shapes() {
        let embedding = vec![0.0; 512];
        for (body, is_valid) in [
            (json!({"barcode": "1"}), true),
            (
                json!({"barcode": "1", "deepest_only": true, "threshold": 0.1}),
                true,
            ),
            (
                json!({"barcode": "1", "neural_model_name": "keras_image_embeddings_3_0"}),
                true,
            ),
            (json!({"barcode": ""}), false),
            (json!({"barcode": 1}), false),
            (json!({"barcode": "1", "lang": "fr"}), false),
            (json!({"barcode": "1", "neural_model_name": "x"}), false),
            (json!({"barcode": "1", "server_type": "off"}), false),
            (
                json!({"barcode": "1", "product": {"product_name": "a"}}),
                false,
            ),
            (json!({}), false),
            (json!({"product": {}}), false),
            (
                json!({"barcode": "1", "predictors": ["matcher", "neural"]}),
                true,
            ),
            (json!({"barcode": "1", "predictors": ["local"]}), true),
            (json!({"barcode": "1", "predictors": []}), false),
            (json!({"barcode": "1", "predictors": ["x"]}), false),
            (json!({"product": {"product_name": ""}}), false),
            (
                json!({"product": {"product_name": "a"}, "lang": "fr"}),
                true,
            ),
            (json!({"product": {"brand": "a"}}), false),
            (json!({"product": {"image_embeddings": [embedding]}}), true),
            (json!({"product": {"image_embeddings": [[1.0]]}}), false),
            (json!({"product": {"nutriments": {"fat_100g": 1}}}), true),
            (json!({"product": {"nutriments": {"iron_100g": 1}}}), false),
        ] {
            let request = serde_json::from_value::<CategoryRequest>(body.clone());
            let is_ok = request.is_ok_and(|request| request.check().is_ok());
            assert_eq!(is_ok, is_valid, "{body}");
        }
    }
}
