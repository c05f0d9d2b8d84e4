//! Rows of adopted databases that cannot be turned into values: unknown types, states,
//! barcodes. They are logged once, counted and left out, of lists and of look-ups, so that
//! one row does not fail a page, the snapshot of a product or the insights that are due.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use robotoff_ports::PortResult;

/// Errors that are remembered, so that each is logged once.
const CAPACITY: usize = 10_000;

/// The rows that were left out since the process started.
#[derive(Debug, Default)]
pub(crate) struct UnreadableRows(Mutex<HashSet<String>>);

impl UnreadableRows {
    /// The values of the rows that can be read, in their order.
    pub(crate) fn readable<R, T>(
        &self,
        rows: impl IntoIterator<Item = R>,
        read: impl Fn(R) -> PortResult<T>,
    ) -> Vec<T> {
        let rows = rows.into_iter();
        let values = rows.filter_map(|row| match read(row) {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(error.to_string());
                None
            }
        });
        values.collect()
    }

    /// The value of the row that a look-up found; `None` when there is none, or it cannot be
    /// read.
    pub(crate) fn readable_one<R, T>(
        &self,
        row: Option<R>,
        read: impl Fn(R) -> PortResult<T>,
    ) -> Option<T> {
        self.readable(row, read).pop()
    }

    /// The number of different rows that were left out; at most 10,000 are told apart.
    pub(crate) fn count(&self) -> u64 {
        self.errors().len() as u64
    }

    /// Logs an error that was not logged before. Errors name their row.
    fn note(&self, error: String) {
        let mut errors = self.errors();
        if errors.len() < CAPACITY && !errors.contains(&error) {
            tracing::warn!(error, "left out a row that cannot be read");
            errors.insert(error);
        }
    }

    fn errors(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
