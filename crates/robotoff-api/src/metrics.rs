//! `/metrics`, in the text format of Prometheus.
//!
//! Counters and durations are recorded where things happen; the state of tables and pools
//! is read when someone asks, at most once a second and within a limit of time, so that
//! scrapes cost the same at any size of the tables and never wait for a database that is
//! away.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use robotoff_app::metrics::{METRICS, request};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// Upper bounds of durations in seconds: from a read in memory to a mass operation.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];
/// Time between two reads of the state.
const STATE_INTERVAL: Duration = Duration::from_secs(1);
/// Limit of a read of the state; after that the last one is shown.
const STATE_TIMEOUT: Duration = Duration::from_secs(2);
/// Time between two drains of recorded durations, which would grow without scrapes.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// A read of the state of tables and pools, which sets its metrics.
pub type ReadState = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Metrics of this process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
    state: Arc<MetricState>,
}

struct MetricState {
    read: ReadState,
    read_at: Mutex<Option<Instant>>,
}

impl Metrics {
    /// Installs the recorder of this process.
    ///
    /// # Errors
    /// There is one already.
    pub fn install(read: ReadState) -> Result<Self> {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS);
        let recorder = builder.context("cannot use the bounds of durations")?;
        let recorder = recorder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)
            .map_err(|error| anyhow::anyhow!("cannot record metrics: {error}"))?;
        for metric in METRICS {
            if metric.name.ends_with("_total") {
                metrics::describe_counter!(metric.name, metric.help);
            } else if metric.name.ends_with("_seconds") {
                metrics::describe_histogram!(metric.name, metric.help);
            } else {
                metrics::describe_gauge!(metric.name, metric.help);
            }
        }
        Ok(Self {
            handle,
            state: Arc::new(MetricState {
                read,
                read_at: Mutex::new(None),
            }),
        })
    }

    /// Route `/metrics`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/metrics", get(show))
            .with_state(self.clone())
    }

    /// Serves `/metrics` alone until `stop` is cancelled.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> Result<()> {
        let served = axum::serve(listener, self.router());
        let served = served.with_graceful_shutdown(stop.cancelled_owned());
        served.await.context("the metrics ended")
    }

    /// Drains recorded durations until `stop` is cancelled.
    pub async fn keep_up(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.handle.run_upkeep();
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(UPKEEP_INTERVAL) => {}
            }
        }
    }

    /// Reads the state, unless it was read a moment ago or is being read.
    async fn refresh(&self) {
        let Ok(mut read_at) = self.state.read_at.try_lock() else {
            return;
        };
        if read_at.is_some_and(|at| at.elapsed() < STATE_INTERVAL) {
            return;
        }
        if tokio::time::timeout(STATE_TIMEOUT, (self.state.read)())
            .await
            .is_err()
        {
            tracing::debug!("the state of the metrics could not be read in time");
        }
        *read_at = Some(Instant::now());
    }
}

async fn show(State(metrics): State<Metrics>) -> Response {
    metrics.refresh().await;
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (StatusCode::OK, kind, metrics.handle.render()).into_response()
}

/// Layer of all routes that records their requests, by the pattern of the route: paths hold
/// barcodes, of which there are too many.
pub(crate) async fn observe(call: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = call.extensions().get::<MatchedPath>().cloned();
    let method = match call.method().as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    };
    let response = next.run(call).await;
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    request(method, route, response.status().as_u16(), started.elapsed());
    response
}
