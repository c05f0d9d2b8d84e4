//! Facets of a product: its tags by which questions are filtered, each with the name of its
//! field, `categories:en:yogurts`.

use serde_json::{Map, Value};

/// Names of facets, and the members of a document that hold their tags.
pub const FACETS: [(&str, &str); 8] = [
    ("brands", "brands_tags"),
    ("categories", "categories_tags"),
    ("countries", "countries_tags"),
    ("data-quality", "data_quality_tags"),
    ("labels", "labels_tags"),
    ("nutrition-grades", "nutrition_grades_tags"),
    ("states", "states_tags"),
    ("stores", "stores_tags"),
];

/// Facets of one product; few have half as many.
const MAX_FACETS: usize = 300;
/// Longest facet that is kept.
const MAX_BYTES: usize = 200;

/// Facets of a document, in order, each once.
pub(super) fn facets_of(document: &Map<String, Value>) -> Vec<String> {
    let facets = FACETS.iter().flat_map(|(name, member)| {
        let tags = document.get(*member).and_then(Value::as_array);
        let tags = tags.into_iter().flatten().filter_map(Value::as_str);
        tags.map(move |tag| format!("{name}:{tag}"))
    });
    let mut facets: Vec<String> = facets.filter(|facet| facet.len() <= MAX_BYTES).collect();
    facets.sort_unstable();
    facets.dedup();
    facets.truncate(MAX_FACETS);
    facets
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facets_are_tags_with_the_name_of_their_field() {
        let document = json!({
            "labels_tags": ["en:vegan", "en:organic", "en:vegan"],
            "data_quality_tags": ["en:nutrition-value-total-over-105", null],
            "states_tags": "en:complete",
            "stores_tags": ["x".repeat(300)],
            "product_name": "x",
        });
        let Value::Object(document) = document else {
            panic!("an object")
        };
        assert_eq!(
            facets_of(&document),
            [
                "data-quality:en:nutrition-value-total-over-105",
                "labels:en:organic",
                "labels:en:vegan"
            ]
        );
        let many: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let Value::Object(many) = json!({"labels_tags": many}) else {
            panic!("an object")
        };
        assert_eq!(facets_of(&many).len(), MAX_FACETS);
    }
}
