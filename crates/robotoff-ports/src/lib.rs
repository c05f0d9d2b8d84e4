//! The ports of the use cases, as traits, and the values that cross them.
//!
//! The promises behind the signatures are conformance tests in `conformance` (feature of
//! the same name): every adapter passes the same ones.

pub mod blocking;
pub mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod connection_url;
pub mod corpora;
pub mod dump;
pub mod error;
pub mod events;
#[cfg(feature = "fakes")]
pub mod fakes;
pub mod image_files;
pub mod inference;
pub mod inventory;
pub mod job;
pub mod knowledge;
pub mod logins;
pub mod parts;
pub mod products;
pub mod queue;
pub mod search;
pub mod series;
pub mod services;
pub mod store;

pub use blocking::{BlockingCounts, BlockingPool};
pub use clock::{Clock, ManualClock, SystemClock};
pub use corpora::Corpora;
pub use dump::{DumpSource, ProductDump};
pub use error::{PortError, PortResult};
pub use events::EventSource;
pub use image_files::{Fetched, ImageFiles};
pub use inference::{Inference, InferenceCall, InferenceModel};
pub use inventory::Inventory;
pub use knowledge::KnowledgeSource;
pub use logins::{Authentication, Authenticator};
pub use parts::{OptionalParts, SearchParts};
pub use products::{Credentials, EditRequest, Editor, Products};
pub use queue::JobQueue;
pub use search::Search;
pub use services::Services;
pub use store::Store;
