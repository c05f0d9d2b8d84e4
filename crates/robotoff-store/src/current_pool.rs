//! The pool in use, and a new one in its place when it has lost its connections.
//!
//! The library tests a connection on its way back into the pool by a round trip that has no
//! limit (`pools`). On a path that goes silent just then, the connection is lost to the pool
//! for as long as the kernel tries, a quarter of an hour, and for ever if something on the
//! path goes on to confirm what it swallows. A pool that has lost all of them gives none to
//! anybody. The library has no handle on the way back, so a pool in this state is replaced.
//!
//! Each call ends within a limit, and its connection comes back or is given up. So whoever
//! waits in vain, while all connections are out and none was lent for longer than a call
//! may last, waits for connections that will not come.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sea_orm::error::ConnAcquireErr;
use sea_orm::{DatabaseConnection, DbErr, SqlxPostgresConnector};
use sqlx::postgres::PgPool;

/// Time of the last loan of a pool.
#[derive(Debug, Clone)]
pub(crate) struct LastLoan(Arc<RwLock<Instant>>);

impl LastLoan {
    pub(crate) fn now() -> Self {
        Self(Arc::new(RwLock::new(Instant::now())))
    }

    /// A connection is lent now.
    pub(crate) fn note(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn elapsed(&self) -> Duration {
        let at = self.0.read().unwrap_or_else(PoisonError::into_inner);
        at.elapsed()
    }
}

/// The pool in use.
pub(crate) struct CurrentPool {
    pool: RwLock<DatabaseConnection>,
    /// `None` for SQLite, whose connections lead nowhere.
    last_loan: Option<LastLoan>,
    /// For one call.
    limit: Duration,
}

impl CurrentPool {
    pub(crate) const fn of_file(pool: DatabaseConnection, limit: Duration) -> Self {
        Self {
            pool: RwLock::new(pool),
            last_loan: None,
            limit,
        }
    }

    pub(crate) fn of_server(pool: PgPool, last_loan: LastLoan, limit: Duration) -> Self {
        let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Self {
            pool: RwLock::new(pool),
            last_loan: Some(last_loan),
            limit,
        }
    }

    pub(crate) fn get(&self) -> DatabaseConnection {
        let pool = self.pool.read().unwrap_or_else(PoisonError::into_inner);
        pool.clone()
    }

    /// Replaces the pool if this error of a call shows that its connections are lost.
    pub(crate) fn note(&self, error: &DbErr) {
        let waited = matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        let Some(last_loan) = self.last_loan.as_ref().filter(|_| waited) else {
            return;
        };
        let mut current = self.pool.write().unwrap_or_else(PoisonError::into_inner);
        let pool = current.get_postgres_connection_pool();
        let all_are_out = pool.size() >= pool.options().get_max_connections();
        if !all_are_out || last_loan.elapsed() <= self.limit {
            return;
        }
        tracing::warn!(
            connections = pool.size(),
            "replacing the pool of connections: none came back in time"
        );
        let old = pool.clone();
        *current = SqlxPostgresConnector::from_sqlx_postgres_pool(renewed(&old));
        // Whoever waits for the old pool next would wait in vain as well.
        last_loan.note();
        drop(current);
        // Connections that come back after all are closed. It ends when all have.
        tokio::spawn(async move { old.close().await });
    }
}

/// A pool of the same options, without connections yet.
pub(crate) fn renewed(pool: &PgPool) -> PgPool {
    let options = pool.options().clone();
    options.connect_lazy_with(pool.connect_options().as_ref().clone())
}
