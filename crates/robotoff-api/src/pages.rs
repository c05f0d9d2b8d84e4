//! Pages, built from `web/` into the program, and the images of the demo set.

use std::path::Path;

use axum::Router;
use axum::extract::Path as PathSegments;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::Embed;
use tower_http::services::ServeDir;

/// Files that `npm run build` wrote. Empty, but for a placeholder of the folder, where it
/// did not run: the program is built without Node too.
#[derive(Embed)]
#[folder = "../../web/dist"]
struct Files;

/// Page of a program that was built without the pages.
const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
<title>Robotoff</title>
<p>This program was built without its pages (<code>make up</code> builds them).
The API is described at <a href=\"docs/\">docs</a>.</p>
</html>
";

/// Not cached: a newer program may have a newer page, which names other assets.
const OF_PAGES: &str = "no-cache";
/// The name of an asset has a hash of its content: another content has another name.
const OF_ASSETS: &str = "public, max-age=31536000, immutable";

/// Router of the pages; the folder of the demo set holds `images`.
pub(crate) fn pages(demo: Option<&Path>) -> Router {
    let pages = Router::new()
        .route("/", get(questions))
        .route("/ops", get(dashboard))
        .route("/assets/{name}", get(asset));
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

/// The page that asks questions.
async fn questions() -> Response {
    page("index.html")
}

/// The dashboard of operators. It holds no data: its API asks for the rights.
async fn dashboard() -> Response {
    page("ops.html")
}

fn page(name: &str) -> Response {
    match Files::get(name) {
        Some(file) => body(file.data.into_owned(), "text/html; charset=utf-8", OF_PAGES),
        None => body(PLACEHOLDER.into(), "text/html; charset=utf-8", OF_PAGES),
    }
}

async fn asset(PathSegments(name): PathSegments<String>) -> Response {
    let content_type = match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match Files::get(&format!("assets/{name}")) {
        Some(file) => body(file.data.into_owned(), content_type, OF_ASSETS),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn body(content: Vec<u8>, content_type: &'static str, caching: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, caching)];
    (headers, content).into_response()
}

/// An image never changes under its name.
async fn kept_for_a_day(mut response: Response) -> Response {
    if response.status().is_success() {
        let value = HeaderValue::from_static("public, max-age=86400");
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
    response
}
