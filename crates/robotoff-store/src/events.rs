//! Stored events: records of entries, positions of streams, parked events.
//!
//! An entry is recorded by the transaction that stores its jobs. Of two listeners that
//! store the same entry at once, the second waits for the first at the primary key, and
//! then finds the entry known: its jobs are stored once.

mod gaps;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::event::{EntryId, EventEntry, EventStream};
use robotoff_ports::events::StreamGap;
use robotoff_ports::job::{Enqueued, NewJob};
use robotoff_ports::store::{
    EventBatch, EventCounts, EventGap, EventGapId, EventLog, ParkedEvent, ParkedEventId,
    StreamPosition, UnreadableEvent,
};
use robotoff_ports::{PortError, PortResult};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use serde_json::json;

use crate::connect::Database;
use crate::dialect::Dialect;
use crate::error::Context;
use crate::queue;

/// In one order, so that two listeners with the same entries wait for each other in turn.
const RECORD_POSTGRES: &str = "
INSERT INTO event_entry (stream, millis, sequence)
SELECT stream, millis, sequence
FROM jsonb_to_recordset($1::jsonb) AS entry (stream text, millis bigint, sequence bigint)
ORDER BY stream, millis, sequence
ON CONFLICT DO NOTHING RETURNING stream, millis, sequence";

const RECORD_SQLITE: &str = "
INSERT INTO event_entry (stream, millis, sequence)
SELECT json_extract(value, '$.stream'), json_extract(value, '$.millis'),
    json_extract(value, '$.sequence')
FROM json_each($1) WHERE true
ON CONFLICT DO NOTHING RETURNING stream, millis, sequence";

