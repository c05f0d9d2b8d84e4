//! Requests that carry a key, and are run once however often they are sent.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;
use robotoff_ports::store::KeyedRequest;
use robotoff_ports::{Clock, Store};
use serde_json::Value;
use uuid::Uuid;

use crate::ports::Ports;

/// Time after which a request without a response counts as lost, and may be run again.
const STALE: TimeDelta = TimeDelta::seconds(120);
/// Time for which responses are remembered.
const MEMORY: TimeDelta = TimeDelta::hours(24);
/// Longest wait for the response of the request that runs, and the time between two looks.
const MAX_WAIT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs requests with a key once.
pub struct KeyedRequests {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl KeyedRequests {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
        }
    }

    /// Begins a request. While another one with its key runs, waits for the response of that;
    /// [`KeyedRequest::Running`] when it takes too long.
    pub async fn begin(&self, key: Uuid, request: &str) -> Result<KeyedRequest> {
        let waiting = async {
            loop {
                let now = self.clock.now();
                let (stale, expired) = (now - STALE, now - MEMORY);
                let begun = self.store.begin_request(key, request, now, stale, expired);
                match begun.await? {
                    KeyedRequest::Running => tokio::time::sleep(POLL_INTERVAL).await,
                    ended => return Ok(ended),
                }
            }
        };
        let waited = tokio::time::timeout(MAX_WAIT, waiting).await;
        waited.unwrap_or(Ok(KeyedRequest::Running))
    }

    /// Stores the response of a request that was run; after a failure it may be run again.
    pub async fn end(&self, key: Uuid, response: Option<&Value>) -> Result<()> {
        Ok(self.store.end_request(key, response).await?)
    }
}
