//! The routes below `/questions`: which insights are asked, in which order, and how a
//! question is written.

use robotoff_core::insight::{Insight, InsightId, InsightKind, Verdict};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_core::vote::{Vote, VoteValue};
use robotoff_ports::Store;
use robotoff_ports::store::{Change, Changes};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::test_app::{Fault, TestApp, get, insight, send};

const PRODUCT: &str = "3001234567890";
const OTHER: &str = "4001234567890";

/// Nine insights, 1 to 9; without parameters 2, 4, 1 and 3 are asked, in this order.
fn rows() -> Vec<Insight> {
    use InsightKind::{Brand, Category, Label, Store};
    let texts = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
    let mut rows = vec![
        insight(1, PRODUCT, Label),
        insight(2, PRODUCT, Category),
        insight(3, "00000123", Brand),
        insight(4, OTHER, Label),
        insight(5, OTHER, Store),
        insight(6, "2001234567890", Label),
        insight(7, OTHER, Label),
        insight(8, OTHER, Label),
        insight(9, OTHER, Label),
    ];
    rows[0].value_tag = Some("en:organic".to_owned());
    rows[0].countries = texts(&["en:france", "en:germany"]);
    rows[0].confidence = Some(0.9);
    rows[0].with_image = Some(true);
    rows[1].brands = texts(&["acme", "other"]);
    rows[1].confidence = Some(0.5);
    rows[1].unique_scans_n = 12;
    rows[2].campaigns = texts(&["a", "b"]);
    rows[2].with_image = Some(false);
    rows[3].predictor = Some("regex".to_owned());
    rows[3].confidence = Some(1.0);
    rows[3].lc = texts(&["de", "fr"]);
    rows[3].unique_scans_n = 3;
    rows[5].reserved_barcode = true;
    rows[6].automatic_processing = true;
    rows[7].verdict = Some(Verdict::Rejected);
    rows[7].kind = PredictionKind::Trace;
    rows[8].product = ProductId {
        barcode: Barcode::as_stored("org-a/12").expect("a code"),
        server_type: ServerType::OffPro,
    };
    rows
}

async fn with_rows() -> TestApp {
    let app = TestApp::new().await;
    app.store(rows()).await;
    app
}

fn numbers(list: &Value) -> Vec<u128> {
    let questions = list["questions"].as_array().into_iter().flatten();
    let ids = questions.map(|question| question["insight_id"].as_str().expect("an id"));
    ids.map(|id| Uuid::parse_str(id).expect("a UUID").as_u128())
        .collect()
}

const ALL: &[u128] = &[2, 4, 1, 3];

/// Parameters, the numbers of the questions on the page, and the number of matches.
const FILTERS: [(&str, &[u128], u64); 36] = [
    ("", ALL, 4),
    ("barcode=1&annotated=true&lc=fr", ALL, 4),
    ("order_by=confidence", &[4, 1, 2, 3], 4),
    ("order_by=popularity", ALL, 4),
    ("order_by=", ALL, 4),
    ("count=3&page=2", &[3], 4),
    ("count=1", &[2], 4),
    ("page=0", ALL, 4),
    ("insight_types=label,brand", &[4, 1, 3], 3),
    ("insight_types=label%2Cbrand", &[4, 1, 3], 3),
    ("insight_types=nope", &[], 0),
    ("insight_types=trace,x", &[], 0),
    ("insight_types=store", &[5], 1),
    ("insight_types=", ALL, 4),
    ("value_tag=en:organic", &[1], 1),
    ("brands=a,acme", &[2], 1),
    ("brands=1,2,3,4,5,6,7,8,9,acme", &[2], 1),
    ("brands=1,2,3,4,5,6,7,8,9,10,acme", &[], 0),
    ("reserved_barcode=true", &[2, 4, 1, 3, 6], 5),
    ("server_type=off_pro", &[9], 1),
    ("countries=it,de", &[1], 1),
    ("countries=uk", &[], 0),
    ("country=en:germany", &[1], 1),
    ("country=de", &[1], 1),
    ("country=world", ALL, 4),
    ("country=de&countries=uk", &[], 0),
    ("campaigns=a,b&campaign=c", &[3], 1),
    ("campaign=a", &[3], 1),
    ("campaign=c", &[], 0),
    ("with_image=true", &[1], 1),
    ("with_image=false", &[2, 4, 3], 3),
    ("predictor=regex", &[4], 1),
    ("predictor=", &[], 0),
    ("evidence_lc=it,fr", &[4], 1),
    ("evidence_lc=es", &[], 0),
    ("count_exact=true", ALL, 4),
];

#[tokio::test]
async fn questions_are_listed_by_filter() {
    let router = with_rows().await.router();
    for (query, expected, count) in FILTERS {
        let path = format!("/api/v1/questions/?device_id=d&{query}");
        let list = get(&router, &path).await.json();
        assert_eq!(numbers(&list), expected, "{query}");
        assert_eq!(list["count"], count, "{query}");
    }
}

