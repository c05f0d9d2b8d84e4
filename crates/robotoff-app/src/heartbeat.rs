//! The heartbeat of a service, by which operators see that it runs.

use std::sync::Arc;
use std::time::Duration;

use robotoff_ports::services::Service;
use robotoff_ports::{Clock, Services};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Time between two heartbeats.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);
/// A service without a heartbeat for longer does not run any more.
pub const LIVENESS_TIMEOUT: Duration = Duration::from_secs(35);
/// Retention time of services that do not run any more, for an operator who looks for them.
const RETENTION: Duration = Duration::from_secs(24 * 3600);
/// Longest wait for the database; after that a heartbeat is left out.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends heartbeats until `stop` is cancelled; then reports that the service has ended.
pub async fn run(
    services: Arc<dyn Services>,
    clock: Arc<dyn Clock>,
    mut service: Service,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        service.seen_at = clock.now();
        report("store a heartbeat", services.heartbeat(&service)).await;
        report("delete old services", async {
            services.forget(clock.now() - RETENTION).await.map(|_| ())
        })
        .await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(HEARTBEAT_INTERVAL) => {}
        }
    }
    report("report the end of a service", services.leave(&service.id)).await;
}

async fn report(doing: &str, what: impl Future<Output = robotoff_ports::PortResult<()>>) {
    match timeout(TIMEOUT, what).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot {doing}"),
        Err(_) => tracing::warn!("cannot {doing}: the database does not answer"),
    }
}
