//! The API over the use cases on real stores: the rules that all routes share, and each
//! route.

mod access;
mod annotate;
mod crops;
mod dump;
mod events;
mod explain;
mod health;
mod http;
mod identity;
mod images;
mod insights;
mod load;
mod logos;
mod openapi;
mod ops;
mod paging;
mod parts;
mod people;
mod photos;
mod predictions;
mod questions;
mod rules;
mod search;
mod test_app;