const MOVE_POSITION: &str = "
INSERT INTO event_position (stream, millis, sequence, stored_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (stream) DO UPDATE SET millis = excluded.millis, sequence = excluded.sequence,
    stored_at = excluded.stored_at
WHERE event_position.millis < excluded.millis
    OR (event_position.millis = excluded.millis AND event_position.sequence < excluded.sequence)";

const PARK: &str = "
INSERT INTO parked_event (stream, millis, sequence, fields, error, parked_at)
VALUES ($1, $2, $3, $4, $5, $6)";

const FORGET: &str = "
DELETE FROM event_entry WHERE stream = $1 AND (millis < $2 OR (millis = $2 AND sequence < $3))";

const PARKED: &str = "
SELECT id, stream, millis, sequence, fields, error, parked_at FROM parked_event";

type EntryKey = (EventStream, EntryId);

#[async_trait]
impl EventLog for Database {
    async fn store_events(&self, batch: &EventBatch) -> PortResult<EventCounts> {
        let counts = self
            .limited("store events", self.store_batch(batch))
            .await?;
        if counts.jobs + counts.merged > 0 {
            self.wakeup.announce();
        }
        Ok(counts)
    }

    async fn stream_positions(&self) -> PortResult<Vec<StreamPosition>> {
        let sql = "SELECT stream, millis, sequence, stored_at FROM event_position ORDER BY stream";
        let rows = self.read.query_all_raw(self.statement(sql, [])).await;
        let rows = rows.context("read positions of streams")?;
        let known = rows.iter().filter_map(|row| position(row).transpose());
        known.collect()
    }

    async fn forget_entries(&self, stream: EventStream, before: EntryId) -> PortResult<u64> {
        let [millis, sequence] = numbers(before);
        let values = [stream.name().into(), millis.into(), sequence.into()];
        self.run(FORGET, values, "delete records of entries").await
    }

    async fn parked_events(
        &self,
        below: Option<ParkedEventId>,
        limit: u64,
    ) -> PortResult<Vec<ParkedEvent>> {
        let sql = format!("{PARKED} WHERE id < $1 ORDER BY id DESC LIMIT {limit}");
        let below = below.map_or(i64::MAX, |id| id.0);
        let rows = self
            .read
            .query_all_raw(self.statement(&sql, [below.into()]));
        rows.await
            .context("read parked events")?
            .iter()
            .map(parked)
            .collect()
    }

    async fn parked_event(&self, id: ParkedEventId) -> PortResult<Option<ParkedEvent>> {
        let sql = format!("{PARKED} WHERE id = $1");
        let row = self.read.query_one_raw(self.statement(&sql, [id.0.into()]));
        let row = row.await.context("read a parked event")?;
        row.as_ref().map(parked).transpose()
    }

    async fn count_parked_events(&self) -> PortResult<u64> {
        let doing = "count parked events";
        let sql = "SELECT count(*) AS parked FROM parked_event";
        let row = self.read.query_one_raw(self.statement(sql, [])).await;
        let row = row.context(doing)?;
        let count: i64 = match row {
            Some(row) => row.try_get("", "parked").context(doing)?,
            None => 0,
        };
        Ok(count.unsigned_abs())
    }

    async fn unpark_event(&self, id: ParkedEventId, jobs: &[NewJob]) -> PortResult<bool> {
        let doing = "delete a parked event";
        let delete = self.statement("DELETE FROM parked_event WHERE id = $1", [id.0.into()]);
        let work = async {
            let transaction = self.begin().await?;
            let deleted = transaction.execute_raw(delete).await.context(doing)?;
            if deleted.rows_affected() == 0 {
                return Ok(false);
            }
            queue::enqueue(&transaction, self.dialect, jobs, self.own_time()).await?;
            transaction.commit().await.context(doing)?;
            Ok(true)
        };
        let is_deleted = self.limited(doing, work).await?;
        if is_deleted && !jobs.is_empty() {
            self.wakeup.announce();
        }
        Ok(is_deleted)
    }

    async fn store_gap(
        &self,
        stream: EventStream,
        gap: &StreamGap,
        at: NaiveDateTime,
    ) -> PortResult<bool> {
        self.upsert_gap(stream, gap, at).await
    }

    async fn event_gaps(&self) -> PortResult<Vec<EventGap>> {
        self.stored_gaps().await
    }

    async fn resolve_gap(&self, id: EventGapId, at: NaiveDateTime) -> PortResult<bool> {
        self.end_gap(id, at).await
    }
}

impl Database {
    async fn store_batch(&self, batch: &EventBatch) -> PortResult<EventCounts> {
        let doing = "store events";
        let mut keys: BTreeSet<EntryKey> = BTreeSet::new();
        let read = batch.read.iter().map(|event| (event.stream, event.id));
        let unreadable = batch.unreadable.iter();
        let unreadable = unreadable.map(|event| (event.entry.stream, event.entry.id));
        for (stream, id) in read.chain(unreadable) {
            keys.extend(id.map(|id| (stream, id)));
        }
        let transaction = self.begin().await?;
        let mut new = self.record(&transaction, &keys).await?;
        // Of an entry that is twice in the batch, the first counts.
        let mut is_new = |stream, id: Option<EntryId>| match id {
            Some(id) => new.remove(&(stream, id)),
            None => true,
        };
        let mut counts = EventCounts::default();
        let mut jobs: Vec<&NewJob> = Vec::new();
        for event in &batch.read {
            let is_new = is_new(event.stream, event.id);
            counts.new += u64::from(is_new);
            counts.known += u64::from(!is_new);
            if is_new || batch.repeats {
                jobs.extend(&event.jobs);
            }
        }
        for event in &batch.unreadable {
            if is_new(event.entry.stream, event.entry.id) {
                self.park(&transaction, event, batch.at).await?;
                counts.parked += 1;
            } else {
                counts.known += 1;
            }
        }
        // Rows of jobs are locked product by product, always in the same order: two
        // listeners with events of the same products do not lock each other out.
        jobs.sort_by(|a, b| a.key.cmp(&b.key));
        let jobs: Vec<NewJob> = jobs.into_iter().cloned().collect();
        for enqueued in queue::enqueue(&transaction, self.dialect, &jobs, self.own_time()).await? {
            match enqueued {
                Enqueued::Added(_) => counts.jobs += 1,
                Enqueued::Merged(_) => counts.merged += 1,
            }
        }
        if !batch.repeats {
            self.move_positions(&transaction, &keys, batch.at).await?;
        }
        transaction.commit().await.context(doing)?;
        Ok(counts)
    }

    /// Records entries; returns those that were not recorded before.
    async fn record(
        &self,
        transaction: &impl ConnectionTrait,
        keys: &BTreeSet<EntryKey>,
    ) -> PortResult<BTreeSet<EntryKey>> {
        if keys.is_empty() {
            return Ok(BTreeSet::new());
        }
        let doing = "record entries of streams";
        let sql = match self.dialect {
            Dialect::Sqlite => RECORD_SQLITE,
            Dialect::Postgres => RECORD_POSTGRES,
        };
        let entries = keys.iter().map(|(stream, id)| {
            let [millis, sequence] = numbers(*id);
            json!({"stream": stream.name(), "millis": millis, "sequence": sequence})
        });
        let entries: serde_json::Value = entries.collect();
        let statement = self.statement(sql, [entries.into()]);
        let rows = transaction.query_all_raw(statement).await.context(doing)?;
        let recorded = rows.iter().filter_map(|row| key_of(row).transpose());
        recorded.collect()
    }

    async fn park(
        &self,
        transaction: &impl ConnectionTrait,
        event: &UnreadableEvent,
        at: NaiveDateTime,
    ) -> PortResult<()> {
        let numbers = event.entry.id.map(numbers);
        let values = [
            event.entry.stream.name().into(),
            numbers.map(|[millis, _]| millis).into(),
            numbers.map(|[_, sequence]| sequence).into(),
            json!(event.entry.fields).to_string().into(),
            event.error.as_str().into(),
            at.into(),
        ];
        let statement: Statement = self.statement(PARK, values);
        transaction
            .execute_raw(statement)
            .await
            .context("park an event")?;
        Ok(())
    }

    async fn move_positions(
        &self,
        transaction: &impl ConnectionTrait,
        keys: &BTreeSet<EntryKey>,
        at: NaiveDateTime,
    ) -> PortResult<()> {
        let last_by_stream: BTreeMap<EventStream, EntryId> = keys.iter().copied().collect();
        for (stream, last) in last_by_stream {
            let [millis, sequence] = numbers(last);
            let values: [Value; 4] = [
                stream.name().into(),
                millis.into(),
                sequence.into(),
                at.into(),
            ];
            transaction
                .execute_raw(self.statement(MOVE_POSITION, values))
                .await
                .context("move the position of a stream")?;
        }
        Ok(())
    }

    /// Positions, gaps and parked events of another database; those that are here stay.
    pub(crate) async fn copy_events(&self, from: &Self) -> PortResult<()> {
        self.copy_gaps(from).await?;
        for position in from.stream_positions().await? {
            let keys = BTreeSet::from([(position.stream, position.last)]);
            self.move_positions(&self.write, &keys, position.stored_at)
                .await?;
        }
        let mut below = None;
        loop {
            let page = from.parked_events(below, 500).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            below = Some(last.id);
            for event in page {
                self.copy_parked(&event).await?;
            }
        }
    }

    async fn copy_parked(&self, event: &ParkedEvent) -> PortResult<()> {
        let doing = "copy a parked event";
        let sql = "SELECT id FROM parked_event WHERE fields = $1 AND parked_at = $2";
        let fields = json!(event.entry.fields).to_string();
        let same = self.statement(sql, [fields.into(), event.parked_at.into()]);
        if self
            .write
            .query_one_raw(same)
            .await
            .context(doing)?
            .is_some()
        {
            return Ok(());
        }
        let unreadable = UnreadableEvent {
            entry: event.entry.clone(),
            error: event.error.clone(),
        };
        self.park(&self.write, &unreadable, event.parked_at).await
    }
}

/// Numbers of an entry as the columns hold them. Ids of real streams are far below.
fn numbers(id: EntryId) -> [i64; 2] {
    [id.millis, id.sequence].map(|number| i64::try_from(number).unwrap_or(i64::MAX))
}

/// `None` for a stream that a newer release knows.
fn key_of(row: &QueryResult) -> PortResult<Option<EntryKey>> {
    let doing = "read an entry of a stream";
    let stream: String = row.try_get("", "stream").context(doing)?;
    let millis: i64 = row.try_get("", "millis").context(doing)?;
    let sequence: i64 = row.try_get("", "sequence").context(doing)?;
    let id = EntryId {
        millis: millis.unsigned_abs(),
        sequence: sequence.unsigned_abs(),
    };
    Ok(EventStream::from_name(&stream).map(|stream| (stream, id)))
}

fn position(row: &QueryResult) -> PortResult<Option<StreamPosition>> {
    let stored_at = row
        .try_get("", "stored_at")
        .context("read a position of a stream")?;
    Ok(key_of(row)?.map(|(stream, last)| StreamPosition {
        stream,
        last,
        stored_at,
    }))
}

fn parked(row: &QueryResult) -> PortResult<ParkedEvent> {
    let doing = "read a parked event";
    let stream: String = row.try_get("", "stream").context(doing)?;
    let millis: Option<i64> = row.try_get("", "millis").context(doing)?;
    let sequence: Option<i64> = row.try_get("", "sequence").context(doing)?;
    let fields: String = row.try_get("", "fields").context(doing)?;
    let unreadable = |why: String| PortError::defect("parked event", why);
    Ok(ParkedEvent {
        id: ParkedEventId(row.try_get("", "id").context(doing)?),
        entry: EventEntry {
            stream: EventStream::from_name(&stream)
                .ok_or_else(|| unreadable(format!("unknown stream {stream:?}")))?,
            id: millis.zip(sequence).map(|(millis, sequence)| EntryId {
                millis: millis.unsigned_abs(),
                sequence: sequence.unsigned_abs(),
            }),
            fields: serde_json::from_str(&fields)
                .map_err(|error| unreadable(format!("fields {fields:?}: {error}")))?,
        },
        error: row.try_get("", "error").context(doing)?,
        parked_at: row.try_get("", "parked_at").context(doing)?,
    })
}
