//! Tags of a taxonomy: which are there already, and which are narrower.

use std::collections::BTreeSet;

use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::knowledge::TaxonomyKind;
use crate::taxonomy::{Node, Taxonomy, deepest};

/// Nothing when a product may get the tag, else why not: it has the tag, or
/// something narrower.
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

/// Leaves out candidates without a node, and those that another one is narrower
/// than (`docs/reference/pipeline.md` 1.5).
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
        let disposition = match taxonomy.node(candidate.value_tag.as_deref().unwrap_or_default()) {
            None => Some(Disposition::UnknownTag),
            Some(node) if ids.contains(node.id()) => None,
            Some(node) => narrow
                .iter()
                .find(|narrower| narrower.is_child_of(node))
                .map(|narrower| Disposition::ImpliedBy(narrower.id().to_owned())),
        };
        let origin = candidate.origin();
        kept.put(origin, disposition.map_or(Ok(candidate), Err));
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
