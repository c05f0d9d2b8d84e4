//! Rows as they are stored: predictions, insights, answers, votes, edits.
//!
//! Each look reads what was stored since the one before, by an index. A row is stored a moment
//! after the time that it has, so rows of the last two seconds are left to the next look; one
//! whose transaction took longer is not seen. This is for people who watch, not for programs
//! that must not miss a row.

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_ports::PortResult;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};
use uuid::Uuid;

use crate::connect::Database;
use crate::error::Context;

/// Age from which rows are read.
const LAG: TimeDelta = TimeDelta::seconds(2);
/// Rows of one look.
const LIMIT: u64 = 500;

/// Kind of row that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapKind {
    Prediction,
    Insight,
    /// A decided insight.
    Answer,
    /// An answer of an anonymous user.
    Vote,
    Edit,
}

impl TapKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Prediction,
        Self::Insight,
        Self::Answer,
        Self::Vote,
        Self::Edit,
    ];

    /// Name of the kind.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prediction => "prediction",
            Self::Insight => "insight",
            Self::Answer => "answer",
            Self::Vote => "vote",
            Self::Edit => "edit",
        }
    }

    /// Query of the rows behind a place, oldest first. All have the same columns.
    const fn sql(self) -> &'static str {
        match self {
            Self::Prediction => {
                "SELECT id, timestamp AS at, barcode, server_type, type, value_tag, value,
                    predictor AS detail
                 FROM prediction WHERE id > $1 ORDER BY id LIMIT $2"
            }
            Self::Insight => {
                "SELECT id, timestamp AS at, barcode, server_type, type, value_tag, value,
                    predictor AS detail
                 FROM product_insight WHERE (timestamp, id) > ($1, $2)
                 ORDER BY timestamp, id LIMIT $3"
            }
            Self::Answer => {
                "SELECT id, completed_at AS at, barcode, server_type, type, value_tag, value,
                    CAST(annotation AS text) AS detail
                 FROM product_insight
                 WHERE completed_at IS NOT NULL AND (completed_at, id) > ($1, $2)
                 ORDER BY completed_at, id LIMIT $3"
            }
            Self::Vote => {
                "SELECT vote.id, vote.timestamp AS at, barcode, server_type, type, value_tag,
                    insight.value, CAST(vote.value AS text) AS detail
                 FROM annotation_vote vote
                 JOIN product_insight insight ON insight.id = vote.insight_id
                 WHERE substr(vote.device_id, 1, 8) <> 'expired:'
                    AND (vote.timestamp, vote.id) > ($1, $2)
                 ORDER BY vote.timestamp, vote.id LIMIT $3"
            }
            Self::Edit => {
                "SELECT id, created_at AS at, barcode, server_type, 'edit' AS type,
                    CAST(NULL AS text) AS value_tag, CAST(change AS text) AS value,
                    state AS detail
                 FROM edit WHERE (created_at, id) > ($1, $2)
                 ORDER BY created_at, id LIMIT $3"
            }
        }
    }
}

/// A row that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapRow {
    pub kind: TapKind,
    pub id: String,
    pub at: NaiveDateTime,
    pub barcode: String,
    pub server_type: Option<String>,
    /// Kind of the prediction or insight.
    pub of: String,
    pub value_tag: Option<String>,
    pub value: Option<String>,
    /// Predictor, annotation, vote, or state of the edit.
    pub detail: Option<String>,
}

/// Place up to which rows of a kind were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Number(i32),
    Time(NaiveDateTime, Uuid),
}

/// Reader of one kind of rows, from its start on.
pub struct Tap {
    kind: TapKind,
    place: Place,
}

impl Tap {
    /// Reads rows that are stored from now on.
    pub async fn start(database: &Database, kind: TapKind) -> PortResult<Self> {
        let place = match kind {
            TapKind::Prediction => {
                let doing = "read the last prediction";
                let sql = "SELECT max(id) AS id FROM prediction";
                let row = database.read.query_one_raw(database.statement(sql, []));
                let row = row.await.context(doing)?;
                let last = row.map(|row| row.try_get::<Option<i32>>("", "id"));
                let last = last.transpose().context(doing)?.flatten();
                Place::Number(last.unwrap_or_default())
            }
            TapKind::Insight | TapKind::Answer | TapKind::Vote | TapKind::Edit => {
                Place::Time(database.clock.now() - LAG, Uuid::max())
            }
        };
        Ok(Self { kind, place })
    }

    /// The next rows, oldest first; empty when there are none.
    pub async fn next(&mut self, database: &Database) -> PortResult<Vec<TapRow>> {
        let doing = "read what was stored";
        let sql = self.kind.sql();
        let statement = match self.place {
            Place::Number(id) => database.statement(sql, [id.into(), Value::from(LIMIT as i64)]),
            Place::Time(at, id) => {
                database.statement(sql, [at.into(), id.into(), Value::from(LIMIT as i64)])
            }
        };
        let rows = database
            .read
            .query_all_raw(statement)
            .await
            .context(doing)?;
        let until = database.clock.now() - LAG;
        let mut found = Vec::new();
        for row in &rows {
            let (row, place) = self.row(row).context(doing)?;
            if row.at > until {
                break;
            }
            self.place = place;
            found.push(row);
        }
        Ok(found)
    }

    fn row(&self, row: &QueryResult) -> Result<(TapRow, Place), DbErr> {
        let at: NaiveDateTime = row.try_get("", "at")?;
        let (place, id) = match self.place {
            Place::Number(_) => {
                let id: i32 = row.try_get("", "id")?;
                (Place::Number(id), id.to_string())
            }
            Place::Time(..) => {
                let id: Uuid = row.try_get("", "id")?;
                (Place::Time(at, id), id.to_string())
            }
        };
        let row = TapRow {
            kind: self.kind,
            id,
            at,
            barcode: row.try_get("", "barcode")?,
            server_type: row.try_get("", "server_type")?,
            of: row.try_get("", "type")?,
            value_tag: row.try_get("", "value_tag")?,
            value: row.try_get("", "value")?,
            detail: row.try_get("", "detail")?,
        };
        Ok((row, place))
    }
}
