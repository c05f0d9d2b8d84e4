//! The country of a request, in each of the spellings that clients send.

use serde_json::json;

use super::{Turned, document, import, put, service, start};

pub(super) const IDS: [&str; 4] = ["x302", "x303", "x305", "x306"];

const GERMAN: &str = "4001234567890";
const FRENCH: &str = "3001234567890";
const BRITISH: &str = "5001234567890";
/// Carries the second tag of its country.
const PALESTINIAN: &str = "6251234567890";

#[test]
fn a_country_is_understood_by_code_and_tag_or_refused_by_name() {
    let service = service();
    let tray = document(&["Barquette plastique à recycler"], Turned::Upright);
    for (barcode, country) in [
        (GERMAN, "en:germany"),
        (FRENCH, "en:france"),
        (BRITISH, "en:united-kingdom"),
        (PALESTINIAN, "en:palestinian-territories"),
    ] {
        put(&service, barcode, json!({"countries_tags": [country]}));
        import(&service, barcode, &tray, &[]);
    }
    let _up = start(&service);
    let questions = "/api/v1/questions?insight_types=packaging";
    let random = "/api/v1/insights/random?type=packaging";
    for (id, path, expected) in [
        (
            "x302",
            format!("{questions}&country=en:germany"),
            vec![GERMAN],
        ),
        ("x303", format!("{random}&country=en:germany"), vec![GERMAN]),
        ("x305", format!("{questions}&countries=gb"), vec![BRITISH]),
        ("x306", format!("{questions}&countries=DE"), vec![GERMAN]),
        ("", format!("{questions}&country=fr"), vec![FRENCH]),
        ("", format!("{random}&countries=en:france,FR"), vec![FRENCH]),
        ("", format!("{questions}&countries=ps"), vec![PALESTINIAN]),
        (
            "",
            format!("{questions}&countries=en:state-of-palestine,uk"),
            vec![BRITISH, PALESTINIAN],
        ),
    ] {
        let answer = service.get(&path);
        let rows = answer["questions"]
            .as_array()
            .or(answer["insights"].as_array());
        let mut seen: Vec<&str> = rows
            .expect("a list")
            .iter()
            .map(|row| row["barcode"].as_str().expect("a code"))
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, expected, "{id} {path}");
        assert_eq!(answer["count"], expected.len(), "{id} {path}");
    }
    for path in [
        "/api/v1/questions?country=en:atlantis",
        "/api/v1/insights/random?countries=fr,en:atlantis",
    ] {
        let answer = service.response_to(path);
        assert_eq!(answer.status, 400, "{path}");
        let description = answer.body["description"].as_str().expect("a reason");
        assert!(description.contains("en:atlantis"), "{description}");
    }
}
