//! Running parts and schedules, on the tables `service` and `schedule`.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_ports::job::NewJob;
use robotoff_ports::services::Service;
use robotoff_ports::{PortResult, Services};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::connect::Database;
use crate::error::Context;
use crate::queue;

const HEARTBEAT: &str = "
INSERT INTO service (id, kind, host, process, version, started_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";

const FIRST_TIME: &str = "
INSERT INTO schedule (name, last_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

const AGAIN: &str = "UPDATE schedule SET last_at = $2 WHERE name = $1 AND last_at = $3";

#[async_trait]
impl Services for Database {
    async fn heartbeat(&self, service: &Service) -> PortResult<()> {
        let values = [
            service.id.as_str().into(),
            service.kind.as_str().into(),
            service.host.as_str().into(),
            i64::from(service.process).into(),
            service.version.as_str().into(),
            service.started_at.into(),
            service.seen_at.into(),
        ];
        self.run(HEARTBEAT, values, "note a service").await?;
        Ok(())
    }

    async fn leave(&self, id: &str) -> PortResult<()> {
        let sql = "DELETE FROM service WHERE id = $1";
        self.run(sql, [id.into()], "delete a service").await?;
        Ok(())
    }

    async fn services(&self, since: NaiveDateTime) -> PortResult<Vec<Service>> {
        let sql = "SELECT id, kind, host, process, version, started_at, seen_at FROM service
             WHERE seen_at >= $1 ORDER BY started_at, id";
        let rows = self
            .read
            .query_all_raw(self.statement(sql, [since.into()]))
            .await
            .context("read services")?;
        rows.iter().map(service).collect()
    }

    async fn forget(&self, before: NaiveDateTime) -> PortResult<u64> {
        let sql = "DELETE FROM service WHERE seen_at < $1";
        self.run(sql, [before.into()], "delete services").await
    }

    async fn last_fired(&self, schedule: &str) -> PortResult<Option<NaiveDateTime>> {
        let doing = "read when a schedule last fired";
        let sql = "SELECT last_at FROM schedule WHERE name = $1";
        let row = self
            .read
            .query_one_raw(self.statement(sql, [schedule.into()]))
            .await
            .context(doing)?;
        row.map(|row| row.try_get("", "last_at").context(doing))
            .transpose()
    }

    async fn fire(
        &self,
        schedule: &str,
        last: Option<NaiveDateTime>,
        now: NaiveDateTime,
        job: NewJob,
    ) -> PortResult<bool> {
        let doing = "fire a schedule";
        let statement = match last {
            None => self.statement(FIRST_TIME, [schedule.into(), now.into()]),
            Some(last) => self.statement(AGAIN, [schedule.into(), now.into(), last.into()]),
        };
        let firing = async {
            let transaction = self.begin().await?;
            let met = transaction.execute_raw(statement).await.context(doing)?;
            if met.rows_affected() == 0 {
                return Ok(false);
            }
            queue::enqueue(&transaction, self.dialect, &[job], self.own_time()).await?;
            transaction.commit().await.context(doing)?;
            Ok(true)
        };
        let has_fired = self.limited(doing, firing).await?;
        if has_fired {
            self.wakeup.announce();
        }
        Ok(has_fired)
    }
}

impl Database {
    /// The last firing of each row of the schedule.
    pub(crate) async fn firings(&self) -> PortResult<Vec<(String, NaiveDateTime)>> {
        let doing = "read the firings of schedules";
        let rows = self
            .read
            .query_all_raw(self.statement("SELECT name, last_at FROM schedule", []))
            .await
            .context(doing)?;
        let firing = |row: &QueryResult| {
            Ok((
                row.try_get("", "name").context(doing)?,
                row.try_get("", "last_at").context(doing)?,
            ))
        };
        rows.iter().map(firing).collect()
    }

    /// Stores firings, unless the schedule has fired here too.
    pub(crate) async fn store_firings(
        &self,
        firings: Vec<(String, NaiveDateTime)>,
    ) -> PortResult<()> {
        for (name, last) in firings {
            let values = [name.into(), last.into()];
            self.run(FIRST_TIME, values, "store the firing of a schedule")
                .await?;
        }
        Ok(())
    }
}

fn service(row: &QueryResult) -> PortResult<Service> {
    let doing = "read a service";
    let process: i64 = row.try_get("", "process").context(doing)?;
    Ok(Service {
        id: row.try_get("", "id").context(doing)?,
        kind: row.try_get("", "kind").context(doing)?,
        host: row.try_get("", "host").context(doing)?,
        process: u32::try_from(process).unwrap_or_default(),
        version: row.try_get("", "version").context(doing)?,
        started_at: row.try_get("", "started_at").context(doing)?,
        seen_at: row.try_get("", "seen_at").context(doing)?,
    })
}
