//! The use cases of robotoff over its ports, and the parts that run them: worker,
//! schedule, heartbeat.

pub mod answer;
mod app;
pub mod auto_apply;
pub mod bulk_import;
mod commit;
pub mod counted;
pub mod crops;
pub mod delivery;
pub mod dump_refresh;
pub mod enqueue;
pub mod events;
pub mod explain;
pub mod extractor_cache;
pub mod heartbeat;
pub mod image_models;
pub mod images;
pub mod imports;
pub mod insights;
pub mod job_changes;
pub mod jobs;
pub mod keyed_requests;
pub mod lending;
pub mod logins;
pub mod logos;
pub mod metrics;
pub mod missions;
pub mod ops;
mod outage;
pub mod outbox;
pub mod planner;
mod ports;
pub mod predictions;
pub mod questions;
pub mod refresh_many;
pub mod schedule;
pub mod search;
mod settings;
mod tally;
pub mod tokens;
pub mod worker;
pub mod write_log;

pub use app::App;
pub use ports::Ports;
pub use settings::{AppSettings, Edits};
