//! Verified logins: the server that knows them is asked once for some minutes, and not while
//! it is away.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_ports::logins::{Authentication, Authenticator};
use robotoff_ports::{Clock, Credentials, PortError, PortResult};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::ports::Ports;

/// Time for which a valid login is believed. A changed password counts after it at the latest.
const VALID_TTL: TimeDelta = TimeDelta::minutes(5);
/// Time for which a refused login is not sent again.
const INVALID_TTL: TimeDelta = TimeDelta::seconds(30);
/// Logins in the cache, some hundred bytes each.
const CACHE_CAPACITY: u64 = 20_000;
/// Limit of one check: a person waits.
pub const CHECK_TIMEOUT: Duration = Duration::from_secs(5);
/// Failures in a row after which the server is away.
const OUTAGE_FAILURES: u32 = 3;
/// Time for which a server that is away gets no request. The next one then is the trial.
const OUTAGE_TTL: TimeDelta = TimeDelta::seconds(10);

const SERVER: &str = "the server of logins";

/// Checks of logins.
pub struct Logins {
    authenticator: Option<Arc<dyn Authenticator>>,
    clock: Arc<dyn Clock>,
    cache: moka::future::Cache<CacheKey, CheckedLogin>,
    /// Random text of this process: keys of the cache tell nothing about passwords.
    salt: [Uuid; 2],
    outage: Mutex<Outage>,
}

type CacheKey = [u8; 32];

/// Result of a check, until a time.
#[derive(Debug, Clone)]
struct CheckedLogin {
    /// An error is shared by those who waited for it, and not kept.
    result: Result<Authentication, String>,
    until: NaiveDateTime,
}

/// Failures of the server in a row.
#[derive(Debug, Default)]
struct Outage {
    failures: u32,
    away_until: NaiveDateTime,
}

impl Logins {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            authenticator: ports.parts.authenticator.clone(),
            clock: ports.clock.clone(),
            cache: moka::future::Cache::builder()
                .max_capacity(CACHE_CAPACITY)
                .time_to_live(VALID_TTL.to_std().unwrap_or_default())
                .build(),
            salt: [Uuid::new_v4(), Uuid::new_v4()],
            outage: Mutex::default(),
        }
    }

    /// Tells whether logins are verified at all.
    pub const fn are_verified(&self) -> bool {
        self.authenticator.is_some()
    }

    /// Checks credentials; `None` where logins are not verified.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer, or is away.
    pub async fn check(&self, credentials: &Credentials) -> PortResult<Option<Authentication>> {
        let Some(authenticator) = &self.authenticator else {
            return Ok(None);
        };
        let now = self.clock.now();
        let is_over = |checked: &CheckedLogin| now >= checked.until;
        // Requests with the same login at the same time share one check.
        let entry = self.cache.entry(self.key(credentials));
        let check = self.ask(authenticator.as_ref(), credentials);
        let checked = entry.or_insert_with_if(check, is_over).await;
        match checked.into_value().result {
            Ok(authentication) => Ok(Some(authentication)),
            Err(why) => Err(PortError::unavailable(SERVER, why)),
        }
    }

    async fn ask(&self, authenticator: &dyn Authenticator, login: &Credentials) -> CheckedLogin {
        let now = self.clock.now();
        if now < self.outage().away_until {
            return CheckedLogin {
                result: Err("it was away a moment ago".to_owned()),
                until: now,
            };
        }
        let asked = tokio::time::timeout(CHECK_TIMEOUT, authenticator.authenticate(login)).await;
        let result = asked.unwrap_or_else(|_| {
            let secs = CHECK_TIMEOUT.as_secs();
            Err(PortError::unavailable(
                SERVER,
                format!("no answer within {secs} s"),
            ))
        });
        let now = self.clock.now();
        self.note(result.is_err(), now);
        let until = match &result {
            Ok(Authentication::Valid { .. }) => now + VALID_TTL,
            Ok(Authentication::Invalid) => now + INVALID_TTL,
            Err(error) => {
                tracing::warn!(%error, "a login cannot be verified");
                now
            }
        };
        let result = result.map_err(|error| error.to_string());
        CheckedLogin { result, until }
    }

    fn note(&self, is_failure: bool, now: NaiveDateTime) {
        let mut outage = self.outage();
        if !is_failure {
            *outage = Outage::default();
            return;
        }
        outage.failures = outage.failures.saturating_add(1);
        if outage.failures >= OUTAGE_FAILURES {
            outage.away_until = now + OUTAGE_TTL;
        }
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, credentials: &Credentials) -> CacheKey {
        let (kind, name, secret) = match credentials {
            Credentials::Service => ("service", "", ""),
            Credentials::Session(session) => ("session", "", session.as_str()),
            Credentials::Password { username, password } => {
                ("password", username.as_str(), password.as_str())
            }
        };
        let mut hash = Sha256::new();
        self.salt
            .iter()
            .for_each(|salt| hash.update(salt.as_bytes()));
        for part in [kind, name, secret] {
            // The lengths keep "a" with "bc" apart from "ab" with "c".
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}
