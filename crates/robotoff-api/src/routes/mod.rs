//! Routes, one file each; the folders are the tree of paths. A new route is a file, its
//! `mod` line and its line in [`all`]; the snapshot in `tests/it/routes.txt` shows it.

mod ann;
mod annotation;
mod badges;
mod batch;
mod events;
pub(crate) mod explain;
mod health;
mod image_predictions;
mod images;
mod insights;
mod lists;
mod missions;
mod ops;
mod predict;
mod predictions;
mod prefill;
mod products;
mod questions;
mod robots;
mod status;
mod users;

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
        .routes(routes!(insights::dump::dump))
        .routes(routes!(explain::barcode::explain))
        .routes(routes!(questions::questions))
        .routes(routes!(questions::barcode::questions_about))
        .routes(routes!(questions::random::random_questions))
        .routes(routes!(questions::popular::popular_questions))
        .routes(routes!(questions::unanswered::unanswered))
        .routes(routes!(badges::badges))
        .routes(routes!(missions::missions, missions::create))
        .routes(routes!(
            missions::mission::mission,
            missions::mission::change
        ))
        .routes(routes!(prefill::prefill))
        .routes(routes!(prefill::photo::prefill_from_photo))
        .routes(routes!(predictions::predictions))
        .routes(routes!(predict::nutrition::nutrition))
        .routes(routes!(predict::ocr_prediction::ocr_prediction))
        .routes(routes!(predict::category::category))
        .routes(routes!(predict::ingredient_list::ingredient_list))
        .routes(routes!(
            predict::ingredients::spellcheck::spellcheck,
            predict::ingredients::spellcheck::spellcheck_of_body
        ))
        .routes(routes!(predict::lang::lang, predict::lang::lang_of_body))
        .routes(routes!(predict::lang_product::lang_product))
        .routes(routes!(products::dataset, products::download))
        .routes(routes!(images::images))
        .routes(routes!(images::crop::crop))
        .routes(routes!(images::predict::predict))
        .routes(routes!(images::logos::logos))
        .routes(routes!(images::logos::search::search))
        .routes(routes!(images::logos::annotate::annotate))
        .routes(routes!(images::logos::update::update))
        .routes(routes!(
            images::logos::logo::logo,
            images::logos::logo::annotate
        ))
        .routes(routes!(images::logos::reset::reset))
        .routes(routes!(image_predictions::image_predictions))
        .routes(routes!(image_predictions::import::import))
        .routes(routes!(ann::of_logo))
        .routes(routes!(ann::of_random_logo))
        .routes(routes!(batch::import))
        .routes(routes!(events::store))
        .routes(routes!(annotation::collection))
        .routes(routes!(users::statistics))
        .merge(operation())
}

/// Routes of the dashboard.
fn operation() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(
            ops::session::session,
            ops::session::begin,
            ops::session::end
        ))
        .routes(routes!(ops::overview::overview))
        .routes(routes!(ops::stream::stream))
        .routes(routes!(ops::series::series))
        .routes(routes!(ops::services::services))
        .routes(routes!(ops::queues::queues))
        .routes(routes!(ops::queues::change))
        .routes(routes!(ops::jobs::jobs, ops::jobs::change))
        .routes(routes!(ops::job::job))
        .routes(routes!(ops::schedules::schedules))
        .routes(routes!(ops::schedules::change))
        .routes(routes!(ops::schedules::run))
        .routes(routes!(ops::events::events))
        .routes(routes!(
            ops::parked_events::parked_events,
            ops::parked_events::change
        ))
        .routes(routes!(ops::edits::edits, ops::edits::change))
        .routes(routes!(ops::data::data))
        .routes(routes!(ops::health::health))
}

/// Fallback for unknown paths.
pub(crate) async fn unknown() -> ApiError {
    ApiError::not_found()
}
