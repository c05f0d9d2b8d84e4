//! Ends of attempts: done, failed, released, cancelled, lease expired.

use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_core::backoff::{backoff, outage_backoff};
use robotoff_ports::job::{JobId, JobState, Lease, LeaseState, Report};
use robotoff_ports::{PortError, PortResult};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement, TransactionTrait,
};

use crate::connect::Database;
use crate::dialect::Dialect;
use crate::entity::job::{ActiveModel, Column, Entity, Model};
use crate::error::{Context, is_taken};

/// Longer errors are cut: a job row is no log.
const MAX_ERROR_CHARS: usize = 2000;
/// The number of expired leases that one call handles.
const RESCUE_BATCH: u64 = 500;

impl Database {
    pub(super) async fn end_attempt(
        &self,
        lease: Lease,
        report: &Report,
    ) -> PortResult<LeaseState> {
        match report {
            Report::Done => return self.finish(lease, None).await,
            Report::Skipped { reason } => return self.finish(lease, Some(reason)).await,
            _ => {}
        }
        let transaction = self.begin().await?;
        let Some(job) = held(&transaction, self.dialect, lease).await? else {
            return Ok(LeaseState::Lost);
        };
        let end = End {
            transaction: &transaction,
            now: self.time(&transaction).await?,
        };
        match report {
            Report::Done | Report::Skipped { .. } => {}
            Report::Postponed { error } if !job.cancel_asked => {
                let mut job = job;
                job.attempts -= 1;
                job.postponed += 1;
                let outages = job.postponed.unsigned_abs();
                let wait = outage_backoff(outages, job.id.unsigned_abs());
                end.put_back(job, wait, Some(error)).await?;
            }
            Report::Failed { error } if job.attempts < job.max_attempts && !job.cancel_asked => {
                let mut job = job;
                job.postponed = 0;
                let attempts = job.attempts.unsigned_abs();
                let wait = backoff(attempts, job.id.unsigned_abs());
                end.put_back(job, wait, Some(error)).await?;
            }
            Report::Failed { error } | Report::Discard { error } | Report::Postponed { error } => {
                let state = if job.cancel_asked {
                    JobState::Cancelled
                } else {
                    JobState::Dead
                };
                end.end(job, state, Some(error)).await?;
            }
            Report::Released if job.cancel_asked => {
                end.end(job, JobState::Cancelled, None).await?;
            }
            Report::Released => {
                let mut job = job;
                job.attempts -= 1;
                end.put_back(job, Duration::ZERO, None).await?;
            }
            Report::Cancelled => {
                end.end(job, JobState::Cancelled, None).await?;
            }
        }
        transaction.commit().await.context("end an attempt")?;
        self.wakeup.announce();
        Ok(LeaseState::Held)
    }

    /// The usual end of an attempt, in one statement.
    async fn finish(&self, lease: Lease, reason: Option<&str>) -> PortResult<LeaseState> {
        let finished = self.finish_in(&self.write, lease, reason).await;
        if finished.context("finish a job")? == 0 {
            return Ok(LeaseState::Lost);
        }
        // The next job of its key may be ready.
        self.wakeup.call();
        Ok(LeaseState::Held)
    }

    /// Records a job as done, with the reason if it was skipped, if the lease still holds it;
    /// returns the number of jobs.
    pub(super) async fn finish_in(
        &self,
        connection: &impl ConnectionTrait,
        lease: Lease,
        reason: Option<&str>,
    ) -> Result<u64, DbErr> {
        let now = self.dialect.now("$1");
        let sql = format!(
            "UPDATE job SET state = 'done', finished_at = {now}, lease_until = NULL,
                last_error = $4
             WHERE id = $2 AND lease_number = $3 AND state = 'running'"
        );
        let values = [
            self.own_time().into(),
            lease.job.0.into(),
            lease.number.into(),
            reason.map(cut).into(),
        ];
        let done = connection.execute_raw(self.statement(&sql, values)).await?;
        Ok(done.rows_affected())
    }

