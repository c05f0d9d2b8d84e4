//! `GET /`: a page that asks questions. One file, built in.

use axum::response::Html;

/// Shows a question with its picture, and answers it.
#[utoipa::path(
    get,
    path = "/",
    tag = "service",
    responses((status = OK, body = String, content_type = "text/html")),
)]
pub(crate) async fn page() -> Html<&'static str> {
    Html(include_str!("../../../../web/index.html"))
}
