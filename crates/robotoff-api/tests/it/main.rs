//! The interface over real stores: the rules that all routes share, each route,
//! and the recorded answers of the existing service.

mod annotate;
mod app;
mod health;
mod insights;
mod openapi;
mod questions;
mod recorded;
mod rules;
mod scripted;
mod service;
