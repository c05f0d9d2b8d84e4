//! The state of the service as its operators see it: one overview, and its history.
//!
//! `overview` reads what there is now, `sampler` stores a row of measurements each minute,
//! `history` makes series for charts of them.

mod attention;
mod history;
mod overview;
mod sampler;

use std::sync::Arc;

use robotoff_ports::services::Service;
use robotoff_ports::{Clock, EventSource, JobQueue, Services, Store};

use crate::heartbeat::LIVENESS_TIMEOUT;
use crate::ports::Ports;
use chrono::NaiveDateTime;

pub use attention::{Attention, Severity};
pub use history::{History, HistoryRange, Series};
pub use overview::{EventState, Overview, QueueState};
pub use sampler::{ReadHealth, Sampler, TakenHealth};

/// Reads of the state of the service and of its history.
pub struct Ops {
    store: Arc<dyn Store>,
    queue: Arc<dyn JobQueue>,
    services: Arc<dyn Services>,
    clock: Arc<dyn Clock>,
    events: Option<Arc<dyn EventSource>>,
}

impl Ops {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            queue: ports.queue.clone(),
            services: ports.services.clone(),
            clock: ports.clock.clone(),
            events: ports.parts.events.clone(),
        }
    }
}

/// True for a service with a recent heartbeat.
pub fn is_alive(service: &Service, now: NaiveDateTime) -> bool {
    let silent = (now - service.seen_at).to_std();
    // One from the future has a faster clock than we.
    silent.map_or(service.seen_at > now, |silent| silent <= LIVENESS_TIMEOUT)
}
