//! Content of an insight that does not depend on its kind (`docs/reference/pipeline.md`
//! 1.4 step 6, 1.4.5).

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::geometry::{ImageSize, RelativeBox};
use crate::insight::claim::{Candidate, Draft};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightId};
use crate::insight::rules::InsightRules;
use crate::json;
use crate::policy::{self, EffectivePolicy};
use crate::product::{Product, SourceImage};

/// A new insight.
pub(super) fn draft(facts: &Facts<'_>, rules: &dyn InsightRules, candidate: &Candidate) -> Draft {
    let nameless = InsightId(Uuid::nil());
    let blank = Insight::new(nameless, facts.product_id.clone(), rules.kind(), facts.now);
    let mut insight = filled(facts, rules, blank, candidate);
    insight.username = annotator(&insight.data);
    if let Some(campaigns) = &candidate.campaigns {
        insight.campaigns = Some(campaigns.clone());
    }
    Draft {
        insight,
        origins: candidate.origins.clone(),
    }
}

/// The insight with the content of the candidate; `None` when it is equal already.
pub(super) fn refreshed(
    facts: &Facts<'_>,
    rules: &dyn InsightRules,
    insight: &Insight,
    candidate: &Candidate,
) -> Option<Insight> {
    let mut fresh = filled(facts, rules, insight.clone(), candidate);
    // Campaigns depend on the product: without it the old ones stay.
    if let (Some(campaigns), Some(_)) = (&candidate.campaigns, facts.found()) {
        fresh.campaigns = Some(campaigns.clone());
    }
    let is_changed = !is_same(insight, &fresh);
    fresh.timestamp = Some(facts.now);
    is_changed.then_some(fresh)
}

fn is_same(a: &Insight, b: &Insight) -> bool {
    let same_box = match (&a.bounding_box, &b.bounding_box) {
        (Some(a), Some(b)) => json::is_same(a, b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let same_data = json::is_same(
        &Value::Object(a.data.clone()),
        &Value::Object(b.data.clone()),
    );
    let rest = |insight: &Insight| Insight {
        bounding_box: None,
        data: Map::new(),
        ..insight.clone()
    };
    same_box && same_data && rest(a) == rest(b)
}

fn filled(
    facts: &Facts<'_>,
    rules: &dyn InsightRules,
    start: Insight,
    candidate: &Candidate,
) -> Insight {
    let effective_policy = facts.policy.effective_policy(
        rules.kind(),
        candidate.predictor.as_deref(),
        candidate.value_tag.as_deref(),
    );
    let data = with_relative_box(candidate, facts.found());
    let area = data
        .get("bounding_box")
        .filter(|area| !area.is_null())
        .cloned();
    let mut insight = Insight {
        value: candidate.value.clone(),
        value_tag: candidate.value_tag.clone(),
        source_image: candidate.source_image.clone(),
        predictor: candidate.predictor.clone(),
        predictor_version: candidate.predictor_version.clone(),
        confidence: candidate.confidence.map(single),
        process_after: process_after(facts, &start, candidate, &effective_policy),
        automatic_processing: candidate.automatic,
        reserved_barcode: facts.product_id.barcode.is_reserved(),
        bounding_box: area.or(start.bounding_box),
        lc: candidate.lc.clone().or(start.lc),
        data,
        ..start
    };
    if let Some(product) = facts.found() {
        insight.countries = Some(product.countries_tags.clone());
        insight.brands = Some(product.brands_tags.clone());
        insight.unique_scans_n = product.unique_scans_n;
    }
    let product_has_image = || {
        facts
            .found()
            .map(|product| !product.images.uploaded.is_empty())
    };
    insight.with_image = match rules.shows_source() {
        true => Some(insight.source_image.is_some()),
        false => product_has_image().or(insight.with_image),
    };
    insight
}

/// Time from which the insight may be applied. The delay starts when the claim becomes
/// automatic; refreshes do not extend it.
fn process_after(
    facts: &Facts<'_>,
    start: &Insight,
    candidate: &Candidate,
    effective_policy: &EffectivePolicy,
) -> Option<NaiveDateTime> {
    let wait: TimeDelta = effective_policy.delay.unwrap_or(facts.wait);
    let from_now = || facts.now.checked_add_signed(wait).or(Some(facts.now));
    match candidate.automatic {
        true => start.process_after.or_else(from_now),
        false => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the column has single precision"
)]
const fn single(confidence: f64) -> f32 {
    confidence as f32
}

/// Data with a box in fractions instead of pixels. A box is dropped when the size of its
/// image is unknown (`docs/reference/pipeline.md` 11.1, 8).
fn with_relative_box(candidate: &Candidate, product: Option<&Product>) -> Map<String, Value> {
    let mut data = candidate.data.clone();
    let Some(product) = product else {
        return data;
    };
    if let Some(pixels) = data.shift_remove("bounding_box_absolute") {
        let size = full_size(product, candidate.source_image.as_ref());
        let area = size.and_then(|size| RelativeBox::of_pixels(&pixels, size));
        data.insert(
            "bounding_box".to_owned(),
            area.map_or(Value::Null, RelativeBox::to_json),
        );
    }
    data
}

fn full_size(product: &Product, image: Option<&SourceImage>) -> Option<ImageSize> {
    product.images.uploaded(image?.image_id()?)?.size
}

/// User who annotated the logo of the claim.
fn annotator(data: &Map<String, Value>) -> Option<String> {
    let is_annotation = data.get("is_annotation").and_then(Value::as_bool) == Some(true);
    let username = data.get("username").and_then(Value::as_str);
    username
        .filter(|name| is_annotation && !name.is_empty())
        .map(str::to_owned)
}

/// True for the share of automatic claims that people are asked about for review.
pub(super) fn is_audited(
    facts: &Facts<'_>,
    rules: &dyn InsightRules,
    candidate: &Candidate,
    effective_policy: &EffectivePolicy,
) -> bool {
    let name = candidate
        .value_tag
        .as_deref()
        .or(candidate.value.as_deref());
    let kind = rules.kind();
    let claim = format!("{} {kind} {}", facts.product_id, name.unwrap_or_default());
    policy::is_audited(effective_policy.audit_share, &claim)
}
