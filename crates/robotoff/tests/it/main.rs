//! Tests of the whole program and its processes, and repository lints (`tidy`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backups;
mod cli;
mod corrected;
mod data;
mod demo;
mod deviations;
mod doctor;
mod explain;
mod extract;
mod extractor_pages;
mod marked;
mod migrate;
mod models;
mod operate;
mod operator;
mod outage;
mod page;
mod processes;
mod recorded;
mod recorded_api;
mod search;
mod service;
mod tables;
mod tidy;
mod up;
mod workspace;
