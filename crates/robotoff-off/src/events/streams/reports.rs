//! Streams, groups and consumers as the server reports them.

use std::time::Duration;

use redis::Value;
use robotoff_core::event::{EntryId, EventStream};
use robotoff_ports::PortResult;
use robotoff_ports::events::StreamGap;

use super::super::connection::has_code;
use super::super::reply::{count, entry_id, list, pairs, text, unexpected};
use super::RedisEvents;

/// Consumers that were idle for so long are deleted from the group.
const CONSUMER_RETENTION: Duration = Duration::from_secs(24 * 3600);

/// The group of a stream, as the server reports it.
pub(super) struct GroupReport {
    pub(super) last_delivered: EntryId,
    pub(super) entries_read: Option<u64>,
    pub(super) pending: u64,
}

/// A stream, as the server reports it.
pub(super) struct StreamReport {
    pub(super) first: Option<EntryId>,
    pub(super) last: EntryId,
    pub(super) length: u64,
    /// Entries that were ever added; servers before Redis 7 do not tell.
    pub(super) entries_added: Option<u64>,
}

impl RedisEvents {
    pub(super) async fn report(&self, stream: EventStream) -> PortResult<Option<StreamReport>> {
        let mut command = redis::cmd("XINFO");
        command.arg("STREAM").arg(self.settings.key(stream));
        let reply = match self.commands.send(&command).await {
            Ok(reply) => pairs(reply)?,
            Err(error) if has_code(&error, "no such key") => return Ok(None),
            Err(error) => return Err(error),
        };
        let first = match reply.get("first-entry") {
            None | Some(Value::Nil) => None,
            Some(entry) => match list(entry.clone())?.first() {
                Some(id) => Some(entry_id(id)?),
                None => None,
            },
        };
        let last = reply.get("last-generated-id");
        Ok(Some(StreamReport {
            first,
            last: entry_id(last.ok_or_else(|| unexpected("a stream without last id"))?)?,
            length: count(&reply, "length").unwrap_or_default(),
            entries_added: count(&reply, "entries-added"),
        }))
    }

    pub(super) async fn group_report(
        &self,
        stream: EventStream,
    ) -> PortResult<Option<GroupReport>> {
        let mut command = redis::cmd("XINFO");
        command.arg("GROUPS").arg(self.settings.key(stream));
        let groups = match self.commands.send(&command).await {
            Ok(groups) => list(groups)?,
            Err(error) if has_code(&error, "no such key") => return Ok(None),
            Err(error) => return Err(error),
        };
        for group in groups {
            let group = pairs(group)?;
            if group.get("name").map(text).as_ref() != Some(&self.settings.group) {
                continue;
            }
            let last = group.get("last-delivered-id");
            return Ok(Some(GroupReport {
                last_delivered: entry_id(last.ok_or_else(|| unexpected("a group without id"))?)?,
                entries_read: count(&group, "entries-read"),
                pending: count(&group, "pending").unwrap_or_default(),
            }));
        }
        Ok(None)
    }

    pub(super) async fn oldest_pending(&self, stream: EventStream) -> PortResult<Option<EntryId>> {
        let mut command = redis::cmd("XPENDING");
        command
            .arg(self.settings.key(stream))
            .arg(&self.settings.group);
        let summary = list(self.commands.send(&command).await?)?;
        match summary.get(1) {
            None | Some(Value::Nil) => Ok(None),
            Some(oldest) => entry_id(oldest).map(Some),
        }
    }

    /// Consumers of processes that ended long ago. Only those without pending entries:
    /// deleting another one would lose them.
    pub(super) async fn delete_lost_consumers(&self, stream: EventStream) -> PortResult<()> {
        let key = self.settings.key(stream);
        let mut command = redis::cmd("XINFO");
        command.arg("CONSUMERS").arg(key).arg(&self.settings.group);
        for consumer in list(self.commands.send(&command).await?)? {
            let consumer = pairs(consumer)?;
            let idle = Duration::from_millis(count(&consumer, "idle").unwrap_or_default());
            let is_lost = count(&consumer, "pending") == Some(0) && idle > CONSUMER_RETENTION;
            let Some(name) = consumer.get("name").filter(|_| is_lost) else {
                continue;
            };
            let mut delete = redis::cmd("XGROUP");
            delete
                .arg("DELCONSUMER")
                .arg(key)
                .arg(&self.settings.group)
                .arg(text(name));
            self.commands.send(&delete).await?;
        }
        Ok(())
    }
}

impl StreamReport {
    /// Entries after the last delivered one that were trimmed. Trimming removes the oldest:
    /// while an entry at or before that one is there, none after it is gone.
    pub(super) fn gap_after(&self, group: &GroupReport) -> Option<StreamGap> {
        let after = group.last_delivered;
        let is_whole = after >= self.last || self.first.is_some_and(|first| first <= after);
        if is_whole {
            return None;
        }
        let waiting = self.entries_added.zip(group.entries_read);
        let lost = waiting.map(|(added, read)| added.saturating_sub(read + self.length));
        (lost != Some(0)).then_some(StreamGap {
            after,
            first: self.first,
            lost,
        })
    }
}
