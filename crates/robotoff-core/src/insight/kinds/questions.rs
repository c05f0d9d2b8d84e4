//! What questions show of the kinds whose other rules are to come (`api.md` 4.3).

use serde_json::Value;

use crate::insight::rules::{Picture, Shown};
use crate::insight::{Insight, wording};
use crate::knowledge::{Knowledge, Part, TaxonomyKind};

/// What tells of a category, the most telling first.
const SIDES_OF_CATEGORY: &[&str] = &["front", "ingredients", "nutrition"];
/// Brands that were not read off one picture, but looked up in lists.
const LIST_PREDICTORS: [&str; 3] = ["curated-list", "taxonomy", "whitelisted-brands"];

/// The parts of a packaging element, and what names their values.
const PACKAGING: [(&str, TaxonomyKind); 3] = [
    ("shape", TaxonomyKind::PackagingShapes),
    ("material", TaxonomyKind::PackagingMaterials),
    ("recycling", TaxonomyKind::PackagingRecycling),
];

pub(super) const CATEGORY_PARTS: &[Part] = &[Part::Taxonomy(TaxonomyKind::Categories)];
pub(super) const PACKAGING_PARTS: &[Part] = &[
    Part::Taxonomy(TaxonomyKind::PackagingShapes),
    Part::Taxonomy(TaxonomyKind::PackagingMaterials),
    Part::Taxonomy(TaxonomyKind::PackagingRecycling),
];

/// Any picture of the product tells its category.
pub(super) fn category(insight: &Insight, knowledge: &Knowledge, lang: &str) -> Shown {
    let tag = insight.value_tag.as_deref();
    Shown {
        value: tag.map(|tag| name(knowledge, TaxonomyKind::Categories, tag, lang)),
        with_tag: true,
        picture: Picture::Selected(SIDES_OF_CATEGORY),
    }
}

/// A brand is best seen on the front, unless it was read elsewhere.
pub(super) fn brand(insight: &Insight) -> Shown {
    let predictor = insight.predictor.as_deref();
    let is_listed = predictor.is_some_and(|predictor| LIST_PREDICTORS.contains(&predictor));
    Shown {
        value: insight.value.clone(),
        with_tag: true,
        picture: if is_listed {
            Picture::SelectedOrSource(&["front"])
        } else {
            Picture::Source
        },
    }
}

/// The names of shape, material and recycling, those there are.
pub(super) fn packaging(insight: &Insight, knowledge: &Knowledge, lang: &str) -> Shown {
    let element = insight.data.get("element");
    let names = PACKAGING.iter().filter_map(|(member, taxonomy)| {
        let tag = element?.get(member)?.get("value_tag")?.as_str()?;
        Some(name(knowledge, *taxonomy, tag, lang))
    });
    let names: Vec<String> = names.collect();
    Shown {
        value: (!names.is_empty()).then(|| names.join(", ")),
        with_tag: false,
        picture: Picture::Source,
    }
}

/// The tag itself is what is asked about: a language, an orientation, a flag.
pub(super) fn plain_tag(insight: &Insight) -> Shown {
    Shown {
        value: insight.value_tag.clone(),
        with_tag: false,
        picture: Picture::Source,
    }
}

/// The picture that may be turned is shown as it was selected.
pub(super) fn image_orientation(insight: &Insight) -> Shown {
    let member = |name: &str| match insight.data.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let picture = match (member("image_key"), member("image_rev")) {
        (Some(key), Some(rev)) => Picture::Revision { key, rev },
        (Some(_) | None, _) => Picture::Source,
    };
    Shown {
        picture,
        ..plain_tag(insight)
    }
}

/// The value as it was read.
pub(super) fn value(insight: &Insight) -> Shown {
    Shown {
        value: insight.value.clone(),
        with_tag: true,
        picture: Picture::Source,
    }
}

