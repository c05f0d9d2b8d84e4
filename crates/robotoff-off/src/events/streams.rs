//! Redis Streams of Product Opener, read by a consumer group.
//!
//! The group holds which entries were taken and not acknowledged. Entries that a lost
//! listener has left are claimed by another one after `claim_after`; a listener that is
//! only slow may thus share entries with another one, which the store makes harmless.
//!
//! Reads that block have a connection of their own: an acknowledgement never waits behind
//! one.

mod reports;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use redis::{Client, Cmd};
use robotoff_core::event::{EntryId, EventEntry, EventStream};
use robotoff_ports::events::{
    EventSource, StreamState, Subscription, SubscriptionStart, TakenEntries,
};
use robotoff_ports::store::StreamPosition;
use robotoff_ports::{PortError, PortResult};

use super::connection::{RedisConnection, has_code};
use super::reply::{EntryRow, entry_id, list, rows, text, unexpected};
use reports::{GroupReport, StreamReport};

/// Longest block of a read; a listener that stops waits no longer.
const MAX_BLOCK: Duration = Duration::from_secs(5);
/// Time limit of a command.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A new group begins so long before the known position: entries that were taken and not
/// stored when the old group was lost are delivered again.
const OVERLAP_MILLIS: u64 = 600_000;

/// Names that the streams are read by.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// `PRODUCT_UDPATE_STREAM_NAME`.
    pub product_updates: String,
    /// `OCR_READY_STREAM_NAME`.
    pub ocr_ready: String,
    pub group: String,
    /// Name of this listener, unique in the group.
    pub consumer: String,
    /// Key under which the existing service stored its position (`REDIS_LATEST_ID_KEY`).
    pub old_position_key: String,
    /// Time after which the entries of another listener count as abandoned.
    pub claim_after: Duration,
}

impl RedisSettings {
    /// Key of a stream.
    pub fn key(&self, stream: EventStream) -> &str {
        match stream {
            EventStream::ProductUpdates => &self.product_updates,
            EventStream::OcrReady => &self.ocr_ready,
        }
    }

    fn stream(&self, key: &str) -> Option<EventStream> {
        EventStream::ALL
            .into_iter()
            .find(|stream| self.key(*stream) == key)
    }
}

/// The streams, as one consumer of the group.
pub struct RedisEvents {
    settings: RedisSettings,
    commands: RedisConnection,
    reads: RedisConnection,
    /// Next search for abandoned entries.
    claim_at: Mutex<Instant>,
}

impl RedisEvents {
    /// A source that is not connected yet.
    pub fn new(url: &str, settings: RedisSettings) -> PortResult<Self> {
        let client = Client::open(url)
            .map_err(|error| PortError::defect("address of the Redis of events", error))?;
        Ok(Self {
            settings,
            commands: RedisConnection::new(client.clone(), TIMEOUT),
            reads: RedisConnection::new(client, MAX_BLOCK + TIMEOUT),
            claim_at: Mutex::new(Instant::now()),
        })
    }

    async fn subscribe_to(
        &self,
        stream: EventStream,
        position: Option<EntryId>,
    ) -> PortResult<Subscription> {
        let report = self.report(stream).await?;
        if let Some(group) = self.group_report(stream).await? {
            self.delete_lost_consumers(stream).await?;
            return Ok(Subscription {
                stream,
                start: SubscriptionStart::Continued,
                gap: report.and_then(|report| report.gap_after(&group)),
            });
        }
        let position = match position {
            Some(position) => Some(position),
            None => self.old_position().await?,
        };
        let start = match position {
            Some(last) => {
                SubscriptionStart::After(EntryId::at(last.millis.saturating_sub(OVERLAP_MILLIS)))
            }
            None => SubscriptionStart::Now,
        };
        let from = match start {
            SubscriptionStart::After(id) => id.to_string(),
            SubscriptionStart::Continued | SubscriptionStart::Now => "$".to_owned(),
        };
        let mut create = redis::cmd("XGROUP");
        create
            .arg("CREATE")
            .arg(self.settings.key(stream))
            .arg(&self.settings.group)
            .arg(from)
            .arg("MKSTREAM");
        match self.commands.send(&create).await {
            Ok(_) => {}
            // Another listener was faster.
            Err(error) if has_code(&error, "BUSYGROUP") => {}
            Err(error) => return Err(error),
        }
        let gap = report.zip(position).and_then(|(report, last)| {
            report.gap_after(&GroupReport {
                last_delivered: last,
                entries_read: None,
                pending: 0,
            })
        });
        Ok(Subscription { stream, start, gap })
    }

    /// The position of the existing service, which has one for both streams.
    async fn old_position(&self) -> PortResult<Option<EntryId>> {
        let mut get = redis::cmd("GET");
        get.arg(&self.settings.old_position_key);
        let position = self.commands.send(&get).await?;
        Ok(text(&position).parse().ok())
    }

    /// Entries that were taken by a listener which is lost.
    async fn claim(&self, limit: usize) -> PortResult<TakenEntries> {
        let mut taken = TakenEntries::default();
        for stream in EventStream::ALL {
            let mut command = redis::cmd("XAUTOCLAIM");
            command
                .arg(self.settings.key(stream))
                .arg(&self.settings.group)
                .arg(&self.settings.consumer)
                .arg(millis(self.settings.claim_after))
                .arg("0-0")
                .arg("COUNT")
                .arg(limit);
            let mut parts = list(self.commands.send(&command).await?)?.into_iter();
            let (claimed, deleted) = (parts.nth(1).unwrap_or_default(), parts.next());
            add_rows(&mut taken, stream, rows(stream, claimed)?);
            for id in list(deleted.unwrap_or_default())? {
                taken.trimmed.push((stream, entry_id(&id)?));
            }
        }
        Ok(taken)
    }

