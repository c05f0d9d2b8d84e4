//! Writing [`Changes`]: one transaction, all of them or none.
//!
//! Conditions are checked as the changes are written, in their order, by
//! statements that both check and write. Files beside this one: `insights`
//! (and votes), `predictions`, `images`, `edits`, `checkpoints`.

mod checkpoints;
mod edits;
mod images;
mod insights;
mod predictions;

use async_trait::async_trait;
use robotoff_core::product::ProductId;
use robotoff_ports::job::Lease;
use robotoff_ports::store::{Change, Changes, Committed, Conflict, Expected, Receipt};
use robotoff_ports::{PortError, PortResult, Store};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    Statement, sea_query::Expr,
};

use crate::connect::Database;
use crate::entity::product_state;
use crate::error::Context;
use crate::insights::AffectedInsights;
use crate::{migrate, queue};

/// Why a commit stops: a condition that does not hold, or an error.
enum Stop {
    Conflict(Conflict),
    Error(PortError),
}

impl From<PortError> for Stop {
    fn from(error: PortError) -> Self {
        Self::Error(error)
    }
}

/// A commit under way.
struct Commit<'a> {
    database: &'a Database,
    transaction: DatabaseTransaction,
    receipt: Receipt,
}

#[async_trait]
impl Store for Database {
    async fn commit(&self, changes: Changes) -> PortResult<Committed> {
        let committed = self.commit_changes(changes);
        self.limited("commit changes", committed).await
    }

    async fn fill_random_keys(&self, limit: u64) -> PortResult<u64> {
        migrate::fill_random_keys(&self.write, self.dialect, limit).await
    }
}

impl Database {
    async fn commit_changes(&self, changes: Changes) -> PortResult<Committed> {
        let affected = AffectedInsights::by(&changes);
        let mut commit = Commit {
            database: self,
            transaction: self.begin().await?,
            receipt: Receipt::default(),
        };
        match commit.apply(changes).await {
            Ok(()) => {}
            Err(stop) => {
                commit.transaction.rollback().await.context("roll back")?;
                return match stop {
                    Stop::Conflict(conflict) => Ok(Committed::Conflict(conflict)),
                    Stop::Error(error) => Err(error),
                };
            }
        }
        commit
            .transaction
            .commit()
            .await
            .context("commit changes")?;
        self.hot.note(&affected, self.clock.now());
        if !commit.receipt.jobs.is_empty() {
            self.wakeup.announce();
        }
        Ok(Committed::Done(commit.receipt))
    }
}

