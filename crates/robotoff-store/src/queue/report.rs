//! Ends of attempts: done, failed, released, cancelled, lease expired.

use std::time::Duration;

use robotoff_core::backoff::backoff;
use robotoff_ports::job::{JobId, JobState, Lease, LeaseState, Report};
use robotoff_ports::{PortError, PortResult};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::connect::Database;
use crate::dialect::Dialect;
use crate::entity::job::{ActiveModel, Column, Entity, Model};
use crate::error::Context;

/// Longer errors are cut: a job row is no log.
const MAX_ERROR_CHARS: usize = 2000;
/// The number of expired leases that one call handles.
const RESCUE_BATCH: u64 = 500;

impl Database {
    pub(super) async fn end_try(&self, lease: Lease, report: &Report) -> PortResult<LeaseState> {
        if *report == Report::Done {
            return self.finish(lease).await;
        }
        let transaction = self.begin().await?;
        let Some(job) = held(&transaction, self.dialect, lease).await? else {
            return Ok(LeaseState::Lost);
        };
        match report {
            Report::Done => {}
            Report::Failed { error } if job.attempts < job.max_attempts && !job.cancel_asked => {
                let attempts = job.attempts.unsigned_abs();
                let wait = backoff(attempts, job.id.unsigned_abs());
                self.put_back(&transaction, job, wait, Some(error)).await?;
            }
            Report::Failed { error } | Report::Discard { error } => {
                let state = if job.cancel_asked {
                    JobState::Cancelled
                } else {
                    JobState::Dead
                };
                self.end(&transaction, job, state, Some(error)).await?;
            }
            Report::Released if job.cancel_asked => {
                self.end(&transaction, job, JobState::Cancelled, None)
                    .await?;
            }
            Report::Released => {
                let mut job = job;
                job.attempts -= 1;
                self.put_back(&transaction, job, Duration::ZERO, None)
                    .await?;
            }
            Report::Cancelled => {
                self.end(&transaction, job, JobState::Cancelled, None)
                    .await?;
            }
        }
        self.dialect.announce_jobs(&transaction).await?;
        transaction.commit().await.context("end an attempt")?;
        self.wakeup.call();
        Ok(LeaseState::Held)
    }

    /// The usual end of an attempt, in one statement.
    async fn finish(&self, lease: Lease) -> PortResult<LeaseState> {
        let sql = "UPDATE job SET state = 'done', finished_at = $1, lease_until = NULL,
                last_error = NULL
             WHERE id = $2 AND lease_number = $3 AND state = 'running'";
        let values = [
            self.clock.now().into(),
            lease.job.0.into(),
            lease.number.into(),
        ];
        if self.run(sql, values, "finish a job").await? == 0 {
            return Ok(LeaseState::Lost);
        }
        // The next job of its key may be ready.
        self.wakeup.call();
        Ok(LeaseState::Held)
    }

    pub(super) async fn prolong(
        &self,
        leases: &[Lease],
        by: Duration,
    ) -> PortResult<Vec<LeaseState>> {
        let until = self.clock.now() + by;
        let mut states = Vec::with_capacity(leases.len());
        for lease in leases {
            let prolonged = Entity::update_many()
                .col_expr(Column::LeaseUntil, until.into())
                .filter(Column::Id.eq(lease.job.0))
                .filter(Column::LeaseNumber.eq(lease.number))
                .filter(Column::State.eq(JobState::Running.name()))
                .exec_with_returning(&self.write)
                .await
                .context("prolong a lease")?;
            states.push(match prolonged.first() {
                None => LeaseState::Lost,
                Some(job) if job.cancel_asked => LeaseState::Cancelled,
                Some(_) => LeaseState::Held,
            });
        }
        Ok(states)
    }

