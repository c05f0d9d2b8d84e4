//! Health checks of the services that this one depends on (`docs/reference/api.md` 7.1).
//!
//! Which checks there are is decided where the service is put together.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, join_all};
use robotoff_ports::Clock;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// Time for which a result is cached; a failure for less, so that a recovery shows soon.
const SUCCESS_TTL: Duration = Duration::from_secs(27);
const FAILURE_TTL: Duration = Duration::from_secs(9);
/// Timeout of one check; a check that exceeds it has failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// Function that checks one dependency: a message on success, or the reason of the failure.
pub type HealthCheck = Box<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// Named check and its last result.
struct NamedCheck {
    /// Name on the wire: `test_connect_postgres`.
    checker: &'static str,
    check: HealthCheck,
    last: Mutex<Option<CheckResult>>,
}

/// Checks of all dependencies.
pub struct HealthChecks {
    host: String,
    clock: Arc<dyn Clock>,
    checks: Vec<NamedCheck>,
}

impl fmt::Debug for HealthChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.checks.iter().map(|check| check.checker);
        f.debug_list().entries(names).finish()
    }
}

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CheckResult {
    pub(crate) checker: &'static str,
    pub(crate) output: String,
    pub(crate) passed: bool,
    /// Seconds since 1970.
    timestamp: f64,
    expires: f64,
    /// Seconds.
    pub(crate) response_time: f64,
}

/// Results of all checks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HealthReport {
    hostname: String,
    /// `success` or `failure`.
    status: &'static str,
    timestamp: f64,
    pub(crate) results: Vec<CheckResult>,
}

impl HealthReport {
    /// True when no check has failed.
    pub fn is_healthy(&self) -> bool {
        self.results.iter().all(|result| result.passed)
    }

    /// Name, success and seconds of each check, for its history.
    pub fn taken(&self) -> Vec<(String, bool, f64)> {
        let results = self.results.iter();
        let taken = |it: &CheckResult| (it.checker.to_owned(), it.passed, it.response_time);
        results.map(taken).collect()
    }
}

impl HealthChecks {
    /// Empty list of checks.
    pub fn new(host: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            host: host.into(),
            clock,
            checks: Vec::new(),
        }
    }

    /// Adds a check.
    #[must_use]
    pub fn with(mut self, checker: &'static str, check: HealthCheck) -> Self {
        let last = Mutex::new(None);
        self.checks.push(NamedCheck {
            checker,
            check,
            last,
        });
        self
    }

    /// Runs all checks concurrently; a result within its TTL is reused.
    pub async fn run(&self) -> HealthReport {
        let now = self.now();
        let checks = self.checks.iter().map(|check| check.result(now));
        let results = join_all(checks).await;
        let is_healthy = results.iter().all(|result| result.passed);
        HealthReport {
            hostname: self.host.clone(),
            status: if is_healthy { "success" } else { "failure" },
            timestamp: now,
            results,
        }
    }

    fn now(&self) -> f64 {
        self.clock.now().and_utc().timestamp_micros() as f64 / 1e6
    }
}

impl NamedCheck {
    /// Last result, or that of a new run. The lock is held while the check runs, so that
    /// concurrent requests wait for one run instead of starting their own.
    async fn result(&self, now: f64) -> CheckResult {
        let mut last = self.last.lock().await;
        if let Some(result) = last.as_ref().filter(|result| result.expires > now) {
            return result.clone();
        }
        let began = Instant::now();
        let checked = tokio::time::timeout(CHECK_TIMEOUT, (self.check)()).await;
        let checked = checked.unwrap_or_else(|_| Err("does not answer in time".to_owned()));
        let (passed, output) = match checked {
            Ok(output) => (true, output),
            Err(output) => (false, output),
        };
        let ttl = if passed { SUCCESS_TTL } else { FAILURE_TTL };
        let result = CheckResult {
            checker: self.checker,
            output,
            passed,
            timestamp: now,
            expires: now + ttl.as_secs_f64(),
            response_time: began.elapsed().as_secs_f64(),
        };
        *last = Some(result.clone());
        result
    }
}
