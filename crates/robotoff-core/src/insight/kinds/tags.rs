//! Rules that kinds share whose claims are tags of a taxonomy.

use std::collections::BTreeSet;

use serde_json::Value;

use super::given::given_tag;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::QuestionContent;
use crate::insight::wording;
use crate::knowledge::{Knowledge, TaxonomyKind};
use crate::taxonomy::{self, Node, Taxonomy};

/// `None` when a product may get the tag, else the objection: it has the tag, or a
/// narrower one.
pub(super) fn presence(
    taxonomy: &Taxonomy,
    tag: &str,
    on_product: &[String],
) -> Option<Disposition> {
    if on_product.iter().any(|known| known == tag) {
        return Some(Disposition::AlreadyOnProduct);
    }
    let node = taxonomy.node(tag)?;
    let known: Vec<Node<'_>> = on_product
        .iter()
        .filter_map(|tag| taxonomy.node(tag))
        .collect();
    node.is_parent_of_any(&known)
        .then_some(Disposition::ImpliedByProduct)
}

/// Rejects candidates without a node, and those for which another candidate is narrower
/// (`docs/reference/pipeline.md` 1.5).
pub(super) fn keep_deepest(taxonomy: &Taxonomy, found: Candidates) -> Candidates {
    let node_of = |candidate: &Candidate| taxonomy.node(candidate.value_tag.as_deref()?);
    let nodes: Vec<Node<'_>> = found.accepted.iter().filter_map(node_of).collect();
    let narrow = taxonomy::deepest(&nodes);
    let ids: BTreeSet<&str> = narrow.iter().map(|node| node.id()).collect();
    let mut deepest = Candidates {
        accepted: Vec::new(),
        rejected: found.rejected,
    };
    for candidate in found.accepted {
        let disposition = match taxonomy.node(candidate.value_tag.as_deref().unwrap_or_default()) {
            None => Some(Disposition::UnknownTag),
            Some(node) if ids.contains(node.id()) => None,
            Some(node) => narrow
                .iter()
                .find(|narrower| narrower.is_child_of(node))
                .map(|narrower| Disposition::ImpliedBy(narrower.id().to_owned())),
        };
        let origin = candidate.origin();
        deepest.add(origin, disposition.map_or(Ok(candidate), Err));
    }
    deepest
}

/// True for the same tag, and when the other tag is narrower.
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

/// A question with the name of the tag in its language.
pub(super) fn question(
    kind: TaxonomyKind,
    insight: &Insight,
    knowledge: &Knowledge,
    lang: &str,
) -> QuestionContent {
    let tag = insight.value_tag.as_deref();
    let taxonomy = knowledge.taxonomy(kind);
    let name = |tag| taxonomy.map_or(tag, |taxonomy| wording::value_name(taxonomy, tag, lang));
    QuestionContent {
        value: tag.map(name).map(str::to_owned),
        with_tag: true,
        ..QuestionContent::of_value(insight)
    }
}

/// The tag of the insight, or the tag that a person gave instead.
pub(super) fn accepted_claim(
    kind: TaxonomyKind,
    facts: &Facts<'_>,
    insight: &Insight,
    given: Option<&Value>,
) -> Result<NewClaim, Refusal> {
    let Some(given) = given else {
        return Ok(NewClaim::of(insight));
    };
    let tag = given_tag(facts.taxonomy(kind)?, given)?;
    Ok(NewClaim {
        value: None,
        value_tag: Some(tag.to_owned()),
    })
}
