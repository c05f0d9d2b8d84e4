//! `robotoff health`: whether the services of this host work, as an exit code.
//!
//! A process is healthy when its heartbeat is in the registry, which takes a database that
//! answers, and when its API, if it has one, says so at `/api/v1/health`. A service that an
//! operator has stopped is healthy: to start it again would undo the order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use clap::Args;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use robotoff_app::service_control::ServiceSelector;
use robotoff_ports::services::{Service, ServiceState};
use robotoff_ports::{Clock, SystemClock};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, say};
use crate::config::Config;
use crate::database::{self, WaitLimit};
use crate::wire::host_name;

const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Flags of `health`.
#[derive(Args)]
pub(super) struct HealthArgs {
    /// api, worker, scheduler, listener or all; of this host, unless @HOST names another.
    #[arg(value_name = "SERVICE[@HOST]", default_value = "all")]
    service: ServiceSelector,
    /// Seconds for all checks together.
    #[arg(long, default_value_t = 5, value_name = "SECS")]
    timeout: u64,
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// Health of one service, or of what it needs.
struct Health {
    service: String,
    is_healthy: bool,
    detail: String,
}

pub(super) async fn run(
    config: &Config,
    flags: &HealthArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let at_most = Duration::from_secs(flags.timeout);
    let found = match tokio::time::timeout(at_most, check(config, flags, stop)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => vec![failed("database", format!("{error:#}"))],
        Err(_) => vec![failed(
            "database",
            format!("no answer within {} s", flags.timeout),
        )],
    };
    let is_healthy = found.iter().all(|health| health.is_healthy);
    if flags.json {
        let services = found.iter().map(|health| {
            json!({"service": health.service, "healthy": health.is_healthy, "detail": health.detail})
        });
        let services = services.collect::<Vec<_>>();
        say(&json!({"healthy": is_healthy, "services": services}).to_string())?;
    } else {
        for health in &found {
            let state = if health.is_healthy {
                "healthy"
            } else {
                "unhealthy"
            };
            say(&format!("{}: {state}: {}", health.service, health.detail))?;
        }
    }
    Ok(match is_healthy {
        true => ExitStatus::Success,
        false => ExitStatus::PartialFailure,
    })
}

fn failed(service: &str, detail: String) -> Health {
    Health {
        service: service.to_owned(),
        is_healthy: false,
        detail,
    }
}

async fn check(
    config: &Config,
    flags: &HealthArgs,
    stop: &CancellationToken,
) -> Result<Vec<Health>> {
    let host = host_name();
    let selector = flags.service.clone().or_on_host(&host);
    let (url, settings) = (&config.database, &config.connect);
    let database = database::open_current(url, settings, WaitLimit::None, stop).await?;
    let services = selector.alive(&database, SystemClock.now()).await?;
    database.close().await?;
    if services.is_empty() {
        let detail = "no process has sent a heartbeat lately".to_owned();
        return Ok(vec![failed(&selector.to_string(), detail)]);
    }
    let mut found = Vec::new();
    for service in &services {
        found.push(health_of(config, service, service.host == host).await);
    }
    Ok(found)
}

/// Health of a part that sends heartbeats.
async fn health_of(config: &Config, service: &Service, is_local: bool) -> Health {
    let state = service.activity.state;
    let name = format!("{}@{}", service.kind, service.host);
    if service.kind != "api" || state != ServiceState::Running || !is_local {
        return Health {
            service: name,
            is_healthy: true,
            detail: state.name().to_owned(),
        };
    }
    match ask(local(config.service.listen)).await {
        Ok(()) => Health {
            service: name,
            is_healthy: true,
            detail: "its dependencies answer".to_owned(),
        },
        Err(error) => failed(&name, format!("{error:#}")),
    }
}

/// Address by which a listening address is reached from its own host.
fn local(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(ip, listen.port())
}

/// Asks the API of this host for its health. The time limit is that of the command.
async fn ask(address: SocketAddr) -> Result<()> {
    let no_answer = || format!("the API at {address} does not answer");
    let stream = TcpStream::connect(address).await.with_context(no_answer)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .with_context(no_answer)?;
    let connection = tokio::spawn(connection);
    let request = Request::get("/api/v1/health")
        .header("host", address.to_string())
        .header("accept", "application/json")
        .body(Body::empty())?;
    let answer = sender.send_request(request).await.with_context(no_answer)?;
    let status = answer.status();
    let body = to_bytes(Body::new(answer.into_body()), MAX_ANSWER_BYTES)
        .await
        .with_context(no_answer)?;
    connection.abort();
    if status.is_success() {
        return Ok(());
    }
    bail!("{}", reason(status.as_u16(), &body))
}

/// Reason of a failure, from the body of `/health`.
fn reason(status: u16, body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let results = body["results"].as_array().cloned().unwrap_or_default();
    let failed = results.iter().filter(|result| result["passed"] == false);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failed: Vec<_> = failed
        .map(|result| format!("{}: {}", text(&result["checker"]), text(&result["output"])))
        .collect();
    match failed.is_empty() {
        true => format!("the API answers {status} {}", text(&body["description"])),
        false => failed.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_all_interfaces_is_reached_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:5500", "127.0.0.1:5500"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.7:1", "10.0.0.7:1"),
        ] {
            assert_eq!(local(listen.parse().unwrap()).to_string(), asked);
        }
    }

    #[test]
    fn a_failed_check_is_named() {
        let body = json!({"results": [
            {"checker": "test_connect_postgres", "output": "no route", "passed": false},
            {"checker": "search", "output": "fine", "passed": true},
        ]});
        let reason = reason(500, body.to_string().as_bytes());
        assert_eq!(reason, "test_connect_postgres: no route");
    }
}
