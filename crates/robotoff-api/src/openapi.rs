//! The description of the interface, made from the routes themselves, and a page
//! that shows it. Nothing is fetched from elsewhere, when built or when viewed.

use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::Api;

/// Where the description is.
const DOCUMENT: &str = "/api/v1/openapi.json";
/// Where it is shown.
const PAGE: &str = "/docs";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Robotoff",
        description = "Finds facts about products in pictures of their labels, asks people whether they are true, and edits the product.",
    ),
    tags(
        (name = "questions", description = "Insights, worded for a person."),
        (name = "insights", description = "Claims about products, and answers to them."),
        (name = "explanations", description = "What became of what was read on pictures, and why."),
        (name = "service", description = "Whether the service runs."),
    ),
)]
struct Description;

/// The routes, and the description of them.
pub(crate) fn split(routes: OpenApiRouter<Api>) -> (Router<Api>, Document) {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(routes)
        .split_for_parts()
}

/// The description and the page that shows it.
pub(crate) fn pages(document: Document) -> Router {
    // By default the page sends the description to a validator of its makers.
    let config = Config::default().validator_url("none");
    SwaggerUi::new(PAGE)
        .url(DOCUMENT, document)
        .config(config)
        .into()
}