impl Commit<'_> {
    async fn apply(&mut self, changes: Changes) -> Result<(), Stop> {
        if let Some(lease) = changes.lease {
            self.check_lease(lease).await?;
        }
        let mut expected = changes.expected;
        // Always in the same order, or two commits could wait for each other.
        expected.sort_by(|a, b| a.product.cmp(&b.product));
        for expected in expected {
            self.raise_revision(expected).await?;
        }
        for change in changes.changes {
            self.write(change).await?;
        }
        let mut jobs = changes.jobs;
        if let (Some(on_votes), Some(votes)) = (changes.job_on_votes, self.receipt.votes)
            && votes >= on_votes.min_votes
        {
            jobs.push(on_votes.job);
        }
        let now = self.database.own_time();
        self.receipt.jobs =
            queue::enqueue(&self.transaction, self.database.dialect, &jobs, now).await?;
        Ok(())
    }

    async fn check_lease(&self, lease: Lease) -> Result<(), Stop> {
        let held = self
            .transaction
            .query_one_raw(Statement::from_sql_and_values(
                self.database.dialect.backend(),
                format!(
                    "SELECT id FROM job WHERE id = $1 AND lease_number = $2
                     AND state = 'running' AND NOT cancel_asked {}",
                    self.database.dialect.for_update()
                ),
                [lease.job.0.into(), lease.number.into()],
            ))
            .await
            .context("check a lease")?;
        held.map(|_| ())
            .ok_or(Stop::Conflict(Conflict::LeaseLost(lease)))
    }

    /// From here to the commit, nobody else writes to the product.
    async fn raise_revision(&self, expected: Expected) -> Result<(), Stop> {
        use product_state::{ActiveModel, Column, Entity};
        let doing = "raise the revision of a product";
        let server_type = expected.product.server_type.name();
        let barcode = expected.product.barcode.as_str();
        let raised = Entity::update_many()
            .col_expr(Column::Revision, Expr::value(expected.revision.0 + 1))
            .filter(Column::ServerType.eq(server_type))
            .filter(Column::Barcode.eq(barcode))
            .filter(Column::Revision.eq(expected.revision.0))
            .exec(&self.transaction)
            .await
            .context(doing)?;
        if raised.rows_affected == 1 {
            return Ok(());
        }
        let conflict = Err(Stop::Conflict(Conflict::Revision(expected.product.clone())));
        if expected.revision.0 != 0 {
            return conflict;
        }
        let first = ActiveModel {
            server_type: Set(server_type.to_owned()),
            barcode: Set(barcode.to_owned()),
            revision: Set(1),
            facets: Set(None),
        };
        let keys = [Column::ServerType, Column::Barcode];
        let added = Entity::insert(first)
            .on_conflict(OnConflict::columns(keys).do_nothing().to_owned())
            .exec_without_returning(&self.transaction)
            .await
            .context(doing)?;
        if added == 1 { Ok(()) } else { conflict }
    }

    async fn set_facets(&self, product: &ProductId, facets: &[String]) -> Result<(), Stop> {
        use product_state::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::Facets, Expr::value(serde_json::json!(facets)))
            .filter(Column::ServerType.eq(product.server_type.name()))
            .filter(Column::Barcode.eq(product.barcode.as_str()))
            .exec(&self.transaction)
            .await
            .context("set the facets of a product")?;
        Ok(())
    }

    async fn write(&mut self, change: Change) -> Result<(), Stop> {
        match change {
            Change::StorePredictions {
                product,
                predictions,
                at,
            } => self.store_predictions(&product, predictions, at).await,
            Change::DeletePredictions(ids) => self.delete_predictions(&ids).await,
            Change::SetFacets { product, facets } => self.set_facets(&product, &facets).await,
            Change::CreateInsights(insights) => self.create_insights(insights).await,
            Change::RefreshInsight(insight) => self.refresh_insight(*insight).await,
            Change::UpdateAttributes(updates) => self.update_attributes(&updates).await,
            Change::DeleteInsights(ids) => self.delete_insights(&ids).await,
            Change::CloseInsight(closure) => self.close_insight(*closure).await,
            Change::CastVote(vote) => self.cast_vote(vote).await,
            Change::StartEdit(edit) => self.start_edit(*edit).await,
            Change::MoveEdit(step) => self.move_edit(step).await,
            Change::RecordMade { edit, made } => self.record_made(edit, made).await,
            Change::StoreImage(image) => self.store_image(image).await,
            Change::SetImageDeleted { image, deleted } => {
                self.set_image_deleted(image, deleted).await
            }
            Change::SetFingerprint { image, fingerprint } => {
                self.set_fingerprint(image, fingerprint).await
            }
            Change::AddImagePrediction(run) => self.add_image_prediction(*run).await,
            Change::AnnotateLogo { logo, annotation } => self.annotate_logo(logo, annotation).await,
            Change::SetLogoEmbedding { logo, embedding } => {
                self.set_logo_embedding(logo, embedding).await
            }
            Change::SetNeighbors { logo, neighbors } => self.set_neighbors(logo, neighbors).await,
            Change::StoreCheckpoint(checkpoint) => self.store_checkpoint(checkpoint).await,
            Change::DeleteCheckpoint(name) => self.delete_checkpoint(name).await,
        }
    }
}
