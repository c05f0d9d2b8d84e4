//! Tests on made-up graphs.

use super::*;

const TEA: &str = r#"{"en:tea":{"name":{"xx":"Tea","de":null}},
    "en:berries":{"name":{"en":"Berries","fr":"Baies"},"children":["en:blue-berries"]},
    "en:blue-berries":{"name":{"en":"Blue berries"},"synonyms":{"fr":["Myrtilles"]},
        "parents":["en:berries","en:berries"],"agribalyse_food_code":{"en":"1"}}}"#;

#[test]
fn nodes_know_their_names_and_neighbours() {
    let taxonomy = Taxonomy::from_json(TEA.as_bytes(), Keep::All).unwrap();
    let ids: Vec<&str> = taxonomy.nodes().map(Node::id).collect();
    assert_eq!(ids, ["en:tea", "en:berries", "en:blue-berries"]);
    let [tea, berries, blue] = ids.map_nodes(&taxonomy);
    assert_eq!(
        (tea.localized_name("de"), blue.localized_name("de")),
        ("Tea", "en:blue-berries")
    );
    assert_eq!(taxonomy.localized_name("en:unknown", "fr"), "en:unknown");
    assert_eq!(blue.synonyms("fr").collect::<Vec<_>>(), ["Myrtilles"]);
    assert!(blue.property("agribalyse_food_code").is_some());
    assert!(blue.is_child_of(berries) && berries.is_parent_of_any(&[tea, blue]));
    assert_eq!(berries.children().count(), 1);
    assert_eq!(deepest(&[berries, blue, tea]), [blue, tea]);
    assert_eq!(
        taxonomy.is_parent_of_any("en:berries", &["en:x", "en:blue-berries"]),
        Ok(true)
    );
    assert!(taxonomy.is_parent_of_any("en:x", &[]).is_err());
    assert_eq!(taxonomy.id_by_tag()["fr:myrtilles"], "en:blue-berries");
    assert_eq!(taxonomy.children_by_position()[&1], [2]);
}

trait MapNodes {
    fn map_nodes<'t>(&self, taxonomy: &'t Taxonomy) -> [Node<'t>; 3];
}

impl MapNodes for Vec<&str> {
    fn map_nodes<'t>(&self, taxonomy: &'t Taxonomy) -> [Node<'t>; 3] {
        [0, 1, 2].map(|index| taxonomy.node(self[index]).unwrap())
    }
}

// D-TAX-1.
#[test]
fn broken_taxonomies_are_refused_and_cycles_end() {
    let unknown = br#"{"en:a":{"parents":["en:b"]}}"#;
    let taxonomy = Taxonomy::from_json(unknown, Keep::All).unwrap();
    let node = taxonomy.node("en:a").unwrap();
    assert_eq!(
        node.parents().count(),
        0,
        "a parent that is gone costs its link"
    );
    assert!(
        Taxonomy::from_json(b"[1]", Keep::All)
            .unwrap_err()
            .to_string()
            .contains("line 1")
    );
    let twice = br#"{"en:a":{},"en:a":{}}"#;
    let error = Taxonomy::from_json(twice, Keep::All)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "node \"en:a\" stands there twice");
    let cycle = br#"{"en:a":{"parents":["en:b"]},"en:b":{"parents":["en:a"]}}"#;
    let taxonomy = Taxonomy::from_json(cycle, Keep::All).unwrap();
    assert_eq!(taxonomy.node("en:a").unwrap().ancestors().len(), 2);
}

#[test]
fn prefixes_have_two_letters() {
    for (value, expected) in [
        ("fr:a", true),
        ("fr:", false),
        ("fra:a", false),
        ("", false),
    ] {
        assert_eq!(is_prefixed_value(value), expected, "{value}");
    }
}

#[test]
fn properties_are_kept_when_requested() {
    for (keep, kept) in [
        (Keep::All, true),
        (Keep::Only(&["agribalyse_food_code"]), true),
        (Keep::Only(&["wikidata"]), false),
    ] {
        let taxonomy = Taxonomy::from_json(TEA.as_bytes(), keep).unwrap();
        let code = taxonomy
            .node("en:blue-berries")
            .unwrap()
            .property("agribalyse_food_code");
        assert_eq!(code.is_some(), kept);
        assert!(
            taxonomy
                .node("en:tea")
                .unwrap()
                .property("agribalyse_food_code")
                .is_none()
        );
    }
}
