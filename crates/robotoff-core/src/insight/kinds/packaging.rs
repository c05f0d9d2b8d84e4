//! Parts of the packaging (`docs/reference/pipeline.md` 1.6.8):
//! docs/insights/packaging.md.

use serde_json::{Map, Value};

use super::given::{invalid, members};
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{Applied, InsightRules, QuestionContent, QuestionMode};
use crate::insight::wording;
use crate::knowledge::{Knowledge, Part, TaxonomyKind};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::PackagingElement;

pub(super) struct PackagingRules;

const TOO_GENERIC: RejectReason = RejectReason {
    code: "too_generic",
    sentence: "the shape alone says too little",
};

const UNINFORMATIVE: RejectReason = RejectReason {
    code: "uninformative",
    sentence: "the product's packaging says as much already",
};

/// Properties of an element, with the taxonomies of their values.
const PROPERTIES: [(&str, TaxonomyKind); 3] = [
    ("shape", TaxonomyKind::PackagingShapes),
    ("material", TaxonomyKind::PackagingMaterials),
    ("recycling", TaxonomyKind::PackagingRecycling),
];

/// Member of an answer with the number of units, and its limit.
const COUNT: &str = "number_of_units";
const MAX_COUNT: u64 = 1000;

/// Shapes that are too generic without a material or a way to recycle.
const GENERIC_SHAPES: [&str; 18] = [
    "en:tray",
    "en:packaging",
    "en:backing",
    "en:packet",
    "en:string",
    "en:bowl",
    "en:sheet",
    "en:net",
    "en:pouch-flask",
    "en:spoon",
    "en:tablespoon",
    "en:mold",
    "en:cutlery",
    // The present name of cutlery (`docs/reference/ocr.md` 9, D-PAC-6).
    "en:eating-utensils",
    "en:overpack",
    "en:plate",
    "en:basket",
    "en:wedge",
];

impl InsightRules for PackagingRules {
    fn kind(&self) -> InsightKind {
        InsightKind::Packaging
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::Packaging]
    }

    fn parts(&self) -> &'static [Part] {
        &[
            Part::Taxonomy(TaxonomyKind::PackagingShapes),
            Part::Taxonomy(TaxonomyKind::PackagingMaterials),
            Part::Taxonomy(TaxonomyKind::PackagingRecycling),
        ]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        Candidates::of_each(predictions, |stored| {
            let element =
                element(&stored.prediction.data).ok_or(Disposition::Unreadable("an element"))?;
            let shape = element
                .shape
                .as_deref()
                .ok_or(Disposition::Unreadable("a shape"))?;
            let is_bare = element.material.is_none() && element.recycling.is_none();
            if is_bare && GENERIC_SHAPES.contains(&shape) {
                return Err(Disposition::Rejected(TOO_GENERIC));
            }
            let known = facts.found().map_or(&[][..], |product| &product.packagings);
            match known
                .iter()
                .any(|known| is_uninformative(facts, &element, known))
            {
                true => Err(Disposition::Rejected(UNINFORMATIVE)),
                false => Ok(Candidate::of(stored)),
            }
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::Default
    }

    fn conflicts(&self, _: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        let shape = |claim: Claim<'_>| element(claim.data).and_then(|element| element.shape);
        shape(candidate) == shape(other)
    }

    /// Elements with more properties come first.
    fn weight(&self, data: &Map<String, Value>) -> usize {
        let element = data.get("element").and_then(Value::as_object);
        element.map_or(0, Map::len)
    }

    fn question(&self, insight: &Insight, knowledge: &Knowledge, lang: &str) -> QuestionContent {
        let element = element(&insight.data).unwrap_or_default();
        let named = PROPERTIES.into_iter().zip(tags(&element));
        let names = named.filter_map(|((_, kind), tag)| {
            let taxonomy = knowledge.taxonomy(kind);
            let tag = tag?;
            Some(taxonomy.map_or(tag, |all| wording::value_name(all, tag, lang)))
        });
        let names: Vec<&str> = names.collect();
        QuestionContent {
            value: Some(names.join(", ")).filter(|names| !names.is_empty()),
            ..QuestionContent::of_value(insight)
        }
    }

    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        let (element, number_of_units) = match given {
            Some(given) => read_given(facts, given)?,
            None => (element(&insight.data).unwrap_or_default(), None),
        };
        let shape = element.shape.clone();
        let change = ProductChange::AddPackaging {
            shape: shape.ok_or_else(|| invalid("the insight has no shape"))?,
            material: element.material.clone(),
            recycling: element.recycling.clone(),
            number_of_units,
        };
        if change.is_done(facts.product_to_edit()?) == Some(true) {
            return Err(Refusal::AlreadyOnProduct);
        }
        let applied = Applied::change(change);
        if given.is_none() {
            return Ok(applied);
        }
        let claim = NewClaim {
            value: Some(digest(&element)),
            value_tag: None,
        };
        let mut applied = applied.corrected(insight, claim);
        if let Some(data) = &mut applied.data {
            let old = data.insert("element".to_owned(), to_json(&element));
            data.insert("original_element".to_owned(), old.into());
        }
        Ok(applied)
    }
}

