//! `/insights` and the routes below it, on a small store.

use axum::Router;
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::insight::{Insight, InsightId, InsightKind, Outcome, Verdict};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{ServerType, SourceImage};
use robotoff_core::vote::{Vote, VoteValue};
use robotoff_ports::Store;
use robotoff_ports::store::{Change, Changes, InsightClosure};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::test_app::{TestApp, get, insight, migrated, send, store_insights};

/// Eight insights, 1 to 8.
fn rows() -> Vec<Insight> {
    use InsightKind::{Brand, Category, Label};
    let texts = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
    let mut rows = vec![
        insight(1, "3001234567890", Label),
        insight(2, "3001234567890", Category),
        insight(3, "00000123", Brand),
        insight(4, "0000000000123", Label),
        insight(5, "3001234567890", Label),
        insight(6, "4001234567890", Label),
        insight(7, "4001234567891", Label),
        insight(8, "4001234567892", Label),
    ];
    rows[0].value_tag = Some("en:organic".to_owned());
    rows[0].countries = texts(&["en:france", "en:germany"]);
    rows[0].source_image = Some(SourceImage::new("/300/123/456/7890/1.jpg"));
    rows[0].timestamp = Some(NaiveDateTime::default() + TimeDelta::microseconds(1_500_000));
    rows[0].confidence = Some(0.9);
    rows[0].data.insert("logo_id".to_owned(), json!(991));
    rows[1].brands = texts(&["acme", "other"]);
    rows[1].automatic_processing = true;
    rows[1].unique_scans_n = 12;
    rows[2].campaigns = texts(&["a", "b"]);
    rows[2].lc = texts(&["fr", "de"]);
    rows[3].predictor = Some("regex".to_owned());
    rows[3].confidence = Some(1.0);
    rows[6].kind = PredictionKind::Trace;
    rows[7].product.server_type = ServerType::Obf;
    rows
}

async fn fill(store: &dyn Store) {
    store_insights(store, rows()).await;
    let vote = Vote {
        id: Uuid::from_u128(100),
        insight: InsightId(Uuid::from_u128(6)),
        username: None,
        value: VoteValue::Skip,
        device_id: "d1".to_owned(),
        address_hash: None,
        timestamp: NaiveDateTime::default(),
    };
    let closure = InsightClosure {
        insight: InsightId(Uuid::from_u128(5)),
        verdict: Verdict::Accepted,
        outcome: Some(Outcome::Updated),
        username: Some("ann".to_owned()),
        completed_at: NaiveDateTime::default(),
        data: None,
        claim: None,
    };
    let changes = Changes::new()
        .with(Change::CastVote(vote))
        .with(Change::CloseInsight(Box::new(closure)));
    store.commit(changes).await.expect("the store works");
}

/// Routers on both databases.
async fn routers() -> Vec<Router> {
    let cluster = robotoff_testbed::postgres();
    let urls = [
        "sqlite::memory:".to_owned(),
        cluster.database(None).expect("a database"),
    ];
    let mut routers = Vec::new();
    for url in urls {
        let database = migrated(&url).await;
        fill(&database).await;
        routers.push(TestApp::on(database).router());
    }
    routers
}

fn numbers(list: &Value) -> Vec<u128> {
    let rows = list["insights"].as_array().into_iter().flatten();
    let ids = rows.map(|row| row["id"].as_str().expect("an id"));
    ids.map(|id| Uuid::parse_str(id).expect("a UUID").as_u128())
        .collect()
}

