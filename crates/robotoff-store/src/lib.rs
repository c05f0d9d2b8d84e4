//! Store and job queue on SQLite and PostgreSQL, by one query code.
//!
//! SQL stands in this crate only; what differs between the two databases is in
//! `dialect`. On PostgreSQL the tables of an existing Robotoff are adopted as
//! they are (`migrate`).

mod access;
pub mod backup;
mod checkpoints;
mod commit;
mod connect;
mod connection;
mod copy;
mod current_pool;
mod dialect;
mod dump;
mod edits;
mod entity;
mod error;
mod events;
mod generate;
mod images;
mod insights;
pub mod maintenance;
mod measurements;
pub mod migrate;
mod people;
mod pools;
pub mod portable;
mod predictions;
mod products;
mod queue;
pub mod sample;
mod services;
pub mod tap;
mod unreadable;
mod url;
mod wakeup;

pub use connect::Database;
pub use copy::{CopyProgress, copy};
pub use generate::generate;
pub use pools::ConnectSettings;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
