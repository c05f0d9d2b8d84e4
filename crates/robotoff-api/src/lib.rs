//! The HTTP interface, compatible with the existing service (`docs/reference/api.md`).
//!
//! `routes` mirrors the tree of paths, one file each; a handler parses its request, calls
//! one use case of [`App`] and writes the result. `middleware` wraps every request,
//! `request_context` parses parameters, body and caller, `error` alone knows the status
//! codes of failures.

mod caller;
mod claim;
mod client_address;
mod compression;
mod control;
mod correlation;
mod cors;
mod cursor;
mod error;
mod health;
mod identity;
mod image_urls;
mod json;
mod live;
mod metrics;
mod middleware;
mod openapi;
mod origins;
mod pages;
mod params;
mod path_prefix;
mod rate_limit;
mod request_context;
mod request_kind;
mod role;
mod routes;
mod security_headers;
mod server;
mod unknown_parameters;
mod validated;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use middleware::RequestRules;
use robotoff_app::App;
use unknown_parameters::KnownParameters;

pub use client_address::{InvalidNetwork, TrustedProxies};
pub use control::ApiControl;
pub use health::{CheckResult, HealthCheck, HealthChecks, HealthReport};
pub use image_urls::ImageUrls;
pub use live::LiveOverview;
pub use metrics::{Metrics, ReadState};
pub use origins::{AllowedOrigins, InvalidOrigin};
pub use path_prefix::{InvalidPathPrefix, PathPrefix};
pub use rate_limit::{InvalidRates, Rate, Rates};
pub use robotoff_core::access::Role;
pub use routes::explain::ExplanationList;
pub use server::{ConnectionSettings, serve};

/// Limits of requests, and the demo set.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Timeout of a request; a longer one is answered with 503.
    pub request_timeout: Duration,
    /// Largest request body that is read.
    pub max_body_bytes: usize,
    /// Role of a caller with a login where logins are not verified.
    pub role_of_logins: Role,
    /// Roles of verified logins that have more rights than others, by name.
    pub roles: BTreeMap<String, Role>,
    /// Token of the webhook of batch jobs; without one it is closed.
    pub batch_token: Option<String>,
    /// Folder of the demo set, whose images are served below `/demo/images`.
    pub demo: Option<PathBuf>,
    pub access: AccessSettings,
    /// Switch and limits that operators change while the API runs.
    pub control: ApiControl,
}

/// Rules about clients: their origins, addresses and rates, and the path they know.
#[derive(Debug, Clone, Default)]
pub struct AccessSettings {
    pub allowed_origins: AllowedOrigins,
    pub trusted_proxies: TrustedProxies,
    /// Without rates nothing is limited.
    pub rates: Option<Rates>,
    pub path_prefix: PathPrefix,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(70),
            max_body_bytes: 1 << 20,
            role_of_logins: Role::User,
            roles: BTreeMap::new(),
            batch_token: None,
            demo: None,
            access: AccessSettings::default(),
            control: ApiControl::default(),
        }
    }
}

/// State that every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub app: Arc<App>,
    pub image_urls: Arc<ImageUrls>,
    pub health: Arc<HealthChecks>,
    pub live: Arc<LiveOverview>,
    pub settings: ApiSettings,
}

/// Router with all routes and the middleware around them.
pub fn router(api: Api) -> Router {
    let path_prefix = api.settings.access.path_prefix.clone();
    let rules = Arc::new(RequestRules::new(&api));
    let pages = pages::pages(api.settings.demo.as_deref());
    let (routes, document) = openapi::split(routes::all(), &path_prefix);
    let known = Arc::new(KnownParameters::of(&document));
    let routes = routes
        .route_layer(from_fn_with_state(known, unknown_parameters::name_unknown))
        .route_layer(from_fn(metrics::observe))
        .merge(claim::routes())
        .fallback(routes::unknown)
        .with_state(api)
        .merge(openapi::pages(document, &path_prefix))
        .merge(pages);
    // A layer on the routes would run after routing, too late to change the path: the
    // middleware goes around a router whose only route is the other one.
    Router::new()
        .fallback_service(routes)
        .layer(from_fn_with_state(rules, middleware::around_request))
        .layer(compression::layer())
}
