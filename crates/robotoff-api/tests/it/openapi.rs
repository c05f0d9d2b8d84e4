//! The description of the interface: a contract, so a change of it shows here.

use serde_json::Value;

use crate::service::{ask, empty, get};

/// Method, path and parameters of every route.
const ROUTES: &str = "\
GET /api/v1/explain/{barcode}: barcode server_type
GET /api/v1/health
GET /api/v1/insights/detail/{insight_id}: insight_id
GET /api/v1/insights/random: type value_tag predictor count server_type countries
GET /api/v1/insights/{barcode}: barcode server_type
GET /api/v1/insights: count page insight_types barcode annotated annotation value_tag predictor \
    brands server_type countries order_by campaigns lc device_id count_exact
GET /api/v1/questions/popular: order_by count page lang insight_types value_tag brands \
    reserved_barcode server_type countries campaigns campaign with_image predictor device_id \
    count_exact
GET /api/v1/questions/random: order_by count page lang insight_types value_tag brands \
    reserved_barcode server_type countries campaigns campaign with_image predictor device_id \
    count_exact
GET /api/v1/questions/{barcode}: barcode count lang server_type insight_types device_id
GET /api/v1/questions: order_by count page lang insight_types value_tag brands \
    reserved_barcode server_type countries campaigns campaign with_image predictor device_id \
    count_exact
GET /api/v1/status
GET /robots.txt
POST /api/v1/insights/annotate: insight_id annotation update data device_id
";

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
        let answer = ask(&router, "OPTIONS", path, &[], "").await;
        let mut allowed: Vec<&str> = answer.header("allow").split(", ").collect();
        allowed.retain(|method| !["HEAD", "OPTIONS"].contains(method));
        let described: Vec<String> = methods.keys().map(|method| method.to_uppercase()).collect();
        assert_eq!(allowed, described, "{path}");
    }
    lines.sort();
    assert_eq!(lines.join("\n"), ROUTES.trim_end());
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
