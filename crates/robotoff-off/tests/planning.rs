//! Insights of real products, planned from invented predictions: twice, in two
//! orders, and after everything was answered or edited.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use robotoff_core::insight::{
    Answer, Facts, Insight, InsightId, InsightKind, InsightPlan, Verdict, answer, plan,
};
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::policy::Policy;
use robotoff_core::prediction::{Prediction, PredictionId, PredictionKind, StoredPrediction};
use robotoff_core::product::{Barcode, Lookup, Product, ProductId, ServerType, SourceImage};
use robotoff_off::data::DataSource;
use robotoff_off::file;
use serde_json::{Value, json};
use uuid::Uuid;

/// The largest sample unpacks to a tenth of it.
const MAX_BYTES: u64 = 512 << 20;

/// Every edit of so many products is tried; of the others none.
const EDITED: usize = 60;

/// `ROBOTOFF_SHARED`, by default `../shared`; absent with `CI=true` is a failure.
fn data() -> Option<PathBuf> {
    let found = robotoff_testbed::shared().map(|shared| shared.join("data"));
    assert!(
        found.is_some() || std::env::var("CI").as_deref() != Ok("true"),
        "there is no data folder"
    );
    if found.is_none() {
        eprintln!("not tested: set ROBOTOFF_SHARED");
    }
    found
}

fn documents(data: &std::path::Path) -> Vec<Value> {
    let path = data.join("products/off_600.jsonl.gz");
    let bytes = file::read(&path, MAX_BYTES).expect("the products are whole");
    let text = String::from_utf8(bytes).expect("the products are text");
    let documents = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("one product"));
    documents.collect()
}

/// As it is; with nutrition of schema 1003; with the new form of pictures; with
/// three photos of which front, ingredients and nutrition are selected.
fn variants(document: &Value) -> [Value; 4] {
    let mut nutrition = document.clone();
    nutrition["schema_version"] = json!(1003);
    nutrition["nutrition"] = json!({"input_sets": [{"preparation": "as_sold", "per": "100g",
        "source": "packaging", "nutrients": {"salt": {"value": 0.5, "unit": "g"}}}]});
    let photo = json!({"uploaded_t": 1_519_297_019, "sizes": {"full": {"w": 900, "h": 1200}}});
    let mut new_form = nutrition.clone();
    new_form["images"] = json!({"uploaded": {"1": photo, "2": photo}, "selected": {}});
    let mut selected = document.clone();
    selected["images"] = json!({"1": photo, "2": photo, "3": photo,
        "front_fr": {"imgid": "1", "rev": "4"}, "ingredients_fr": {"imgid": "2", "rev": "5"},
        "nutrition_fr": {"imgid": "3", "rev": "6"}});
    [document.clone(), nutrition, new_form, selected]
}

/// Every kind of prediction, of photos 1 to 3 and of none.
fn sayings() -> Vec<(PredictionKind, Value)> {
    let tag = |kind, tag: &str| (kind, json!({"value_tag": tag}));
    let value = |kind, value: &str| (kind, json!({"value": value, "automatic_processing": true}));
    let named = |kind, tag: &str| (kind, json!({"value": tag, "value_tag": tag}));
    let item =
        json!([{"raw": "x", "languages": ["fr"], "bounding_box_absolute": [10, 20, 30, 40]}]);
    let numbers = json!([{"raw": "3 kJ"}, {"raw": "1 g"}, {"raw": "2 g"}]);
    let mentions =
        json!({"salt": item, "fat": item, "sugar": item, "fiber": item, "nutrient_value": numbers});
    let element =
        json!({"shape": {"value_tag": "en:bottle"}, "material": {"value_tag": "en:glass"}});
    let nutrients = json!({"salt_100g": {"value": "1.5", "unit": "g"}});
    let turned = json!({"orientation": "right", "rotation": 270, "count": {"right": 30}});
    let text = json!({"text": "eau, sel", "fraction_known_ingredients": 1.0});
    let correction = json!({"original": "farin", "correction": "farine"});
    vec![
        tag(PredictionKind::Label, "en:organic"),
        tag(PredictionKind::Label, "en:eu-organic"),
        tag(PredictionKind::Label, "en:vegan"),
        tag(PredictionKind::Category, "en:teas"),
        tag(PredictionKind::Category, "en:beverages"),
        value(PredictionKind::PackagerCode, "FR 40.261.001 CE"),
        value(PredictionKind::ProductWeight, "250 g"),
        value(PredictionKind::ProductWeight, "300 g"),
        value(PredictionKind::ExpirationDate, "2027-01-31"),
        named(PredictionKind::Brand, "no-such-brand"),
        named(PredictionKind::Store, "no-such-store"),
        (
            PredictionKind::Packaging,
            json!({"value": "bottle", "data": {"element": element}}),
        ),
        tag(PredictionKind::IsUpcImage, "true"),
        (
            PredictionKind::NutrientMention,
            json!({"data": {"mentions": mentions}}),
        ),
        (PredictionKind::ImageOrientation, json!({"data": turned})),
        (
            PredictionKind::NutrientExtraction,
            json!({"data": {"nutrients": nutrients}}),
        ),
        (
            PredictionKind::IngredientDetection,
            json!({"value_tag": "fr", "data": text}),
        ),
        (
            PredictionKind::IngredientSpellcheck,
            json!({"value_tag": "fr", "data": correction}),
        ),
    ]
}

