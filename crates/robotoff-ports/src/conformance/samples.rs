//! Values for the conformance tests, one line each, and what a commit must come to.

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::edit::{
    EditAccount, EditId, EditState, PendingClosure, ProductChange, ProductEdit, Provenance,
};
use robotoff_core::insight::{Insight, InsightId, InsightKind, Outcome, Verdict};
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_core::vote::{Vote, VoteValue};
use uuid::Uuid;

use super::{TestContext, epoch};
use crate::store::{Change, Changes, Committed, Conflict, NewPrediction, Receipt};

/// A product of Open Food Facts.
pub(super) fn product(code: &str) -> ProductId {
    ProductId {
        barcode: Barcode::as_stored(code).expect("a code"),
        server_type: ServerType::Off,
    }
}

pub(super) fn id(number: u128) -> InsightId {
    InsightId(Uuid::from_u128(number))
}

/// An open label claim, made so many seconds after the epoch.
pub(super) fn label(number: u128, code: &str) -> Insight {
    let at = seconds(i64::try_from(number).expect("a small number"));
    let mut insight = Insight::new(id(number), product(code), InsightKind::Label, at);
    insight.value_tag = Some("en:organic".to_owned());
    insight
}

pub(super) fn seconds(after_epoch: i64) -> NaiveDateTime {
    epoch() + TimeDelta::seconds(after_epoch)
}

pub(super) fn prediction(tag: &str, image: Option<&str>) -> NewPrediction {
    let mut prediction = Prediction::new(PredictionKind::Label);
    prediction.value_tag = Some(tag.to_owned());
    NewPrediction {
        source_image: image.map(SourceImage::new),
        prediction,
    }
}

pub(super) fn vote(number: u128, insight: InsightId, device: &str, value: VoteValue) -> Vote {
    Vote {
        id: Uuid::from_u128(number),
        insight,
        username: None,
        value,
        device_id: device.to_owned(),
        address_hash: None,
        timestamp: seconds(i64::try_from(number).expect("a small number")),
    }
}

pub(super) fn edit(number: u128, insight: &Insight) -> ProductEdit {
    ProductEdit {
        id: EditId(Uuid::from_u128(number)),
        insight: insight.id,
        product: insight.product.clone(),
        state: EditState::Sending,
        account: EditAccount::Service,
        changes: vec![ProductChange::AddLabel {
            tag: "en:organic".to_owned(),
        }],
        made: 0,
        closure: PendingClosure {
            verdict: Verdict::Accepted,
            outcome: Outcome::Updated,
            username: None,
            provenance: Provenance::Votes(3),
            data: None,
            claim: None,
        },
        attempts: 1,
        lease_until: Some(seconds(60)),
        last_error: None,
        correlation_id: Some("request-1".to_owned()),
        created_at: epoch(),
        settled_at: None,
    }
}

impl TestContext {
    /// Commits what must be written.
    pub(super) async fn write(&self, changes: Changes) -> Receipt {
        match self.store.commit(changes).await.expect("a commit") {
            Committed::Done(receipt) => receipt,
            Committed::Conflict(conflict) => panic!("conflict: {conflict:?}"),
        }
    }

    /// Commits what must not be written.
    pub(super) async fn refused(&self, changes: Changes) -> Conflict {
        match self.store.commit(changes).await.expect("a commit") {
            Committed::Conflict(conflict) => conflict,
            Committed::Done(receipt) => panic!("written: {receipt:?}"),
        }
    }

    pub(super) async fn create(&self, insights: Vec<Insight>) {
        self.write(Changes::new().with(Change::CreateInsights(insights)))
            .await;
    }

    pub(super) async fn insight(&self, id: InsightId) -> Insight {
        let found = self.store.insight(id).await.expect("a read");
        found.unwrap_or_else(|| panic!("insight {id} is there"))
    }
}
