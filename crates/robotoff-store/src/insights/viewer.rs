//! Votes of a viewer, by each identity: the condition that leaves their insights out of a
//! list, and the reads that do so for rows in memory.
//!
//! Each identity has an index that ends with the insight, and each is probed for each row: the
//! history of a busy device is long (`docs/reference/api.md` 9.3, 61), and a join would read
//! all of it.

use robotoff_core::insight::InsightId;
use robotoff_core::vote::{Identity, Viewer};
use robotoff_ports::PortResult;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use super::marks::unmarked_by;
use super::viewer_votes::VotedInsights;
use crate::connect::Database;
use crate::dialect::Dialect;
use crate::error::Context;

/// Votes of a viewer, by one identity, that are read in one go. Of a viewer with more of them,
/// those on the candidates are read instead.
pub(super) const MAX_VOTES_READ: usize = 256;

/// Votes under one identity.
struct OwnVotes<'a> {
    column: &'static str,
    value: &'a str,
    /// Condition that excludes those of other users.
    anonymous: &'static str,
}

fn own_votes(viewer: &Viewer) -> impl Iterator<Item = OwnVotes<'_>> {
    let is_user = viewer.is_user();
    viewer.identities().into_iter().map(move |identity| {
        let (column, value) = match identity {
            Identity::User(name) => {
                return OwnVotes {
                    column: "username",
                    value: name,
                    anonymous: "",
                };
            }
            Identity::Device(id) => ("device_id", id),
            Identity::Addresses(hash) => ("address_hash", hash),
        };
        OwnVotes {
            column,
            value,
            anonymous: if is_user {
                "AND vote.username IS NULL"
            } else {
                ""
            },
        }
    })
}

/// The viewer has no vote on the insight, nor one whose device has expired.
pub(super) fn unseen_by(viewer: &Viewer, dialect: Dialect) -> Condition {
    let placeholder = dialect.placeholder();
    let for_each_row = dialect.for_each_row();
    let unseen = |own: OwnVotes<'_>| -> SimpleExpr {
        let OwnVotes {
            column, anonymous, ..
        } = own;
        Expr::cust_with_values(
            format!(
                "NOT EXISTS (SELECT 1 FROM annotation_vote vote
                 WHERE vote.{column} = {placeholder} AND vote.insight_id = product_insight.id
                 {anonymous} {for_each_row})"
            ),
            [own.value],
        )
    };
    own_votes(viewer)
        .map(unseen)
        .chain(unmarked_by(viewer, dialect))
        .fold(Condition::all(), Condition::add)
}

/// Insights that the viewer has voted on: of each identity up to [`MAX_VOTES_READ`].
pub(super) async fn some_votes(database: &Database, viewer: &Viewer) -> PortResult<VotedInsights> {
    first_votes(database, viewer, MAX_VOTES_READ).await
}

/// All insights that the viewer has voted on, unless they are more than a number.
pub(super) async fn all_votes(
    database: &Database,
    viewer: &Viewer,
    max: usize,
) -> PortResult<Option<VotedInsights>> {
    let votes = first_votes(database, viewer, max + 1).await?;
    Ok((votes.len() <= max).then_some(votes))
}

async fn first_votes(
    database: &Database,
    viewer: &Viewer,
    of_each_identity: usize,
) -> PortResult<VotedInsights> {
    let mut parts = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    for own in own_votes(viewer) {
        values.push(own.value.into());
        let (column, anonymous, place) = (own.column, own.anonymous, values.len());
        parts.push(format!(
            "SELECT insight_id FROM (SELECT vote.insight_id FROM annotation_vote vote
             WHERE vote.{column} = ${place} {anonymous} LIMIT {of_each_identity}) AS own_{place}"
        ));
    }
    read_ids(database, &parts.join(" UNION ALL "), values).await
}

/// Those of the insights that the viewer has voted on.
pub(super) async fn votes_among(
    database: &Database,
    viewer: &Viewer,
    insights: &[InsightId],
) -> PortResult<VotedInsights> {
    let ids = insights.iter().map(|id| id.0);
    let (mut values, places): (Vec<Value>, String) = match database.dialect {
        Dialect::Postgres => {
            let list: Vec<String> = ids.map(|id| id.to_string()).collect();
            (
                vec![format!("{{{}}}", list.join(",")).into()],
                String::new(),
            )
        }
        Dialect::Sqlite => {
            let places: Vec<String> = (1..=insights.len()).map(|n| format!("${n}")).collect();
            (ids.map(Value::from).collect(), places.join(","))
        }
    };
    let mut parts = Vec::new();
    for own in own_votes(viewer) {
        values.push(own.value.into());
        let (column, anonymous, place) = (own.column, own.anonymous, values.len());
        parts.push(match database.dialect {
            // Insight by insight: the plan that PostgreSQL keeps for `insight_id = ANY($2)`
            // reads all votes of the voter (41 ms for 10,000, instead of 0.7 ms).
            Dialect::Postgres => format!(
                "SELECT own.insight_id FROM unnest($1::uuid[]) AS wanted (id),
                 LATERAL (SELECT vote.insight_id FROM annotation_vote vote
                     WHERE vote.{column} = ${place} AND vote.insight_id = wanted.id {anonymous}
                     LIMIT 1) AS own"
            ),
            Dialect::Sqlite => format!(
                "SELECT vote.insight_id FROM annotation_vote vote
                 WHERE vote.{column} = ${place} AND vote.insight_id IN ({places}) {anonymous}"
            ),
        });
    }
    read_ids(database, &parts.join(" UNION ALL "), values).await
}

async fn read_ids(
    database: &Database,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> PortResult<VotedInsights> {
    let doing = "read the votes of a caller";
    let statement = Statement::from_sql_and_values(database.dialect.backend(), sql, values);
    let rows = database
        .read
        .query_all_raw(statement)
        .await
        .context(doing)?;
    let id = |row: &QueryResult| row.try_get_by_index::<Uuid>(0).context(doing);
    rows.iter().map(id).collect()
}
