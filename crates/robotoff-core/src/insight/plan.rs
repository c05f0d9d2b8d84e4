//! Plan of the insights of one kind: which to create, update and delete
//! (`docs/reference/pipeline.md` 1.4, with the corrections of 11.1). Pure.
//!
//! Invariants. Planning twice changes nothing: the plan compares content, not time, so a
//! refresh without news writes nothing. An answered insight is never changed or deleted,
//! and it blocks candidates that conflict with it. An open insight lives as long as a
//! candidate supports it, even shortly before it is applied. It keeps identifier and
//! votes while its claim stays the same, also when the claim is read from a newer image;
//! it never gets another claim, because people voted on the one that they saw.
//!
//! Alternative: delete all open insights and create them anew. That loses votes, and a
//! client that shows a question would answer an identifier that is gone.
//!
//! Matching is greedy, best candidate first. Conflicts are not transitive (labels `a` and
//! `c` may both exclude `b`, but not each other), so the largest set without conflicts
//! would be a search; the order of `order.rs` decides instead, and the same input always
//! gives the same plan.

mod finish;
mod languages;
mod order;

use std::collections::BTreeSet;

use super::claim::{Candidate, Candidates, Claim, Draft};
use super::disposition::Disposition;
use super::facts::Facts;
use super::record::{Insight, InsightId, InsightKind};
use super::refusal::MissingPart;
use super::rules::InsightRules;
use crate::prediction::{PredictionId, PredictionKind, StoredPrediction};
use crate::product::Lookup;

/// Changes to the insights of one kind of one product.
#[derive(Debug, Default, PartialEq)]
pub struct InsightPlan {
    pub create: Vec<Draft>,
    /// New content; only insights that differ.
    pub update: Vec<Insight>,
    pub delete: Vec<InsightId>,
    /// Disposition of each prediction that was read, sorted by identifier. A prediction
    /// with several claims has several.
    pub dispositions: Vec<(PredictionId, Disposition)>,
}

impl InsightPlan {
    /// True when there is no change to write.
    pub const fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.delete.is_empty()
    }

    /// Dispositions of the predictions that make the claim of an insight: the reason for
    /// deleting it, where such a prediction still exists.
    pub fn dispositions_of_claim(
        &self,
        insight: &Insight,
        predictions: &[StoredPrediction],
    ) -> Vec<(PredictionId, Disposition)> {
        let Ok(kind) = InsightKind::try_from(insight.kind) else {
            return Vec::new();
        };
        let members = kind.rules().claim_members();
        let claims_it = |id: PredictionId| {
            let stored = predictions.iter().find(|stored| stored.id == id);
            stored.is_some_and(|stored| {
                let candidate = Candidate::of(stored);
                Claim::of_insight(insight).asserts_the_same(candidate.claim(), members)
            })
        };
        let of_claim = self.dispositions.iter().filter(|(id, _)| claims_it(*id));
        of_claim.cloned().collect()
    }
}

/// Plans the insights of a kind, given all insights and predictions of the product.
/// Insights and predictions of other products or kinds are ignored.
pub fn plan(
    kind: InsightKind,
    facts: &Facts<'_>,
    existing: &[Insight],
    predictions: &[StoredPrediction],
) -> Result<InsightPlan, MissingPart> {
    let rules = kind.rules();
    if let Some(part) = rules
        .parts()
        .iter()
        .find(|part| !facts.knowledge.has(**part))
    {
        return Err(MissingPart(*part));
    }
    let mut references: Vec<&Insight> = existing
        .iter()
        .filter(|insight| insight.kind == kind.into() && insight.product == *facts.product_id)
        .collect();
    references.sort_by_key(|insight| {
        (
            std::cmp::Reverse(insight.n_votes),
            insight.timestamp,
            insight.id,
        )
    });
    let mut read: Vec<&StoredPrediction> = predictions
        .iter()
        .filter(|stored| {
            rules.reads().contains(&stored.prediction.kind) && stored.product == *facts.product_id
        })
        .collect();
    order::sort_predictions(rules, &mut read);
    let mut found = without_rejected(rules, facts, find_candidates(rules, facts, &read));
    for candidate in &mut found.accepted {
        if candidate.lc.is_none() {
            candidate.lc = languages::of_evidence(candidate, predictions);
        }
    }
    Ok(matched(rules, facts, &references, found, &read))
}

/// Candidates of the rules, if the product exists, is food where the kind is about food,
/// and no required kind is missing.
fn find_candidates(
    rules: &dyn InsightRules,
    facts: &Facts<'_>,
    read: &[&StoredPrediction],
) -> Candidates {
    let all_are = |disposition: Disposition| Candidates {
        accepted: Vec::new(),
        rejected: read
            .iter()
            .map(|stored| (stored.id, disposition.clone()))
            .collect(),
    };
    match facts.product {
        Lookup::Absent => return all_are(Disposition::ProductMissing),
        Lookup::Moved(project) => return all_are(Disposition::ProductMoved(*project)),
        Lookup::Found(_) | Lookup::Unchecked => {}
    }
    if PredictionKind::from(rules.kind()).is_about_food() && !facts.is_food() {
        return all_are(Disposition::NotFood);
    }
    let is_missing = |kind: &&_| !read.iter().any(|stored| stored.prediction.kind == **kind);
    match rules.requires().iter().find(is_missing) {
        Some(kind) => all_are(Disposition::Incomplete(*kind)),
        None => rules.candidates(facts, read),
    }
}