#[tokio::test]
async fn questions_are_counted_by_value_tag() {
    let app = with_rows().await;
    let router = app.router();
    let mut more = insight(10, OTHER, InsightKind::Category);
    more.value_tag = Some("en:organic".to_owned());
    app.store(vec![more]).await;
    for (query, expected, count) in [
        ("type=label", json!([["en:organic", 1], [null, 1]]), 2),
        ("type=category", json!([["en:organic", 1], [null, 1]]), 2),
        ("type=trace", json!([]), 0),
        ("type=nope", json!([]), 0),
        ("count=1", json!([[null, 4]]), 6),
        ("count=1&page=2", json!([["en:organic", 2]]), 6),
        ("page=3", json!([]), 6),
        ("country=en:germany", json!([["en:organic", 1]]), 1),
        (
            "country=world&type=label&countries=de",
            json!([["en:organic", 1]]),
            1,
        ),
        ("campaign=a", json!([[null, 1]]), 1),
        ("predictor=regex", json!([[null, 1]]), 1),
        ("with_image=true", json!([["en:organic", 1]]), 1),
        ("reserved_barcode=true", json!([[null, 1]]), 1),
        ("server_type=off_pro", json!([[null, 1]]), 1),
    ] {
        let list = get(&router, &format!("/api/v1/questions/unanswered/?{query}")).await;
        let list = list.json();
        assert_eq!(
            (&list["questions"], &list["count"]),
            (&expected, &json!(count)),
            "{query}"
        );
    }
    for query in ["count=0", "country=zz", "countries=zz", "with_image=2"] {
        let response = get(&router, &format!("/api/v1/questions/unanswered?{query}")).await;
        assert_eq!(response.status.as_u16(), 400, "{query}");
    }
}

#[tokio::test]
async fn invalid_parameters_are_refused() {
    let router = with_rows().await.router();
    for query in [
        "order_by=bad",
        "count=0",
        "server_type=x",
        "with_image=x",
        "countries=zz",
    ] {
        let response = get(&router, &format!("/api/v1/questions?{query}")).await;
        assert_eq!(response.status.as_u16(), 400, "{query}");
    }
    let bearer = [("authorization", "Bearer x")];
    let response = send(&router, "GET", "/api/v1/questions", &bearer, "").await;
    assert_eq!(response.status.as_u16(), 401);
}

/// Label insights with the tags `en:0` and so on.
async fn with_labels(labels: u128) -> TestApp {
    let app = TestApp::new().await;
    let rows = (0..labels).map(|number| {
        let mut row = insight(number, PRODUCT, InsightKind::Label);
        row.value_tag = Some(format!("en:{number}"));
        row
    });
    app.store(rows.collect()).await;
    app
}

#[tokio::test]
async fn matches_are_counted_up_to_100_by_default() {
    let router = with_labels(102).await.router();
    for (query, count) in [("", 100), ("count_exact=true", 102)] {
        for list in ["questions", "insights"] {
            let path = format!("/api/v1/{list}?count=1&{query}");
            assert_eq!(get(&router, &path).await.json()["count"], count, "{path}");
        }
    }
}

#[tokio::test]
async fn random_and_popular_have_their_own_order() {
    let router = with_rows().await.router();
    let popular = get(&router, "/api/v1/questions/popular?order_by=bad").await;
    assert_eq!(numbers(&popular.json()), ALL);
    let router = with_labels(60).await.router();
    for path in ["random?", "random/?", "?order_by=random&"] {
        let path = format!("/api/v1/questions/{path}count=60");
        let mut draws = Vec::new();
        for _ in 0..8 {
            draws.push(numbers(&get(&router, &path).await.json()));
        }
        draws.dedup();
        assert!(draws.len() > 1, "{path}");
        draws[0].sort_unstable();
        assert_eq!(draws[0], Vec::from_iter(0..60), "{path}");
    }
}

#[tokio::test]
async fn a_voter_does_not_see_the_insight_again() {
    let app = with_rows().await;
    for (number, username, device) in [(4, None, "d1"), (3, Some("alice"), "d2")] {
        let vote = Vote {
            id: Uuid::new_v4(),
            insight: InsightId(Uuid::from_u128(number)),
            username: username.map(str::to_owned),
            value: VoteValue::Skip,
            device_id: device.to_owned(),
            address_hash: None,
            timestamp: chrono::NaiveDateTime::default(),
        };
        let changes = Changes::new().with(Change::CastVote(vote));
        app.store.commit(changes).await.expect("the store works");
    }
    let router = app.router();
    let login = ("authorization", "Basic YWxpY2U6cHc=");
    for (query, headers, expected) in [
        ("device_id=d", &[][..], ALL),
        ("device_id=d1", &[], &[2, 1, 3]),
        ("device_id=d1", &[login], &[2, 1]),
        ("device_id=d3", &[login], &[2, 4, 1]),
        ("device_id=d2", &[], &[2, 4, 1]),
    ] {
        let path = format!("/api/v1/questions?{query}");
        let list = send(&router, "GET", &path, headers, "").await.json();
        let mut listed = numbers(&list);
        listed.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(listed, expected, "{query} {headers:?}");
    }
}

