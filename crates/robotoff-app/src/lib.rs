//! The use cases of robotoff over its ports, and the parts that run them: worker,
//! schedule, heartbeat.

pub mod answer;
pub mod apply_due;
pub mod ask;
mod deliver;
pub mod enqueue;
pub mod explain;
pub mod extraction;
pub mod heartbeat;
pub mod import_image;
pub mod insights;
pub mod jobs;
pub mod product_name;
pub mod refresh;
pub mod refresh_many;
pub mod replan;
pub mod schedule;
pub mod worker;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::TimeDelta;
use robotoff_core::extract::{image_kinds, product_name_kinds};
use robotoff_core::policy::Policy;
use robotoff_ports::{Clock, Editor, KnowledgeSource, Pictures, Products, Store};

use extraction::Extraction;

/// What becomes of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edits {
    /// Nothing is kept, nothing is sent.
    Off,
    /// Kept to be seen, never sent.
    Record,
    Send,
}

/// How the use cases behave.
#[derive(Debug, Clone)]
pub struct AppSettings {
    pub edits: Edits,
    /// An automatic insight waits so long before it is applied.
    pub automatic_wait: Duration,
    /// The sender of an edit is taken for dead after so long.
    pub edit_lease: Duration,
}

/// The world, as the use cases see it.
#[derive(Clone)]
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub products: Arc<dyn Products>,
    pub editor: Arc<dyn Editor>,
    pub pictures: Arc<dyn Pictures>,
    pub knowledge: Arc<dyn KnowledgeSource>,
    pub clock: Arc<dyn Clock>,
}

/// The use cases.
pub struct App {
    pub ports: Ports,
    settings: AppSettings,
    extraction: Extraction,
    name_extraction: Extraction,
    product_images: ask::ProductImageCache,
    policy: RwLock<Arc<Policy>>,
}

impl App {
    /// The use cases over these ports.
    pub fn new(ports: Ports, settings: AppSettings, policy: Policy) -> Self {
        Self {
            extraction: Extraction::new(ports.knowledge.clone(), image_kinds()),
            name_extraction: Extraction::new(ports.knowledge.clone(), product_name_kinds()),
            product_images: ask::product_images(),
            ports,
            settings,
            policy: RwLock::new(Arc::new(policy)),
        }
    }

    /// How long an automatic insight rests.
    fn automatic_wait(&self) -> TimeDelta {
        TimeDelta::from_std(self.settings.automatic_wait).unwrap_or(TimeDelta::MAX)
    }

    /// The policy that holds now.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the policy; what is under way goes on by the old one.
    pub fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }
}