    pub(super) async fn rescue_expired(&self) -> PortResult<Vec<JobId>> {
        let transaction = self.begin().await?;
        let left = Entity::find()
            .filter(Column::State.eq(JobState::Running.name()))
            .filter(Column::LeaseUntil.lte(self.clock.now()))
            .order_by_asc(Column::Id)
            .limit(RESCUE_BATCH);
        let left = match self.dialect {
            Dialect::Sqlite => left,
            Dialect::Postgres => left.lock_with_behavior(
                sea_orm::sea_query::LockType::Update,
                sea_orm::sea_query::LockBehavior::SkipLocked,
            ),
        };
        let left = left
            .all(&transaction)
            .await
            .context("look for expired leases")?;
        let ids: Vec<JobId> = left.iter().map(|job| JobId(job.id)).collect();
        for job in left {
            let error = "its worker sent no heartbeat until the lease expired";
            if job.cancel_asked {
                self.end(&transaction, job, JobState::Cancelled, Some(error))
                    .await?;
            } else if job.attempts >= job.max_attempts {
                self.end(&transaction, job, JobState::Dead, Some(error))
                    .await?;
            } else {
                self.put_back(&transaction, job, Duration::ZERO, Some(error))
                    .await?;
            }
        }
        if !ids.is_empty() {
            self.dialect.announce_jobs(&transaction).await?;
        }
        transaction.commit().await.context("rescue jobs")?;
        if !ids.is_empty() {
            self.wakeup.call();
        }
        Ok(ids)
    }

    pub(super) async fn cancel_job(&self, job: JobId) -> PortResult<bool> {
        let now = self.clock.now();
        let sql = "UPDATE job SET cancel_asked = (state = 'running'),
                finished_at = CASE WHEN state = 'running' THEN NULL ELSE $1 END,
                state = CASE WHEN state = 'running' THEN 'running' ELSE 'cancelled' END
             WHERE id = $2 AND state IN ('waiting', 'running')";
        let met = self
            .run(sql, [now.into(), job.0.into()], "cancel a job")
            .await?;
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
        job.cancel_asked = false;
        self.put_back(&transaction, job, Duration::ZERO, None)
            .await?;
        self.dialect.announce_jobs(&transaction).await?;
        transaction.commit().await.context("retry a job")?;
        self.wakeup.call();
        Ok(true)
    }

    /// Back in line, unless a job that waits for the same work does it.
    async fn put_back(
        &self,
        transaction: &DatabaseTransaction,
        job: Model,
        wait: Duration,
        error: Option<&str>,
    ) -> PortResult<()> {
        if let Some(twin) = twin(transaction, &job).await? {
            let error = format!(
                "job {twin} does the same work; {}",
                error.unwrap_or_default()
            );
            return self
                .end(transaction, job, JobState::Cancelled, Some(&error))
                .await;
        }
        let row = ActiveModel {
            state: Set(JobState::Waiting.name().to_owned()),
            run_at: Set(self.clock.now() + wait),
            cancel_asked: Set(job.cancel_asked),
            finished_at: Set(None),
            ..ended(&job, error)
        };
        row.update(transaction)
            .await
            .map(|_| ())
            .context("put a job back")
    }

    async fn end(
        &self,
        transaction: &DatabaseTransaction,
        job: Model,
        state: JobState,
        error: Option<&str>,
    ) -> PortResult<()> {
        let row = ActiveModel {
            state: Set(state.name().to_owned()),
            finished_at: Set(Some(self.clock.now())),
            ..ended(&job, error)
        };
        row.update(transaction)
            .await
            .map(|_| ())
            .context("end a job")
    }
}

/// The columns that every end of an attempt sets. An earlier error stays until there is a new one.
fn ended(job: &Model, error: Option<&str>) -> ActiveModel {
    let error = error.map(|error| error.chars().take(MAX_ERROR_CHARS).collect::<String>());
    ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(job.id),
        attempts: Set(job.attempts),
        lease_until: Set(None),
        worker: Set(None),
        last_error: Set(error.or_else(|| job.last_error.clone())),
        ..Default::default()
    }
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
