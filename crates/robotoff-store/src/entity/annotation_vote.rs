//! `annotation_vote` (`docs/reference/api.md` 3.2), and our key of the voter.

use robotoff_core::insight::InsightId;
use robotoff_core::vote::{Vote, VoteValue};
use robotoff_ports::{PortError, PortResult};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "annotation_vote")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub insight_id: Uuid,
    pub username: Option<String>,
    pub value: i32,
    pub device_id: String,
    pub timestamp: DateTime,
    /// Ours: hash of the addresses of a vote that named its device.
    pub address_hash: Option<String>,
    /// Ours: unique, so that a voter has one vote on an insight; `None` on adopted rows.
    pub voter_key: Option<Uuid>,
    /// Ours: of votes whose device has expired (`insights::marks`).
    pub mark_salt: Option<i32>,
    pub device_mark: Option<i32>,
    pub address_mark: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The vote of the row.
    pub fn into_vote(self) -> PortResult<Vote> {
        let value = VoteValue::from_code(self.value).ok_or_else(|| {
            PortError::defect(
                format!("vote {}", self.id),
                format!("unknown value {}", self.value),
            )
        })?;
        Ok(Vote {
            id: self.id,
            insight: InsightId(self.insight_id),
            username: self.username,
            value,
            device_id: self.device_id,
            address_hash: self.address_hash,
            timestamp: self.timestamp,
        })
    }
}

impl From<Vote> for Model {
    fn from(vote: Vote) -> Self {
        Self {
            id: vote.id,
            insight_id: vote.insight.0,
            voter_key: Some(vote.voter_key()),
            username: vote.username,
            value: vote.value.code(),
            device_id: vote.device_id,
            address_hash: vote.address_hash,
            timestamp: vote.timestamp,
            mark_salt: None,
            device_mark: None,
            address_mark: None,
        }
    }
}
