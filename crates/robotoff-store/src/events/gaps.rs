//! Gaps of event streams (`event_gap`).

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::event::{EntryId, EventStream};
use robotoff_ports::events::StreamGap;
use robotoff_ports::store::{EventGap, EventGapId};
use robotoff_ports::{PortError, PortResult};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::numbers;
use crate::connect::Database;
use crate::error::Context;

/// A gap grows while its stream is trimmed on. `found_at` stays: it tells a new row.
const STORE: &str = "
INSERT INTO event_gap (stream, after_millis, after_sequence, before_millis, before_sequence,
    lost, found_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (stream, after_millis, after_sequence) DO UPDATE SET
    before_millis = excluded.before_millis, before_sequence = excluded.before_sequence,
    lost = excluded.lost
WHERE event_gap.resolved_at IS NULL
RETURNING found_at";

const LIST: &str = "
SELECT id, stream, after_millis, after_sequence, before_millis, before_sequence, lost,
    found_at, resolved_at
FROM event_gap ORDER BY id DESC LIMIT 1000";

impl Database {
    pub(super) async fn upsert_gap(
        &self,
        stream: EventStream,
        gap: &StreamGap,
        at: NaiveDateTime,
    ) -> PortResult<bool> {
        let doing = "store a gap of a stream";
        let [millis, sequence] = numbers(gap.after);
        let before = gap.first.map(numbers);
        let lost = gap.lost.map(|lost| i64::try_from(lost).unwrap_or(i64::MAX));
        let values: [Value; 7] = [
            stream.name().into(),
            millis.into(),
            sequence.into(),
            before.map(|[millis, _]| millis).into(),
            before.map(|[_, sequence]| sequence).into(),
            lost.into(),
            at.into(),
        ];
        let row = self.write.query_one_raw(self.statement(STORE, values));
        let Some(row) = row.await.context(doing)? else {
            // Resolved: it is no news.
            return Ok(false);
        };
        let found_at: NaiveDateTime = row.try_get("", "found_at").context(doing)?;
        // PostgreSQL keeps microseconds.
        Ok((found_at - at).abs() < TimeDelta::milliseconds(1))
    }

    pub(super) async fn stored_gaps(&self) -> PortResult<Vec<EventGap>> {
        let rows = self.read.query_all_raw(self.statement(LIST, [])).await;
        let rows = rows.context("read gaps of streams")?;
        rows.iter().map(gap).collect()
    }

    pub(super) async fn end_gap(&self, id: EventGapId, at: NaiveDateTime) -> PortResult<bool> {
        let sql = "UPDATE event_gap SET resolved_at = $2 WHERE id = $1 AND resolved_at IS NULL";
        let values = [id.0.into(), at.into()];
        let ended = self.run(sql, values, "resolve a gap of a stream").await?;
        Ok(ended > 0)
    }

    /// Gaps of another database; those that are here stay.
    pub(super) async fn copy_gaps(&self, from: &Self) -> PortResult<()> {
        let known = self.stored_gaps().await?;
        let mut gaps = from.stored_gaps().await?;
        // In the order in which they were found.
        gaps.reverse();
        for gap in gaps {
            let is_same =
                |other: &EventGap| other.stream == gap.stream && other.gap.after == gap.gap.after;
            if known.iter().any(is_same) {
                continue;
            }
            self.upsert_gap(gap.stream, &gap.gap, gap.found_at).await?;
            let Some(at) = gap.resolved_at else {
                continue;
            };
            let stored = self.stored_gaps().await?;
            if let Some(stored) = stored.into_iter().find(is_same) {
                self.end_gap(stored.id, at).await?;
            }
        }
        Ok(())
    }
}

fn gap(row: &QueryResult) -> PortResult<EventGap> {
    let doing = "read a gap of a stream";
    let number = |name: &str| row.try_get::<Option<i64>>("", name).context(doing);
    let id = |millis: Option<i64>, sequence: Option<i64>| {
        millis.zip(sequence).map(|(millis, sequence)| EntryId {
            millis: millis.unsigned_abs(),
            sequence: sequence.unsigned_abs(),
        })
    };
    let stream: String = row.try_get("", "stream").context(doing)?;
    let unreadable = |why: String| PortError::defect("gap of a stream", why);
    Ok(EventGap {
        id: EventGapId(row.try_get("", "id").context(doing)?),
        stream: EventStream::from_name(&stream)
            .ok_or_else(|| unreadable(format!("unknown stream {stream:?}")))?,
        gap: StreamGap {
            after: id(number("after_millis")?, number("after_sequence")?)
                .ok_or_else(|| unreadable("no start".to_owned()))?,
            first: id(number("before_millis")?, number("before_sequence")?),
            lost: number("lost")?.map(i64::unsigned_abs),
        },
        found_at: row.try_get("", "found_at").context(doing)?,
        resolved_at: row.try_get("", "resolved_at").context(doing)?,
    })
}
