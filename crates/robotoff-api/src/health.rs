//! Whether the parts that the service stands on can be used (`docs/reference/api.md`
//! 7.1).
//!
//! Who wires the service says which parts there are.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, join_all};
use robotoff_core::insight::InsightId;
use robotoff_ports::{Clock, Store};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;
use uuid::Uuid;

/// A good result is believed for so long, a bad one for less.
const GOOD_FOR: Duration = Duration::from_secs(27);
const BAD_FOR: Duration = Duration::from_secs(9);
/// A part that does not answer in this time has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at a part: what it says when it is well, or what is wrong.
pub type Look = Box<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// A part, and what came of the last look at it.
struct Part {
    /// The name on the wire: `test_connect_postgres`.
    checker: &'static str,
    look: Look,
    last: Mutex<Option<Finding>>,
}

/// The parts that are looked at.
pub struct Health {
    host: String,
    clock: Arc<dyn Clock>,
    parts: Vec<Part>,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts.iter().map(|part| part.checker);
        f.debug_list().entries(parts).finish()
    }
}

/// What a look at a part found.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Finding {
    checker: &'static str,
    output: String,
    passed: bool,
    /// Seconds since 1970.
    timestamp: f64,
    expires: f64,
    /// Seconds.
    response_time: f64,
}

/// What all looks found.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Findings {
    hostname: String,
    /// `success` or `failure`.
    status: &'static str,
    timestamp: f64,
    results: Vec<Finding>,
}

impl Findings {
    /// True when no part has failed.
    pub fn are_good(&self) -> bool {
        self.results.iter().all(|finding| finding.passed)
    }
}

impl Health {
    /// Nothing to look at yet.
    pub fn new(host: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            host: host.into(),
            clock,
            parts: Vec::new(),
        }
    }

    /// Looks at this part too.
    #[must_use]
    pub fn with(mut self, checker: &'static str, look: Look) -> Self {
        let last = Mutex::new(None);
        self.parts.push(Part {
            checker,
            look,
            last,
        });
        self
    }

    /// Looks whether the store can be read.
    pub fn look_at_store(store: Arc<dyn Store>) -> Look {
        Box::new(move || {
            let store = store.clone();
            Box::pin(async move {
                match store.insight(InsightId(Uuid::nil())).await {
                    Ok(_) => Ok("connected".to_owned()),
                    Err(error) => {
                        tracing::warn!(%error, "the store is not well");
                        Err("cannot be read".to_owned())
                    }
                }
            })
        })
    }

    /// Looks at all parts at the same time, or remembers what was just seen.
    pub async fn look(&self) -> Findings {
        let now = self.now();
        let looks = self.parts.iter().map(|part| part.finding(now));
        let results = join_all(looks).await;
        let is_good = results.iter().all(|finding| finding.passed);
        Findings {
            hostname: self.host.clone(),
            status: if is_good { "success" } else { "failure" },
            timestamp: now,
            results,
        }
    }

    fn now(&self) -> f64 {
        self.clock.now().and_utc().timestamp_micros() as f64 / 1e6
    }
}

impl Part {
    /// Whoever asks meanwhile waits for the same look.
    async fn finding(&self, now: f64) -> Finding {
        let mut last = self.last.lock().await;
        if let Some(finding) = last.as_ref().filter(|finding| finding.expires > now) {
            return finding.clone();
        }
        let began = Instant::now();
        let looked = tokio::time::timeout(PATIENCE, (self.look)()).await;
        let looked = looked.unwrap_or_else(|_| Err("does not answer in time".to_owned()));
        let (passed, output) = match looked {
            Ok(output) => (true, output),
            Err(output) => (false, output),
        };
        let good_for = if passed { GOOD_FOR } else { BAD_FOR };
        let finding = Finding {
            checker: self.checker,
            output,
            passed,
            timestamp: now,
            expires: now + good_for.as_secs_f64(),
            response_time: began.elapsed().as_secs_f64(),
        };
        *last = Some(finding.clone());
        finding
    }
}
