//! Use cases on a store of their own, with products that the test makes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod jobs;
mod product_name;
mod refresh_many;
mod stage;
mod worker;
