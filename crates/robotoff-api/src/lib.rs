//! The HTTP interface: what clients ask, in the words of the existing service
//! (`docs/reference/api.md`).
//!
//! `routes` mirrors the tree of addresses, one file each. What all of them share:
//! `rim` goes around every request, `asked` reads it, `error` says what went wrong.

mod correlation;
mod cors;
mod error;
mod health;
mod identity;
mod json;
mod middleware;
mod openapi;
mod pages;
mod params;
mod pictures;
mod request_context;
mod routes;
mod service;
mod use_cases;

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use robotoff_ports::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use correlation::CorrelationId;
pub use health::{Finding, Findings, Health, Look};
pub use identity::Identity;
pub use pictures::PictureUrls;
pub use routes::explain::ExplanationList;
pub use service::{
    AnswerRequest, ProductQuestionsWanted, Question, QuestionPage, QuestionsWanted, Reply, Said,
    Service,
};
pub use use_cases::UseCases;

/// Limits of requests.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// An answer may take so long.
    pub time_limit: Duration,
    /// A body may be so long.
    pub max_body_bytes: usize,
    /// The folder of the demo set, whose pictures are served.
    pub demo: Option<PathBuf>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            time_limit: Duration::from_secs(60),
            max_body_bytes: 1 << 20,
            demo: None,
        }
    }
}

/// What routes answer from. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub store: Arc<dyn Store>,
    pub service: Arc<dyn Service>,
    pub pictures: Arc<PictureUrls>,
    pub health: Arc<Health>,
    pub settings: ApiSettings,
}

/// All routes.
pub fn router(api: Api) -> Router {
    let time_limit = api.settings.time_limit;
    let pages = pages::pages(api.settings.demo.as_deref());
    let (routes, document) = openapi::split(routes::all());
    let routes = routes
        .fallback(routes::unknown)
        .with_state(api)
        .merge(openapi::pages(document))
        .merge(pages);
    // The middleware may change the path, so it goes around the routing, too.
    Router::new()
        .fallback_service(routes)
        .layer(from_fn_with_state(time_limit, middleware::around_request))
}

/// Answers until told to stop; then lets what is under way end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stop.cancelled_owned())
        .into_future()
        .await
}
