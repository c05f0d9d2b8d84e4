//! Waking a worker when a job comes: in the process by a permit, between
//! processes by `LISTEN` and `NOTIFY` on PostgreSQL and by a short poll on SQLite.
//!
//! `NOTIFY` takes a lock over the whole cluster while its transaction commits: busy queues
//! that notified in each transaction brought servers to a halt. So it is sent behind the
//! commit, by a task of its own, at most every [`NOTIFY_INTERVAL`]. A process that dies in
//! between loses a notification, never a job: workers also poll.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::ConnectionTrait;
use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::connection::Connection;

/// Another process may have written to an SQLite file: look again after so long.
const SQLITE_POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The pause between attempts to listen.
const RECONNECT_PAUSE: Duration = Duration::from_secs(5);
/// The least time between two notifications of a process.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(50);
/// For one answer of the server.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A listener that hears nothing for so long asks whether the server is there.
const QUIET: Duration = Duration::from_secs(60);
const NOTIFY: &str = "NOTIFY robotoff_job";

/// One permit for the worker of the process; listener and notifier start when they are
/// first needed.
#[derive(Default)]
pub(crate) struct Wakeup {
    ready: Arc<Notify>,
    others: Option<Others>,
}

/// The way to other processes.
struct Others {
    connection: Connection,
    /// Sessions of the server itself: a pooler of transactions cannot listen.
    direct: PgPool,
    pending: Arc<Pending>,
    listener: Mutex<Option<DropGuard>>,
    notifier: Mutex<Option<DropGuard>>,
}

/// A notification that is to be sent.
#[derive(Default)]
struct Pending {
    is_due: AtomicBool,
    changed: Notify,
}

impl Wakeup {
    /// A wake-up that sends by the connection and listens on a direct session.
    pub(crate) fn between_processes(connection: Connection, direct: PgPool) -> Self {
        Self {
            ready: Arc::default(),
            others: Some(Others {
                connection,
                direct,
                pending: Arc::default(),
                listener: Mutex::default(),
                notifier: Mutex::default(),
            }),
        }
    }

    /// A job may be ready for a worker of this process.
    pub(crate) fn call(&self) {
        self.ready.notify_one();
    }

    /// A job may be ready for any worker. Called behind the commit.
    pub(crate) fn announce(&self) {
        self.call();
        let Some(others) = &self.others else { return };
        others.pending.is_due.store(true, Ordering::Release);
        others.pending.changed.notify_one();
        let (connection, pending) = (others.connection.clone(), others.pending.clone());
        start_once(&others.notifier, async move {
            send_notifications(&connection, &pending).await;
        });
    }

    /// Sends the notification that still waits for its interval.
    pub(crate) async fn flush(&self) {
        if let Some(others) = &self.others {
            send_pending(&others.connection, &others.pending).await;
        }
    }

    /// Waits for a call, but at most so long. A call that came before is not lost.
    pub(crate) async fn wait(&self, at_most: Duration) {
        let at_most = match &self.others {
            None => at_most.min(SQLITE_POLL_INTERVAL),
            Some(others) => {
                let (direct, ready) = (others.direct.clone(), self.ready.clone());
                start_once(&others.listener, async move {
                    pass_on(&direct, &ready).await;
                });
                at_most
            }
        };
        // Over in time or not: the caller looks for jobs either way.
        let _ = timeout(at_most, self.ready.notified()).await;
    }
}

/// Starts the task with the first call; it ends with the guard.
fn start_once(guard: &Mutex<Option<DropGuard>>, task: impl Future<Output = ()> + Send + 'static) {
    let mut guard = guard.lock().expect("no panic while the guard is locked");
    if guard.is_some() {
        return;
    }
    let stop = CancellationToken::new();
    *guard = Some(stop.clone().drop_guard());
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = task => {}
        }
    });
}

/// Sends what is pending, again and again. What becomes pending during the pause is sent
/// once at its end: `changed` stores one permit.
async fn send_notifications(connection: &Connection, pending: &Pending) {
    loop {
        pending.changed.notified().await;
        send_pending(connection, pending).await;
        tokio::time::sleep(NOTIFY_INTERVAL).await;
    }
}

async fn send_pending(connection: &Connection, pending: &Pending) {
    if !pending.is_due.swap(false, Ordering::AcqRel) {
        return;
    }
    let sent = timeout(TIMEOUT, connection.execute_unprepared(NOTIFY)).await;
    let why = match sent {
        Ok(Ok(_)) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", TIMEOUT.as_secs()),
    };
    tracing::warn!(
        why,
        "cannot notify other workers, they find jobs by polling"
    );
}

/// Passes notifications on for ever; while it cannot listen, workers poll.
async fn pass_on(pool: &PgPool, ready: &Notify) {
    loop {
        if let Err(error) = pass_on_while_connected(pool, ready).await {
            tracing::warn!(%error, "cannot listen for jobs, workers poll until it can");
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

async fn pass_on_while_connected(pool: &PgPool, ready: &Notify) -> Result<(), sqlx::Error> {
    // A session of its own: one that is lost on its way back into a pool is not missed.
    let one = pool.options().clone().max_connections(1);
    let one = one.connect_lazy_with(pool.connect_options().as_ref().clone());
    let mut listener = PgListener::connect_with(&one).await?;
    listener.listen("robotoff_job").await?;
    loop {
        match timeout(QUIET, listener.try_recv()).await {
            Ok(received) => {
                ready.notify_one();
                // `None`: the connection was lost, and notifications with it.
                if received?.is_none() {
                    return Ok(());
                }
            }
            // A path that went silent looks like a queue without jobs.
            Err(_) => match timeout(TIMEOUT, (&mut listener).execute("SELECT 1")).await {
                Ok(answered) => answered.map(|_| ())?,
                Err(_) => return Err(sqlx::Error::Io(ErrorKind::TimedOut.into())),
            },
        }
    }
}
