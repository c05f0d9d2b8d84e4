//! Open connections: their number, and the choice of those that are closed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::ConnectionSettings;
use super::activity::Activity;

/// Share of the connections that make room at once when all are taken: the choice reads all of
/// them, so it must not be made for each new one.
const SHARE_OF_EVICTED: usize = 32;

/// Open connections.
#[derive(Debug)]
pub(super) struct Connections {
    settings: ConnectionSettings,
    open: Mutex<OpenConnections>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct OpenConnections {
    next: u64,
    activity_by_number: HashMap<u64, Arc<Activity>>,
}

/// An open connection, which is counted until the value is dropped.
pub(super) struct OpenConnection {
    number: u64,
    activity: Arc<Activity>,
    connections: Arc<Connections>,
}

impl Connections {
    pub(super) fn new(settings: ConnectionSettings) -> Self {
        Self {
            settings,
            open: Mutex::default(),
            ended: Notify::new(),
        }
    }

    /// Counts a new connection; `None` when all are taken by requests in progress.
    pub(super) fn open(self: &Arc<Self>) -> Option<OpenConnection> {
        let mut open = self.lock();
        let max = self.settings.max_connections.max(1);
        if open.activity_by_number.len() >= max && !open.evict(max) {
            return None;
        }
        open.next += 1;
        let number = open.next;
        let activity = Arc::new(Activity::new());
        open.activity_by_number.insert(number, activity.clone());
        Some(OpenConnection {
            number,
            activity,
            connections: self.clone(),
        })
    }

    /// Closes connections whose clients are slower than the limits.
    pub(super) fn close_overdue(&self) {
        for activity in self.lock().activity_by_number.values() {
            if activity.is_overdue(&self.settings) {
                activity.request_close();
            }
        }
    }

    pub(super) fn close_all(&self) {
        let open = self.lock();
        open.activity_by_number
            .values()
            .for_each(|activity| activity.request_close());
    }

    /// Waits until a connection ends.
    pub(super) async fn closed(&self) {
        self.ended.notified().await;
    }

    pub(super) fn len(&self) -> usize {
        self.lock().activity_by_number.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    /// Closes those that have been without a request longest; false when there is none. They
    /// leave the count at once, so that a flood of new ones cannot outrun their tasks.
    fn evict(&mut self, max: usize) -> bool {
        let idle = self.activity_by_number.iter();
        let idle = idle.filter_map(|(number, activity)| Some((activity.idle_ms()?, *number)));
        let mut idle: Vec<(u64, u64)> = idle.collect();
        // Of the same age the oldest number.
        idle.sort_unstable_by_key(|(ms, number)| (std::cmp::Reverse(*ms), *number));
        idle.truncate((max / SHARE_OF_EVICTED).max(1));
        for (_, number) in &idle {
            if let Some(activity) = self.activity_by_number.remove(number) {
                activity.request_close();
            }
        }
        !idle.is_empty()
    }
}

impl OpenConnection {
    pub(super) const fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.connections
            .lock()
            .activity_by_number
            .remove(&self.number);
        // A permit stays if no one waits yet: the last end is not missed.
        self.connections.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(max_connections: usize) -> Arc<Connections> {
        Arc::new(Connections::new(ConnectionSettings {
            max_connections,
            ..ConnectionSettings::default()
        }))
    }

    #[tokio::test]
    async fn idle_connections_make_room_and_busy_ones_stay() {
        let connections = of(2);
        let busy = connections.open().unwrap();
        let _request = Activity::begin_request(busy.activity());
        let idle = connections.open().unwrap();
        let third = connections.open().unwrap();
        // The task of the evicted one is to end.
        idle.activity().close_requested().await;
        assert_eq!(connections.len(), 2);
        let _other = Activity::begin_request(third.activity());
        assert!(connections.open().is_none(), "both have a request");
        drop(idle);
        assert_eq!(connections.len(), 2, "it was not counted any more");
        drop(third);
        assert!(connections.open().is_some());
    }
}
