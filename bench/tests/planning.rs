//! Insights of real products, planned from invented predictions: twice, in two
//! orders, and after everything was answered or edited.

use std::time::{Duration, Instant};

use robotoff_bench::invented::{self, documents, edit, id_of, variants};
use robotoff_core::edit::ProductChange;
use robotoff_core::insight::{
    Facts, Insight, InsightId, InsightKind, InsightPlan, Verdict, answer, plan,
};
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::policy::Policy;
use robotoff_core::prediction::{Prediction, PredictionId, StoredPrediction};
use robotoff_core::product::{Lookup, Product, ProductId, SourceImage};
use robotoff_off::data::DataSource;
use serde_json::Value;
use uuid::Uuid;

/// Every edit of so many products is tried; of the others none.
const EDITED: usize = 60;

/// Something of every kind, of photos 1 to 3 and of none.
fn predictions(product: &ProductId) -> Vec<StoredPrediction> {
    let photos = [None, Some(1), Some(2), Some(3)];
    let all = photos.into_iter().flat_map(|photo| {
        let predictions = invented::predictions().into_iter();
        predictions.map(move |prediction| (photo, prediction))
    });
    let stored = |(id, (photo, prediction)): (i32, (Option<u32>, Prediction))| StoredPrediction {
        id: PredictionId(id),
        product: product.clone(),
        source_image: photo.map(|photo| SourceImage::new(&format!("/300/{photo}.jpg"))),
        timestamp: Default::default(),
        prediction,
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

/// The edits of a yes are made; then the insight goes, and no other one is affected
/// but those that the edit makes needless.
fn accept(
    world: &mut World<'_>,
    insight: &Insight,
    known: &[Insight],
    seen: &[StoredPrediction],
    shown: &str,
) {
    let applied = answer::accept(&world.facts(4), insight, None);
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
        let is_about_images = old.source_image.is_some() && has_image_change(&applied.changes);
        assert!(
            is_kept || is_about_images,
            "{shown}: {old:?} is lost after {insight:?}"
        );
    }
    world.product = before;
}

fn has_image_change(changes: &[ProductChange]) -> bool {
    use ProductChange as Change;
    let is_one = |change: &Change| {
        matches!(
            change,
            Change::SelectImage { .. } | Change::UnselectImage { .. }
        )
    };
    changes.iter().any(is_one)
}

#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn plans_of_real_products_are_stable() {
    let data = robotoff_testbed::shared_data();
    let parts: std::collections::BTreeSet<Part> = InsightKind::ALL
        .iter()
        .flat_map(|kind| kind.rules().parts())
        .copied()
        .collect();
    let knowledge = DataSource::Folder(data.clone())
        .load(parts)
        .expect("the data are whole");
    let (mut planned, mut made, mut duration) = (0_u32, 0, Duration::ZERO);
    for (index, document) in documents(&data).unwrap().into_iter().enumerate() {
        for variant in variants(&document) {
            let id = id_of(&variant).unwrap();
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
