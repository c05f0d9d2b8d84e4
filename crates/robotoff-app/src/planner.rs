//! From stored predictions to insights.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::image::ImagePrediction;
use robotoff_core::insight::{Facts, InsightId, InsightKind, InsightPlan, plan};
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::policy::Policy;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Lookup, ProductId};
use robotoff_ports::job::Lease;
use robotoff_ports::store::{Change, Changes, ImagePredictionFilter, ProductSnapshot};
use robotoff_ports::{Clock, KnowledgeSource, Store};
use uuid::Uuid;

use crate::commit::{Contended, commit_with};
use crate::enqueue;
use crate::extractor_cache::LOAD_TIMEOUT;
use crate::metrics;
use crate::ports::{CurrentPolicy, Ports};

/// Detections of one vision model that are read of one product; no product has as many.
const MAX_DETECTIONS: u64 = 500;

/// The kinds of insight that are planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AffectedKinds {
    Everything,
    /// Those that read one of these kinds of prediction.
    Predictions(BTreeSet<PredictionKind>),
}

/// Summary of the changes to the insights of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanSummary {
    pub created: BTreeMap<InsightKind, u64>,
    pub updated: u64,
    pub deleted: u64,
    /// Others changed the product during each attempt: a job plans it later.
    pub postponed: bool,
}

/// Plans insights: which are created, updated, deleted.
///
/// A plan is made from a snapshot of the product's rows and committed on the condition
/// that the product still has that revision. Planning twice changes no row, and an
/// answered insight is never deleted; so any writer may plan at any time, and whoever
/// loses plans again.
pub struct Planner {
    store: Arc<dyn Store>,
    knowledge: Arc<dyn KnowledgeSource>,
    clock: Arc<dyn Clock>,
    policy: CurrentPolicy,
    automatic_wait: TimeDelta,
}

/// Everything that rules of insight kinds read beside predictions and the product.
pub(crate) struct FactSources {
    knowledge: Arc<Knowledge>,
    policy: Arc<Policy>,
    detections: Vec<ImagePrediction>,
    now: NaiveDateTime,
    automatic_wait: TimeDelta,
}

impl FactSources {
    pub(crate) fn facts<'a>(&'a self, product_id: &'a ProductId, product: &'a Lookup) -> Facts<'a> {
        Facts {
            product_id,
            product,
            knowledge: &self.knowledge,
            policy: &self.policy,
            now: self.now,
            wait: self.automatic_wait,
            detections: &self.detections,
        }
    }
}

impl Planner {
    pub(crate) fn new(ports: &Ports, policy: CurrentPolicy, automatic_wait: Duration) -> Self {
        Self {
            store: ports.store.clone(),
            knowledge: ports.knowledge.clone(),
            clock: ports.clock.clone(),
            policy,
            automatic_wait: TimeDelta::from_std(automatic_wait).unwrap_or(TimeDelta::MAX),
        }
    }

