//! `GET /robots.txt`: crawlers are asked to stay away (`docs/reference/api.md` 2.38).

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// Keeps crawlers away.
#[utoipa::path(
    get,
    path = "/robots.txt",
    tag = "service",
    responses((status = OK, body = String, content_type = "text/plain")),
)]
pub(crate) async fn robots() -> impl IntoResponse {
    let text = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    (text, "User-agent: *\nDisallow: /\n")
}
