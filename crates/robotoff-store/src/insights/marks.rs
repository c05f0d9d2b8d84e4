//! Marks of votes whose device has expired: enough to keep their question from the device
//! that answered it, too little to tell whose vote it was.
//!
//! A mark is a number below [`MARKS`], computed from the device and a random number that the
//! vote alone has. One in [`MARKS`] of all other devices has the same mark on that vote, so
//! that it names nobody, and it differs from vote to vote, so that it connects none. Those
//! devices miss one question. It is computed by SQL, row by row, hence the arithmetic.

use std::collections::HashMap;

use robotoff_core::insight::InsightId;
use robotoff_core::vote::{Identity, Viewer};
use robotoff_ports::PortResult;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::dialect::Dialect;
use crate::error::Context;

/// The number of marks.
const MARKS: i64 = 1024;
/// A prime; products of numbers below it fit into 64 bits.
const PRIME: i64 = 2_147_483_647;
/// Of hashes for marks.
const NAMESPACE: Uuid = Uuid::from_u128(0x5a0c_61d8_93f4_4c1e_a7d2_0e6b_1f38_b94d);

/// Coefficients of the marks of one device or address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marker {
    factor: i64,
    offset: i64,
}

impl Marker {
    /// The marker of a device, or of the hash of addresses.
    pub(crate) fn of(value: &str) -> Self {
        let hash = Uuid::new_v5(&NAMESPACE, value.as_bytes()).as_u128();
        // Bits of the hash that are not the version.
        let part = |bits: u128| i64::try_from(bits & 0x3fff_ffff).unwrap_or_default();
        Self {
            factor: part(hash) + 1,
            offset: part(hash >> 80),
        }
    }

    /// The mark on a vote with this random number.
    pub(crate) const fn mark(self, salt: i64) -> i64 {
        (self.factor * salt + self.offset) % PRIME % MARKS
    }
}

/// A random number for a vote.
pub(crate) fn new_salt() -> i64 {
    let random = Uuid::new_v4().as_u128() & 0x3fff_ffff;
    i64::try_from(random).unwrap_or_default() + 1
}

/// An identity whose votes may have expired. Those of user names never do.
struct Marked {
    column: &'static str,
    marker: Marker,
}

fn marked(viewer: &Viewer) -> impl Iterator<Item = Marked> {
    let identities = viewer.identities().into_iter();
    identities.filter_map(|identity| match identity {
        Identity::User(_) => None,
        Identity::Device(id) => Some(Marked {
            column: "device_mark",
            marker: Marker::of(id),
        }),
        Identity::Addresses(hash) => Some(Marked {
            column: "address_mark",
            marker: Marker::of(hash),
        }),
    })
}

/// No vote on the insight has a mark of the viewer.
pub(super) fn unmarked_by(viewer: &Viewer, dialect: Dialect) -> Vec<SimpleExpr> {
    let anonymous = match viewer.is_user() {
        true => "AND vote.username IS NULL",
        false => "",
    };
    let [factor, offset] = match dialect {
        Dialect::Postgres => ["$1", "$2"],
        Dialect::Sqlite => ["?", "?"],
    };
    let for_each_row = dialect.for_each_row();
    let conditions = marked(viewer).map(|Marked { column, marker }| {
        Expr::cust_with_values(
            format!(
                "NOT EXISTS (SELECT 1 FROM annotation_vote vote
                 WHERE vote.insight_id = product_insight.id AND vote.mark_salt IS NOT NULL
                 AND (CAST({factor} AS bigint) * vote.mark_salt + CAST({offset} AS bigint))
                     % {PRIME} % {MARKS} = vote.{column} {anonymous} {for_each_row})"
            ),
            [marker.factor, marker.offset],
        )
    });
    conditions.collect()
}

/// Marks of a vote.
#[derive(Debug, Clone, Copy)]
struct VoteMarks {
    salt: i64,
    device: Option<i64>,
    address: Option<i64>,
    is_named: bool,
}