fn predictions(product: &ProductId) -> Vec<StoredPrediction> {
    let photos = [None, Some(1), Some(2), Some(3)];
    let all = photos
        .iter()
        .flat_map(|photo| sayings().into_iter().map(move |said| (photo, said)));
    let stored = |(id, (photo, (kind, said))): (i32, (&Option<u32>, (PredictionKind, Value)))| {
        let mut document = serde_json::to_value(Prediction::new(kind)).expect("a prediction");
        for (name, value) in said.as_object().expect("members") {
            document[name] = value.clone();
        }
        StoredPrediction {
            id: PredictionId(id),
            product: product.clone(),
            source_image: photo.map(|photo| SourceImage::new(&format!("/300/{photo}.jpg"))),
            timestamp: Default::default(),
            prediction: serde_json::from_value(document).expect("a prediction"),
        }
    };
    (1..).zip(all).map(stored).collect()
}

/// One product with all that is known of it.
struct World<'a> {
    knowledge: &'a Knowledge,
    policy: Policy,
    id: ProductId,
    product: Lookup,
}

impl World<'_> {
    fn facts(&self, second: i64) -> Facts<'_> {
        let now = chrono::DateTime::from_timestamp(second, 0).expect("a time");
        Facts {
            product_id: &self.id,
            product: &self.product,
            knowledge: self.knowledge,
            policy: &self.policy,
            now: now.naive_utc(),
            wait: chrono::TimeDelta::minutes(10),
            detections: &[],
        }
    }

    fn plan(
        &self,
        second: i64,
        kind: InsightKind,
        known: &[Insight],
        seen: &[StoredPrediction],
    ) -> InsightPlan {
        plan(kind, &self.facts(second), known, seen).expect("everything is loaded")
    }

    /// All kinds; the new insights get names from here on.
    fn import(
        &self,
        second: i64,
        mut known: Vec<Insight>,
        seen: &[StoredPrediction],
    ) -> Vec<Insight> {
        for kind in InsightKind::ALL {
            let plan = self.plan(second, kind, &known, seen);
            known.retain(|insight| !plan.delete.contains(&insight.id));
            for fresh in plan.update {
                let old = known.iter_mut().find(|old| old.id == fresh.id);
                *old.expect("it was there") = fresh;
            }
            for draft in plan.create {
                let number = Uuid::from_u64_pair(second.unsigned_abs(), known.len() as u64);
                known.push(draft.named(InsightId(number)));
            }
        }
        known
    }
}

fn id_of(document: &Value) -> ProductId {
    let code = document["code"].as_str().expect("a code");
    ProductId {
        barcode: Barcode::as_stored(code).expect("a code"),
        server_type: ServerType::Off,
    }
}

fn check(world: &mut World<'_>, document: &Value, with_edits: bool) {
    let seen = predictions(&world.id);
    let first = world.import(1, Vec::new(), &seen);
    let shown = format!("{} {}", world.id, document["images"]);
    assert_eq!(
        world.import(2, first.clone(), &seen),
        first,
        "imported again: {shown}"
    );
    let mut reversed = seen.clone();
    reversed.reverse();
    assert_eq!(
        world.import(1, Vec::new(), &reversed),
        first,
        "in another order: {shown}"
    );
    // Two votes for each; every third is answered.
    let mut voted = first;
    for (index, insight) in voted.iter_mut().enumerate() {
        insight.n_votes = 2;
        insight.verdict = (index % 3 == 0).then_some(Verdict::Rejected);
    }
    assert_eq!(
        world.import(3, voted.clone(), &seen),
        voted,
        "no vote is lost: {shown}"
    );
    // The rest is accepted, one after the other; each edit changes the product.
    let open: Vec<Insight> = voted
        .iter()
        .filter(|insight| with_edits && insight.is_open())
        .cloned()
        .collect();
    for insight in &open {
        accept(world, insight, &voted, &seen, &shown);
    }
}