/// Query, numbers of the insights on the page, and number of matches.
const FILTERS: [(&str, &[u128], u64); 44] = [
    ("", &[1, 2, 3, 4, 5, 6, 7], 7),
    ("count=2", &[1, 2], 7),
    ("count=2&page=2", &[3, 4], 7),
    ("count=2&page=9", &[], 7),
    ("insight_types=label", &[1, 4, 5, 6], 4),
    ("insight_types=label,brand", &[1, 3, 4, 5, 6], 5),
    ("insight_types=label%2Cbrand", &[1, 3, 4, 5, 6], 5),
    (
        "insight_types=label&insight_types=brand",
        &[1, 3, 4, 5, 6],
        5,
    ),
    ("insight_types=nope", &[], 0),
    ("insight_types=", &[1, 2, 3, 4, 5, 6, 7], 7),
    ("insight_types=a,b,c,d,e,f,g,h,i,j,label", &[], 0),
    ("barcode=03001234567890", &[1, 2, 5], 3),
    ("barcode=123", &[3, 4], 2),
    ("barcode=0000000000123", &[3, 4], 2),
    ("barcode=", &[1, 2, 3, 4, 5, 6, 7], 7),
    ("annotated=true", &[5], 1),
    ("annotated", &[5], 1),
    ("annotated=no", &[1, 2, 3, 4, 6, 7], 6),
    ("annotation=1", &[5], 1),
    ("annotation=0", &[], 0),
    ("annotation=7", &[], 0),
    ("value_tag=en:organic", &[1], 1),
    ("value_tag=x,en:organic", &[1], 1),
    ("predictor=regex", &[4], 1),
    ("predictor=", &[], 0),
    ("brands=acme", &[2], 1),
    ("brands=x,other", &[2], 1),
    ("server_type=obf", &[8], 1),
    ("countries=fr", &[1], 1),
    ("countries=it,de", &[1], 1),
    ("countries=world", &[], 0),
    ("countries=FR", &[1], 1),
    ("countries=en:france", &[1], 1),
    ("country=en:france", &[1], 1),
    ("country=de,en:germany,DE", &[1], 1),
    ("country=it", &[], 0),
    ("country=it&countries=fr", &[1], 1),
    ("campaigns=a,b", &[3], 1),
    ("campaigns=a,c", &[], 0),
    ("lc=it,de", &[3], 1),
    ("device_id=d1", &[1, 2, 3, 4, 5, 7], 6),
    ("device_id=d2", &[1, 2, 3, 4, 5, 6, 7], 7),
    ("order_by=popularity&count=2", &[2, 1], 7),
    ("order_by=confidence&count=2", &[4, 1], 7),
];

#[tokio::test]
async fn insights_are_listed_by_filter() {
    for router in routers().await {
        for (query, expected, count) in FILTERS {
            let response = get(&router, &format!("/api/v1/insights?{query}")).await;
            let list = response.json();
            assert_eq!(numbers(&list), expected, "{query}");
            assert_eq!(list["count"], count, "{query}");
            let status = if expected.is_empty() {
                "no_insights"
            } else {
                "found"
            };
            assert_eq!(list["status"], status, "{query}");
        }
        let response = get(&router, "/api/v1/insights?order_by=rarity").await;
        assert_eq!(response.status.as_u16(), 400);
        let response = get(&router, "/api/v1/insights?order_by=random&count=3&page=3").await;
        assert_eq!(numbers(&response.json()).len(), 3);
    }
}

#[tokio::test]
async fn an_anonymous_login_is_identified_by_the_device() {
    for router in routers().await {
        let null = [("authorization", "Basic bnVsbDpwdw==")];
        let path = "/api/v1/insights?device_id=d1&count=1";
        let response = send(&router, "GET", path, &null, "").await;
        assert_eq!(response.json()["count"], 6);
    }
}

#[tokio::test]
async fn the_open_insights_of_a_product_are_listed() {
    for router in routers().await {
        for (path, expected) in [
            ("3001234567890", vec![1, 2]),
            ("3001234567890/", vec![1, 2]),
            ("003001234567890", vec![1, 2]),
            ("123", vec![3, 4]),
            ("4001234567892?server_type=obf", vec![8]),
        ] {
            let list = get(&router, &format!("/api/v1/insights/{path}"))
                .await
                .json();
            assert_eq!(numbers(&list), expected, "{path}");
            assert_eq!(list["status"], "found", "{path}");
        }
        for path in ["4001234567892", "3001234567890?server_type=obf", "x%2F1"] {
            let response = get(&router, &format!("/api/v1/insights/{path}")).await;
            assert_eq!(response.text, "{\"status\":\"no_insights\"}", "{path}");
        }
    }
}

