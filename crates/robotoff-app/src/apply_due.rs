//! Automatic insights whose time has come are applied (`docs/reference/pipeline.md` 3.1).

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::TimeDelta;
use robotoff_core::insight::{AnswerResult as Reply, Insight, InsightKind};
use robotoff_core::product::Lookup;
use robotoff_core::product::ProductId;

use crate::App;
use crate::replan::AffectedKinds;

/// Insights that are looked for at a time.
const BATCH: u64 = 200;

/// How many insights were applied, or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AppliedDue {
    pub applied: u64,
    /// No longer claimed, or refused by the product as it is now.
    pub dropped: u64,
    /// As many as the policy lets through within a day have been applied.
    pub postponed: u64,
    /// Product Opener said no or cannot be reached; tried again later.
    pub failed: u64,
}

impl AppliedDue {
    /// Insights of which is known what became of them.
    const fn settled(&self) -> u64 {
        self.applied + self.dropped + self.postponed + self.failed
    }
}

impl App {
    /// Applies what is due, product by product. The claims of a product are looked at
    /// anew first: what no longer stands is not applied (`docs/reference/pipeline.md`
    /// 11.1, 50). One that fails does not stop the others.
    pub async fn apply_due(&self) -> Result<AppliedDue> {
        let mut counts = AppliedDue::default();
        let now = self.ports.clock.now();
        loop {
            // What was left is still due, and must not hide what comes behind it.
            let left = counts.postponed + counts.failed;
            let due = self.ports.store.due_insights(now, BATCH, left).await?;
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
            let before = counts.settled();
            if let Err(error) = self.apply_due_of(&product, &insights, counts).await {
                let settled = counts.settled() - before;
                counts.failed += (insights.len() as u64).saturating_sub(settled);
                tracing::warn!(
                    product.barcode = %product.barcode,
                    error = format!("{error:#}"),
                    "cannot apply due insights"
                );
            }
        }
    }

    /// True when so many edits of the kind were made within a day as the policy
    /// lets through without a person.
    async fn is_capped(&self, kind: InsightKind, insight: &Insight) -> Result<bool> {
        let policy = self.policy();
        let effective_policy = policy.effective_policy(
            kind,
            insight.predictor.as_deref(),
            insight.value_tag.as_deref(),
        );
        let Some(cap) = effective_policy.daily_cap else {
            return Ok(false);
        };
        let since = self.ports.clock.now() - TimeDelta::days(1);
        let store = &self.ports.store;
        let made = store.count_automatic_edits(insight.kind, since).await?;
        Ok(made >= u64::from(cap))
    }

    async fn apply_due_of(
        &self,
        product: &ProductId,
        insights: &[Insight],
        counts: &mut AppliedDue,
    ) -> Result<()> {
        let lookup = self.ports.products.product(product).await?;
        if lookup != Lookup::Unchecked {
            self.replan(product, &lookup, &AffectedKinds::Everything, None)
                .await?;
        }
        let now = self.ports.clock.now();
        for insight in insights {
            let Some(insight) = self.ports.store.insight(insight.id).await? else {
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
            match self.apply_automatically(kind, &insight).await?.reply {
                Reply::Updated | Reply::Saved | Reply::UserInputUpdated => counts.applied += 1,
                // Open still, and due again.
                Reply::FailedUpdate
                | Reply::MissingProduct
                | Reply::InvalidData
                | Reply::CannotVote
                | Reply::VoteSaved => counts.failed += 1,
                Reply::Outdated
                | Reply::AlreadyAnnotated
                | Reply::UnknownInsight
                | Reply::InvalidImage => counts.dropped += 1,
            }
        }
        Ok(())
    }
}
