//! [`App`]: the use cases, put together over the ports.
//!
//! Each use case is a small struct over the ports that it needs; those that call others
//! hold them. No use case knows `App`.

use std::sync::Arc;

use robotoff_core::policy::Policy;
use tokio::sync::watch;

use crate::answer::Answers;
use crate::auto_apply::AutoApply;
use crate::bulk_import::BulkImport;
use crate::crops::Crops;
use crate::delivery::Delivery;
use crate::dump_refresh::DumpRefresh;
use crate::events::EventIntake;
use crate::explain::Explainer;
use crate::image_models::ImagePredictor;
use crate::images::Images;
use crate::imports::Imports;
use crate::insights::Insights;
use crate::keyed_requests::KeyedRequests;
use crate::lending::Lending;
use crate::logins::Logins;
use crate::logos::Logos;
use crate::missions::Missions;
use crate::ops::Ops;
use crate::outbox::Outbox;
use crate::planner::Planner;
use crate::ports::Ports;
use crate::predictions::Predictions;
use crate::questions::Questions;
use crate::refresh_many::BatchRefresh;
use crate::search::SearchUses;
use crate::settings::AppSettings;
use crate::tokens::Tokens;
use crate::write_log::WriteLog;

/// The use cases.
pub struct App {
    pub ports: Ports,
    pub settings: AppSettings,
    pub imports: Arc<Imports>,
    pub batch_refresh: BatchRefresh,
    pub bulk_import: BulkImport,
    pub dump_refresh: DumpRefresh,
    pub events: Arc<EventIntake>,
    pub explainer: Explainer,
    pub insights: Insights,
    pub questions: Questions,
    pub predictions: Predictions,
    pub images: Images,
    pub crops: Arc<Crops>,
    pub image_models: ImagePredictor,
    pub logos: Arc<Logos>,
    pub lending: Lending,
    pub keyed_requests: KeyedRequests,
    pub missions: Missions,
    pub logins: Logins,
    pub ops: Ops,
    pub outbox: Outbox,
    pub tokens: Tokens,
    pub write_log: Arc<WriteLog>,
    pub answers: Arc<Answers>,
    pub auto_apply: AutoApply,
    pub delivery: Arc<Delivery>,
    /// Where search is configured.
    pub search: Option<Arc<SearchUses>>,
    policy: watch::Sender<Arc<Policy>>,
}

impl App {
    /// The use cases over these ports.
    pub fn new(ports: Ports, settings: AppSettings, policy: Policy) -> Self {
        let (policy, current_policy) = watch::channel(Arc::new(policy));
        let planner = Arc::new(Planner::new(
            &ports,
            current_policy.clone(),
            settings.automatic_wait,
        ));
        let search = ports
            .parts
            .search
            .as_ref()
            .map(SearchUses::new)
            .map(Arc::new);
        let imports = Arc::new(Imports::new(&ports, planner.clone(), search.clone()));
        let crops = Arc::new(Crops::new(&ports));
        let delivery = Arc::new(Delivery::new(&ports, &settings));
        let answers = Arc::new(Answers::new(
            &ports,
            current_policy.clone(),
            planner.clone(),
            delivery.clone(),
        ));
        Self {
            batch_refresh: BatchRefresh::new(&ports, imports.clone()),
            bulk_import: BulkImport::new(&ports, imports.clone()),
            dump_refresh: DumpRefresh::new(&ports),
            events: Arc::new(EventIntake::new(&ports, &settings)),
            explainer: Explainer::new(&ports, planner.clone()),
            insights: Insights::new(&ports),
            questions: Questions::new(&ports),
            predictions: Predictions::new(&ports),
            images: Images::new(&ports),
            image_models: ImagePredictor::new(&ports, crops.clone()),
            crops,
            lending: Lending::new(&ports),
            keyed_requests: KeyedRequests::new(&ports),
            missions: Missions::new(&ports),
            logins: Logins::new(&ports),
            ops: Ops::new(&ports),
            outbox: Outbox::new(ports.store.clone(), ports.clock.clone()),
            tokens: Tokens::new(&ports),
            write_log: Arc::new(WriteLog::new(&ports)),
            logos: Arc::new(Logos::new(&ports, planner.clone(), answers.clone())),
            auto_apply: AutoApply::new(&ports, current_policy, planner, answers.clone()),
            imports,
            answers,
            delivery,
            search,
            policy,
            ports,
            settings,
        }
    }

    /// Replaces the policy. Plans and answers that have begun use the old one.
    pub fn set_policy(&self, policy: Policy) {
        self.policy.send_replace(Arc::new(policy));
    }
}
