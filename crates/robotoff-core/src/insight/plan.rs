//! From predictions to insights to be made, changed and deleted (`docs/reference/pipeline.md` 1.4,
//! with what 11.1 fixes). Pure; planning twice changes nothing.
//!
//! An answered insight is never affected. An open one lives as long as something
//! justifies it, whether or not it is about to be applied, and keeps name and votes
//! while it claims the same, even when the claim is read from a newer picture.

mod finish;
mod order;

use std::collections::BTreeSet;

use super::claim::{Candidate, Candidates, Claim, Draft};
use super::disposition::Disposition;
use super::facts::Facts;
use super::record::{Insight, InsightId, InsightKind};
use super::refusal::MissingPart;
use super::rules::InsightRules;
use crate::prediction::{PredictionId, StoredPrediction};
use crate::product::Lookup;

/// What is to be done about the insights of one kind of one product.
#[derive(Debug, Default, PartialEq)]
pub struct InsightPlan {
    pub create: Vec<Draft>,
    /// As they are to be; only those that differ.
    pub update: Vec<Insight>,
    pub delete: Vec<InsightId>,
    /// What became of each prediction that was read, by its number. One that
    /// claims several things is named several times.
    pub dispositions: Vec<(PredictionId, Disposition)>,
}

impl InsightPlan {
    /// True when nothing is to be written.
    pub const fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.delete.is_empty()
    }

    /// What became of the predictions that claim what an insight of the kind
    /// claims: why it is deleted, where one of them still does.
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

/// Decides what becomes of the insights of a kind, given all of its insights and
/// predictions of the product. Insights and predictions of other products or
/// kinds are passed over.
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
    let found = without_unfit(rules, facts, look(rules, facts, &read));
    Ok(matched(rules, facts, &references, found, &read))
}

/// The candidates of the rules, if there is something to look at.
fn look(rules: &dyn InsightRules, facts: &Facts<'_>, read: &[&StoredPrediction]) -> Candidates {
    let all_are = |disposition: Disposition| Candidates {
        kept: Vec::new(),
        left_out: read
            .iter()
            .map(|stored| (stored.id, disposition.clone()))
            .collect(),
    };
    if *facts.product == Lookup::Absent {
        return all_are(Disposition::ProductMissing);
    }
    let is_missing = |kind: &&_| !read.iter().any(|stored| stored.prediction.kind == **kind);
    match rules.requires().iter().find(is_missing) {
        Some(kind) => all_are(Disposition::Incomplete(*kind)),
        None => rules.candidates(facts, read),
    }
}

/// Leaves out candidates whose picture is gone, and those that the policy stops.
fn without_unfit(rules: &dyn InsightRules, facts: &Facts<'_>, found: Candidates) -> Candidates {
    let mut fit = Candidates {
        kept: Vec::new(),
        left_out: found.left_out,
    };
    for mut candidate in found.kept {
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
            unusable_picture(facts, &candidate)
        };
        let origin = candidate.origin();
        fit.put(origin, disposition.map_or(Ok(candidate), Err));
    }
    fit
}

fn unusable_picture(facts: &Facts<'_>, candidate: &Candidate) -> Option<Disposition> {
    let (product, picture) = (facts.found()?, candidate.source_image.as_ref()?);
    let Some(number) = picture.image_id() else {
        return Some(Disposition::NoUploadedImage);
    };
    let is_there = product.images.uploaded(number).is_some();
    (!is_there).then_some(Disposition::ImageGone)
}

/// Matches candidates, best first, with the insights that there are.
fn matched(
    rules: &dyn InsightRules,
    facts: &Facts<'_>,
    references: &[&Insight],
    found: Candidates,
    read: &[&StoredPrediction],
) -> InsightPlan {
    let mut candidates = found.kept;
    order::sort_candidates(rules, &mut candidates);
    let mut plan = InsightPlan {
        dispositions: found.left_out,
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
            Choice::Make => {
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
    let told: BTreeSet<PredictionId> = plan.dispositions.iter().map(|(id, _)| *id).collect();
    let silent = read.iter().filter(|stored| !told.contains(&stored.id));
    plan.dispositions
        .extend(silent.map(|stored| (stored.id, Disposition::Supports)));
    plan.dispositions.sort_by_key(|(id, _)| *id);
    plan
}

enum Choice<'a> {
    Drop(Disposition),
    Keep(&'a Insight),
    Make,
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
    let same_picture = same.iter().find(|insight| {
        insight.n_votes == same[0].n_votes && insight.source_image == candidate.source_image
    });
    match same_picture.or(same.first()) {
        Some(insight) => Choice::Keep(insight),
        None => Choice::Make,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
