//! Use cases on a store of their own, with fakes for what is outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod answer;
mod apply_due;
mod batches;
mod bulk_import;
mod crops;
mod deliver;
mod dump_refresh;
mod events;
mod fake_knowledge;
mod fakes;
mod image_models;
mod import_image;
mod import_pixels;
mod inspect;
mod jobs;
mod model_tasks;
mod ops;
mod outage;
mod outbox;
mod partial_edits;
mod product_name;
mod questions;
mod refresh_many;
mod replan;
mod schedule;
mod search;
mod settle_edits;
mod slow_queue;
mod tasks;
mod test_app;
mod test_insights;
mod unreadable;
mod worker;
