//! The OpenAPI document. The snapshot `routes.txt` shows each change of the contract.

use serde_json::Value;

use crate::test_app::{empty, get, send};

/// The document, from which the client of the pages is generated.
const DOCUMENT: &str = include_str!("../../../../web/openapi.json");

/// Method, path and parameters of every route: the contract with clients.
const SNAPSHOT: &str = include_str!("routes.txt");

fn line(path: &str, method: &str, route: &Value) -> String {
    let parameters = route["parameters"].as_array().into_iter().flatten();
    let names: Vec<&str> = parameters
        .map(|one| one["name"].as_str().expect("a name"))
        .collect();
    let line = format!("{} {path}: {}", method.to_uppercase(), names.join(" "));
    line.trim_end_matches([':', ' ']).to_owned()
}

#[tokio::test]
async fn every_route_is_described() {
    let router = empty().await;
    let document = get(&router, "/api/v1/openapi.json").await.json();
    let mut lines = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap();
        lines.extend(
            methods
                .iter()
                .map(|(method, route)| line(path, method, route)),
        );
        let response = send(&router, "OPTIONS", path, &[], "").await;
        let mut allowed: Vec<&str> = response.header("allow").split(", ").collect();
        allowed.retain(|method| !["HEAD", "OPTIONS"].contains(method));
        let described: Vec<String> = methods.keys().map(|method| method.to_uppercase()).collect();
        assert_eq!(allowed, described, "{path}");
    }
    lines.sort();
    let routes = lines.join("\n") + "\n";
    check_snapshot("tests/it/routes.txt", &routes, SNAPSHOT);
}

#[tokio::test]
async fn the_client_of_the_pages_is_generated_from_this_document() {
    let router = empty().await;
    let document = get(&router, "/api/v1/openapi.json").await.json();
    let document = serde_json::to_string_pretty(&document).expect("JSON is written") + "\n";
    check_snapshot("../../web/openapi.json", &document, DOCUMENT);
}

/// Fails when they differ, and says how to accept what there is now.
#[track_caller]
fn check_snapshot(file: &str, now: &str, accepted: &str) {
    if now == accepted {
        return;
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    let new = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&new, now).expect("the folder of tests is writable");
    let snapshot = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    panic!(
        "the API has changed; where this is meant: cp {new} {snapshot} \
         (and, for openapi.json, npm run client in web/)"
    );
}

#[tokio::test]
async fn the_description_is_shown_without_a_network() {
    let router = empty().await;
    assert_eq!(get(&router, "/docs").await.header("location"), "/docs/");
    let page = get(&router, "/docs/").await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(!page.text.contains("https://"), "{}", page.text);
    for part in [
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "swagger-initializer.js",
    ] {
        assert!(page.text.contains(part), "{part}");
        let part = get(&router, &format!("/docs/{part}")).await;
        assert_eq!(part.status.as_u16(), 200);
    }
}