fn name(knowledge: &Knowledge, kind: TaxonomyKind, tag: &str, lang: &str) -> String {
    let taxonomy = knowledge.taxonomy(kind);
    let name = taxonomy.map_or(tag, |taxonomy| wording::value_name(taxonomy, tag, lang));
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::NaiveDateTime;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::insight::kinds::{question_parts, shown};
    use crate::insight::{InsightId, InsightKind};
    use crate::product::{Barcode, ProductId, ServerType};
    use crate::taxonomy::{Keep, Taxonomy};

    fn knowledge() -> Knowledge {
        let taxonomy = |nodes: Value| {
            let nodes = nodes.to_string();
            Arc::new(Taxonomy::from_json(nodes.as_bytes(), Keep::All).expect("a taxonomy"))
        };
        Knowledge::default()
            .with_taxonomy(
                TaxonomyKind::Categories,
                taxonomy(json!({"en:beers": {"name": {"en": "Beers", "fr": "Bières"}}})),
            )
            .with_taxonomy(
                TaxonomyKind::PackagingShapes,
                taxonomy(json!({"en:box": {"name": {"en": "Box", "fr": "Boîte"}}})),
            )
            .with_taxonomy(
                TaxonomyKind::PackagingMaterials,
                taxonomy(json!({"en:glass": {"name": {"en": "Glass", "fr": "Verre"}}})),
            )
    }

    fn insight(kind: InsightKind, tag: Option<&str>, value: Option<&str>, data: Value) -> Insight {
        let product = ProductId {
            barcode: Barcode::as_stored("3001234567890").expect("a code"),
            server_type: ServerType::Off,
        };
        let id = InsightId(Uuid::nil());
        let mut insight = Insight::new(id, product, kind, NaiveDateTime::default());
        insight.value_tag = tag.map(str::to_owned);
        insight.value = value.map(str::to_owned);
        if let Value::Object(members) = data {
            insight.data = members;
        }
        insight
    }

    fn check_value(insight: &Insight, kind: InsightKind, expected: Option<&str>, with_tag: bool) {
        let shown = shown(kind, insight, &knowledge(), "fr");
        let have = (shown.value.as_deref(), shown.with_tag);
        assert_eq!(have, (expected, with_tag), "{insight:?}");
    }

    #[test]
    fn questions_show_a_value_that_people_understand() {
        use InsightKind::{Brand, Category, ImageOrientation, IsUpcImage, NutritionImage, Store};
        for (kind, tag, value, expected, with_tag) in [
            (Category, Some("en:beers"), None, Some("Bières"), true),
            (Category, Some("en:x"), None, Some("en:x"), true),
            (Category, None, None, None, true),
            (Brand, Some("acme"), Some("Acme"), Some("Acme"), true),
            (NutritionImage, Some("fr"), None, Some("fr"), false),
            (IsUpcImage, Some("true"), None, Some("true"), false),
            (ImageOrientation, Some("left"), None, Some("left"), false),
            (Store, Some("acme"), Some("Acme"), Some("Acme"), true),
        ] {
            check_value(
                &insight(kind, tag, value, json!({})),
                kind,
                expected,
                with_tag,
            );
        }
    }

    #[test]
    fn a_packaging_element_is_named_part_by_part() {
        let tag = |tag: &str| json!({"value_tag": tag});
        for (element, expected) in [
            (
                json!({"recycling": tag("en:x"), "shape": tag("en:box"), "material": tag("en:glass")}),
                Some("Boîte, Verre, en:x"),
            ),
            (
                json!({"shape": tag("en:box"), "material": null}),
                Some("Boîte"),
            ),
            (json!({"shape": {"value": "box"}}), None),
            (json!(1), None),
        ] {
            let data = json!({"element": element});
            let insight = insight(InsightKind::Packaging, None, Some("{}"), data);
            check_value(&insight, InsightKind::Packaging, expected, false);
        }
    }

    #[test]
    fn questions_show_a_picture_that_tells() {
        use InsightKind::{Brand, Category, ImageOrientation, Packaging};
        let revision = |rev: &str| Picture::Revision {
            key: "front_fr".to_owned(),
            rev: rev.to_owned(),
        };
        let turned = |rev: Value| json!({"image_key": "front_fr", "image_rev": rev});
        for (kind, predictor, data, expected) in [
            (
                Category,
                "neural",
                json!({}),
                Picture::Selected(SIDES_OF_CATEGORY),
            ),
            (
                Brand,
                "curated-list",
                json!({}),
                Picture::SelectedOrSource(&["front"]),
            ),
            (
                Brand,
                "taxonomy",
                json!({}),
                Picture::SelectedOrSource(&["front"]),
            ),
            (Brand, "google-cloud-vision", json!({}), Picture::Source),
            (Packaging, "grammar", json!({}), Picture::Source),
            (ImageOrientation, "", turned(json!("12")), revision("12")),
            (ImageOrientation, "", turned(json!(12)), revision("12")),
            (ImageOrientation, "", turned(json!(null)), Picture::Source),
        ] {
            let mut insight = insight(kind, None, None, data);
            insight.predictor = Some(predictor.to_owned());
            let shown = shown(kind, &insight, &Knowledge::default(), "fr");
            assert_eq!(shown.picture, expected, "{kind} {predictor}");
        }
    }

    #[test]
    fn every_kind_says_what_its_question_reads() {
        for kind in InsightKind::ALL {
            let taxonomies = question_parts(kind);
            let names_a_value = matches!(
                kind,
                InsightKind::Category | InsightKind::Packaging | InsightKind::Label
            );
            assert!(!names_a_value || !taxonomies.is_empty(), "{kind}");
        }
    }
}