    pub(super) async fn prolong(
        &self,
        leases: &[Lease],
        by: Duration,
    ) -> PortResult<Vec<LeaseState>> {
        let doing = "prolong a lease";
        let until = self.dialect.after_now("$4", "$1");
        let sql = format!(
            "UPDATE job SET lease_until = {until}
             WHERE id = $2 AND lease_number = $3 AND state = 'running'
             RETURNING cancel_asked"
        );
        let mut states = Vec::with_capacity(leases.len());
        for lease in leases {
            let mut values = vec![self.after_now(by), lease.job.0.into(), lease.number.into()];
            if self.dialect == Dialect::Postgres {
                values.push(self.own_time().into());
            }
            let backend = self.dialect.backend();
            let statement = Statement::from_sql_and_values(backend, &sql, values);
            let row = self.write.query_one_raw(statement).await;
            states.push(match row.context(doing)? {
                None => LeaseState::Lost,
                Some(row) if row.try_get("", "cancel_asked").context(doing)? => {
                    LeaseState::Cancelled
                }
                Some(_) => LeaseState::Held,
            });
        }
        Ok(states)
    }

    /// Rescues in batches by id: rows that cannot be rescued do not hide those behind them.
    pub(super) async fn rescue_expired(&self) -> PortResult<Vec<JobId>> {
        let mut rescued = Vec::new();
        let mut after = Some(i64::MIN);
        while let Some(id) = after {
            after = self.rescue_batch(id, &mut rescued).await?;
        }
        if !rescued.is_empty() {
            self.wakeup.announce();
        }
        Ok(rescued)
    }

    /// Rescues the next jobs behind the id; returns the last one if there may be more. Each
    /// row has a savepoint: one that the database refuses (a twin that came meanwhile, a
    /// value that a newer version wrote) does not undo the others.
    async fn rescue_batch(&self, after: i64, rescued: &mut Vec<JobId>) -> PortResult<Option<i64>> {
        let doing = "rescue jobs";
        let transaction = self.begin().await?;
        let now = self.time(&transaction).await?;
        let expired = Entity::find()
            .filter(Column::State.eq(JobState::Running.name()))
            .filter(Column::LeaseUntil.lte(now))
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(RESCUE_BATCH);
        let expired = match self.dialect {
            Dialect::Sqlite => expired,
            Dialect::Postgres => {
                expired.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            }
        };
        let expired = expired.all(&transaction).await;
        let expired = expired.context("look for expired leases")?;
        let is_full = expired.len() as u64 == RESCUE_BATCH;
        let last = expired.last().filter(|_| is_full).map(|job| job.id);
        for job in expired {
            let id = JobId(job.id);
            let savepoint = transaction.begin().await.context(doing)?;
            let end = End {
                transaction: &savepoint,
                now,
            };
            match end.expire(job).await {
                Ok(()) => {
                    savepoint.commit().await.context(doing)?;
                    rescued.push(id);
                }
                Err(error) => {
                    savepoint.rollback().await.context(doing)?;
                    tracing::error!(%error, job.id = id.0, "cannot rescue a job");
                }
            }
        }
        transaction.commit().await.context(doing)?;
        Ok(last)
    }

    pub(super) async fn cancel_job(&self, job: JobId) -> PortResult<bool> {
        let now = self.time(&self.write).await?;
        let sql = "UPDATE job SET cancel_asked = (state = 'running'),
                finished_at = CASE WHEN state = 'running' THEN NULL ELSE $1 END,
                state = CASE WHEN state = 'running' THEN 'running' ELSE 'cancelled' END
             WHERE id = $2 AND state IN ('waiting', 'running')";
        let met = self
            .run(sql, [now.into(), job.0.into()], "cancel a job")
            .await?;
        Ok(met > 0)
    }

    pub(super) async fn discard_job(&self, job: JobId) -> PortResult<bool> {
        let sql = "DELETE FROM job WHERE id = $1 AND state IN ('waiting', 'dead', 'cancelled')";
        let met = self.run(sql, [job.0.into()], "discard a job").await?;
        // A job that waited may have held back others of its key.
        self.wakeup.call();
        Ok(met > 0)
    }

