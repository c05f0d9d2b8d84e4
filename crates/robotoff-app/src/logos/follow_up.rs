//! Consequences of an annotated logo: its prediction, its insights, and the answers to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use robotoff_core::image::{Logo, LogoId};
use robotoff_core::insight::{Answer, InsightId};
use robotoff_core::logo::{is_from, outdated, prediction, product_of};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::ProductId;
use robotoff_ports::job::Lease;
use robotoff_ports::store::{Change, NewPrediction, ProductSnapshot};

use super::Logos;
use crate::answer::{AnswerRequest, Caller, Choice};
use crate::commit::commit_with;
use crate::planner::AffectedKinds;

impl Logos {
    /// Applies annotated logos in the background, with the credentials of the annotator. When
    /// too many requests are being followed up, or the process ends, their jobs do it, and the
    /// insights stay as questions.
    pub fn follow_up(self: &Arc<Self>, logos: Vec<LogoId>, caller: Caller) {
        let Ok(permit) = self.follow_ups.clone().try_acquire_owned() else {
            return;
        };
        let this = self.clone();
        tokio::spawn(async move {
            let _permit = permit;
            for logo in logos {
                if let Err(error) = this.apply_as(logo, &caller).await {
                    let error = format!("{error:#}");
                    tracing::warn!(
                        logo.id = logo.0,
                        error,
                        "an annotated logo is left to its job"
                    );
                }
            }
        });
    }

    /// Waits until no request is being followed up.
    pub async fn idle(&self) {
        let all = u32::try_from(super::MAX_FOLLOW_UPS).unwrap_or(u32::MAX);
        // Never closed, so that it cannot fail.
        drop(self.follow_ups.acquire_many(all).await);
    }

    /// Brings the predictions and insights of a logo in line with its annotation.
    pub async fn apply(&self, id: LogoId, lease: Option<Lease>) -> Result<()> {
        let Some((product, kinds)) = self.store_claim(id, lease).await? else {
            return Ok(());
        };
        let lookup = self.products.product(&product).await?;
        let affected = AffectedKinds::Predictions(kinds);
        self.planner
            .replan(&product, &lookup, &affected, lease)
            .await?;
        Ok(())
    }

    /// As [`Self::apply`]; then answers the insights that this created, as the annotator.
    async fn apply_as(&self, id: LogoId, caller: &Caller) -> Result<()> {
        let Some(logo) = self.store.logo(id).await? else {
            return Ok(());
        };
        let Some(product) = product_of(&logo) else {
            return Ok(());
        };
        let before = self.open_insights_of(&logo, &product).await?;
        self.apply(id, None).await?;
        let after = self.open_insights_of(&logo, &product).await?;
        for insight in after.difference(&before) {
            let request = AnswerRequest {
                insight: *insight,
                choice: Choice::Answer(Answer::Accept),
                update: true,
                caller: caller.clone(),
                correlation_id: None,
            };
            let reply = self.answers.answer(request).await?;
            tracing::debug!(insight.id = %insight, result = ?reply.result, "answered by a logo");
        }
        Ok(())
    }

    async fn open_insights_of(
        &self,
        logo: &Logo,
        product: &ProductId,
    ) -> Result<BTreeSet<InsightId>> {
        let snapshot = self.store.product_snapshot(product).await?;
        let open = snapshot.insights.iter().filter(|insight| {
            insight.is_open() && is_from(logo.id, insight.predictor.as_deref(), &insight.data)
        });
        Ok(open.map(|insight| insight.id).collect())
    }

    /// Stores the prediction of a logo, and deletes those of its former annotations with
    /// their open insights. Returns the product and the kinds that changed; `None` when no
    /// product is concerned.
    pub(super) async fn store_claim(
        &self,
        id: LogoId,
        lease: Option<Lease>,
    ) -> Result<Option<(ProductId, BTreeSet<PredictionKind>)>> {
        let Some(logo) = self.store.logo(id).await? else {
            return Ok(None);
        };
        let Some(product) = product_of(&logo) else {
            return Ok(None);
        };
        let run = [logo.image_prediction];
        let runs = self.store.image_predictions_by_id(&run).await?;
        let version = runs.first().map_or("1", |run| run.model_version.as_str());
        let claim = prediction(&logo, version);
        let decide = |snapshot: ProductSnapshot| {
            let (changes, kinds) = self.changes_of(&logo, &product, claim.clone(), &snapshot);
            std::future::ready(Ok((changes, kinds)))
        };
        let (kinds, _) = commit_with(&*self.store, &product, lease, decide).await?;
        Ok(Some((product, kinds)))
    }

    fn changes_of(
        &self,
        logo: &Logo,
        product: &ProductId,
        claim: Option<robotoff_core::prediction::Prediction>,
        snapshot: &ProductSnapshot,
    ) -> (Vec<Change>, BTreeSet<PredictionKind>) {
        let outdated = outdated(logo, claim.as_ref(), &snapshot.predictions);
        let mut kinds: BTreeSet<PredictionKind> = snapshot
            .predictions
            .iter()
            .filter(|row| outdated.contains(&row.id))
            .map(|row| row.prediction.kind)
            .collect();
        kinds.extend(claim.as_ref().map(|claim| claim.kind));
        let mut changes = Vec::new();
        // Insights of the present claim stay; the plan that follows decides about them.
        let former = snapshot.insights.iter().filter(|insight| {
            let is_claimed = claim.as_ref().is_some_and(|claim| {
                (insight.kind, &insight.value_tag) == (claim.kind, &claim.value_tag)
            });
            let is_its = is_from(logo.id, insight.predictor.as_deref(), &insight.data);
            insight.is_open() && is_its && !is_claimed
        });
        let former: Vec<InsightId> = former.map(|insight| insight.id).collect();
        if !former.is_empty() {
            changes.push(Change::DeleteInsights(former));
        }
        if !outdated.is_empty() {
            changes.push(Change::DeletePredictions(outdated));
        }
        if let Some(prediction) = claim {
            changes.push(Change::StorePredictions {
                product: product.clone(),
                predictions: vec![NewPrediction {
                    source_image: Some(logo.image.source_image.clone()),
                    prediction,
                }],
                at: self.clock.now(),
            });
        }
        (changes, kinds)
    }
}
