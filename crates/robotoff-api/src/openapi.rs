//! OpenAPI document, generated from the routes, and the Swagger page that shows it. Neither
//! the build nor the page fetches anything from other hosts.

use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, OpenApi as Document, Ref, RefOr, ResponseBuilder, Server};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::Api;
use crate::path_prefix::PathPrefix;

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
        (name = "operation", description = "What operators see and do, behind the page /ops."),
    ),
)]
struct Description;

/// Router and document of the routes.
pub(crate) fn split(
    routes: OpenApiRouter<Api>,
    path_prefix: &PathPrefix,
) -> (Router<Api>, Document) {
    let (router, mut document) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(routes)
        .split_for_parts();
    complete(&mut document);
    secure(&mut document);
    let server = Some(path_prefix.join("")).filter(|path| !path.is_empty());
    document.servers = Some(vec![Server::new(server.unwrap_or_else(|| "/".to_owned()))]);
    (router, document)
}

/// Fills in what the standard demands and a route says elsewhere: an operation is described
/// by its summary, and a success by its schema.
fn complete(document: &mut Document) {
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
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

/// Name of the response to a client above its rate.
const TOO_MANY_REQUESTS: &str = "TooManyRequests";

/// Adds the ways to be known, none of which a read requires, and the response to clients above
/// their rate, which every operation may have.
fn secure(document: &mut Document) {
    let described = |scheme, description: &str| {
        let mut http = Http::new(scheme);
        http.description = Some(description.to_owned());
        SecurityScheme::Http(http)
    };
    let session = ApiKeyValue::with_description("session", "session of Product Opener");
    let schemes = [
        (
            "login",
            described(HttpAuthScheme::Basic, "user of Product Opener"),
        ),
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(session))),
        (
            "token",
            described(HttpAuthScheme::Bearer, "token of a machine"),
        ),
    ];
    let named = |name| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
    let mut known = vec![SecurityRequirement::default()];
    known.extend(schemes.iter().map(|(name, _)| named(*name)));
    document.security = Some(known);
    let components = document.components.get_or_insert_default();
    for (name, scheme) in schemes {
        components.add_security_scheme(name, scheme);
    }
    let error = Content::new(Some(Ref::from_schema_name("ApiError")));
    let too_many = ResponseBuilder::new()
        .description("this address or login has sent too many requests: see Retry-After")
        .content("application/json", error)
        .build();
    let responses = &mut components.responses;
    responses.insert(TOO_MANY_REQUESTS.to_owned(), too_many.into());
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            let responses = &mut operation.responses.responses;
            let too_many = Ref::from_response_name(TOO_MANY_REQUESTS);
            responses
                .entry("429".to_owned())
                .or_insert(RefOr::Ref(too_many));
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let operations = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ];
    operations.into_iter().flatten()
}

/// Router of the document and of its page.
pub(crate) fn pages(document: Document, path_prefix: &PathPrefix) -> Router {
    // By default the page sends the document to a validator on the internet.
    let config = Config::new([path_prefix.join(DOCUMENT)]).validator_url("none");
    SwaggerUi::new(PAGE)
        .url(DOCUMENT, document)
        .config(config)
        .into()
}
