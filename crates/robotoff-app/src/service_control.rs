//! Services by their names, as operators see them and give orders to them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Result, bail};
use chrono::NaiveDateTime;
use robotoff_ports::services::{Service, ServiceState, WantedState};
use robotoff_ports::{Clock, PortResult, Services};
use tokio::time::sleep;

use crate::heartbeat::LIVENESS_TIMEOUT;

/// Names of the parts of the service.
pub const PARTS: [&str; 4] = ["api", "worker", "scheduler", "listener"];

/// Time between two reads while an order is waited for.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Condition of a part, as its last heartbeat and the time since then tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It is heard from, in this state.
    Alive(ServiceState),
    /// It ended in order.
    Ended,
    /// It is no longer heard from.
    Lost,
}

impl Condition {
    /// Condition of a part at a time.
    pub fn of(service: &Service, now: NaiveDateTime) -> Self {
        let silent = (now - service.seen_at).to_std().unwrap_or_default();
        match service.ended_at {
            Some(_) => Self::Ended,
            None if silent <= LIVENESS_TIMEOUT => Self::Alive(service.activity.state),
            None => Self::Lost,
        }
    }

    /// Name shown to operators.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alive(state) => state.name(),
            Self::Ended => "ended",
            Self::Lost => "lost",
        }
    }

    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Alive(_))
    }
}

/// Services that an operator means: `worker`, `worker@HOST`, `all`, `all@HOST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSelector {
    /// `None`: every part.
    kind: Option<&'static str>,
    /// `None`: on every host.
    host: Option<String>,
}

impl FromStr for ServiceSelector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, host) = match text.split_once('@') {
            Some((_, "")) => return Err(format!("{text:?} names no host after the @")),
            Some((name, host)) => (name, Some(host.to_owned())),
            None => (text, None),
        };
        let kind = match name {
            "all" | "up" => None,
            "workers" => Some("worker"),
            name => {
                let kind = PARTS.into_iter().find(|part| *part == name);
                Some(kind.ok_or_else(|| {
                    format!(
                        "no service {name:?}: it is none of {}, all",
                        PARTS.join(", ")
                    )
                })?)
            }
        };
        Ok(Self { kind, host })
    }
}

impl fmt::Display for ServiceSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.unwrap_or("all"))?;
        match &self.host {
            Some(host) => write!(f, "@{host}"),
            None => Ok(()),
        }
    }
}

impl ServiceSelector {
    /// Every part on a host.
    pub fn on_host(host: &str) -> Self {
        Self {
            kind: None,
            host: Some(host.to_owned()),
        }
    }

    /// The same parts on a host, unless one is named already.
    #[must_use]
    pub fn or_on_host(self, host: &str) -> Self {
        Self {
            host: self.host.or_else(|| Some(host.to_owned())),
            ..self
        }
    }

    /// Tells whether a part is meant.
    pub fn selects(&self, service: &Service) -> bool {
        let is_kind = self.kind.is_none_or(|kind| kind == service.kind);
        let is_host = self.host.as_ref().is_none_or(|host| *host == service.host);
        is_kind && is_host
    }

    /// The parts that are meant and heard from.
    pub async fn alive(
        &self,
        services: &dyn Services,
        now: NaiveDateTime,
    ) -> PortResult<Vec<Service>> {
        let mut found = services.services(now - LIVENESS_TIMEOUT).await?;
        found.retain(|service| self.selects(service) && Condition::of(service, now).is_alive());
        Ok(found)
    }
}

/// Orders the parts that are meant into a state; returns them. None of them running is an
/// error, since an order reaches only a process.
pub async fn order(
    services: &dyn Services,
    clock: &dyn Clock,
    selector: &ServiceSelector,
    wanted: WantedState,
) -> Result<Vec<Service>> {
    let found = found(services, clock, selector).await?;
    services.order(&ids(&found), wanted).await?;
    Ok(found)
}

