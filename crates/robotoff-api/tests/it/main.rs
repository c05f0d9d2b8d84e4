//! The interface over real stores: the rules that all routes share, each route,
//! and the recorded answers of the existing service.

mod insights;
mod recorded;
mod rules;
mod service;
