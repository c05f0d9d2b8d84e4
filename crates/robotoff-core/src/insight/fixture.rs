//! Fixture for tests of rules: a product, predictions and insights in few words.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Applied, Facts, Insight, InsightId, InsightKind, InsightPlan, Refusal, Verdict, answer, plan,
};
use crate::brand_prefix::BrandPrefixes;
use crate::image::ImagePrediction;
use crate::knowledge::{Knowledge, LexiconKind, TaxonomyKind};
use crate::lexicon::Lexicon;
use crate::policy::Policy;
use crate::prediction::{Prediction, PredictionId, PredictionKind, StoredPrediction};
use crate::product::{Barcode, Lookup, Product, ProductId, ServerType, SourceImage};
use crate::taxonomy::{Keep, Taxonomy};

/// The input of rules.
pub(super) struct Fixture {
    pub id: ProductId,
    pub product: Lookup,
    pub knowledge: Knowledge,
    pub policy: Policy,
    pub detections: Vec<ImagePrediction>,
    pub now: NaiveDateTime,
}

pub(super) fn seconds(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(seconds, 0).unwrap().naive_utc()
}

impl Fixture {
    /// Products are not requested.
    pub(super) fn unchecked() -> Self {
        let barcode = Barcode::as_stored("3001234567890").unwrap();
        Self {
            id: ProductId {
                barcode,
                server_type: ServerType::Off,
            },
            product: Lookup::Unchecked,
            knowledge: knowledge(),
            policy: Policy::default(),
            detections: Vec::new(),
            now: seconds(1000),
        }
    }

    /// The product does not exist.
    pub(super) fn absent() -> Self {
        Self {
            product: Lookup::Absent,
            ..Self::unchecked()
        }
    }

    /// A product with photos 1 to 4 of 100 by 200 pixels, and these members.
    pub(super) fn on(mut document: Value) -> Self {
        let mut images = json!({});
        for number in 1..=4 {
            images[number.to_string()] = json!({"sizes": {"full": {"w": 100, "h": 200}}});
        }
        if let Some(selected) = document["images"].as_object().cloned() {
            images.as_object_mut().unwrap().extend(selected);
        }
        document["images"] = images;
        let blank = Self::unchecked();
        let product = Product::from_json(blank.id.clone(), document).unwrap();
        Self {
            product: Lookup::Found(Box::new(product)),
            ..blank
        }
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            product_id: &self.id,
            product: &self.product,
            knowledge: &self.knowledge,
            policy: &self.policy,
            now: self.now,
            wait: TimeDelta::seconds(600),
            detections: &self.detections,
        }
    }

    /// A prediction from a photo (0: from none); members as on the wire.
    pub(super) fn prediction(
        &self,
        id: i32,
        kind: PredictionKind,
        photo: u32,
        members: Value,
    ) -> StoredPrediction {
        let mut document = serde_json::to_value(Prediction::new(kind)).unwrap();
        for (name, value) in members.as_object().unwrap() {
            document[name] = value.clone();
        }
        StoredPrediction {
            id: PredictionId(id),
            product: self.id.clone(),
            source_image: (photo > 0).then(|| SourceImage::new(&format!("/300/{photo}.jpg"))),
            timestamp: seconds(0),
            prediction: serde_json::from_value(document).unwrap(),
        }
    }

    pub(super) fn plan(
        &self,
        kind: InsightKind,
        existing: &[Insight],
        predictions: &[StoredPrediction],
    ) -> InsightPlan {
        plan(kind, &self.facts(), existing, predictions).unwrap()
    }

    /// Insights that are created, one line each: claim, photo, automatic or not.
    pub(super) fn created(
        &self,
        kind: InsightKind,
        predictions: &[StoredPrediction],
    ) -> Vec<String> {
        let plan = self.plan(kind, &[], predictions);
        plan.create
            .iter()
            .map(|draft| line(draft.insight()))
            .collect()
    }

    /// Dispositions of predictions, by identifier.
    pub(super) fn dispositions(
        &self,
        kind: InsightKind,
        predictions: &[StoredPrediction],
    ) -> Vec<String> {
        let plan = self.plan(kind, &[], predictions);
        let words = plan
            .dispositions
            .iter()
            .map(|(id, disposition)| format!("{} {}", id.0, disposition.code()));
        words.collect()
    }

    /// Edits that follow from a yes, or from a given value.
    pub(super) fn accept(
        &self,
        insight: &Insight,
        given: Option<Value>,
    ) -> Result<Applied, Refusal> {
        answer::accept(&self.facts(), insight, given.as_ref())
    }

    /// Result code of a refusal, or the changes as on the wire.
    pub(super) fn outcome(&self, insight: &Insight, given: Option<Value>) -> Value {
        match self.accept(insight, given) {
            Ok(applied) => serde_json::to_value(applied.changes).unwrap(),
            Err(refusal) => refusal.result().code().into(),
        }
    }

    /// An open insight; members as in the database.
    pub(super) fn insight(&self, number: u128, kind: InsightKind, members: Value) -> Insight {
        let id = InsightId(Uuid::from_u128(number));
        let text = |name: &str| members[name].as_str().map(str::to_owned);
        Insight {
            value: text("value"),
            value_tag: text("value_tag"),
            source_image: members["photo"]
                .as_u64()
                .map(|n| SourceImage::new(&format!("/300/{n}.jpg"))),
            data: members["data"].as_object().cloned().unwrap_or_default(),
            n_votes: members["n_votes"].as_i64().unwrap_or(0).try_into().unwrap(),
            automatic_processing: members["automatic"] == true,
            process_after: (members["automatic"] == true).then(|| seconds(500)),
            verdict: members["verdict"]
                .as_i64()
                .and_then(|code| Verdict::from_code(code.try_into().unwrap())),
            ..Insight::new(id, self.id.clone(), kind, seconds(0))
        }
    }
}

