//! Jobs of the service: their list, and the trait that each kind implements.
//!
//! One file per kind holds what the job does; kinds, arguments and keys are in
//! `enqueue`, below the use cases. The loop that runs jobs is `worker`.

mod apply_due;
mod apply_insights;
mod apply_logo;
mod decide_votes;
mod delete_image;
mod delete_product;
mod deliver_edit;
mod import_batch;
mod import_image;
mod model_tasks;
mod notify_moderation;
mod refresh;
mod refresh_from_dump;
mod report_series;
mod save_images;
mod settle_edits;
mod switch_product_type;
mod update_product;
mod upkeep;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use robotoff_ports::job::{Lease, LeasedJob, Queue};
use serde::de::DeserializeOwned;

use crate::App;
use crate::enqueue::{
    AddFingerprint, ApplyDue, ApplyInsights, ApplyLogo, BackUp, CleanTemporaryFiles, DecideVotes,
    DeleteImage, DeleteProduct, DeliverEdit, DetectBarcode, DetectLogos, DetectNutriscore,
    DetectNutritionTable, ExpirePersonalData, ExtractIngredients, ExtractNutrition, ImportBatch,
    ImportImage, JobSpec, NotifyModeration, PredictCategory, PurgeJobs, RefreshFromDump,
    RefreshProduct, ReportFacets, ReportInsights, SaveImages, SettleEdits, SwitchProductType,
    UpdateProduct,
};

/// A job that a worker can run. Running it twice does no harm: a job whose worker was
/// lost runs again.
pub trait Job: JobSpec + DeserializeOwned + Send + Sync + 'static {
    /// Use cases that the job calls; [`App`] for the jobs of the service.
    type App: Send + Sync + 'static;

    /// One attempt. The worker drops the future when the timeout is over, the lease is
    /// lost, or an operator cancels the job. After an error the job is tried again
    /// later, unless the error is [`Discard`].
    fn run(&self, cx: &JobContext<Self::App>) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Use cases, and the attempt, of a running job.
#[derive(Debug, Clone)]
pub struct JobContext<A = App> {
    pub app: Arc<A>,
    /// Commits of the job are made under it, so that a worker which has lost the job
    /// writes no rows.
    pub lease: Lease,
    /// Number of this attempt, from 1.
    pub attempt: u32,
    /// The queue that the job was in.
    pub queue: Queue,
    /// Ties the job to the request or event that led to it.
    pub correlation_id: Option<String>,
}

/// A permanent job error: the job is discarded, not retried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discard(pub String);

impl fmt::Display for Discard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Discard {}

/// A job of a kind that this worker does not have: that of a newer version, which runs beside
/// it during an upgrade. The job is left to a worker that has the kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind(pub String);

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = &self.0;
        write!(
            f,
            "this worker has no job {kind:?}; one of another version may"
        )
    }
}

impl std::error::Error for UnknownKind {}

/// The end of a job that has no work to do, for a reason that operators shall see: the job
/// is done, and its row shows the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip(pub String);

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Skip {}

/// Every kind of job of the service.
pub fn registry(app: &Arc<App>) -> Registry {
    Registry::default()
        .with::<ImportImage>(app)
        .with::<RefreshProduct>(app)
        .with::<ApplyDue>(app)
        .with::<ApplyInsights>(app)
        .with::<ApplyLogo>(app)
        .with::<DecideVotes>(app)
        .with::<DeliverEdit>(app)
        .with::<SettleEdits>(app)
        .with::<UpdateProduct>(app)
        .with::<DeleteProduct>(app)
        .with::<DeleteImage>(app)
        .with::<SwitchProductType>(app)
        .with::<SaveImages>(app)
        .with::<NotifyModeration>(app)
        .with::<ImportBatch>(app)
        .with::<DetectNutriscore>(app)
        .with::<DetectLogos>(app)
        .with::<DetectNutritionTable>(app)
        .with::<ExtractIngredients>(app)
        .with::<ExtractNutrition>(app)
        .with::<AddFingerprint>(app)
        .with::<DetectBarcode>(app)
        .with::<PredictCategory>(app)
        .with::<PurgeJobs>(app)
        .with::<ExpirePersonalData>(app)
        .with::<CleanTemporaryFiles>(app)
        .with::<ReportFacets>(app)
        .with::<ReportInsights>(app)
        .with::<RefreshFromDump>(app)
        .with::<BackUp>(app)
}

/// The kinds of job that a worker can run.
#[derive(Clone, Default)]
pub struct Registry {
    runners: BTreeMap<&'static str, Arc<dyn RunJob>>,
}

impl Registry {
    /// Adds a kind.
    ///
    /// # Panics
    /// The kind is already registered.
    pub fn with<J: Job>(mut self, app: &Arc<J::App>) -> Self {
        let runner = Arc::new(Runner::<J> {
            app: app.clone(),
            job: PhantomData,
        });
        let before = self.runners.insert(J::KIND.name, runner);
        assert!(before.is_none(), "job {} is registered twice", J::KIND.name);
        self
    }

    /// Names of the registered kinds, sorted.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.runners.keys().copied()
    }

    /// Runs one attempt of a leased job, or fails with [`UnknownKind`].
    pub async fn run(&self, job: &LeasedJob) -> anyhow::Result<()> {
        match self.runners.get(job.kind.as_str()) {
            Some(runner) => runner.run(job).await,
            None => Err(UnknownKind(job.kind.clone()).into()),
        }
    }
}

/// A kind of job behind its type.
#[async_trait]
trait RunJob: Send + Sync {
    async fn run(&self, job: &LeasedJob) -> anyhow::Result<()>;
}

struct Runner<J: Job> {
    app: Arc<J::App>,
    job: PhantomData<fn() -> J>,
}

#[async_trait]
impl<J: Job> RunJob for Runner<J> {
    async fn run(&self, leased: &LeasedJob) -> anyhow::Result<()> {
        let args = leased.args.clone();
        // The arguments are our own: if they cannot be read now, no retry helps.
        let job: J = serde_json::from_value(args).map_err(|error| {
            Discard(format!(
                "cannot read the arguments {}: {error}",
                leased.args
            ))
        })?;
        let cx = JobContext {
            app: self.app.clone(),
            lease: leased.lease,
            attempt: leased.attempts,
            queue: leased.queue,
            correlation_id: leased.correlation_id.clone(),
        };
        job.run(&cx).await
    }
}
