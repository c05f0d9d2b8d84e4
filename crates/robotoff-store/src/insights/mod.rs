//! Reading insights and votes.
//!
//! Conditions are built in `matching`, orders and their continuation in `order`; lists that
//! are asked for often are in `hot`, `listing` chooses between them and the tables.

mod by_barcode;
mod dump;
mod hot;
mod listing;
mod marks;
mod matching;
mod order;
mod tag_counts;
mod tag_counts_cache;
mod tally;
mod viewer;
mod viewer_votes;

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::insight::{Insight, InsightId, InsightKind};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ProductId};
use robotoff_core::vote::Vote;
use robotoff_ports::PortResult;
use robotoff_ports::store::{
    CountedInsights, CountedValueTags, InsightBatch, InsightCursor, InsightFilter, InsightOrder,
    InsightPage, InsightReads, InsightTally, PageStart, ProductSnapshot, Revision,
};
use sea_orm::sea_query::{Alias, Asterisk, Expr, Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Statement,
};

use crate::connect::Database;
use crate::dialect::Dialect;
use crate::entity::product_insight::{COLUMNS, Column, Entity, Model};
use crate::entity::{annotation_vote, prediction, product_state};
use crate::error::Context;
pub(crate) use hot::{AffectedInsights, HotLists};
pub(crate) use marks::{Marker, new_salt};
pub(crate) use matching::{NO_LIVE_EDIT, no_partial_edit_since, of_server_type};
use matching::{OPEN, matching, not_refused_since};
pub(crate) use tag_counts_cache::TagCountsCache;
pub(crate) use viewer_votes::ViewerVotes;

/// One insight, by its id.
static BY_ID: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM product_insight WHERE id = $1"));

/// After a refusal an automatic insight rests so long.
const REFUSAL_COUNTS: TimeDelta = TimeDelta::hours(1);

#[async_trait]
impl InsightReads for Database {
    async fn insight(&self, id: InsightId) -> PortResult<Option<Insight>> {
        let doing = "read an insight";
        let statement =
            Statement::from_sql_and_values(self.dialect.backend(), &*BY_ID, [id.0.into()]);
        let row = self.read.query_one_raw(statement).await.context(doing)?;
        let row = row.map(|row| Model::from_row(&row)).transpose();
        let row = row.context(doing)?;
        Ok(self.unreadable.readable_one(row, Model::into_insight))
    }

    async fn insights(
        &self,
        filter: &InsightFilter,
        order: InsightOrder,
        page: &InsightPage,
    ) -> PortResult<Vec<Insight>> {
        let rows = matching(filter, self.dialect);
        if let InsightOrder::Random(draw) = order {
            return order::drawn(self, rows, draw, page.limit).await;
        }
        let rows = order::sorted(rows, order, self.dialect);
        let (rows, offset) = match &page.start {
            PageStart::Offset(offset) => (rows, *offset),
            PageStart::After(cursor) => (rows.filter(order::after(order, cursor)), 0),
        };
        let rows = read(self, rows, page.limit, offset, "read insights").await?;
        Ok(self.unreadable.readable(rows, Model::into_insight))
    }

    async fn counted_insights(
        &self,
        filter: &InsightFilter,
        order: InsightOrder,
        page: &InsightPage,
        count_cap: Option<u64>,
    ) -> PortResult<CountedInsights> {
        listing::counted(self, filter, order, page, count_cap).await
    }

    async fn counts_by_barcode(&self, filter: &InsightFilter) -> PortResult<Vec<(Barcode, u64)>> {
        by_barcode::counts(self, filter).await
    }

    async fn insight_batch(
        &self,
        filter: &InsightFilter,
        after: Option<InsightCursor>,
        limit: u64,
    ) -> PortResult<InsightBatch> {
        dump::batch(self, filter, after, limit).await
    }

    async fn count_insights(&self, filter: &InsightFilter, cap: Option<u64>) -> PortResult<u64> {
        let rows = matching(filter, self.dialect);
        let Some(cap) = cap else {
            return rows.count(&self.read).await.context("count insights");
        };
        // Along an index of these very rows: without an order PostgreSQL reads the table
        // from its start, where all rows may be closed.
        let order = match filter.answered {
            Some(false) => InsightOrder::Popularity,
            Some(true) | None => InsightOrder::Stored,
        };
        let some = order::sorted(rows, order, self.dialect)
            .select_only()
            .expr_as(Expr::value(1), "one")
            .limit(cap)
            .into_query();
        let count = Query::select()
            .expr_as(Func::count(Expr::col(Asterisk)), Alias::new("found"))
            .from_subquery(some, Alias::new("some"))
            .to_owned();
        let row = self
            .read
            .query_one(&count)
            .await
            .context("count insights up to a cap")?;
        let found: i64 = row
            .map(|row| {
                row.try_get("", "found")
                    .context("count insights up to a cap")
            })
            .transpose()?
            .unwrap_or_default();
        Ok(found.unsigned_abs())
    }

    async fn value_tags(
        &self,
        filter: &InsightFilter,
        limit: u64,
        offset: u64,
    ) -> PortResult<CountedValueTags> {
        tag_counts::page(self, filter, limit, offset).await
    }

