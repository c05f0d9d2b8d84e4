//! A pool of connections that may lead through a pooler of transactions.
//!
//! Behind PgBouncer in transaction mode each transaction may run on another server
//! connection. The driver parses a statement in one round trip and executes it in the
//! next: outside a transaction these may reach different servers, and the second finds no
//! such statement. So each statement that is no part of a transaction gets one of its own
//! there, at the price of three round trips. The driver names each statement, and clients
//! that share a server connection give the same names to theirs: each transaction begins by
//! deleting what others left (PgBouncer tells them apart since 1.21 only).
//!
//! Each statement has a limit of time on our side: that of a statement ends on the server,
//! and does not help where the way to it is cut. Nobody says so until the kernel gives up
//! after a quarter of an hour. Statements of a transaction are under the limit of the call
//! that they are part of ([`Database::limited`](crate::Database)).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, RuntimeErr, Statement, TransactionOptions, TransactionTrait,
};

use crate::current_pool::CurrentPool;

/// A pool; see the head of this file for the pooler.
#[derive(Clone)]
pub(crate) struct Connection {
    pool: Arc<CurrentPool>,
    is_behind_pooler: bool,
    /// For one statement.
    timeout: Duration,
}

impl Connection {
    pub(crate) fn direct(pool: CurrentPool, timeout: Duration) -> Self {
        Self {
            pool: Arc::new(pool),
            is_behind_pooler: false,
            timeout,
        }
    }

    pub(crate) fn behind_pooler(pool: CurrentPool, timeout: Duration) -> Self {
        Self {
            pool: Arc::new(pool),
            is_behind_pooler: true,
            timeout,
        }
    }

    /// The pool, without a transaction around single statements.
    pub(crate) fn plain(&self) -> DatabaseConnection {
        self.pool.get()
    }

    /// Asks the database for an answer.
    pub(crate) async fn ping(&self) -> Result<(), DbErr> {
        let answered = self.plain().ping().await;
        answered.inspect_err(|error| self.pool.note(error))
    }

    /// Begins a transaction; within the limit.
    pub(crate) async fn begin(
        &self,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        self.within(async {
            let transaction = self.plain().begin_with_options(options).await?;
            if self.is_behind_pooler {
                transaction.execute_unprepared("DEALLOCATE ALL").await?;
            }
            Ok(transaction)
        })
        .await
    }

    /// A call of the server, unless it takes too long.
    async fn within<T>(&self, call: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        match tokio::time::timeout(self.timeout, call).await {
            Ok(result) => result.inspect_err(|error| self.pool.note(error)),
            Err(_) => {
                let secs = self.timeout.as_secs_f32();
                let why = RuntimeErr::Internal(format!("no answer within {secs} s"));
                Err(DbErr::Conn(why))
            }
        }
    }

    async fn execute_unlimited(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        if !self.is_behind_pooler {
            return self.plain().execute_raw(statement).await;
        }
        let transaction = self.begin(TransactionOptions::default()).await?;
        let done = transaction.execute_raw(statement).await?;
        transaction.commit().await?;
        Ok(done)
    }

    async fn query_one_unlimited(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        if !self.is_behind_pooler {
            return self.plain().query_one_raw(statement).await;
        }
        let transaction = self.begin(TransactionOptions::default()).await?;
        let row = transaction.query_one_raw(statement).await?;
        transaction.commit().await?;
        Ok(row)
    }

    async fn query_all_unlimited(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if !self.is_behind_pooler {
            return self.plain().query_all_raw(statement).await;
        }
        let transaction = self.begin(TransactionOptions::default()).await?;
        let rows = transaction.query_all_raw(statement).await?;
        transaction.commit().await?;
        Ok(rows)
    }
}

#[async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        self.plain().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.within(self.execute_unlimited(statement)).await
    }

    /// The simple protocol sends the whole statement at once: it needs no transaction.
    /// Without a limit: statistics of a large database take their time.
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let done = self.plain().execute_unprepared(sql).await;
        done.inspect_err(|error| self.pool.note(error))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.within(self.query_one_unlimited(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.within(self.query_all_unlimited(statement)).await
    }
}
