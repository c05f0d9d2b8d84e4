//! Running parts and schedules, on the tables `service` and `schedule`.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_ports::job::{JobId, NewJob};
use robotoff_ports::services::{ScheduleState, Service, ServiceOrders, WantedState};
use robotoff_ports::{PortError, PortResult, Services};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::connect::Database;
use crate::error::Context;
use crate::queue;

const HEARTBEAT: &str = "
INSERT INTO service (id, kind, host, process, version, started_at, seen_at, activity)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, activity = excluded.activity";

const ADD_ROW: &str = "
INSERT INTO schedule (name, last_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

const COPY_ROW: &str = "
INSERT INTO schedule (name, last_at, enabled) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";

const FIRE_AGAIN: &str = "
UPDATE schedule SET last_at = $2 WHERE name = $1 AND last_at = $3 AND enabled";

const SET_JOB: &str = "UPDATE schedule SET fired_at = $2, job_id = $3 WHERE name = $1";

/// A row that is enabled already keeps its time.
const ENABLE: &str = "
INSERT INTO schedule (name, last_at, enabled) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled,
    last_at = CASE WHEN excluded.enabled AND NOT schedule.enabled
        THEN excluded.last_at ELSE schedule.last_at END";

#[async_trait]
impl Services for Database {
    async fn heartbeat(&self, service: &Service) -> PortResult<()> {
        let activity = serde_json::to_value(&service.activity)
            .map_err(|error| PortError::defect("the activity of a service", error))?;
        let values = [
            service.id.as_str().into(),
            service.kind.as_str().into(),
            service.host.as_str().into(),
            i64::from(service.process).into(),
            service.version.as_str().into(),
            service.started_at.into(),
            service.seen_at.into(),
            activity.into(),
        ];
        self.run(HEARTBEAT, values, "note a service").await?;
        Ok(())
    }

    async fn leave(&self, id: &str, now: NaiveDateTime) -> PortResult<()> {
        let sql = "UPDATE service SET ended_at = $2 WHERE id = $1";
        self.run(sql, [id.into(), now.into()], "note the end of a service")
            .await?;
        Ok(())
    }

    async fn services(&self, since: NaiveDateTime) -> PortResult<Vec<Service>> {
        let mut services = self.all_services(since).await?;
        services.retain(|service| service.ended_at.is_none());
        Ok(services)
    }

    async fn all_services(&self, since: NaiveDateTime) -> PortResult<Vec<Service>> {
        let sql = "SELECT id, kind, host, process, version, started_at, seen_at, ended_at, activity
             FROM service
             WHERE seen_at >= $1 ORDER BY started_at, id";
        let rows = self
            .read
            .query_all_raw(self.statement(sql, [since.into()]))
            .await
            .context("read services")?;
        rows.iter().map(service).collect()
    }

    async fn order(&self, ids: &[String], wanted: WantedState) -> PortResult<u64> {
        self.order_each(ids, "wanted_state", Some(wanted.name()))
            .await
    }

    async fn order_log_filter(&self, ids: &[String], filter: Option<&str>) -> PortResult<u64> {
        self.order_each(ids, "wanted_log_filter", filter).await
    }

    async fn orders(&self, ids: &[String]) -> PortResult<Vec<ServiceOrders>> {
        let doing = "read the orders to services";
        let places = placeholders(1, ids.len());
        let sql = format!(
            "SELECT id, wanted_state, wanted_log_filter FROM service
             WHERE id IN ({places}) ORDER BY id"
        );
        let ids: Vec<Value> = ids.iter().map(|id| id.as_str().into()).collect();
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, ids);
        let rows = self.read.query_all_raw(statement).await.context(doing)?;
        rows.iter().map(orders).collect()
    }

    async fn forget(&self, before: NaiveDateTime) -> PortResult<u64> {
        let sql = "DELETE FROM service WHERE seen_at < $1";
        self.run(sql, [before.into()], "delete services").await
    }

    async fn schedules(&self) -> PortResult<Vec<ScheduleState>> {
        let sql = "SELECT name, enabled, last_at, fired_at, job_id FROM schedule ORDER BY name";
        let doing = "read the schedule";
        let rows = self.read.query_all_raw(self.statement(sql, [])).await;
        rows.context(doing)?.iter().map(schedule).collect()
    }

    async fn add_schedule(&self, schedule: &str, now: NaiveDateTime) -> PortResult<()> {
        let values = [schedule.into(), now.into()];
        self.run(ADD_ROW, values, "add a row of the schedule")
            .await?;
        Ok(())
    }

    async fn fire(
        &self,
        schedule: &str,
        last: Option<NaiveDateTime>,
        now: NaiveDateTime,
        job: NewJob,
    ) -> PortResult<bool> {
        let statement = match last {
            None => self.statement(ADD_ROW, [schedule.into(), now.into()]),
            Some(last) => self.statement(FIRE_AGAIN, [schedule.into(), now.into(), last.into()]),
        };
        let fired = self.enqueue_scheduled(schedule, now, job, Some(statement));
        Ok(fired.await?.is_some())
    }

    async fn run_schedule(
        &self,
        schedule: &str,
        now: NaiveDateTime,
        job: NewJob,
    ) -> PortResult<JobId> {
        self.add_schedule(schedule, now).await?;
        let job = self.enqueue_scheduled(schedule, now, job, None).await?;
        job.ok_or_else(|| PortError::defect("the schedule", "a row was not run"))
    }

    async fn enable_schedule(
        &self,
        schedule: &str,
        is_enabled: bool,
        now: NaiveDateTime,
    ) -> PortResult<()> {
        let values = [schedule.into(), now.into(), is_enabled.into()];
        self.run(ENABLE, values, "enable or disable a row of the schedule")
            .await?;
        Ok(())
    }
}

