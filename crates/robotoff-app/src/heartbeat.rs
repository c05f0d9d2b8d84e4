//! The heartbeat of a running part: how operators see that it runs.

use std::sync::Arc;
use std::time::Duration;

use robotoff_ports::services::Service;
use robotoff_ports::{Clock, Services};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Between two heartbeats.
pub const BEAT: Duration = Duration::from_secs(10);
/// A part that is silent for longer is not running any more.
pub const SILENCE: Duration = Duration::from_secs(35);
/// How long silent parts are remembered, for whoever looks what died.
const MEMORY: Duration = Duration::from_secs(24 * 3600);
/// A database that takes longer misses a beat.
const PATIENCE: Duration = Duration::from_secs(5);

/// Beats until it is told to stop; then says that the part has left.
pub async fn beat(
    services: Arc<dyn Services>,
    clock: Arc<dyn Clock>,
    mut service: Service,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        service.seen_at = clock.now();
        report("note a heartbeat", services.heartbeat(&service)).await;
        report("forget silent services", async {
            services.forget(clock.now() - MEMORY).await.map(|_| ())
        })
        .await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(BEAT) => {}
        }
    }
    report("say goodbye", services.leave(&service.id)).await;
}

async fn report(doing: &str, what: impl Future<Output = robotoff_ports::PortResult<()>>) {
    match timeout(PATIENCE, what).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot {doing}"),
        Err(_) => tracing::warn!("cannot {doing}: the database does not answer"),
    }
}
