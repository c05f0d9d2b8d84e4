//! Pages: the questions at `/`, and the images of the demo set.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use axum::middleware::map_response;
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::services::ServeDir;

/// Page with questions, built in. It fetches only the API of this service and images.
const PAGE: &str = include_str!("../../../web/index.html");

/// Router of the pages; the folder of the demo set holds `images`.
pub(crate) fn pages(demo: Option<&Path>) -> Router {
    let pages = Router::new().route("/", get(page));
    match demo {
        Some(folder) => {
            let images = Router::new()
                .fallback_service(ServeDir::new(folder.join("images")))
                .layer(map_response(kept_for_a_day));
            pages.nest("/demo/images", images)
        }
        None => pages,
    }
}

/// An image never changes under its name.
async fn kept_for_a_day(mut response: Response<Body>) -> Response<Body> {
    if response.status().is_success() {
        let headers = response.headers_mut();
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=86400"),
        );
    }
    response
}

async fn page() -> impl IntoResponse {
    // Not cached: a newer program may have a newer page.
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, PAGE)
}
