//! The OpenAPI document. The snapshot `routes.txt` shows each change of the contract.

use serde_json::Value;

use crate::test_app::{empty, get, send};

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
    if routes != SNAPSHOT {
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/routes.txt");
        std::fs::write(path, &routes).expect("the folder of tests is writable");
        let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/routes.txt");
        panic!("the routes have changed; where this is meant: cp {path} {snapshot}\n{routes}");
    }
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
