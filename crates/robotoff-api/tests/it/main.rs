//! The API over the use cases on real stores: the rules that all routes share, and each
//! route.

mod annotate;
mod explain;
mod health;
mod insights;
mod load;
mod openapi;
mod questions;
mod rules;
mod test_app;
