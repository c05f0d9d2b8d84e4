//! The ports that the use cases call.

use std::sync::Arc;

use robotoff_core::policy::Policy;
use robotoff_ports::{
    Clock, Editor, ImageFiles, JobQueue, KnowledgeSource, OptionalParts, Products, Services, Store,
};
use tokio::sync::watch;

/// Ports of the use cases.
#[derive(Clone)]
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub queue: Arc<dyn JobQueue>,
    pub services: Arc<dyn Services>,
    pub products: Arc<dyn Products>,
    pub editor: Arc<dyn Editor>,
    pub image_files: Arc<dyn ImageFiles>,
    pub knowledge: Arc<dyn KnowledgeSource>,
    pub clock: Arc<dyn Clock>,
    pub parts: OptionalParts,
}

/// Policy in force, which an operator may replace while use cases run.
pub(crate) type CurrentPolicy = watch::Receiver<Arc<Policy>>;
