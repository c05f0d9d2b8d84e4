//! Insights that tests begin with, each of a product of its own.

use robotoff_core::insight::Insight;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::ProductId;
use serde_json::json;

use crate::test_app::{TestApp, label};

impl TestApp {
    /// A product with an open insight that asks for `en:organic`.
    pub(crate) async fn label_question(&self, product: &ProductId) -> Insight {
        self.label_insight(product, None).await
    }

    /// A product with an open insight that is applied without a person after
    /// [`AUTOMATIC_WAIT`].
    pub(crate) async fn automatic_label(&self, product: &ProductId) -> Insight {
        self.label_insight(product, Some("regex")).await
    }

    /// A product with an open insight whose edit unselects its image in two places.
    pub(crate) async fn upc_question(&self, product: &ProductId) -> Insight {
        let selected = json!({"imgid": "1"});
        let images = json!({"1": {}, "front_fr": selected, "packaging_fr": selected});
        self.products.insert(product, json!({"images": images}));
        let prediction = Prediction::new(PredictionKind::IsUpcImage);
        self.only_insight(product, prediction).await
    }

    /// A product with an open insight whose edit sets ingredients and selects their image.
    pub(crate) async fn ingredients_insight(&self, product: &ProductId) -> Insight {
        self.products.insert(product, json!({"images": {"1": {}}}));
        let mut prediction = Prediction::new(PredictionKind::IngredientDetection);
        prediction.value_tag = Some("fr".to_owned());
        let data = json!({"text": "eau, sel", "fraction_known_ingredients": 1.0});
        prediction.data = data.as_object().expect("members").clone();
        self.only_insight(product, prediction).await
    }

    /// The insight that a prediction on image 1 leads to.
    async fn only_insight(&self, product: &ProductId, prediction: Prediction) -> Insight {
        self.store_prediction(product, Some("/1.jpg"), prediction)
            .await;
        let refreshed = self.app.imports.refresh(product, None).await;
        refreshed.expect("a refresh");
        self.products.take_reads();
        let mut insights = self.snapshot(product).await.insights;
        assert_eq!(insights.len(), 1, "{insights:?}");
        insights.remove(0)
    }

    async fn label_insight(&self, product: &ProductId, predictor: Option<&'static str>) -> Insight {
        self.products.insert(product, json!({"images": {"1": {}}}));
        let prediction = label("en:organic", predictor);
        self.store_prediction(product, Some("/1.jpg"), prediction)
            .await;
        self.app
            .imports
            .refresh(product, None)
            .await
            .expect("a refresh");
        let insights = self.snapshot(product).await.insights;
        let label = insights
            .into_iter()
            .find(|insight| insight.value_tag.as_deref() == Some("en:organic"));
        self.products.take_reads();
        label.expect("an insight of the label")
    }
}