fn tags(element: &PackagingElement) -> [Option<&str>; 3] {
    [&element.shape, &element.material, &element.recycling].map(Option::as_deref)
}

/// Tags of `data.element`.
fn element(data: &Map<String, Value>) -> Option<PackagingElement> {
    let members = data.get("element")?.as_object()?;
    let tag = |name: &str| {
        let tag = members.get(name)?.get("value_tag")?.as_str()?;
        (!tag.is_empty()).then(|| tag.to_owned())
    };
    Some(PackagingElement {
        shape: tag("shape"),
        material: tag("material"),
        recycling: tag("recycling"),
    })
}

fn to_json(element: &PackagingElement) -> Value {
    let named = PROPERTIES.into_iter().zip(tags(element));
    let members = named.filter_map(|((name, _), tag)| {
        let value = Map::from_iter([("value_tag".to_owned(), tag?.into())]);
        Some((name.to_owned(), Value::Object(value)))
    });
    Value::Object(members.collect())
}

/// Text of an element in the column `value`, as recorded.
fn digest(element: &PackagingElement) -> String {
    let [shape, material, recycling] =
        tags(element).map(|tag| tag.map_or_else(|| "None".to_owned(), |tag| format!("'{tag}'")));
    format!("{{'shape': {shape}, 'material': {material}, 'recycling': {recycling}}}")
}

/// An element that a person gave: tags of the three taxonomies, at least a shape, and the
/// number of units.
fn read_given(
    facts: &Facts<'_>,
    given: &Value,
) -> Result<(PackagingElement, Option<u32>), Refusal> {
    let [shape, material, recycling] = PROPERTIES.map(|(name, _)| name);
    let members = members(given, &[shape, material, recycling, COUNT])?;
    let count = members.get(COUNT).filter(|count| !count.is_null());
    let count = count.map(|count| {
        let known = count.as_u64().filter(|n| (1..=MAX_COUNT).contains(n));
        let known = known.and_then(|count| u32::try_from(count).ok());
        known.ok_or_else(|| {
            invalid(format!(
                "{COUNT} {count} is no number from 1 to {MAX_COUNT}"
            ))
        })
    });
    let count = count.transpose()?;
    let mut read = [None, None, None];
    for ((name, kind), slot) in PROPERTIES.into_iter().zip(&mut read) {
        let Some(value) = members.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        let node = value
            .as_str()
            .and_then(|tag| facts.taxonomy(kind).ok()?.canonical(tag));
        let node = node.ok_or_else(|| invalid(format!("unknown {name} {value}")))?;
        *slot = Some(node.id().to_owned());
    }
    let [shape, material, recycling] = read;
    if shape.is_none() {
        return Err(invalid("\"shape\" must be a tag"));
    }
    let element = PackagingElement {
        shape,
        material,
        recycling,
    };
    Ok((element, count))
}

/// True when the candidate has no more information than an element of the product.
fn is_uninformative(
    facts: &Facts<'_>,
    candidate: &PackagingElement,
    known: &PackagingElement,
) -> bool {
    let mut says_less = false;
    let properties = PROPERTIES
        .into_iter()
        .zip(tags(candidate).into_iter().zip(tags(known)));
    for ((name, kind), (tag, known)) in properties {
        let Some(tag) = tag else { continue };
        let (Some(known), Ok(taxonomy)) = (known, facts.taxonomy(kind)) else {
            return false;
        };
        let Some(node) = taxonomy.node(tag) else {
            return true;
        };
        let Some(known) = taxonomy.node(known) else {
            return false;
        };
        if known.is_parent_of(node) {
            return false;
        }
        if name == "shape" {
            says_less = node == known || node.is_parent_of(known);
        }
    }
    says_less
}

#[cfg(test)]
mod tests;
