//! Measurements of this process since they were last taken, for the history that the dashboard
//! shows.
//!
//! Beside the recorder of metrics, which leaves the history to a server of its own: the
//! dashboard needs none. Process-wide, as that recorder is, since both are fed by the same
//! functions ([`metrics`](crate::metrics)). Names have few values, so it stays small.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use robotoff_core::measurements::Measurements;

static TALLY: Mutex<Measurements> = Mutex::new(Measurements {
    counts: std::collections::BTreeMap::new(),
    gauges: std::collections::BTreeMap::new(),
    durations: std::collections::BTreeMap::new(),
});

fn tally() -> MutexGuard<'static, Measurements> {
    TALLY.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn count(name: &str) {
    tally().count(name, 1);
}

pub(crate) fn time(names: &[&str], took: Duration) {
    let mut tally = tally();
    for name in names {
        tally.time(name, took);
    }
}

/// The measurements since the last call.
pub(crate) fn take() -> Measurements {
    std::mem::take(&mut *tally())
}

/// Puts measurements back that could not be stored, so that the next minute has them.
pub(crate) fn put_back(measurements: &Measurements) {
    tally().merge(measurements);
}
