//! Checks of the database: reached, up to date, its indexes and clock; the services in it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use chrono::TimeDelta;
use robotoff_app::heartbeat::RETENTION;
use robotoff_app::service_control::Condition;
use robotoff_ports::{Clock, Services, SystemClock};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use tokio_util::sync::CancellationToken;

use super::finding::DoctorFinding;
use crate::config::Config;
use crate::database::{self, WaitLimit};

/// Longest wait for the checks of a database.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Difference of clocks from which times in tables confuse, and from which leases err.
const ODD_CLOCK: TimeDelta = TimeDelta::seconds(2);
const WRONG_CLOCK: TimeDelta = TimeDelta::seconds(20);

pub(super) async fn check(config: &Config, stop: &CancellationToken) -> Vec<DoctorFinding> {
    let id = "database";
    match tokio::time::timeout(TIMEOUT, check_open(config, stop)).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(error)) => vec![DoctorFinding::failure(
            id,
            format!("{error:#}"),
            cure(config),
        )],
        Err(_) => vec![DoctorFinding::failure(
            id,
            format!(
                "{} does not answer within {} s",
                config.database,
                TIMEOUT.as_secs()
            ),
            cure(config),
        )],
    }
}

fn cure(config: &Config) -> String {
    match &config.database {
        DatabaseUrl::Postgres(_) => "start PostgreSQL (`systemctl start postgresql`, `docker \
             compose up -d postgres`), and compare DATABASE_URL with its address, user, password \
             and database (`psql DATABASE_URL`)"
            .to_owned(),
        DatabaseUrl::SqliteFile(file) => format!(
            "make the folder of {file} writable; a file that is damaged is replaced from a backup \
             (`robotoff restore`)"
        ),
        DatabaseUrl::SqliteMemory => "set DATABASE_URL to sqlite:PATH or postgres://...".to_owned(),
    }
}

async fn check_open(config: &Config, stop: &CancellationToken) -> Result<Vec<DoctorFinding>> {
    let (url, settings) = (&config.database, &config.connect);
    if let DatabaseUrl::SqliteFile(file) = url
        && !std::path::Path::new(file).exists()
    {
        let result = format!("{url} does not exist yet");
        let cure = "robotoff migrate, or `robotoff up`, which migrates it";
        let finding = DoctorFinding::failure("migrations", result, cure);
        let fix = migrated(url.clone(), settings.clone());
        return Ok(vec![finding.with_fix(fix)]);
    }
    let database = database::open(url, settings, WaitLimit::None, stop).await?;
    database.ping().await?;
    let mut findings = vec![DoctorFinding::fine("database", format!("{url} answers"))];
    let schema = migrate::state(&database).await?;
    if let migrate::SchemaState::Behind(missing) = schema {
        let result = format!("the schema lacks {}", missing.join(", "));
        let finding = DoctorFinding::failure("migrations", result, "robotoff migrate");
        findings.push(finding.with_fix(migrated(url.clone(), settings.clone())));
        database.close().await?;
        return Ok(findings);
    }
    findings.push(DoctorFinding::fine(
        "migrations",
        "the schema is up to date",
    ));
    findings.push(indexes(config, &database).await?);
    let difference = database.clock_difference().await?;
    findings.push(clock(difference));
    findings.push(services(&database).await?);
    database.close().await?;
    Ok(findings)
}

/// Migrates a database, which makes its folder and file.
async fn migrated(url: DatabaseUrl, settings: ConnectSettings) -> Result<String> {
    let stop = CancellationToken::new();
    let database = database::open(&url, &settings, WaitLimit::None, &stop).await?;
    migrate::back_up(&database).await?;
    let steps = migrate::migrate(&database, |_| {}).await?;
    database.close().await?;
    Ok(format!("took {} steps of migration", steps.len()))
}

async fn indexes(config: &Config, database: &Database) -> Result<DoctorFinding> {
    let id = "indexes";
    let missing = migrate::missing_indexes(database).await?;
    if missing.is_empty() {
        return Ok(DoctorFinding::fine(id, "all indexes are there"));
    }
    let result = format!("missing or half-built: {}", missing.join(", "));
    let (url, settings) = (config.database.clone(), config.connect.clone());
    let build = async move {
        let clock = Arc::new(SystemClock);
        let database = Database::open(&url, &settings, clock).await?;
        let built = migrate::build_missing_indexes(&database).await?;
        database.close().await?;
        match built.is_empty() {
            true => Err(anyhow!("another process builds them")),
            false => Ok(format!("built {}", built.join(", "))),
        }
    };
    let cure = "robotoff doctor --fix builds them beside the traffic";
    Ok(DoctorFinding::warning(id, result, cure).with_fix(build))
}

/// Clock of this host, compared with that of the database.
fn clock(difference: TimeDelta) -> DoctorFinding {
    let id = "clock";
    let difference = difference.abs();
    let result = format!(
        "the clocks of this host and of the database differ by {}.{:03} s",
        difference.num_seconds(),
        difference.subsec_nanos().unsigned_abs() / 1_000_000
    );
    let cure = "let both hosts keep time (`timedatectl set-ntp true`, chrony)";
    if difference >= WRONG_CLOCK {
        return DoctorFinding::failure(id, result, cure);
    }
    match difference >= ODD_CLOCK {
        true => DoctorFinding::warning(id, result, cure),
        false => DoctorFinding::fine(id, result),
    }
}

/// Parts that run, and those that work cannot do without.
async fn services(database: &Database) -> Result<DoctorFinding> {
    let id = "services";
    let now = SystemClock.now();
    let all = database.all_services(now - RETENTION).await?;
    let alive: Vec<_> = all
        .iter()
        .filter(|service| Condition::of(service, now).is_alive())
        .collect();
    let kinds = ["api", "worker", "scheduler"];
    let is_absent = |kind: &&str| !alive.iter().any(|service| service.kind == *kind);
    let absent: Vec<&str> = kinds.into_iter().filter(|kind| is_absent(kind)).collect();
    if alive.is_empty() {
        return Ok(DoctorFinding::warning(
            id,
            "none runs",
            "robotoff up --detach",
        ));
    }
    if !absent.is_empty() {
        return Ok(DoctorFinding::warning(
            id,
            format!("no {} runs", absent.join(", no ")),
            format!("start it: `robotoff {}`", absent.join("`, `robotoff ")),
        ));
    }
    let stopped = alive.iter().filter(|service| {
        service.activity.state != robotoff_ports::services::ServiceState::Running
    });
    let stopped: Vec<String> = stopped.map(|s| format!("{}@{}", s.kind, s.host)).collect();
    Ok(match stopped.is_empty() {
        true => DoctorFinding::fine(id, format!("{} run", alive.len())),
        false => DoctorFinding::warning(
            id,
            format!("stopped: {}", stopped.join(", ")),
            format!("robotoff start {}", stopped[0]),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::FindingSeverity;

    #[test]
    fn clocks_that_differ_are_reported_with_the_cure() {
        for (millis, severity) in [
            (0, FindingSeverity::Fine),
            (-1999, FindingSeverity::Fine),
            (2000, FindingSeverity::Warning),
            (-25_000, FindingSeverity::Failure),
        ] {
            let finding = clock(TimeDelta::milliseconds(millis));
            assert_eq!(finding.severity, severity, "{millis}");
            let has_cure = finding.cure.is_some_and(|cure| cure.contains("set-ntp"));
            assert_eq!(has_cure, severity > FindingSeverity::Fine);
        }
    }
}