    fn claims_now(&self) -> bool {
        let mut claim_at = self.claim_at.lock().unwrap_or_else(|e| e.into_inner());
        let now = Instant::now();
        let is_due = now >= *claim_at;
        if is_due {
            *claim_at = now + self.settings.claim_after / 2;
        }
        is_due
    }

    /// Abandoned entries may be more than one claim returns: the next read claims again.
    fn claim_again(&self) {
        *self.claim_at.lock().unwrap_or_else(|e| e.into_inner()) = Instant::now();
    }

    fn read_command(&self, limit: usize, at_most: Duration) -> Cmd {
        let mut command = redis::cmd("XREADGROUP");
        command
            .arg("GROUP")
            .arg(&self.settings.group)
            .arg(&self.settings.consumer)
            .arg("COUNT")
            .arg(limit)
            .arg("BLOCK")
            // Zero would block for ever.
            .arg(millis(at_most.min(MAX_BLOCK)).max(1))
            .arg("STREAMS");
        for stream in EventStream::ALL {
            command.arg(self.settings.key(stream));
        }
        for _ in EventStream::ALL {
            command.arg(">");
        }
        command
    }
}

#[async_trait]
impl EventSource for RedisEvents {
    async fn subscribe(&self, positions: &[StreamPosition]) -> PortResult<Vec<Subscription>> {
        let mut subscriptions = Vec::new();
        for stream in EventStream::ALL {
            let position = positions.iter().find(|position| position.stream == stream);
            let last = position.map(|position| position.last);
            subscriptions.push(self.subscribe_to(stream, last).await?);
        }
        Ok(subscriptions)
    }

    async fn take(&self, limit: usize, at_most: Duration) -> PortResult<TakenEntries> {
        if self.claims_now() {
            let claimed = self.claim(limit).await?;
            if !claimed.entries.is_empty() || !claimed.trimmed.is_empty() {
                self.claim_again();
                return Ok(claimed);
            }
        }
        let reply = self.reads.send(&self.read_command(limit, at_most)).await?;
        let mut taken = TakenEntries::default();
        for part in list(reply)? {
            let mut part = list(part)?.into_iter();
            let (key, entries) = (part.next().unwrap_or_default(), part.next());
            let stream = self.settings.stream(&text(&key));
            let stream = stream.ok_or_else(|| unexpected("entries of an unknown stream"))?;
            let rows = rows(stream, entries.unwrap_or_default())?;
            taken.is_backlog |= rows.len() >= limit;
            add_rows(&mut taken, stream, rows);
        }
        Ok(taken)
    }

    async fn acknowledge(&self, entries: &[(EventStream, EntryId)]) -> PortResult<()> {
        for stream in EventStream::ALL {
            let ids: Vec<String> = entries
                .iter()
                .filter(|(of, _)| *of == stream)
                .map(|(_, id)| id.to_string())
                .collect();
            if ids.is_empty() {
                continue;
            }
            let mut command = redis::cmd("XACK");
            command
                .arg(self.settings.key(stream))
                .arg(&self.settings.group)
                .arg(ids);
            self.commands.send(&command).await?;
        }
        Ok(())
    }

    async fn entries_from(
        &self,
        stream: EventStream,
        from: EntryId,
        limit: usize,
    ) -> PortResult<Vec<EventEntry>> {
        let mut command = redis::cmd("XRANGE");
        command
            .arg(self.settings.key(stream))
            .arg(from.to_string())
            .arg("+")
            .arg("COUNT")
            .arg(limit);
        let mut taken = TakenEntries::default();
        let reply = self.commands.send(&command).await?;
        add_rows(&mut taken, stream, rows(stream, reply)?);
        Ok(taken.entries)
    }

    async fn states(&self) -> PortResult<Vec<StreamState>> {
        let mut states = Vec::new();
        for stream in EventStream::ALL {
            let report = self.report(stream).await?;
            let group = self.group_report(stream).await?;
            let oldest_pending = match &group {
                Some(group) if group.pending > 0 => self.oldest_pending(stream).await?,
                _ => None,
            };
            let waiting = |report: &StreamReport| {
                let group = group.as_ref()?;
                if group.last_delivered >= report.last {
                    return Some(0);
                }
                Some(report.entries_added?.saturating_sub(group.entries_read?))
            };
            states.push(StreamState {
                stream,
                first: report.as_ref().and_then(|report| report.first),
                last: report.as_ref().map(|report| report.last),
                length: report.as_ref().map_or(0, |report| report.length),
                waiting: report.as_ref().and_then(waiting),
                pending: group.as_ref().map_or(0, |group| group.pending),
                oldest_pending,
                gap: report
                    .zip(group)
                    .and_then(|(report, group)| report.gap_after(&group)),
            });
        }
        Ok(states)
    }

    async fn publish(&self, entry: &EventEntry) -> PortResult<EntryId> {
        let mut command = redis::cmd("XADD");
        command.arg(self.settings.key(entry.stream));
        match entry.id {
            Some(id) => command.arg(id.to_string()),
            None => command.arg("*"),
        };
        for (name, value) in &entry.fields {
            command.arg(name).arg(value);
        }
        entry_id(&self.commands.send(&command).await?)
    }
}

fn add_rows(taken: &mut TakenEntries, stream: EventStream, rows: Vec<EntryRow>) {
    for row in rows {
        match row {
            EntryRow::Entry(entry) => taken.entries.push(entry),
            EntryRow::Deleted(id) => taken.trimmed.push((stream, id)),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
