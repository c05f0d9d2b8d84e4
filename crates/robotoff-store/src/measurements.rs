//! The history of measurements, on the table `measurement`.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::measurements::Measurements;
use robotoff_ports::store::{MeasurementLog, MeasurementSpan, StoredMeasurements};
use robotoff_ports::{PortError, PortResult};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::connect::Database;
use crate::error::Context;

const STORE: &str = "
INSERT INTO measurement (at, span_secs, source, content) VALUES ($1, $2, $3, $4)
ON CONFLICT (at, span_secs, source) DO NOTHING";

#[async_trait]
impl MeasurementLog for Database {
    async fn store_measurements(
        &self,
        minute: NaiveDateTime,
        source: &str,
        measurements: &Measurements,
    ) -> PortResult<bool> {
        let values = [
            minute.into(),
            MeasurementSpan::Minute.secs().into(),
            source.into(),
            text_of(measurements)?.into(),
        ];
        let doing = "store measurements";
        let stored = self.limited(doing, self.run(STORE, values, doing)).await?;
        Ok(stored > 0)
    }

    async fn measurements(
        &self,
        since: NaiveDateTime,
        until: NaiveDateTime,
    ) -> PortResult<Vec<StoredMeasurements>> {
        let sql = "SELECT at, content FROM measurement WHERE at >= $1 AND at < $2
             ORDER BY at, span_secs, source";
        let statement = self.statement(sql, [since.into(), until.into()]);
        let rows = self.read.query_all_raw(statement).await;
        let rows = rows.context("read measurements")?;
        rows.iter().map(stored).collect()
    }

    async fn oldest_minute(&self) -> PortResult<Option<NaiveDateTime>> {
        let doing = "read the oldest measurement";
        let sql = "SELECT min(at) AS at FROM measurement WHERE span_secs = $1";
        let statement = self.statement(sql, [MeasurementSpan::Minute.secs().into()]);
        let row = self.read.query_one_raw(statement).await.context(doing)?;
        match row {
            Some(row) => row.try_get("", "at").context(doing),
            None => Ok(None),
        }
    }

    async fn fold_measurements(
        &self,
        quarter: NaiveDateTime,
        rows: u64,
        folded: &Measurements,
    ) -> PortResult<bool> {
        let doing = "fold measurements";
        let content = text_of(folded)?;
        let span = MeasurementSpan::Quarter;
        let end = quarter + span.length();
        let folding = async {
            let transaction = self.begin().await?;
            let delete = "DELETE FROM measurement WHERE at >= $1 AND at < $2";
            let delete = self.statement(delete, [quarter.into(), end.into()]);
            let deleted = transaction.execute_raw(delete).await.context(doing)?;
            if deleted.rows_affected() != rows {
                transaction.rollback().await.context(doing)?;
                return Ok(false);
            }
            let values = [
                quarter.into(),
                span.secs().into(),
                "".into(),
                content.into(),
            ];
            let store = self.statement(STORE, values);
            transaction.execute_raw(store).await.context(doing)?;
            transaction.commit().await.context(doing)?;
            Ok(true)
        };
        self.limited(doing, folding).await
    }

    async fn forget_measurements(&self, before: NaiveDateTime) -> PortResult<u64> {
        let sql = "DELETE FROM measurement WHERE at < $1";
        let doing = "delete old measurements";
        let deleted = self.run(sql, [before.into()], doing);
        self.limited(doing, deleted).await
    }
}

fn text_of(measurements: &Measurements) -> PortResult<String> {
    serde_json::to_string(measurements).map_err(|error| PortError::defect("measurements", error))
}

fn stored(row: &QueryResult) -> PortResult<StoredMeasurements> {
    let doing = "read measurements";
    let content: String = row.try_get("", "content").context(doing)?;
    Ok(StoredMeasurements {
        at: row.try_get("", "at").context(doing)?,
        // Another version may have measured what this one cannot read.
        measurements: serde_json::from_str(&content).unwrap_or_default(),
    })
}