    /// Brings the insights of a product in line with its predictions and with the
    /// product as looked up.
    pub async fn replan(
        &self,
        product: &ProductId,
        lookup: &Lookup,
        affected: &AffectedKinds,
        lease: Option<Lease>,
    ) -> Result<PlanSummary> {
        let decide = |snapshot: ProductSnapshot| async move {
            let kinds = kinds_to_plan(&snapshot, affected);
            let plans = self.plans(product, lookup, &kinds, &snapshot).await?;
            let (mut changes, summary) = changes_of(plans);
            if !kinds.is_empty() {
                changes.extend(new_facets(lookup, &snapshot));
            }
            Ok((changes, summary))
        };
        match commit_with(&*self.store, product, lease, decide).await {
            Ok((summary, _)) => {
                metrics::planned("created", summary.created.values().sum());
                metrics::planned("updated", summary.updated);
                metrics::planned("deleted", summary.deleted);
                Ok(summary)
            }
            Err(error) if error.is::<Contended>() => {
                let later = Changes::new().then(enqueue::refresh(product, None));
                self.store.commit(later).await?;
                Ok(PlanSummary {
                    postponed: true,
                    ..PlanSummary::default()
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Plans for these kinds of insight, not carried out.
    pub(crate) async fn plans(
        &self,
        product: &ProductId,
        lookup: &Lookup,
        kinds: &[InsightKind],
        snapshot: &ProductSnapshot,
    ) -> Result<Vec<(InsightKind, InsightPlan)>> {
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let sources = self.fact_sources(product, kinds).await?;
        let facts = sources.facts(product, lookup);
        let mut plans = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let plan = plan(*kind, &facts, &snapshot.insights, &snapshot.predictions)?;
            plans.push((*kind, plan));
        }
        Ok(plans)
    }

    /// Everything that the rules of these kinds read beside the product.
    pub(crate) async fn fact_sources(
        &self,
        product: &ProductId,
        kinds: &[InsightKind],
    ) -> Result<FactSources> {
        let parts: BTreeSet<Part> = kinds
            .iter()
            .flat_map(|kind| kind.rules().parts().iter().copied())
            .collect();
        let parts: Vec<Part> = parts.into_iter().collect();
        Ok(FactSources {
            knowledge: self.knowledge.knowledge(&parts, LOAD_TIMEOUT).await?,
            detections: self.detections(product, kinds).await?,
            policy: self.policy.borrow().clone(),
            now: self.clock.now(),
            automatic_wait: self.automatic_wait,
        })
    }

    /// Detections of the vision models that the rules of these kinds read.
    async fn detections(
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
            let found = self.store.image_predictions(&filter, MAX_DETECTIONS, 0);
            let found = found.await;
            detections.extend(found.with_context(|| format!("cannot read detections of {model}"))?);
        }
        Ok(detections)
    }
}

/// Changes that carry out the plans. One change creates, and one deletes, for all kinds:
/// each is a statement, and a round trip to the database.
fn changes_of(plans: Vec<(InsightKind, InsightPlan)>) -> (Vec<Change>, PlanSummary) {
    let mut summary = PlanSummary::default();
    let (mut deleted, mut updated, mut created) = (Vec::new(), Vec::new(), Vec::new());
    for (kind, plan) in plans {
        if !plan.create.is_empty() {
            summary.created.insert(kind, plan.create.len() as u64);
        }
        deleted.extend(plan.delete);
        updated.extend(plan.update);
        let drafts = plan.create.into_iter();
        created.extend(drafts.map(|draft| draft.named(InsightId(Uuid::new_v4()))));
    }
    summary.deleted = deleted.len() as u64;
    summary.updated = updated.len() as u64;
    let mut changes = Vec::new();
    if !deleted.is_empty() {
        changes.push(Change::DeleteInsights(deleted));
    }
    let updates = updated.into_iter().map(Box::new);
    changes.extend(updates.map(Change::RefreshInsight));
    if !created.is_empty() {
        changes.push(Change::CreateInsights(created));
    }
    (changes, summary)
}

/// Change of the stored facets, if the product has others.
fn new_facets(lookup: &Lookup, snapshot: &ProductSnapshot) -> Option<Change> {
    let product = lookup.product()?;
    let is_known = snapshot.facets.as_ref() == Some(&product.facets);
    (!is_known).then(|| Change::SetFacets {
        product: product.id.clone(),
        facets: product.facets.clone(),
    })
}

/// Kinds whose predictions are affected, and kinds with open insights, which may no
/// longer hold (`docs/reference/pipeline.md` 11.1, 4, 50 and 51).
pub(crate) fn kinds_to_plan(
    snapshot: &ProductSnapshot,
    affected: &AffectedKinds,
) -> Vec<InsightKind> {
    let is_affected = |kind: InsightKind| {
        let reads = kind.rules().reads();
        match affected {
            AffectedKinds::Everything => snapshot
                .predictions
                .iter()
                .any(|stored| reads.contains(&stored.prediction.kind)),
            AffectedKinds::Predictions(kinds) => reads.iter().any(|read| kinds.contains(read)),
        }
    };
    let has_open = |kind: InsightKind| {
        let mut insights = snapshot.insights.iter();
        insights.any(|insight| insight.kind == kind.prediction_kind() && insight.is_open())
    };
    InsightKind::ALL
        .into_iter()
        .filter(|kind| is_affected(*kind) || has_open(*kind))
        .collect()
}