    async fn insight_tallies(&self) -> PortResult<Vec<InsightTally>> {
        tally::tallies(self).await
    }

    async fn due_insights(
        &self,
        now: NaiveDateTime,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<Insight>> {
        let due = Entity::find()
            .filter(Expr::cust(OPEN))
            .filter(Expr::cust("product_insight.process_after IS NOT NULL"))
            .filter(Column::ProcessAfter.lte(now))
            .filter(Column::AutomaticProcessing.eq(true))
            // Rows of other kinds have no rules: nobody could apply them, and they would
            // stay due for ever.
            .filter(Column::Kind.is_in(InsightKind::ALL.map(InsightKind::name)))
            .filter(Expr::cust(NO_LIVE_EDIT))
            .filter(not_refused_since(now - REFUSAL_COUNTS, self.dialect))
            // Rows that cannot be read would count neither as left nor as applied.
            .filter(Column::Kind.is_in(PredictionKind::ALL.map(PredictionKind::name)))
            .order_by_asc(Column::ProcessAfter)
            .order_by_asc(Column::Id);
        let (mut insights, mut offset) = (Vec::new(), offset);
        loop {
            let missing = limit - insights.len() as u64;
            let rows = due.clone().limit(missing).offset(offset);
            let rows = rows.all(&self.read).await.context("read due insights")?;
            let found = rows.len() as u64;
            offset += found;
            insights.extend(self.unreadable.readable(rows, Model::into_insight));
            if found < missing || insights.len() as u64 == limit {
                return Ok(insights);
            }
        }
    }

    /// The revision is read before the rows: a change in between then shows as a
    /// conflict at the commit, never as a lost one.
    async fn product_snapshot(&self, product: &ProductId) -> PortResult<ProductSnapshot> {
        let key = (
            product.server_type.name().to_owned(),
            product.barcode.as_str().to_owned(),
        );
        let state = product_state::Entity::find_by_id(key)
            .one(&self.read)
            .await
            .context("read the revision of a product")?;
        let predictions = prediction::Entity::find()
            .filter(prediction::Column::Barcode.eq(product.barcode.as_str()))
            .filter(prediction::Column::ServerType.eq(product.server_type.name()))
            .order_by_asc(prediction::Column::Id)
            .all(&self.read)
            .await
            .context("read the predictions of a product")?;
        let insights = Entity::find()
            .filter(Column::Barcode.eq(product.barcode.as_str()))
            .filter(of_server_type(product.server_type, self.dialect));
        let insights = order::sorted(insights, InsightOrder::Stored, self.dialect)
            .all(&self.read)
            .await
            .context("read the insights of a product")?;
        let revision = state.as_ref().map_or(0, |state| state.revision);
        let facets = state.and_then(|state| state.facets);
        Ok(ProductSnapshot {
            revision: Revision(revision),
            // What is no list of texts is planned anew.
            facets: facets.and_then(|facets| serde_json::from_value(facets).ok()),
            predictions: self
                .unreadable
                .readable(predictions, prediction::Model::into_prediction),
            insights: self.unreadable.readable(insights, Model::into_insight),
        })
    }

    async fn votes_on(&self, insight: InsightId) -> PortResult<Vec<Vote>> {
        annotation_vote::Entity::find()
            .filter(annotation_vote::Column::InsightId.eq(insight.0))
            .order_by_asc(annotation_vote::Column::Timestamp)
            .order_by_asc(annotation_vote::Column::Id)
            .all(&self.read)
            .await
            .context("read the votes on an insight")
            .map(|rows| {
                self.unreadable
                    .readable(rows, annotation_vote::Model::into_vote)
            })
    }

    async fn count_answers_of(&self, username: &str) -> PortResult<u64> {
        Entity::find()
            .filter(Column::Username.eq(username))
            .filter(Column::Annotation.is_not_null())
            .count(&self.read)
            .await
            .context("count the answers of a user")
    }
}

/// A page of the rows of a query for all columns.
///
/// SQLite prepares a statement with a bound limit anew for each call, since it plans by the
/// limit (four fifths of the time of a small read). There the numbers are part of the text:
/// few are in use at a time.
async fn read(
    database: &Database,
    rows: Select<Entity>,
    limit: u64,
    offset: u64,
    doing: &str,
) -> PortResult<Vec<Model>> {
    let backend = database.dialect.backend();
    let statement = match database.dialect {
        Dialect::Postgres => rows.limit(limit).offset(offset).build(backend),
        Dialect::Sqlite => {
            let mut statement = rows.build(backend);
            let (limit, offset) = (i64::try_from(limit), i64::try_from(offset));
            let (limit, offset) = (limit.unwrap_or(i64::MAX), offset.unwrap_or(i64::MAX));
            statement.sql += &format!(" LIMIT {limit} OFFSET {offset}");
            statement
        }
    };
    let rows = database.read.query_all_raw(statement).await;
    let rows = rows.context(doing)?;
    let rows: Result<Vec<Model>, _> = rows.iter().map(Model::from_row).collect();
    rows.context(doing)
}
