//! Applies automatic insights that are due (`docs/reference/pipeline.md` 3.1).
//!
//! The schedule enqueues one job, which only enqueues a job for each product that has due
//! insights: a slow Product Opener then holds up single products, and no run has to be
//! done within one timeout. Insights of kinds with a daily cap are the exception. The
//! number of edits is read before the next one is made, so two runs at the same time
//! could exceed the cap: their jobs share one key and run one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use chrono::TimeDelta;
use robotoff_core::insight::{AnswerResult, Insight, InsightKind};
use robotoff_core::product::{Lookup, ProductId};
use robotoff_ports::job::NewJob;
use robotoff_ports::store::Changes;
use robotoff_ports::{Clock, Products, Store};

use crate::answer::Answers;
use crate::enqueue::{ApplyInsights, JobSpec};
use crate::planner::{AffectedKinds, Planner};
use crate::ports::{CurrentPolicy, Ports};

/// Insights that are read at a time.
const BATCH: u64 = 200;

/// Counts of due insights, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AppliedDue {
    pub applied: u64,
    /// No longer claimed, or no longer news to the product.
    pub dropped: u64,
    /// Held back by the daily cap of the policy.
    pub postponed: u64,
    /// Refused by Product Opener, or it is out of reach; tried again later.
    pub failed: u64,
}

/// Applies automatic insights without a person.
pub struct AutoApply {
    store: Arc<dyn Store>,
    products: Arc<dyn Products>,
    clock: Arc<dyn Clock>,
    policy: CurrentPolicy,
    planner: Arc<Planner>,
    answers: Arc<Answers>,
}

impl AutoApply {
    pub(crate) fn new(
        ports: &Ports,
        policy: CurrentPolicy,
        planner: Arc<Planner>,
        answers: Arc<Answers>,
    ) -> Self {
        Self {
            store: ports.store.clone(),
            products: ports.products.clone(),
            clock: ports.clock.clone(),
            policy,
            planner,
            answers,
        }
    }

    /// Enqueues a job for each product that has due insights; returns their number. A
    /// product whose job still waits gets no second one.
    pub async fn enqueue_due(&self) -> Result<u64> {
        let now = self.clock.now();
        let mut seen = 0;
        let mut jobs = 0;
        loop {
            let due = self.store.due_insights(now, BATCH, seen).await?;
            let found = due.len() as u64;
            seen += found;
            let changes = self
                .jobs_for(due)
                .into_iter()
                .fold(Changes::new(), |all, job| {
                    jobs += 1;
                    all.then(job)
                });
            if found > 0 {
                self.store.commit(changes).await?;
            }
            if found < BATCH {
                return Ok(jobs);
            }
        }
    }

    /// One job for each product of the insights.
    fn jobs_for(&self, due: Vec<Insight>) -> Vec<NewJob> {
        let mut by_product: BTreeMap<ProductId, ApplyInsights> = BTreeMap::new();
        for insight in due {
            let job = by_product
                .entry(insight.product.clone())
                .or_insert_with(|| ApplyInsights::of(insight.product.clone()));
            job.insights.push(insight.id);
            job.capped |= self.daily_cap(&insight).is_some();
        }
        by_product.values().map(JobSpec::new_job).collect()
    }

    /// Daily cap of the policy for the insight.
    fn daily_cap(&self, insight: &Insight) -> Option<u32> {
        let kind = InsightKind::try_from(insight.kind).ok()?;
        let policy = self.policy.borrow().clone();
        let (predictor, tag) = (insight.predictor.as_deref(), insight.value_tag.as_deref());
        policy.effective_policy(kind, predictor, tag).daily_cap
    }

    /// True when as many edits were made as the daily cap allows, or when the job does not
    /// run alone, as an insight with a cap needs.
    async fn is_capped(&self, insight: &Insight, job: &ApplyInsights) -> Result<bool> {
        let Some(cap) = self.daily_cap(insight) else {
            return Ok(false);
        };
        if !job.capped {
            return Ok(true);
        }
        let since = self.clock.now() - TimeDelta::days(1);
        let made = self
            .store
            .count_automatic_edits(insight.kind, since)
            .await?;
        Ok(made >= u64::from(cap))
    }

    /// Applies due insights of one product. It is planned again first, so that no claim is
    /// applied that no longer holds (`docs/reference/pipeline.md` 11.1, 50).
    pub async fn apply(&self, job: &ApplyInsights) -> Result<AppliedDue> {
        let ApplyInsights {
            product, insights, ..
        } = job;
        let mut counts = AppliedDue::default();
        let lookup = self.products.product(product).await?;
        if lookup != Lookup::Unchecked {
            self.planner
                .replan(product, &lookup, &AffectedKinds::Everything, None)
                .await?;
        }
        let now = self.clock.now();
        for id in insights {
            let Some(insight) = self.store.insight(*id).await? else {
                counts.dropped += 1;
                continue;
            };
            let still_due = insight.is_open()
                && insight.automatic_processing
                && insight.process_after.is_some_and(|after| after <= now);
            let kind = InsightKind::try_from(insight.kind);
            let (true, Ok(kind)) = (still_due, kind) else {
                counts.dropped += 1;
                continue;
            };
            if self.is_capped(&insight, job).await? {
                counts.postponed += 1;
                continue;
            }
            let reply = self.answers.apply_automatically(kind, &insight).await?;
            match reply.result {
                AnswerResult::Updated | AnswerResult::Saved | AnswerResult::UserInputUpdated => {
                    counts.applied += 1
                }
                // Still open, and due again.
                AnswerResult::FailedUpdate
                | AnswerResult::MissingProduct
                | AnswerResult::InvalidData
                | AnswerResult::CannotVote
                | AnswerResult::VoteSaved => counts.failed += 1,
                AnswerResult::Outdated
                | AnswerResult::AlreadyAnnotated
                | AnswerResult::UnknownInsight
                | AnswerResult::InvalidImage => counts.dropped += 1,
            }
        }
        Ok(counts)
    }
}
