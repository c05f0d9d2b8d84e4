//! The embedded engine in processes that are killed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod kills;
