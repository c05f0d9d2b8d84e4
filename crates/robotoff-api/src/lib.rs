//! The HTTP interface, compatible with the existing service (`docs/reference/api.md`).
//!
//! `routes` mirrors the tree of paths, one file each; a handler parses its request, calls
//! one use case of [`App`] and writes the result. `middleware` wraps every request,
//! `request_context` parses parameters, body and caller, `error` alone knows the status
//! codes of failures.

mod caller;
mod compression;
mod correlation;
mod cors;
mod cursor;
mod error;
mod health;
mod image_urls;
mod json;
mod metrics;
mod middleware;
mod openapi;
mod pages;
mod params;
mod request_context;
mod role;
mod routes;
mod unknown_parameters;
mod validated;

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use robotoff_app::App;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use unknown_parameters::KnownParameters;

pub use health::{CheckResult, HealthCheck, HealthChecks, HealthReport};
pub use image_urls::ImageUrls;
pub use metrics::{Metrics, ReadState};
pub use role::Role;
pub use routes::explain::ExplanationList;

/// Limits of requests, and the demo set.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Timeout of a request; a longer one is answered with 503.
    pub request_timeout: Duration,
    /// Largest request body that is read.
    pub max_body_bytes: usize,
    /// Role of a caller with a login, which is believed.
    pub role_of_logins: Role,
    /// Token of the webhook of batch jobs; without one it is closed.
    pub batch_token: Option<String>,
    /// Folder of the demo set, whose images are served below `/demo/images`.
    pub demo: Option<PathBuf>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(60),
            max_body_bytes: 1 << 20,
            role_of_logins: Role::User,
            batch_token: None,
            demo: None,
        }
    }
}

/// State that every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub app: Arc<App>,
    pub image_urls: Arc<ImageUrls>,
    pub health: Arc<HealthChecks>,
    pub settings: ApiSettings,
}

/// Router with all routes and the middleware around them.
pub fn router(api: Api) -> Router {
    let request_timeout = api.settings.request_timeout;
    let pages = pages::pages(api.settings.demo.as_deref());
    let (routes, document) = openapi::split(routes::all());
    let known = Arc::new(KnownParameters::of(&document));
    let routes = routes
        .route_layer(from_fn_with_state(known, unknown_parameters::name_unknown))
        .route_layer(from_fn(metrics::observe))
        .fallback(routes::unknown)
        .with_state(api)
        .merge(openapi::pages(document))
        .merge(pages);
    // A layer on the routes would run after routing, too late to change the path: the
    // middleware goes around a router whose only route is the other one.
    Router::new()
        .fallback_service(routes)
        .layer(from_fn_with_state(
            request_timeout,
            middleware::around_request,
        ))
        .layer(compression::layer())
}

/// Serves until `stop` is cancelled, then waits for the requests in progress.
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
