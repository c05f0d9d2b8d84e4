//! OpenAPI document, generated from the routes, and the Swagger page that shows it. Neither
//! the build nor the page fetches anything from other hosts.

use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::{OpenApi as Document, RefOr};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::Api;

/// Path of the document.
const DOCUMENT: &str = "/api/v1/openapi.json";
/// Path of the page.
const PAGE: &str = "/docs";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Robotoff",
        description = "Finds facts about products in images of their labels, asks people whether they are true, and edits the product.",
        contact(name = "Open Food Facts"),
    ),
    servers((url = "/")),
    tags(
        (name = "questions", description = "Insights, worded for a person."),
        (name = "missions", description = "Sets of questions that people work on together."),
        (name = "insights", description = "Claims about products, and answers to them."),
        (name = "predictions", description = "What extractors and models found."),
        (name = "predict", description = "Predictions that are made for the request and not stored."),
        (name = "images", description = "Images, and what vision models found on them."),
        (name = "logos", description = "Logos on images, and their annotations."),
        (name = "explanations", description = "Dispositions of predictions, and the plan of a refresh."),
        (name = "service", description = "State of the service."),
    ),
)]
struct Description;

/// Router and document of the routes.
pub(crate) fn split(routes: OpenApiRouter<Api>) -> (Router<Api>, Document) {
    let (router, mut document) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(routes)
        .split_for_parts();
    complete(&mut document);
    (router, document)
}

/// Fills in what the standard demands and a route says elsewhere: an operation is described
/// by its summary, and a success by its schema.
fn complete(document: &mut Document) {
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        for operation in operations.into_iter().flatten() {
            if operation.description.is_none() {
                operation.description.clone_from(&operation.summary);
            }
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    "success".clone_into(&mut response.description);
                }
            }
        }
    }
}

/// Router of the document and of its page.
pub(crate) fn pages(document: Document) -> Router {
    // By default the page sends the document to a validator on the internet.
    let config = Config::default().validator_url("none");
    SwaggerUi::new(PAGE)
        .url(DOCUMENT, document)
        .config(config)
        .into()
}
