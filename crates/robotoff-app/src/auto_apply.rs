//! Applies automatic insights that are due (`docs/reference/pipeline.md` 3.1).

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use chrono::TimeDelta;
use robotoff_core::insight::{AnswerResult, Insight, InsightKind};
use robotoff_core::product::{Lookup, ProductId};
use robotoff_ports::{Clock, Products, Store};

use crate::answer::Answers;
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

impl AppliedDue {
    /// Insights that are counted.
    const fn total(&self) -> u64 {
        self.applied + self.dropped + self.postponed + self.failed
    }
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

    /// Applies insights that are due, product by product. A product is planned
    /// again first, so that no claim is applied that no longer holds
    /// (`docs/reference/pipeline.md` 11.1, 50). One that fails does not stop the others.
    pub async fn apply_due(&self) -> Result<AppliedDue> {
        let mut counts = AppliedDue::default();
        let now = self.clock.now();
        loop {
            // Insights that were left are still due: the next page starts behind them.
            let left = counts.postponed + counts.failed;
            let due = self.store.due_insights(now, BATCH, left).await?;
            let is_last = (due.len() as u64) < BATCH;
            self.apply_batch(due, &mut counts).await;
            if is_last {
                return Ok(counts);
            }
        }
    }

    async fn apply_batch(&self, due: Vec<Insight>, counts: &mut AppliedDue) {
        let mut by_product: BTreeMap<ProductId, Vec<Insight>> = BTreeMap::new();
        for insight in due {
            by_product
                .entry(insight.product.clone())
                .or_default()
                .push(insight);
        }
        for (product, insights) in by_product {
            let before = counts.total();
            if let Err(error) = self.apply_due_of(&product, &insights, counts).await {
                let counted = counts.total() - before;
                counts.failed += (insights.len() as u64).saturating_sub(counted);
                tracing::warn!(
                    product.barcode = %product.barcode,
                    error = format!("{error:#}"),
                    "cannot apply due insights"
                );
            }
        }
    }

    /// True when the daily cap of the policy is reached for the insight's kind.
    async fn is_capped(&self, kind: InsightKind, insight: &Insight) -> Result<bool> {
        let policy = self.policy.borrow().clone();
        let effective_policy = policy.effective_policy(
            kind,
            insight.predictor.as_deref(),
            insight.value_tag.as_deref(),
        );
        let Some(cap) = effective_policy.daily_cap else {
            return Ok(false);
        };
        let since = self.clock.now() - TimeDelta::days(1);
        let made = self
            .store
            .count_automatic_edits(insight.kind, since)
            .await?;
        Ok(made >= u64::from(cap))
    }

    async fn apply_due_of(
        &self,
        product: &ProductId,
        insights: &[Insight],
        counts: &mut AppliedDue,
    ) -> Result<()> {
        let lookup = self.products.product(product).await?;
        if lookup != Lookup::Unchecked {
            self.planner
                .replan(product, &lookup, &AffectedKinds::Everything, None)
                .await?;
        }
        let now = self.clock.now();
        for insight in insights {
            let Some(insight) = self.store.insight(insight.id).await? else {
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
            if self.is_capped(kind, &insight).await? {
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
        Ok(())
    }
}
