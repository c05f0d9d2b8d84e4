//! From stored predictions to insights: plan, commit, and again when somebody
//! else was faster.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use robotoff_core::image::ImagePrediction;
use robotoff_core::insight::{Facts, InsightId, InsightKind, InsightPlan, plan};
use robotoff_core::knowledge::Part;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Lookup, ProductId};
use robotoff_ports::job::Lease;
use robotoff_ports::store::{
    Change, Changes, Committed, Conflict, ImagePredictionFilter, ProductSnapshot,
};
use uuid::Uuid;

use crate::App;
use crate::enqueue;
use crate::extraction::LOADING;

/// How often a plan is made anew because the product changed meanwhile.
const TRIES: u32 = 5;
/// Detections of one model that are read for one product.
const MAX_DETECTIONS: u64 = 500;

/// Which kinds of insight are planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AffectedKinds {
    Everything,
    /// Those that read one of these kinds of prediction.
    Predictions(BTreeSet<PredictionKind>),
}

/// What became of the insights of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replanned {
    pub created: BTreeMap<InsightKind, u64>,
    pub updated: u64,
    pub deleted: u64,
    /// Somebody else changes the product all the time: a job will do it.
    pub postponed: bool,
}

impl App {
    /// Brings the insights of a product in line with its predictions and with what
    /// it says. Under a lease nothing is written once the lease is lost.
    pub(crate) async fn replan(
        &self,
        product: &ProductId,
        lookup: &Lookup,
        affected: &AffectedKinds,
        lease: Option<Lease>,
    ) -> Result<Replanned> {
        for _ in 0..TRIES {
            let snapshot = self.ports.store.product_snapshot(product).await?;
            let kinds = kinds_to_plan(&snapshot, affected);
            if kinds.is_empty() {
                return Ok(Replanned::default());
            }
            let plans = self.plans(product, lookup, &kinds, &snapshot).await?;
            let (changes, replanned) = self.changes_of(plans, product, &snapshot);
            if changes.changes.is_empty() {
                return Ok(replanned);
            }
            let changes = Changes { lease, ..changes };
            match self.ports.store.commit(changes).await? {
                Committed::Done(_) => return Ok(replanned),
                Committed::Conflict(Conflict::LeaseLost(_)) => {
                    anyhow::bail!("another worker has the job now");
                }
                Committed::Conflict(conflict) => {
                    tracing::debug!(product.barcode = %product.barcode, ?conflict, "planning again");
                }
            }
        }
        let later = Changes::new().then(enqueue::refresh(product, None));
        self.ports.store.commit(later).await?;
        Ok(Replanned {
            postponed: true,
            ..Replanned::default()
        })
    }

    /// What is to become of the insights of these kinds.
    pub(crate) async fn plans(
        &self,
        product: &ProductId,
        lookup: &Lookup,
        kinds: &[InsightKind],
        snapshot: &ProductSnapshot,
    ) -> Result<Vec<(InsightKind, InsightPlan)>> {
        let parts: BTreeSet<Part> = kinds
            .iter()
            .flat_map(|kind| kind.rules().parts().iter().copied())
            .collect();
        let parts: Vec<Part> = parts.into_iter().collect();
        let knowledge = self.ports.knowledge.knowledge(&parts, LOADING).await?;
        let detections = self.detections(product, kinds).await?;
        let policy = self.policy();
        let facts = Facts {
            product_id: product,
            product: lookup,
            knowledge: &knowledge,
            policy: &policy,
            now: self.ports.clock.now(),
            wait: self.automatic_wait(),
            detections: &detections,
        };
        let mut plans = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let plan = plan(*kind, &facts, &snapshot.insights, &snapshot.predictions)?;
            plans.push((*kind, plan));
        }
        Ok(plans)
    }

    /// Detections of the vision models that the rules of these kinds read.
    pub(crate) async fn detections(
        &self,
        product: &ProductId,
        kinds: &[InsightKind],
    ) -> Result<Vec<ImagePrediction>> {
        let models: BTreeSet<&str> = kinds
            .iter()
            .flat_map(|kind| kind.rules().detection_models())
            .copied()
            .collect();
        let mut detections = Vec::new();
        for model in models {
            let filter = ImagePredictionFilter {
                server_type: product.server_type,
                barcodes: Some(vec![product.barcode.clone()]),
                model_name: Some(model.to_owned()),
                ..ImagePredictionFilter::default()
            };
            let store = &self.ports.store;
            let found = store.image_predictions(&filter, MAX_DETECTIONS, 0).await;
            detections.extend(found.with_context(|| format!("cannot read detections of {model}"))?);
        }
        Ok(detections)
    }

    /// What is made and deleted is written at once for all kinds: a statement for
    /// each would cost a journey to the database each.
    fn changes_of(
        &self,
        plans: Vec<(InsightKind, InsightPlan)>,
        product: &ProductId,
        snapshot: &ProductSnapshot,
    ) -> (Changes, Replanned) {
        let mut replanned = Replanned::default();
        let (mut deleted, mut updated, mut created) = (Vec::new(), Vec::new(), Vec::new());
        for (kind, plan) in plans {
            if !plan.create.is_empty() {
                let made = plan.create.len() as u64;
                replanned.created.insert(kind, made);
            }
            deleted.extend(plan.delete);
            updated.extend(plan.update);
            let named = plan.create.into_iter();
            created.extend(named.map(|draft| draft.named(InsightId(Uuid::new_v4()))));
        }
        replanned.deleted = deleted.len() as u64;
        replanned.updated = updated.len() as u64;
        let mut changes = Changes::of(product.clone(), snapshot.revision);
        if !deleted.is_empty() {
            changes = changes.with(Change::DeleteInsights(deleted));
        }
        for insight in updated {
            changes = changes.with(Change::RefreshInsight(Box::new(insight)));
        }
        if !created.is_empty() {
            changes = changes.with(Change::CreateInsights(created));
        }
        (changes, replanned)
    }
}

/// A kind is planned when what it reads was looked at, or when it has insights
/// that wait: they may no longer stand (`docs/reference/pipeline.md` 11.1, 4, 50 and 51).
pub(crate) fn kinds_to_plan(
    snapshot: &ProductSnapshot,
    affected: &AffectedKinds,
) -> Vec<InsightKind> {
    let is_touched = |kind: InsightKind| {
        let rules = kind.rules();
        match affected {
            AffectedKinds::Everything => snapshot
                .predictions
                .iter()
                .any(|stored| rules.reads().contains(&stored.prediction.kind)),
            AffectedKinds::Predictions(kinds) => {
                rules.reads().iter().any(|read| kinds.contains(read))
            }
        }
    };
    let has_open = |kind: InsightKind| {
        let of_kind = |insight: &&robotoff_core::insight::Insight| {
            insight.kind == kind.prediction_kind() && insight.is_open()
        };
        snapshot.insights.iter().any(|insight| of_kind(&insight))
    };
    InsightKind::ALL
        .into_iter()
        .filter(|kind| is_touched(*kind) || has_open(*kind))
        .collect()
}