/// What a yes asks for is done; then the insight goes, and no other one is touched
/// but those that the edit makes needless.
fn accept(
    world: &mut World<'_>,
    insight: &Insight,
    known: &[Insight],
    seen: &[StoredPrediction],
    shown: &str,
) {
    let applied = answer::edits(&world.facts(4), insight, &Answer::Accept);
    let Ok(applied) = applied else {
        panic!("{shown}: {insight:?}: {applied:?}");
    };
    let before = world.product.clone();
    let Lookup::Found(product) = &mut world.product else {
        panic!("there is a product");
    };
    for change in &applied.changes {
        edit(product, change);
        assert_ne!(change.is_done(product), Some(false), "{shown}: {change:?}");
    }
    let after = world.import(5, known.to_vec(), seen);
    let is_there = after.iter().any(|left| left.id == insight.id);
    assert!(
        !is_there,
        "{shown}: {insight:?} is still asked after {:?}",
        applied.changes
    );
    for old in known
        .iter()
        .filter(|old| !old.is_open() || old.kind != insight.kind)
    {
        let left = after.iter().find(|left| left.id == old.id);
        let is_kept = left.is_some_and(|left| left.n_votes == old.n_votes);
        let is_about_pictures = old.source_image.is_some() && has_picture_change(&applied.changes);
        assert!(
            is_kept || is_about_pictures,
            "{shown}: {old:?} is lost after {insight:?}"
        );
    }
    world.product = before;
}

fn has_picture_change(changes: &[robotoff_core::edit::ProductChange]) -> bool {
    use robotoff_core::edit::ProductChange as Change;
    let is_one = |change: &Change| {
        matches!(
            change,
            Change::SelectImage { .. } | Change::UnselectImage { .. }
        )
    };
    changes.iter().any(is_one)
}

/// As Product Opener would.
fn edit(product: &mut Product, change: &robotoff_core::edit::ProductChange) {
    use robotoff_core::edit::ProductChange as Change;
    use robotoff_core::product::{PackagingElement, SelectedImage};
    match change.clone() {
        Change::AddCategory { tag } => product.categories_tags.push(tag),
        Change::AddLabel { tag } => product.labels_tags.push(tag),
        Change::AddBrand { tag, .. } => product.brands_tags.extend(tag),
        Change::AddStore { tag, .. } => product.stores_tags.extend(tag),
        Change::AddPackagerCode { code } => product.emb_codes_tags.push(code),
        Change::SetQuantity { value } => product.quantity = Some(value),
        Change::SetExpirationDate { value } => product.expiration_date = Some(value),
        Change::AddPackaging {
            shape,
            material,
            recycling,
            ..
        } => product.packagings.push(PackagingElement {
            shape: Some(shape),
            material,
            recycling,
        }),
        Change::SetIngredients { lc, text, .. } => {
            product.ingredients_text.insert(lc, text);
        }
        Change::SetNutrients { per, nutrients, .. } => {
            let values = nutrients
                .iter()
                .map(|n| (n.name.clone(), json!({"value": n.value, "unit": n.unit})));
            let set = json!({"preparation": "as_sold", "per": per, "source": "packaging",
                "nutrients": values.collect::<serde_json::Map<_, _>>()});
            let nutrition = json!({"input_sets": [set]});
            product.nutrition = nutrition.as_object().cloned();
        }
        Change::SelectImage {
            number,
            key,
            angle,
            crop,
        } => {
            product.images.selected.retain(|image| image.key != key);
            product.images.selected.push(SelectedImage {
                key,
                imgid: Some(number),
                rev: Some("9".to_owned()),
                angle: Some(angle),
                crop,
                coordinates_image_size: Some("full".to_owned()),
                sizes: Vec::new(),
            });
        }
        Change::UnselectImage { key } => product.images.selected.retain(|image| image.key != key),
        Change::DeleteImage { number } => product
            .images
            .uploaded
            .retain(|image| image.number != number),
    }
}

#[test]
fn plans_of_real_products_are_stable() {
    let Some(data) = data() else {
        return;
    };
    let parts: std::collections::BTreeSet<Part> = InsightKind::ALL
        .iter()
        .flat_map(|kind| kind.rules().parts())
        .copied()
        .collect();
    let knowledge = DataSource::Folder(data.clone())
        .load(parts)
        .expect("the data are whole");
    let (mut planned, mut made, mut duration) = (0_u32, 0, Duration::ZERO);
    for (index, document) in documents(&data).into_iter().enumerate() {
        for variant in variants(&document) {
            let id = id_of(&variant);
            let product = Product::from_json(id.clone(), variant.clone()).expect("a product");
            let mut world = World {
                knowledge: &knowledge,
                policy: Policy::default(),
                id,
                product: Lookup::Found(Box::new(product)),
            };
            let seen = predictions(&world.id);
            let start = Instant::now();
            made += world.import(1, Vec::new(), &seen).len();
            duration += start.elapsed();
            planned += 1;
            check(&mut world, &variant, index < EDITED);
        }
    }
    let rate = f64::from(planned) / duration.as_secs_f64();
    println!("{planned} products, {made} insights: {rate:.0} products a second on one core");
    assert!(made > 10_000, "only {made} insights were made");
}