/// `value|tag photo automatic`.
pub(super) fn line(insight: &Insight) -> String {
    let name = insight.value_tag.as_deref().or(insight.value.as_deref());
    let photo = insight
        .source_image
        .as_ref()
        .map_or("-", |image| image.image_id().unwrap_or("?"));
    let automatic = if insight.automatic_processing {
        " automatic"
    } else {
        ""
    };
    format!("{} {photo}{automatic}", name.unwrap_or("-"))
}

fn knowledge() -> Knowledge {
    let node = |name: &str, parents: &[&str]| json!({"name": {"en": name}, "parents": parents});
    let labels = json!({
        "en:organic": {"name": {"en": "Organic", "fr": "Bio"}, "synonyms": {"fr": ["Biologique"]}},
        "en:eu-organic": node("EU Organic", &["en:organic"]),
        "fr:ab": node("AB", &["en:eu-organic"]),
        "en:vegan": node("Vegan", &[]),
        "en:eu-agriculture": node("EU Agriculture", &[]),
    });
    let categories = json!({
        "en:beverages": node("Beverages", &[]),
        "en:teas": {"name": {"en": "Teas", "fr": "Thés"}, "parents": ["en:beverages"],
            "agribalyse_food_code": {"en": "18020"}},
        "en:snacks": node("Snacks", &[]),
    });
    let shapes = json!({
        "en:box": node("Box", &[]), "en:pizza-box": node("Pizza box", &["en:box"]),
        "en:tube": node("Tube", &[]), "en:tablespoon": node("Tablespoon", &[]),
        "en:bottle": node("Bottle", &[]), "en:tray": node("Tray", &[]),
    });
    let materials = json!({
        "en:plastic": node("Plastic", &[]), "en:ldpe": node("LDPE", &["en:plastic"]),
        "en:glass": node("Glass", &[]),
    });
    let recycling = json!({
        "en:recycle": node("Recycle", &[]), "en:reuse": node("Reuse", &["en:recycle"]),
    });
    let taxonomies = [
        (TaxonomyKind::Labels, labels),
        (TaxonomyKind::Categories, categories),
        (TaxonomyKind::PackagingShapes, shapes),
        (TaxonomyKind::PackagingMaterials, materials),
        (TaxonomyKind::PackagingRecycling, recycling),
    ];
    let lists = [
        (LexiconKind::LabelAllowances, "fr:ab\nfr:biologique\n"),
        (LexiconKind::BrandExclusions, "natura\n"),
    ];
    let prefixes = br#"[["boni", "3001234xxxxxx"], ["acme", "9991234xxxxxx"]]"#;
    let mut knowledge = Knowledge::default()
        .with_brand_prefixes(Arc::new(BrandPrefixes::from_json(prefixes).unwrap()));
    for (kind, document) in taxonomies {
        let document = document.to_string();
        let taxonomy = Taxonomy::from_json(document.as_bytes(), Keep::All).unwrap();
        knowledge = knowledge.with_taxonomy(kind, Arc::new(taxonomy));
    }
    for (kind, text) in lists {
        let list = Lexicon::parse("test", text, kind.shape()).unwrap();
        knowledge = knowledge.with_lexicon(kind, Arc::new(list));
    }
    knowledge
}