/// Marks of the votes on some insights.
#[derive(Debug, Default)]
pub(super) struct InsightMarks(HashMap<Uuid, Vec<VoteMarks>>);

impl InsightMarks {
    /// The marks of votes on these insights.
    pub(super) async fn read(
        connection: &impl ConnectionTrait,
        dialect: Dialect,
        insights: &[InsightId],
    ) -> PortResult<Self> {
        let backend = dialect.backend();
        let doing = "read the marks of expired votes";
        let any = "SELECT 1 FROM annotation_vote WHERE mark_salt IS NOT NULL LIMIT 1";
        let any = connection.query_one_raw(Statement::from_string(backend, any));
        if insights.is_empty() || any.await.context(doing)?.is_none() {
            return Ok(Self::default());
        }
        let ids = insights.iter().map(|id| id.0);
        let (values, wanted): (Vec<Value>, String) = match dialect {
            Dialect::Postgres => {
                let list: Vec<String> = ids.map(|id| id.to_string()).collect();
                let list = format!("{{{}}}", list.join(","));
                (vec![list.into()], "= ANY($1::uuid[])".to_owned())
            }
            Dialect::Sqlite => {
                let places: Vec<String> = (1..=insights.len()).map(|n| format!("${n}")).collect();
                let places = format!("IN ({})", places.join(","));
                (ids.map(Value::from).collect(), places)
            }
        };
        let sql = format!(
            "SELECT insight_id, mark_salt, device_mark, address_mark,
                 CASE WHEN username IS NULL THEN 0 ELSE 1 END AS is_named
             FROM annotation_vote WHERE mark_salt IS NOT NULL AND insight_id {wanted}"
        );
        let rows = Statement::from_sql_and_values(backend, sql, values);
        let rows = connection.query_all_raw(rows).await.context(doing)?;
        let mut found = Self::default();
        for row in &rows {
            let insight: Uuid = row.try_get("", "insight_id").context(doing)?;
            let marks = found.0.entry(insight).or_default();
            marks.push(vote_marks(row)?);
        }
        Ok(found)
    }

    /// True when a vote on the insight has a mark of the viewer.
    pub(super) fn hide(&self, insight: InsightId, viewer: &Viewer) -> bool {
        let Some(votes) = self.0.get(&insight.0) else {
            return false;
        };
        let is_user = viewer.is_user();
        marked(viewer).any(|Marked { column, marker }| {
            votes.iter().any(|vote| {
                let mark = match column {
                    "device_mark" => vote.device,
                    _ => vote.address,
                };
                mark == Some(marker.mark(vote.salt)) && !(is_user && vote.is_named)
            })
        })
    }
}

fn vote_marks(row: &QueryResult) -> PortResult<VoteMarks> {
    let doing = "read the marks of an expired vote";
    let number = |name: &str| {
        let number = row.try_get::<Option<i32>>("", name).context(doing);
        number.map(|number| number.map(i64::from))
    };
    Ok(VoteMarks {
        salt: number("mark_salt")?.unwrap_or_default(),
        device: number("device_mark")?,
        address: number("address_mark")?,
        is_named: row.try_get::<i32>("", "is_named").context(doing)? == 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_differs_between_votes_and_identifies_no_one() {
        let phone = Marker::of("phone");
        let salts: Vec<i64> = (0..200).map(|_| new_salt()).collect();
        let marks: std::collections::BTreeSet<i64> =
            salts.iter().map(|salt| phone.mark(*salt)).collect();
        assert!(marks.len() > 100 && marks.iter().all(|mark| (0..MARKS).contains(mark)));
        // Of many devices some have the mark of the phone on one vote, about one in 1024.
        let same = (0..20_480)
            .filter(|n| Marker::of(&format!("device {n}")).mark(salts[0]) == phone.mark(salts[0]));
        let same = same.count();
        assert!((5..60).contains(&same), "{same}");
        assert_eq!(Marker::of("phone").mark(7), phone.mark(7));
    }
}