    pub(super) async fn retry_job(&self, job: JobId) -> PortResult<bool> {
        let transaction = self.begin().await?;
        let found = Entity::find_by_id(job.0)
            .filter(Column::State.is_in([JobState::Dead.name(), JobState::Cancelled.name()]))
            .one(&transaction)
            .await
            .context("look for a job to retry")?;
        let Some(mut job) = found else {
            return Ok(false);
        };
        if twin(&transaction, &job).await?.is_some() {
            return Ok(false);
        }
        job.attempts = 0;
        job.postponed = 0;
        job.cancel_asked = false;
        let end = End {
            transaction: &transaction,
            now: self.time(&transaction).await?,
        };
        end.put_back(job, Duration::ZERO, None).await?;
        transaction.commit().await.context("retry a job")?;
        self.wakeup.announce();
        Ok(true)
    }
}

/// The end of an attempt, in a transaction that holds the row.
struct End<'a> {
    transaction: &'a DatabaseTransaction,
    now: NaiveDateTime,
}

impl End<'_> {
    /// Ends a job whose worker is gone, or puts it back.
    async fn expire(&self, job: Model) -> PortResult<()> {
        let error = Some("its worker sent no heartbeat until the lease expired");
        if job.cancel_asked {
            return self.end(job, JobState::Cancelled, error).await;
        }
        if job.attempts >= job.max_attempts {
            return self.end(job, JobState::Dead, error).await;
        }
        self.put_back(job, Duration::ZERO, error).await
    }

    /// Back in line, unless a job that waits for the same work does it. One that comes
    /// between the look and the update is refused by the unique index; the caller may try
    /// again, and finds it then.
    async fn put_back(&self, job: Model, wait: Duration, error: Option<&str>) -> PortResult<()> {
        if let Some(twin) = twin(self.transaction, &job).await? {
            let error = format!(
                "job {twin} does the same work; {}",
                error.unwrap_or_default()
            );
            return self.end(job, JobState::Cancelled, Some(&error)).await;
        }
        let row = ActiveModel {
            state: Set(JobState::Waiting.name().to_owned()),
            run_at: Set(self.now + wait),
            scheduled: Set(!wait.is_zero()),
            cancel_asked: Set(job.cancel_asked),
            finished_at: Set(None),
            ..ended(&job, error)
        };
        match row.update(self.transaction).await {
            Ok(_) => Ok(()),
            Err(error) if is_taken(&error) => {
                let why = format!("cannot put a job back: {error}");
                Err(PortError::unavailable("database", why))
            }
            Err(error) => Err(error).context("put a job back"),
        }
    }

    async fn end(&self, job: Model, state: JobState, error: Option<&str>) -> PortResult<()> {
        let row = ActiveModel {
            state: Set(state.name().to_owned()),
            finished_at: Set(Some(self.now)),
            ..ended(&job, error)
        };
        row.update(self.transaction)
            .await
            .map(|_| ())
            .context("end a job")
    }
}

/// The columns that every end of an attempt sets. An earlier error stays until there is a new one.
fn ended(job: &Model, error: Option<&str>) -> ActiveModel {
    let error = error.map(cut);
    ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(job.id),
        attempts: Set(job.attempts),
        postponed: Set(job.postponed),
        lease_until: Set(None),
        worker: Set(None),
        last_error: Set(error.or_else(|| job.last_error.clone())),
        ..Default::default()
    }
}

fn cut(error: &str) -> String {
    error.chars().take(MAX_ERROR_CHARS).collect()
}

/// The job, if the lease still holds it; nobody else moves it before the commit.
async fn held(
    transaction: &DatabaseTransaction,
    dialect: Dialect,
    lease: Lease,
) -> PortResult<Option<Model>> {
    let job = Entity::find_by_id(lease.job.0)
        .filter(Column::LeaseNumber.eq(lease.number))
        .filter(Column::State.eq(JobState::Running.name()));
    let job = match dialect {
        Dialect::Sqlite => job,
        Dialect::Postgres => job.lock_exclusive(),
    };
    job.one(transaction).await.context("look for a held job")
}

/// The waiting job that does the same work.
async fn twin(transaction: &DatabaseTransaction, job: &Model) -> Result<Option<i64>, PortError> {
    let Some(unique_key) = &job.unique_key else {
        return Ok(None);
    };
    let twin = Entity::find()
        .filter(Column::UniqueKey.eq(unique_key))
        .filter(Column::State.eq(JobState::Waiting.name()))
        .filter(Column::Id.ne(job.id))
        .one(transaction)
        .await
        .context("look for a job of the same work")?;
    Ok(twin.map(|twin| twin.id))
}