#[tokio::test]
async fn one_insight_has_every_member() {
    for router in routers().await {
        let id = Uuid::from_u128(1).to_string();
        let expected = json!({
            "id": id, "barcode": "3001234567890", "type": "label", "data": {"logo_id": 991},
            "timestamp": "1970-01-01T00:00:01.500000", "completed_at": null, "annotation": null,
            "annotated_result": null, "n_votes": 0, "username": null,
            "countries": ["en:france", "en:germany"], "brands": [], "process_after": null,
            "value_tag": "en:organic", "value": null, "source_image": "/300/123/456/7890/1.jpg",
            "automatic_processing": false, "server_type": "off", "unique_scans_n": 0,
            "reserved_barcode": false, "predictor": null, "predictor_version": null,
            "campaign": [], "confidence": 0.9_f32, "bounding_box": null, "lc": null,
            "with_image": null,
        });
        let response = get(&router, &format!("/api/v1/insights/detail/{id}")).await;
        assert!(
            response.text.contains("\"confidence\":0.9,"),
            "{}",
            response.text
        );
        let have = response.json();
        for (name, value) in expected.as_object().unwrap() {
            if name != "confidence" {
                assert_eq!(&have[name], value, "{name}");
            }
        }
        assert_eq!(
            have.as_object().unwrap().len(),
            expected.as_object().unwrap().len()
        );
        let upper = id.to_uppercase();
        let bare = id.replace('-', "");
        for form in [upper.as_str(), bare.as_str(), &format!("%7B{id}%7D")] {
            let response = get(&router, &format!("/api/v1/insights/detail/{form}")).await;
            assert_eq!(response.json()["id"], id, "{form}");
        }
        for unknown in ["xyz", "00000000-0000-0000-0000-000000000000"] {
            let response = get(&router, &format!("/api/v1/insights/detail/{unknown}")).await;
            assert_eq!(response.status.as_u16(), 404, "{unknown}");
            assert_eq!(response.json()["code"], "not_found", "{unknown}");
        }
    }
}

#[tokio::test]
async fn random_insights_are_open_and_can_be_answered() {
    for router in routers().await {
        for (query, expected) in [
            ("", vec![1, 2, 3, 4, 6]),
            ("?type=label", vec![1, 4, 6]),
            ("?type=trace", vec![7]),
            ("?type=nope", vec![]),
            ("?value_tag=en:organic", vec![1]),
            ("?predictor=regex", vec![4]),
            ("?countries=de", vec![1]),
            ("?server_type=obf", vec![8]),
        ] {
            let list = get(&router, &format!("/api/v1/insights/random{query}"))
                .await
                .json();
            let mut found = numbers(&list);
            found.sort_unstable();
            assert_eq!(found, expected, "{query}");
            assert_eq!(list["count"], expected.len(), "{query}");
        }
        let list = get(&router, "/api/v1/insights/random?count=2").await.json();
        assert_eq!((numbers(&list).len(), &list["count"]), (2, &json!(5)));
    }
}

#[tokio::test]
async fn a_client_that_has_an_insight_gets_it_only_when_it_changed() {
    let router = routers().await.remove(0);
    let path = format!("/api/v1/insights/detail/{}", Uuid::from_u128(1));
    let first = get(&router, &path).await;
    assert_eq!(first.header("cache-control"), "no-cache");
    let etag = first.header("etag").to_owned();
    let again = send(&router, "GET", &path, &[("if-none-match", &etag)], "").await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), etag);
    let vote = format!(
        "insight_id={}&annotation=1&device_id=d9",
        Uuid::from_u128(1)
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let voted = send(&router, "POST", "/api/v1/insights/annotate", &form, &vote).await;
    assert_eq!(voted.status.as_u16(), 200, "{voted:?}");
    let changed = send(&router, "GET", &path, &[("if-none-match", &etag)], "").await;
    assert_eq!(changed.status.as_u16(), 200);
    assert_ne!(changed.header("etag"), etag);
}
