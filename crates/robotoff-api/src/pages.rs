//! Pages: the questions at `/`, and the images of the demo set.

use std::path::Path;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::services::ServeDir;

/// Page with questions, built in. It fetches only the API of this service and images.
const PAGE: &str = include_str!("../../../web/index.html");

/// Router of the pages; the folder of the demo set holds `images`.
pub(crate) fn pages(demo: Option<&Path>) -> Router {
    let pages = Router::new().route("/", get(page));
    match demo {
        Some(folder) => pages.nest_service("/demo/images", ServeDir::new(folder.join("images"))),
        None => pages,
    }
}

async fn page() -> impl IntoResponse {
    // Not cached: a newer program may have a newer page.
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, PAGE)
}
