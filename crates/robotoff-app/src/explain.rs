//! Explanation of a product's predictions and insights: the plan of a refresh, reported
//! instead of carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use anyhow::Result;
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditState, PARTIAL_EDIT_KEEPS};
use robotoff_core::insight::{
    AnswerResult, Disposition, Draft, Insight, InsightId, InsightKind, InsightPlan, Outcome,
    Verdict,
};
use robotoff_core::prediction::{PredictionId, StoredPrediction};
use robotoff_core::product::{Lookup, ProductId};
use robotoff_ports::store::{EditFilter, ProductSnapshot};
use robotoff_ports::{Clock, Products, Store};

use crate::planner::{AffectedKinds, Planner, kinds_to_plan};
use crate::ports::Ports;

/// Edits of a product that were made in part, at most. A product has a few insights.
const MAX_PARTIAL_EDITS: u64 = 100;

/// Predictions and insights of a product, each with its reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub product: ProductId,
    pub lookup: Lookup,
    /// By their numbers.
    pub predictions: Vec<ExplainedPrediction>,
    /// Oldest first.
    pub insights: Vec<ExplainedInsight>,
    /// Insights that a refresh would make.
    pub to_create: Vec<Draft>,
}

/// A prediction and its dispositions.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedPrediction {
    pub stored: StoredPrediction,
    /// At least one: one for each kind of insight that reads it, more where it
    /// claims several things.
    pub dispositions: Vec<KindDisposition>,
}

/// Disposition of a prediction for one kind of insight.
#[derive(Debug, Clone, PartialEq)]
pub struct KindDisposition {
    /// `None` when no kind reads the prediction.
    pub kind: Option<InsightKind>,
    pub disposition: Disposition,
}

/// An insight, its state, and what a refresh would do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedInsight {
    pub insight: Insight,
    pub state: InsightState,
    pub planned: Planned,
}

/// State of an insight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsightState {
    /// Waits for answers.
    Open,
    /// Is applied without a person from this time on.
    Automatic(Option<NaiveDateTime>),
    /// An edit may still reach the product.
    Editing(EditState),
    Answered(Verdict, Option<Outcome>),
}

/// Action of a refresh on an insight.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    Kept,
    /// Same claim, other particulars.
    Updated,
    /// Dispositions of the predictions that still claim it.
    Deleted(Vec<(PredictionId, Disposition)>),
}

impl InsightState {
    const fn of(insight: &Insight, edit: Option<EditState>) -> Self {
        match (insight.verdict, edit) {
            (Some(verdict), _) => Self::Answered(verdict, insight.outcome),
            (None, Some(edit)) => Self::Editing(edit),
            (None, None) if insight.automatic_processing => Self::Automatic(insight.process_after),
            (None, None) => Self::Open,
        }
    }

    /// Word on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Automatic(_) => "automatic",
            Self::Editing(_) => "editing",
            Self::Answered(..) => "answered",
        }
    }
}

impl fmt::Display for InsightState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("it waits for answers"),
            Self::Automatic(Some(due)) => {
                write!(f, "it is applied from {} on", due.format("%F %T"))
            }
            Self::Automatic(None) => f.write_str("it is automatic, but has no due time"),
            Self::Editing(edit) => write!(f, "its edit is on its way ({edit})"),
            Self::Answered(verdict, outcome) => {
                f.write_str(match verdict {
                    Verdict::Undecided => "people disagree",
                    Verdict::Rejected => "no",
                    Verdict::Accepted => "yes",
                    Verdict::AcceptedWith => "yes, with another value",
                })?;
                match outcome {
                    Some(outcome) => write!(f, ": {}", AnswerResult::from(*outcome).description()),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Planned {
    /// Word on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Kept => "keep",
            Self::Updated => "update",
            Self::Deleted(_) => "delete",
        }
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept => f.write_str("it stays as it is"),
            Self::Updated => f.write_str("it claims the same, with other particulars"),
            Self::Deleted(dispositions) if dispositions.is_empty() => {
                f.write_str("it is deleted: no prediction claims it any more")
            }
            Self::Deleted(dispositions) => {
                f.write_str("it is deleted")?;
                for (at, (prediction, disposition)) in dispositions.iter().enumerate() {
                    let before = if at == 0 { ": of" } else { "; of" };
                    write!(f, "{before} prediction {}, {disposition}", prediction.0)?;
                }
                Ok(())
            }
        }
    }
}

/// Explains predictions and insights of a product. Writes no row.
pub struct Explainer {
    store: Arc<dyn Store>,
    products: Arc<dyn Products>,
    planner: Arc<Planner>,
    clock: Arc<dyn Clock>,
}

impl Explainer {
    pub(crate) fn new(ports: &Ports, planner: Arc<Planner>) -> Self {
        Self {
            store: ports.store.clone(),
            products: ports.products.clone(),
            planner,
            clock: ports.clock.clone(),
        }
    }

