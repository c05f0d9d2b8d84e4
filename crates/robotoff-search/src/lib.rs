//! Text search: the embedded engine, Elasticsearch, and the corpora that ship with the
//! program.

pub mod build;
pub mod elastic;
pub mod embedded;
pub mod shipped;

pub use elastic::{ElasticAuth, ElasticLogoIndex, ElasticSearch, ElasticSettings};
pub use embedded::TantivySearch;
pub use shipped::{Shipped, ShippedError};
