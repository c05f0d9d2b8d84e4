//! Tags of a taxonomy: their one spelling, which of them are narrower, and those
//! that people give.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::insight::answer::Refusal;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::facts::Facts;
use crate::insight::fate::Fate;
use crate::insight::rules::{Applied, NewClaim};
use crate::insight::{Insight, Outcome};
use crate::knowledge::TaxonomyKind;
use crate::taxonomy::{Node, Taxonomy, deepest};

/// Nothing when a product may get the tag, else why not: it has the tag, or
/// something narrower.
pub(super) fn presence(taxonomy: &Taxonomy, tag: &str, on_product: &[String]) -> Option<Fate> {
    if on_product.iter().any(|known| known == tag) {
        return Some(Fate::AlreadyOnProduct);
    }
    let node = taxonomy.node(tag)?;
    let known: Vec<Node<'_>> = on_product
        .iter()
        .filter_map(|tag| taxonomy.node(tag))
        .collect();
    node.is_parent_of_any(&known)
        .then_some(Fate::ImpliedByProduct)
}

/// Leaves out candidates without a node, and those that another one is narrower
/// than (`pipeline.md` 1.5).
pub(super) fn keep_deepest(taxonomy: &Taxonomy, found: Candidates) -> Candidates {
    let node_of = |candidate: &Candidate| taxonomy.node(candidate.value_tag.as_deref()?);
    let nodes: Vec<Node<'_>> = found.kept.iter().filter_map(node_of).collect();
    let narrow = deepest(&nodes);
    let ids: BTreeSet<&str> = narrow.iter().map(|node| node.id()).collect();
    let mut kept = Candidates {
        kept: Vec::new(),
        left_out: found.left_out,
    };
    for candidate in found.kept {
        let fate = match taxonomy.node(candidate.value_tag.as_deref().unwrap_or_default()) {
            None => Some(Fate::UnknownTag),
            Some(node) if ids.contains(node.id()) => None,
            Some(node) => narrow
                .iter()
                .find(|narrower| narrower.is_child_of(node))
                .map(|narrower| Fate::ImpliedBy(narrower.id().to_owned())),
        };
        let origin = candidate.origin();
        kept.put(origin, fate.map_or(Ok(candidate), Err));
    }
    kept
}

/// The same tag, or one that the other is narrower than.
pub(super) fn conflict(
    facts: &Facts<'_>,
    kind: TaxonomyKind,
    candidate: Claim<'_>,
    other: Claim<'_>,
) -> bool {
    let (Some(tag), Some(other)) = (candidate.value_tag, other.value_tag) else {
        return candidate.value_tag == other.value_tag;
    };
    let implies = |taxonomy: &Taxonomy| taxonomy.is_parent_of_any(tag, &[other]) == Ok(true);
    tag == other || facts.taxonomy(kind).is_ok_and(implies)
}

/// The only member of what a person gave: a text that is not empty.
pub(super) fn only_text<'v>(given: &'v Value, name: &str) -> Result<&'v str, Refusal> {
    let invalid = |what: String| Refusal::InvalidData(what);
    let members = given.as_object();
    let members = members.ok_or_else(|| invalid("data is no JSON object".to_owned()))?;
    if let Some(other) = members.keys().find(|member| *member != name) {
        return Err(invalid(format!(
            "unknown member {other:?}, expected only {name:?}"
        )));
    }
    let text = members.get(name).and_then(Value::as_str).map(str::trim);
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| invalid(format!("{name:?} must be a text that is not empty")))
}

/// The tag that a person gave, in its one spelling.
pub(super) fn given_tag<'t>(taxonomy: &'t Taxonomy, given: &Value) -> Result<&'t str, Refusal> {
    let tag = only_text(given, "value_tag")?;
    let unknown = || Refusal::InvalidData(format!("unknown value tag {tag:?}"));
    Ok(taxonomy.canonical(tag).ok_or_else(unknown)?.id())
}

/// An insight that claims what the person said instead; the old claim is kept in
/// its data (`api.md` 5.5, category).
pub(super) fn mended(insight: &Insight, claim: NewClaim, applied: Applied) -> Applied {
    let mut data: Map<String, Value> = insight.data.clone();
    if claim.value_tag != insight.value_tag {
        data.insert(
            "original_value_tag".to_owned(),
            insight.value_tag.clone().into(),
        );
    }
    if claim.value != insight.value && insight.value.is_some() {
        data.insert("original_value".to_owned(), insight.value.clone().into());
    }
    data.insert("user_input".to_owned(), true.into());
    Applied {
        claim: Some(claim),
        data: Some(data),
        outcome_on_success: Outcome::UserInputUpdated,
        ..applied
    }
}