    /// Explains what is stored under any of the forms of a code. Without stored rows, the
    /// first form that is a product; empty when none is.
    pub async fn explain(&self, forms: &[ProductId]) -> Result<Vec<Explanation>> {
        let mut explained = Vec::new();
        for product in forms {
            let snapshot = self.store.product_snapshot(product).await?;
            if !snapshot.predictions.is_empty() || !snapshot.insights.is_empty() {
                let lookup = self.products.product(product).await?;
                explained.push(self.explain_stored(product, lookup, snapshot).await?);
            }
        }
        if !explained.is_empty() {
            return Ok(explained);
        }
        for product in forms {
            let lookup = self.products.product(product).await?;
            if lookup.product().is_some() {
                return Ok(vec![Explanation {
                    product: product.clone(),
                    lookup,
                    predictions: Vec::new(),
                    insights: Vec::new(),
                    to_create: Vec::new(),
                }]);
            }
        }
        Ok(explained)
    }

    async fn explain_stored(
        &self,
        product: &ProductId,
        lookup: Lookup,
        snapshot: ProductSnapshot,
    ) -> Result<Explanation> {
        let kinds = kinds_to_plan(&snapshot, &AffectedKinds::Everything);
        let plans = self
            .planner
            .plans(product, &lookup, &kinds, &snapshot)
            .await?;
        let half_edited = self.half_edited(product).await?;
        let mut insights = Vec::with_capacity(snapshot.insights.len());
        for insight in snapshot.insights {
            let state = self.state_of(&insight).await?;
            // The store does not delete an insight whose edit is on its way or half made.
            let is_kept =
                matches!(state, InsightState::Editing(_)) || half_edited.contains(&insight.id);
            insights.push(ExplainedInsight {
                planned: planned(&insight, is_kept, &plans, &snapshot.predictions),
                state,
                insight,
            });
        }
        let mut dispositions = dispositions_by_prediction(&plans);
        let predictions = snapshot.predictions.into_iter().map(|stored| {
            let unread = || {
                vec![KindDisposition {
                    kind: None,
                    disposition: Disposition::NotAnInsight,
                }]
            };
            ExplainedPrediction {
                dispositions: dispositions.remove(&stored.id).unwrap_or_else(unread),
                stored,
            }
        });
        let predictions = predictions.collect();
        Ok(Explanation {
            product: product.clone(),
            lookup,
            predictions,
            insights,
            to_create: plans
                .into_iter()
                .flat_map(|(_, plan)| plan.create)
                .collect(),
        })
    }

    /// Insights of the product whose edits were made in part a short while ago.
    async fn half_edited(&self, product: &ProductId) -> Result<BTreeSet<InsightId>> {
        let filter = EditFilter {
            state: Some(EditState::Partial),
            barcode: Some(product.barcode.clone()),
            server_type: Some(product.server_type),
            ..EditFilter::default()
        };
        let since = self.clock.now() - PARTIAL_EDIT_KEEPS;
        let edits = self.store.edits(&filter, MAX_PARTIAL_EDITS).await?;
        let late = edits
            .iter()
            .filter(|edit| edit.settled_at.is_some_and(|at| at > since));
        Ok(late.map(|edit| edit.insight).collect())
    }

    async fn state_of(&self, insight: &Insight) -> Result<InsightState> {
        if !insight.is_open() {
            return Ok(InsightState::of(insight, None));
        }
        let edit = self.store.live_edit_of(insight.id).await?;
        Ok(InsightState::of(insight, edit.map(|edit| edit.state)))
    }
}

fn dispositions_by_prediction(
    plans: &[(InsightKind, InsightPlan)],
) -> BTreeMap<PredictionId, Vec<KindDisposition>> {
    let mut by_prediction: BTreeMap<PredictionId, Vec<KindDisposition>> = BTreeMap::new();
    for (kind, plan) in plans {
        for (id, disposition) in &plan.dispositions {
            by_prediction.entry(*id).or_default().push(KindDisposition {
                kind: Some(*kind),
                disposition: disposition.clone(),
            });
        }
    }
    by_prediction
}

/// Reads off the plan of its kind, if there is one, what a refresh does with an insight.
fn planned(
    insight: &Insight,
    is_kept: bool,
    plans: &[(InsightKind, InsightPlan)],
    predictions: &[StoredPrediction],
) -> Planned {
    let of_kind = plans
        .iter()
        .find(|(kind, _)| kind.prediction_kind() == insight.kind);
    let Some((_, plan)) = of_kind else {
        return Planned::Kept;
    };
    if plan.delete.contains(&insight.id) && !is_kept {
        return Planned::Deleted(plan.dispositions_of_claim(insight, predictions));
    }
    match plan.update.iter().any(|update| update.id == insight.id) {
        true => Planned::Updated,
        false => Planned::Kept,
    }
}
