//! Writing the outbox of edits.

use chrono::NaiveDateTime;
use robotoff_core::edit::{EditId, EditState, ProductEdit};
use robotoff_core::insight::InsightId;
use robotoff_ports::PortError;
use robotoff_ports::store::{Conflict, EditStep};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{Commit, Stop};
use crate::entity::edit::{ActiveModel, Column, Entity, Model};
use crate::error::Context;

impl Commit<'_> {
    pub(super) async fn start_edit(&mut self, mut edit: ProductEdit) -> Result<(), Stop> {
        edit.lease_until = self.lease_time(edit.lease_until).await?;
        let insight = edit.insight;
        self.lock_open_insight(insight).await?;
        self.check_no_live_edit(insight).await?;
        let row = Model::try_from(edit)?.into_active_model().reset_all();
        Entity::insert(row)
            .exec_without_returning(&self.transaction)
            .await
            .context("record an edit")?;
        Ok(())
    }

    /// A time of the host's clock by the clock that judges leases.
    async fn lease_time(&self, at: Option<NaiveDateTime>) -> Result<Option<NaiveDateTime>, Stop> {
        Ok(self.database.corrected(&self.transaction, at).await?)
    }

    /// Whoever starts or settles an edit holds its insight, so what is seen here
    /// stays so until the commit; the index `edit_live` is the safety net.
    pub(super) async fn check_no_live_edit(&self, insight: InsightId) -> Result<(), Stop> {
        let live = EditState::ALL.into_iter().filter(|state| state.is_live());
        let found = Entity::find()
            .filter(Column::InsightId.eq(insight.0))
            .filter(Column::State.is_in(live.map(EditState::name)))
            .one(&self.transaction)
            .await
            .context("look for a live edit")?;
        match found {
            Some(_) => Err(Stop::Conflict(Conflict::LiveEdit(insight))),
            None => Ok(()),
        }
    }

    /// An edit that was not on its way may be sent again on the conditions of a new one.
    async fn check_may_go_live(&self, step: &EditStep) -> Result<(), Stop> {
        let row = Entity::find_by_id(step.edit.0)
            .one(&self.transaction)
            .await
            .context("look for an edit")?;
        let row = row.ok_or(Stop::Conflict(Conflict::EditMoved(step.edit)))?;
        let insight = InsightId(row.insight_id);
        self.lock_open_insight(insight).await?;
        self.check_no_live_edit(insight).await
    }

    pub(super) async fn move_edit(&mut self, step: EditStep) -> Result<(), Stop> {
        if !step.from.next().contains(&step.to) {
            return Err(Stop::Error(PortError::defect(
                format!("edit {}", step.edit),
                format!("it cannot go from {} to {}", step.from, step.to),
            )));
        }
        if step.to.is_live() && !step.from.is_live() {
            self.check_may_go_live(&step).await?;
        }
        let lease_until = self.lease_time(step.lease_until).await?;
        let mut row = ActiveModel {
            state: Set(step.to.name().to_owned()),
            lease_until: Set(lease_until),
            last_error: Set(step.error),
            settled_at: Set((!step.to.is_live()).then_some(step.at)),
            ..Default::default()
        };
        row.id = sea_orm::ActiveValue::NotSet;
        let mut moving = Entity::update_many()
            .set(row)
            .filter(Column::Id.eq(step.edit.0))
            .filter(Column::State.eq(step.from.name()));
        if step.to == EditState::Sending {
            moving = moving.col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1));
            // Whoever takes over must not take it from one who is still at it.
            let now = self.lease_time(Some(step.at)).await?;
            moving = moving.filter(Column::LeaseUntil.is_null().or(Column::LeaseUntil.lte(now)));
        }
        let moved = moving
            .exec(&self.transaction)
            .await
            .context("move an edit")?;
        if moved.rows_affected == 0 {
            return Err(Stop::Conflict(Conflict::EditMoved(step.edit)));
        }
        Ok(())
    }

    pub(super) async fn record_made(&self, edit: EditId, made: usize) -> Result<(), Stop> {
        let made = i32::try_from(made).unwrap_or(i32::MAX);
        Entity::update_many()
            .col_expr(Column::Made, Expr::value(made))
            .filter(Column::Id.eq(edit.0))
            .filter(Column::Made.lt(made))
            .exec(&self.transaction)
            .await
            .context("record what is made of an edit")?;
        Ok(())
    }
}
