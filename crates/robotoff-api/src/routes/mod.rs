//! Every address that is answered, one file each; the folders are the tree of
//! addresses. A new route needs its file and its line in [`all`].

pub(crate) mod explain;
mod health;
mod insights;
mod questions;
mod robots;
mod status;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::error::ApiError;

/// The list of routes.
pub(crate) fn all() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(robots::robots))
        .routes(routes!(status::status))
        .routes(routes!(health::health))
        .routes(routes!(insights::insights))
        .routes(routes!(insights::barcode::of_product))
        .routes(routes!(insights::detail::detail))
        .routes(routes!(insights::random::random))
        .routes(routes!(insights::annotate::annotate))
        .routes(routes!(explain::barcode::explain))
        .routes(routes!(questions::questions))
        .routes(routes!(questions::barcode::questions_about))
        .routes(routes!(questions::random::random_questions))
        .routes(routes!(questions::popular::popular_questions))
}

/// Everything else.
pub(crate) async fn unknown() -> ApiError {
    ApiError::not_found()
}
