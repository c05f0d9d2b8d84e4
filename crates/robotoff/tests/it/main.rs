//! Tests of the whole program, and of the house it lives in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod extract;
mod recorded;
mod tidy;
mod workspace;
