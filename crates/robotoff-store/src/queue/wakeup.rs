//! Waking a worker when a job comes: in the process by a permit, between
//! processes by `LISTEN` on PostgreSQL and by a short poll on SQLite.

use std::sync::Mutex;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::connect::Pool;

/// Another process may have written to an SQLite file: look again after so long.
const SQLITE_POLL: Duration = Duration::from_millis(500);
/// How long a lost listening connection is left alone before the next try.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// One permit for the worker of the process; the listener starts with the first wait.
#[derive(Default)]
pub(crate) struct Wakeup {
    ready: std::sync::Arc<Notify>,
    /// Ends the listener with the database.
    listener: Mutex<Option<DropGuard>>,
}

impl Wakeup {
    /// A job may be ready.
    pub(crate) fn call(&self) {
        self.ready.notify_one();
    }

    /// Waits for a call, but no longer than told. A call that came before is not lost.
    pub(crate) async fn wait(&self, pool: &Pool, at_most: Duration) {
        let at_most = match pool {
            Pool::Sqlite => at_most.min(SQLITE_POLL),
            Pool::Postgres(pool) => {
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
            .expect("nobody panics while holding the listener");
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
            tracing::warn!(%error, "cannot listen for jobs, workers poll meanwhile");
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}

async fn pass_on_while_connected(pool: &PgPool, ready: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("robotoff_job").await?;
    // Nothing: the connection was lost, and announcements with it.
    while listener.try_recv().await?.is_some() {
        ready.notify_one();
    }
    ready.notify_one();
    Ok(())
}