/// Rejects candidates whose image is gone, and those that the policy stops.
fn without_rejected(rules: &dyn InsightRules, facts: &Facts<'_>, found: Candidates) -> Candidates {
    let mut usable = Candidates {
        accepted: Vec::new(),
        rejected: found.rejected,
    };
    for mut candidate in found.accepted {
        let effective_policy = facts.policy.effective_policy(
            rules.kind(),
            candidate.predictor.as_deref(),
            candidate.value_tag.as_deref(),
        );
        candidate.automatic &= effective_policy.automatic
            && !finish::is_audited(facts, rules, &candidate, &effective_policy);
        let disposition = if !effective_policy.enabled {
            Some(Disposition::PolicyOff)
        } else if candidate
            .confidence
            .is_some_and(|confidence| confidence < effective_policy.threshold)
        {
            Some(Disposition::BelowThreshold(effective_policy.threshold))
        } else {
            unusable_image(facts, &candidate)
        };
        let origin = candidate.origin();
        usable.add(origin, disposition.map_or(Ok(candidate), Err));
    }
    usable
}

fn unusable_image(facts: &Facts<'_>, candidate: &Candidate) -> Option<Disposition> {
    let (product, image) = (facts.found()?, candidate.source_image.as_ref()?);
    let Some(number) = image.image_id() else {
        return Some(Disposition::NoUploadedImage);
    };
    let is_there = product.images.uploaded(number).is_some();
    (!is_there).then_some(Disposition::ImageGone)
}

/// Matches candidates, best first, with existing insights.
fn matched(
    rules: &dyn InsightRules,
    facts: &Facts<'_>,
    references: &[&Insight],
    found: Candidates,
    read: &[&StoredPrediction],
) -> InsightPlan {
    let mut candidates = found.accepted;
    order::sort_candidates(rules, &mut candidates);
    let mut plan = InsightPlan {
        dispositions: found.rejected,
        ..InsightPlan::default()
    };
    let mut selected: Vec<Candidate> = Vec::new();
    let mut kept: BTreeSet<InsightId> = BTreeSet::new();
    for candidate in candidates {
        let disposition = match choose(rules, facts, &candidate, references, &selected) {
            Choice::Drop(disposition) => disposition,
            Choice::Keep(reference) => {
                kept.insert(reference.id);
                plan.update
                    .extend(finish::refreshed(facts, rules, reference, &candidate));
                selected.push(candidate.clone());
                Disposition::Insight(Some(reference.id))
            }
            Choice::Create => {
                plan.create.push(finish::draft(facts, rules, &candidate));
                selected.push(candidate.clone());
                Disposition::Insight(None)
            }
        };
        plan.dispositions.push((candidate.origin(), disposition));
    }
    let is_left = |insight: &&&Insight| insight.is_open() && !kept.contains(&insight.id);
    plan.delete = references
        .iter()
        .filter(is_left)
        .map(|insight| insight.id)
        .collect();
    let explained: BTreeSet<PredictionId> = plan.dispositions.iter().map(|(id, _)| *id).collect();
    let supporting = read.iter().filter(|stored| !explained.contains(&stored.id));
    plan.dispositions
        .extend(supporting.map(|stored| (stored.id, Disposition::Supports)));
    plan.dispositions.sort_by_key(|(id, _)| *id);
    plan
}

enum Choice<'a> {
    Drop(Disposition),
    Keep(&'a Insight),
    Create,
}

fn choose<'a>(
    rules: &dyn InsightRules,
    facts: &Facts<'_>,
    candidate: &Candidate,
    references: &[&'a Insight],
    selected: &[Candidate],
) -> Choice<'a> {
    let claim = candidate.claim();
    let conflicts = |other: Claim<'_>| rules.conflicts(facts, claim, other);
    let conflicting = |insight: &&&'a Insight| conflicts(Claim::of_insight(insight));
    let mut answered = references.iter().filter(|insight| !insight.is_open());
    if let Some(answered) = answered.find(conflicting) {
        return Choice::Drop(Disposition::Answered(answered.id));
    }
    if let Some(better) = selected.iter().find(|other| conflicts(other.claim())) {
        return Choice::Drop(Disposition::MergedInto(better.origin()));
    }
    let open = references.iter().filter(|insight| insight.is_open());
    let same: Vec<&&Insight> = open
        .filter(conflicting)
        .filter(|insight| Claim::of_insight(insight).asserts_the_same(claim, rules.claim_members()))
        .collect();
    let same_image = same.iter().find(|insight| {
        insight.n_votes == same[0].n_votes && insight.source_image == candidate.source_image
    });
    match same_image.or(same.first()) {
        Some(insight) => Choice::Keep(insight),
        None => Choice::Create,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
