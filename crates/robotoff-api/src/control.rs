//! Control of a running API by operators: whether it answers, and the rates of clients.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::error::ApiError;
use crate::rate_limit::{RateLimits, Rates};

/// Paths that are answered while the API is stopped: by them operators start it again.
const OPERATOR_PATHS: [&str; 3] = ["/ops", "/api/v1/ops", "/assets"];

/// Switch and limits of a running API. Cheap to clone; clones share their state.
#[derive(Clone, Default)]
pub struct ApiControl(Arc<State>);

#[derive(Default)]
struct State {
    is_stopped: AtomicBool,
    limits: RwLock<Option<Arc<RateLimits>>>,
}

impl std::fmt::Debug for ApiControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_stopped = self.0.is_stopped.load(Ordering::Relaxed);
        f.debug_struct("ApiControl")
            .field("is_stopped", &is_stopped)
            .finish_non_exhaustive()
    }
}

impl ApiControl {
    /// Stops or starts answering. Requests in progress are answered all the same.
    pub fn set_stopped(&self, is_stopped: bool) {
        self.0.is_stopped.store(is_stopped, Ordering::Relaxed);
    }

    /// Replaces the rates of clients; what they have used is forgotten.
    pub fn set_rates(&self, rates: Option<Rates>) {
        let limits = rates.map(|rates| Arc::new(RateLimits::new(rates)));
        let mut current = self
            .0
            .limits
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = limits;
    }

    pub(crate) fn limits(&self) -> Option<Arc<RateLimits>> {
        let limits = self.0.limits.read().unwrap_or_else(PoisonError::into_inner);
        limits.clone()
    }

    /// Refuses requests while the API is stopped, but those of operators.
    pub(crate) fn admit(&self, path: &str) -> Result<(), ApiError> {
        let is_below = |root: &&str| {
            path.strip_prefix(*root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match self.0.is_stopped.load(Ordering::Relaxed) {
            true if !OPERATOR_PATHS.iter().any(is_below) => Err(ApiError::stopped()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_api_answers_operators_only() {
        let control = ApiControl::default();
        let paths = [
            "/",
            "/api/v1/health",
            "/ops",
            "/ops/jobs",
            "/api/v1/ops/services",
            "/opsx",
        ];
        let admitted = |control: &ApiControl| paths.map(|path| control.admit(path).is_ok());
        assert_eq!(admitted(&control), [true; 6]);
        control.clone().set_stopped(true);
        assert_eq!(admitted(&control), [false, false, true, true, true, false]);
        control.set_stopped(false);
        assert_eq!(admitted(&control), [true; 6]);
    }
}
