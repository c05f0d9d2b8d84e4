//! The switch of a running part: operators stop and start it while its process stays.
//!
//! A part is a future that ends when its token is cancelled. To stop it is to cancel that
//! token and to wait: the worker lets its jobs end, the listener stores its batch. To start
//! it is to make the future anew. The switch does not know where orders come from; the
//! heartbeat reads them in the registry ([`crate::heartbeat`]).

use std::sync::Arc;

use chrono::NaiveDateTime;
use robotoff_ports::Clock;
use robotoff_ports::services::{ServiceState, WantedState};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// State of a part, and the time at which it entered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartState {
    pub state: ServiceState,
    pub since: NaiveDateTime,
}

/// Switch of a part of this process.
pub struct PartSwitch {
    kind: &'static str,
    clock: Arc<dyn Clock>,
    wanted: watch::Sender<WantedState>,
    state: watch::Sender<PartState>,
}

impl PartSwitch {
    /// Switch of a part that is to run.
    pub fn new(kind: &'static str, clock: Arc<dyn Clock>) -> Self {
        let state = PartState {
            state: ServiceState::Running,
            since: clock.now(),
        };
        Self {
            kind,
            clock,
            wanted: watch::Sender::new(WantedState::Running),
            state: watch::Sender::new(state),
        }
    }

    /// The part: `api`, `worker`, `scheduler` or `listener`.
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    pub fn state(&self) -> PartState {
        *self.state.borrow()
    }

    /// Changes of the state from now on.
    pub fn changes(&self) -> watch::Receiver<PartState> {
        self.state.subscribe()
    }

    /// Sets the state that operators want. An order that stands already changes nothing.
    pub fn set_wanted(&self, wanted: WantedState) {
        self.wanted.send_if_modified(|current| {
            let is_new = *current != wanted;
            *current = wanted;
            is_new
        });
    }

    /// Runs the part while it is to run, as often as it is started again, until `stop` is
    /// cancelled or the part ends by itself.
    pub async fn run<Part: Future<Output = ()>>(
        &self,
        stop: &CancellationToken,
        start: impl Fn(CancellationToken) -> Part,
    ) {
        loop {
            if *self.wanted.borrow() != WantedState::Running {
                // It was told to stop before it began.
                self.enter(ServiceState::Stopped);
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.until(|wanted| wanted == WantedState::Running) => {}
            }
            self.enter(ServiceState::Running);
            let until = stop.child_token();
            let part = start(until.clone());
            tokio::pin!(part);
            tokio::select! {
                () = &mut part => return,
                () = self.until(|wanted| wanted != WantedState::Running) => {}
            }
            self.enter(ServiceState::Stopping);
            until.cancel();
            part.await;
            self.enter(ServiceState::Stopped);
        }
    }

    async fn until(&self, is_met: impl Fn(WantedState) -> bool) {
        let mut wanted = self.wanted.subscribe();
        // The sender is part of `self`: waiting cannot fail.
        let _ = wanted.wait_for(|wanted| is_met(*wanted)).await;
    }

    fn enter(&self, state: ServiceState) {
        let since = self.clock.now();
        let changed = self.state.send_if_modified(|current| {
            let is_new = current.state != state;
            if is_new {
                *current = PartState { state, since };
            }
            is_new
        });
        if changed {
            tracing::info!(
                service = self.kind,
                state = state.name(),
                "changed its state"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use robotoff_ports::SystemClock;
    use tokio::sync::Notify;

    use super::*;

    async fn reached(switch: &PartSwitch, state: ServiceState) {
        let mut states = switch.state.subscribe();
        let _ = states.wait_for(|part| part.state == state).await.unwrap();
    }

    #[tokio::test]
    async fn a_part_is_drained_and_started_again() {
        let switch = Arc::new(PartSwitch::new("worker", Arc::new(SystemClock)));
        let (starts, may_end) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let stop = CancellationToken::new();
        let running = {
            let (switch, starts, may_end, stop) = (
                switch.clone(),
                starts.clone(),
                may_end.clone(),
                stop.clone(),
            );
            tokio::spawn(async move {
                let part = |until: CancellationToken| {
                    starts.fetch_add(1, Ordering::SeqCst);
                    let may_end = may_end.clone();
                    async move {
                        until.cancelled().await;
                        may_end.notified().await;
                    }
                };
                switch.run(&stop, part).await;
            })
        };
        // It is told to stop before it begins, and then to start.
        switch.set_wanted(WantedState::Stopped);
        reached(&switch, ServiceState::Stopped).await;
        assert_eq!(starts.load(Ordering::SeqCst), 0);
        switch.set_wanted(WantedState::Running);
        reached(&switch, ServiceState::Running).await;
        switch.set_wanted(WantedState::Stopped);
        reached(&switch, ServiceState::Stopping).await;
        // An order that comes while the part drains is carried out afterwards.
        switch.set_wanted(WantedState::Running);
        may_end.notify_one();
        while starts.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(switch.state().state, ServiceState::Running);
        switch.set_wanted(WantedState::Stopped);
        may_end.notify_one();
        reached(&switch, ServiceState::Stopped).await;
        stop.cancel();
        running.await.unwrap();
        assert_eq!(
            starts.load(Ordering::SeqCst),
            2,
            "a stopped part is not started"
        );
    }

    #[tokio::test]
    async fn a_part_that_ends_by_itself_is_not_started_again() {
        let switch = PartSwitch::new("worker", Arc::new(SystemClock));
        let stop = CancellationToken::new();
        switch.run(&stop, |_| async {}).await;
        assert_eq!(switch.state().state, ServiceState::Running);
    }
}
