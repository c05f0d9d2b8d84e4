//! Routes, one file each; the folders are the tree of paths. A new route is a file, its
//! `mod` line and its line in [`all`]; the snapshot in `tests/it/routes.txt` shows it.

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

/// List of all routes.
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

/// Fallback for unknown paths.
pub(crate) async fn unknown() -> ApiError {
    ApiError::not_found()
}