impl Database {
    /// Sets a column of the rows of services; returns how many there are.
    async fn order_each(
        &self,
        ids: &[String],
        column: &'static str,
        value: Option<&str>,
    ) -> PortResult<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        let places = placeholders(2, ids.len());
        let sql =
            format!("UPDATE service SET {column} = $1 WHERE ended_at IS NULL AND id IN ({places})");
        let mut values: Vec<Value> = vec![value.map(str::to_owned).into()];
        values.extend(ids.iter().map(|id| Value::from(id.as_str())));
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        let doing = "order services";
        let ordered = async { self.write.execute_raw(statement).await.context(doing) };
        Ok(self.limited(doing, ordered).await?.rows_affected())
    }

    /// Enqueues the job of a row, in one transaction with the statement, if that changes the
    /// row; `None` if it does not. The statement compares the row, so of two schedulers that
    /// have read the same state one enqueues.
    async fn enqueue_scheduled(
        &self,
        schedule: &str,
        now: NaiveDateTime,
        job: NewJob,
        claim: Option<Statement>,
    ) -> PortResult<Option<JobId>> {
        let doing = "fire a schedule";
        let firing = async {
            let transaction = self.begin().await?;
            if let Some(claim) = claim {
                let claimed = transaction.execute_raw(claim).await.context(doing)?;
                if claimed.rows_affected() == 0 {
                    return Ok(None);
                }
            }
            let now_of_jobs = self.own_time();
            let jobs = queue::enqueue(&transaction, self.dialect, &[job], now_of_jobs).await?;
            let job = jobs.first().map(|enqueued| enqueued.job());
            let values = [schedule.into(), now.into(), job.map(|job| job.0).into()];
            let set_job = self.statement(SET_JOB, values);
            transaction.execute_raw(set_job).await.context(doing)?;
            transaction.commit().await.context(doing)?;
            Ok(job)
        };
        let job = self.limited(doing, firing).await?;
        if job.is_some() {
            self.wakeup.announce();
        }
        Ok(job)
    }

    /// Stores rows of the schedule of another database, unless they are here already.
    pub(crate) async fn store_schedules(&self, schedules: Vec<ScheduleState>) -> PortResult<()> {
        for row in schedules {
            let values = [row.name.into(), row.last_at.into(), row.is_enabled.into()];
            self.run(COPY_ROW, values, "store a row of the schedule")
                .await?;
        }
        Ok(())
    }
}

fn schedule(row: &QueryResult) -> PortResult<ScheduleState> {
    let doing = "read a row of the schedule";
    let job: Option<i64> = row.try_get("", "job_id").context(doing)?;
    Ok(ScheduleState {
        name: row.try_get("", "name").context(doing)?,
        is_enabled: row.try_get("", "enabled").context(doing)?,
        last_at: row.try_get("", "last_at").context(doing)?,
        fired_at: row.try_get("", "fired_at").context(doing)?,
        last_job: job.map(JobId),
    })
}

/// `$2, $3, $4`.
fn placeholders(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    places.join(", ")
}

fn orders(row: &QueryResult) -> PortResult<ServiceOrders> {
    let doing = "read the orders to a service";
    let wanted: Option<String> = row.try_get("", "wanted_state").context(doing)?;
    Ok(ServiceOrders {
        id: row.try_get("", "id").context(doing)?,
        // A newer program may have ordered what this one does not know: it goes on.
        wanted: wanted
            .and_then(|name| WantedState::of_name(&name))
            .unwrap_or_default(),
        log_filter: row.try_get("", "wanted_log_filter").context(doing)?,
    })
}

fn service(row: &QueryResult) -> PortResult<Service> {
    let doing = "read a service";
    let process: i64 = row.try_get("", "process").context(doing)?;
    let activity: Option<serde_json::Value> = row.try_get("", "activity").context(doing)?;
    Ok(Service {
        id: row.try_get("", "id").context(doing)?,
        kind: row.try_get("", "kind").context(doing)?,
        host: row.try_get("", "host").context(doing)?,
        process: u32::try_from(process).unwrap_or_default(),
        version: row.try_get("", "version").context(doing)?,
        started_at: row.try_get("", "started_at").context(doing)?,
        seen_at: row.try_get("", "seen_at").context(doing)?,
        ended_at: row.try_get("", "ended_at").context(doing)?,
        // Another version may report what this one cannot read.
        activity: activity
            .and_then(|activity| serde_json::from_value(activity).ok())
            .unwrap_or_default(),
    })
}