/// Sets the level or filter of the logs of the processes that run the parts; returns all
/// parts of these processes, which share it.
pub async fn order_log_filter(
    services: &dyn Services,
    clock: &dyn Clock,
    selector: &ServiceSelector,
    filter: Option<&str>,
) -> Result<Vec<Service>> {
    let found = found(services, clock, selector).await?;
    let mut all = services.services(clock.now() - LIVENESS_TIMEOUT).await?;
    all.retain(|service| found.iter().any(|other| share_process(service, other)));
    services.order_log_filter(&ids(&all), filter).await?;
    Ok(all)
}

/// Tells whether two parts run in one process.
pub fn share_process(one: &Service, other: &Service) -> bool {
    one.host == other.host && one.process == other.process
}

async fn found(
    services: &dyn Services,
    clock: &dyn Clock,
    selector: &ServiceSelector,
) -> Result<Vec<Service>> {
    let found = selector.alive(services, clock.now()).await?;
    if found.is_empty() {
        bail!("no process of {selector} runs");
    }
    Ok(found)
}

fn ids(services: &[Service]) -> Vec<String> {
    services.iter().map(|service| service.id.clone()).collect()
}

/// Result of an order to a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOutcome {
    pub service: Service,
    pub is_reached: bool,
}

/// Waits until parts are in the state that was ordered, at most for a time.
pub async fn wait(
    services: &dyn Services,
    clock: &dyn Clock,
    ordered: &[Service],
    wanted: WantedState,
    at_most: Duration,
) -> Result<Vec<OrderOutcome>> {
    let oldest = ordered.iter().map(|service| service.seen_at).min();
    let since = oldest.unwrap_or_else(|| clock.now());
    let reached = async {
        loop {
            let outcomes = outcomes(services, since, ordered, wanted).await?;
            if outcomes.iter().all(|outcome| outcome.is_reached) {
                return Ok(outcomes);
            }
            sleep(POLL_INTERVAL).await;
        }
    };
    match tokio::time::timeout(at_most, reached).await {
        Ok(outcomes) => outcomes,
        Err(_) => outcomes(services, since, ordered, wanted).await,
    }
}

async fn outcomes(
    services: &dyn Services,
    since: NaiveDateTime,
    ordered: &[Service],
    wanted: WantedState,
) -> Result<Vec<OrderOutcome>> {
    let now = services.all_services(since).await?;
    let outcome = |service: &Service| {
        let current = now.iter().find(|current| current.id == service.id);
        OrderOutcome {
            service: current.unwrap_or(service).clone(),
            is_reached: current.is_some_and(|current| is_reached(current, wanted, &now)),
        }
    };
    Ok(ordered.iter().map(outcome).collect())
}

/// Tells whether a part is in a state; one that was to start again has a successor.
fn is_reached(current: &Service, wanted: WantedState, all: &[Service]) -> bool {
    let is_alive = current.ended_at.is_none();
    match wanted {
        WantedState::Running => is_alive && current.activity.state == ServiceState::Running,
        WantedState::Stopped => is_alive && current.activity.state == ServiceState::Stopped,
        WantedState::Ended => !is_alive,
        WantedState::Restarted => {
            let succeeds = |other: &Service| {
                other.kind == current.kind
                    && share_process(other, current)
                    && other.started_at > current.started_at
            };
            !is_alive && all.iter().any(succeeds)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_by_part_and_host() {
        for (text, shown) in [
            ("worker", "worker"),
            ("workers", "worker"),
            ("worker@h1", "worker@h1"),
            ("all", "all"),
            ("up@h1", "all@h1"),
        ] {
            let selector: ServiceSelector = text.parse().unwrap();
            assert_eq!(selector.to_string(), shown);
        }
        for (text, says) in [
            ("cron", "api, worker, scheduler, listener, all"),
            ("api@", "no host"),
        ] {
            let error = text.parse::<ServiceSelector>().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