#[tokio::test]
async fn questions_are_written_with_urls() {
    let app = TestApp::new().await;
    let router = app.router();
    for path in ["questions", "questions/1"] {
        let list = get(&router, &format!("/api/v1/{path}")).await.json();
        assert_eq!(list["questions"], json!([]), "{path}");
        assert_eq!(list["status"], "no_questions", "{path}");
    }
    let mut full = insight(7, PRODUCT, InsightKind::Label);
    full.product.server_type = ServerType::Obf;
    full.value_tag = Some("de:ohne-gentechnik".to_owned());
    full.source_image = Some(SourceImage::new("/300/123/456/7890/1.jpg"));
    let mut bare = insight(8, PRODUCT, InsightKind::Label);
    bare.product.server_type = ServerType::Obf;
    bare.value_tag = Some(String::new());
    app.store(vec![full, bare]).await;
    let expected = json!([
        {
            "barcode": PRODUCT, "server_type": "obf", "type": "add-binary", "value": "Sans OGM",
            "question": "Ce produit porte-t-il ce label ?",
            "insight_id": "00000000-0000-0000-0000-000000000007",
            "insight_type": "label", "value_tag": "de:ohne-gentechnik",
            "ref_image_url": "https://static.example/images/lang/de/labels/ohne-gentechnik.90x90.svg",
            "source_image_url": "https://obf.example/images/300/123/456/7890/1.400.jpg",
        },
        {
            "barcode": PRODUCT, "server_type": "obf", "type": "add-binary", "value": "",
            "question": "Ce produit porte-t-il ce label ?",
            "insight_id": "00000000-0000-0000-0000-000000000008",
            "insight_type": "label",
        },
    ]);
    let list = get(&router, "/api/v1/questions?server_type=obf&lang=fr").await;
    assert_eq!(
        list.json(),
        json!({"count": 2, "questions": expected, "status": "found"})
    );
    let path = format!("/api/v1/questions/{PRODUCT}?server_type=obf&lang=fr");
    assert_eq!(
        get(&router, &path).await.json(),
        json!({"questions": expected, "status": "found"})
    );
}

#[tokio::test]
async fn a_question_is_in_the_language_of_the_parameter() {
    let router = with_rows().await.router();
    for (lang, value) in [
        ("fr", "Bio"),
        ("en", "Organic"),
        ("", "Organic"),
        ("pt_BR", "Organic"),
    ] {
        let path = format!("/api/v1/questions?value_tag=en:organic&lang={lang}");
        let list = get(&router, &path).await.json();
        assert_eq!(list["questions"][0]["value"], value, "{lang}");
    }
}

#[tokio::test]
async fn questions_are_found_by_all_forms_of_a_barcode() {
    let app = TestApp::new().await;
    app.store(vec![
        insight(1, "00000123", InsightKind::Brand),
        insight(2, "0000000000123", InsightKind::Label),
        insight(3, "0000000000123", InsightKind::Category),
        insight(4, "0000000000123", InsightKind::Store),
    ])
    .await;
    let router = app.router();
    for (path, expected) in [
        ("0123", &[3, 2, 1][..]),
        ("123?count=2&lang=fr", &[3, 2]),
        ("123?insight_types=brand,label", &[2, 1]),
        ("123?insight_types=store", &[4]),
        ("123?server_type=opf", &[]),
        ("124", &[]),
    ] {
        let list = get(&router, &format!("/api/v1/questions/{path}")).await;
        assert_eq!(numbers(&list.json()), expected, "{path}");
    }
    let response = get(&router, "/api/v1/questions/123?count=0").await;
    assert_eq!(response.status.as_u16(), 400);
}

#[tokio::test]
async fn an_unavailable_dependency_is_not_a_defect() {
    let app = with_rows().await;
    let router = app.router();
    for (fault, status, title, retry) in [
        (Fault::Unavailable, 503, "503 Service Unavailable", "2"),
        (Fault::Defect, 500, "500 Internal Server Error", ""),
    ] {
        app.knowledge.fail(fault);
        let response = get(&router, "/api/v1/questions").await;
        assert_eq!(response.status.as_u16(), status);
        assert_eq!(response.json()["title"], title);
        assert_eq!(response.header("retry-after"), retry);
    }
}
