//! Waking a worker when a job comes: in the process by a permit, between
//! processes by `LISTEN` on PostgreSQL and by a short poll on SQLite.

use std::sync::Mutex;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Another process may have written to an SQLite file: look again after so long.
const SQLITE_POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The pause between attempts to listen.
const RECONNECT_PAUSE: Duration = Duration::from_secs(5);

/// One permit for the worker of the process; the listener starts with the first wait.
#[derive(Default)]
pub(crate) struct Wakeup {
    /// The pool whose connection listens; `None` on SQLite.
    pool: Option<PgPool>,
    ready: std::sync::Arc<Notify>,
    /// Ends the listener with the database.
    listener: Mutex<Option<DropGuard>>,
}

impl Wakeup {
    /// A wake-up that listens on a connection of the pool.
    pub(crate) fn listening(pool: PgPool) -> Self {
        Self {
            pool: Some(pool),
            ..Self::default()
        }
    }

    /// A job may be ready.
    pub(crate) fn call(&self) {
        self.ready.notify_one();
    }

    /// Waits for a call, at most so long. A call that came before is not lost.
    pub(crate) async fn wait(&self, at_most: Duration) {
        let at_most = match &self.pool {
            None => at_most.min(SQLITE_POLL_INTERVAL),
            Some(pool) => {
                self.listen(pool);
                at_most
            }
        };
        // Over in time or not: the caller looks for jobs either way.
        let _ = tokio::time::timeout(at_most, self.ready.notified()).await;
    }

    fn listen(&self, pool: &PgPool) {
        let mut listener = self
            .listener
            .lock()
            .expect("no panic while the listener is locked");
        if listener.is_some() {
            return;
        }
        let stop = CancellationToken::new();
        *listener = Some(stop.clone().drop_guard());
        let (pool, ready) = (pool.clone(), self.ready.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = pass_on(&pool, &ready) => {}
            }
        });
    }
}

/// Passes announcements on for ever; while it cannot listen, workers poll.
async fn pass_on(pool: &PgPool, ready: &Notify) {
    loop {
        if let Err(error) = pass_on_while_connected(pool, ready).await {
            tracing::warn!(%error, "cannot listen for jobs, workers poll until it can");
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

async fn pass_on_while_connected(pool: &PgPool, ready: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("robotoff_job").await?;
    // `None`: the connection was lost, and notifications with it.
    while listener.try_recv().await?.is_some() {
        ready.notify_one();
    }
    ready.notify_one();
    Ok(())
}
