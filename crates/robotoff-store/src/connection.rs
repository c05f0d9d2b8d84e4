//! A pool of connections that may lead through a pooler of transactions.
//!
//! Behind PgBouncer in transaction mode each transaction may run on another server
//! connection. The driver parses a statement in one round trip and executes it in the
//! next: outside a transaction these may reach different servers, and the second finds no
//! such statement. So each statement that is no part of a transaction gets one of its own
//! there, at the price of three round trips. The driver names each statement, and clients
//! that share a server connection give the same names to theirs: each transaction begins by
//! deleting what others left (PgBouncer tells them apart since 1.21 only).

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, TransactionOptions, TransactionTrait,
};

/// A pool; see the head of this file for the pooler.
#[derive(Clone)]
pub(crate) struct Connection {
    pool: DatabaseConnection,
    is_behind_pooler: bool,
}

impl Connection {
    pub(crate) const fn direct(pool: DatabaseConnection) -> Self {
        Self {
            pool,
            is_behind_pooler: false,
        }
    }

    pub(crate) const fn behind_pooler(pool: DatabaseConnection) -> Self {
        Self {
            pool,
            is_behind_pooler: true,
        }
    }

    /// The pool, without a transaction around single statements.
    pub(crate) const fn plain(&self) -> &DatabaseConnection {
        &self.pool
    }

    pub(crate) async fn begin(
        &self,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        let transaction = self.pool.begin_with_options(options).await?;
        if self.is_behind_pooler {
            transaction.execute_unprepared("DEALLOCATE ALL").await?;
        }
        Ok(transaction)
    }
}

#[async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        if !self.is_behind_pooler {
            return self.pool.execute_raw(statement).await;
        }
        let transaction = self.begin(TransactionOptions::default()).await?;
        let done = transaction.execute_raw(statement).await?;
        transaction.commit().await?;
        Ok(done)
    }

    /// The simple protocol sends the whole statement at once: it needs no transaction.
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if !self.is_behind_pooler {
            return self.pool.query_one_raw(statement).await;
        }
        let transaction = self.begin(TransactionOptions::default()).await?;
        let row = transaction.query_one_raw(statement).await?;
        transaction.commit().await?;
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if !self.is_behind_pooler {
            return self.pool.query_all_raw(statement).await;
        }
        let transaction = self.begin(TransactionOptions::default()).await?;
        let rows = transaction.query_all_raw(statement).await?;
        transaction.commit().await?;
        Ok(rows)
    }
}
