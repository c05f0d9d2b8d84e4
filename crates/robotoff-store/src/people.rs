//! Missions, loans of questions, keys of requests.
//!
//! Loans and keys are taken by one statement each: whoever inserts the row, or takes over an
//! expired one, has it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::insight::InsightId;
use robotoff_core::vote::Voter;
use robotoff_ports::PortResult;
use robotoff_ports::store::{KeyedRequest, Mission, PeopleStore};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Statement, Value};
use uuid::Uuid;

use crate::connect::Database;
use crate::entity::mission::{Column, Entity};
use crate::error::Context;
use crate::insights::{Marker, new_salt};

const CREATE_MISSION: &str = "
INSERT INTO mission (name, title, filter, goal, ends_at, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING";

const UPDATE_MISSION: &str = "
UPDATE mission SET title = $2, filter = $3, goal = $4, ends_at = $5 WHERE name = $1";

const BEGIN: &str = "
INSERT INTO request_key (id, request, began_at) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET began_at = excluded.began_at
WHERE request_key.response IS NULL AND request_key.began_at < $4
AND request_key.request = excluded.request";

/// Start of the devices that stand for none; the index `vote_known_device_age` names it too.
const EXPIRED: &str = "expired:";
const EXPIRING: &str = "expire the devices of votes";

const VOTES_OF_DEVICE: &str = "
SELECT id, address_hash FROM annotation_vote WHERE insight_id = $1 AND device_id = $2";

const EXPIRE_VOTE: &str = "
UPDATE annotation_vote SET device_id = $2, address_hash = NULL,
    voter_key = CASE WHEN voter_key IS NULL OR username IS NOT NULL THEN voter_key ELSE $3 END,
    mark_salt = $4, device_mark = $5, address_mark = $6
WHERE id = $1";

#[async_trait]
impl PeopleStore for Database {
    async fn missions(&self) -> PortResult<Vec<Mission>> {
        let rows = Entity::find().order_by_asc(Column::Name).all(&self.read);
        let rows = rows.await.context("read missions")?;
        Ok(rows.into_iter().map(Mission::from).collect())
    }

    async fn mission(&self, name: &str) -> PortResult<Option<Mission>> {
        let row = Entity::find_by_id(name.to_owned()).one(&self.read).await;
        Ok(row.context("read a mission")?.map(Mission::from))
    }

    async fn create_mission(&self, mission: &Mission) -> PortResult<bool> {
        let values = [
            mission.name.as_str().into(),
            mission.title.as_str().into(),
            mission.filter.as_str().into(),
            goal(mission).into(),
            mission.ends_at.into(),
            mission.created_by.clone().into(),
            mission.created_at.into(),
        ];
        let created = self.run(CREATE_MISSION, values, "create a mission").await?;
        Ok(created > 0)
    }

    async fn update_mission(&self, mission: &Mission) -> PortResult<bool> {
        let values = [
            mission.name.as_str().into(),
            mission.title.as_str().into(),
            mission.filter.as_str().into(),
            goal(mission).into(),
            mission.ends_at.into(),
        ];
        let updated = self.run(UPDATE_MISSION, values, "update a mission").await?;
        Ok(updated > 0)
    }

    async fn lend(
        &self,
        insights: &[InsightId],
        holder: &str,
        now: NaiveDateTime,
        until: NaiveDateTime,
    ) -> PortResult<Vec<InsightId>> {
        let doing = "lend insights";
        // In one order: two requests that lend the same insights do not block each other.
        let mut ids: Vec<Uuid> = insights.iter().map(|insight| insight.0).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = (0..ids.len()).map(|at| format!("(${}, $1, $2)", at + 4));
        let rows: Vec<String> = rows.collect();
        let sql = format!(
            "INSERT INTO insight_loan (insight_id, holder, ends_at) VALUES {}
             ON CONFLICT (insight_id) DO UPDATE SET holder = excluded.holder,
             ends_at = excluded.ends_at WHERE insight_loan.ends_at <= $3
             RETURNING insight_id",
            rows.join(", ")
        );
        let first: [Value; 3] = [holder.into(), until.into(), now.into()];
        let values = first.into_iter().chain(ids.into_iter().map(Value::from));
        let backend = self.dialect.backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let lent = self.write.query_all_raw(statement).await.context(doing)?;
        let id = |row: &sea_orm::QueryResult| {
            row.try_get("", "insight_id").map(InsightId).context(doing)
        };
        lent.iter().map(id).collect()
    }

    async fn end_loan(&self, insight: InsightId, holder: &str) -> PortResult<()> {
        // Read before: most answers are to insights that are not lent, and a read does not
        // wait for the writer.
        let sql = "SELECT 1 FROM insight_loan WHERE insight_id = $1 AND holder = $2";
        let lent = self.statement(sql, [insight.0.into(), holder.into()]);
        let lent = self.read.query_one_raw(lent).await.context("read a loan")?;
        if lent.is_none() {
            return Ok(());
        }
        let sql = "DELETE FROM insight_loan WHERE insight_id = $1 AND holder = $2";
        let values = [insight.0.into(), holder.into()];
        self.run(sql, values, "end a loan").await?;
        Ok(())
    }

    async fn begin_request(
        &self,
        key: Uuid,
        request: &str,
        now: NaiveDateTime,
        stale: NaiveDateTime,
        expired: NaiveDateTime,
    ) -> PortResult<KeyedRequest> {
        let doing = "begin a request with a key";
        let sql = "DELETE FROM request_key WHERE began_at < $1";
        self.run(sql, [expired.into()], doing).await?;
        let values = [key.into(), request.into(), now.into(), stale.into()];
        if self.run(BEGIN, values, doing).await? > 0 {
            return Ok(KeyedRequest::New);
        }
        let sql = "SELECT request, response FROM request_key WHERE id = $1";
        let statement = self.statement(sql, [key.into()]);
        // From the writer: a reader may not yet see the row that was in the way.
        let row = self.write.query_one_raw(statement).await.context(doing)?;
        let Some(row) = row else {
            // Ended without a response in between: the caller asks again.
            return Ok(KeyedRequest::Running);
        };
        let known: String = row.try_get("", "request").context(doing)?;
        if known != request {
            return Ok(KeyedRequest::Other);
        }
        let response: Option<serde_json::Value> = row.try_get("", "response").context(doing)?;
        Ok(response.map_or(KeyedRequest::Running, KeyedRequest::Done))
    }

    async fn end_request(&self, key: Uuid, response: Option<&serde_json::Value>) -> PortResult<()> {
        let doing = "end a request with a key";
        match response {
            Some(response) => {
                let sql = "UPDATE request_key SET response = $2 WHERE id = $1";
                let values = [key.into(), response.clone().into()];
                self.run(sql, values, doing).await?;
            }
            None => {
                let sql = "DELETE FROM request_key WHERE id = $1 AND response IS NULL";
                self.run(sql, [key.into()], doing).await?;
            }
        }
        Ok(())
    }

    async fn expire_personal_data(&self, before: NaiveDateTime, limit: u64) -> PortResult<u64> {
        let sql = "DELETE FROM insight_loan WHERE ends_at < $1";
        self.run(sql, [before.into()], "delete ended loans").await?;
        self.limited(EXPIRING, self.expire_devices(before, limit))
            .await
    }
}

impl Database {
    async fn expire_devices(&self, before: NaiveDateTime, limit: u64) -> PortResult<u64> {
        let transaction = self.begin().await?;
        let sql = format!(
            "SELECT insight_id, device_id FROM annotation_vote
             WHERE substr(device_id, 1, 8) <> '{EXPIRED}' AND timestamp < $1
             ORDER BY timestamp LIMIT {limit} {}",
            self.dialect.skip_locked()
        );
        let rows = self.statement(&sql, [before.into()]);
        let rows = transaction.query_all_raw(rows).await.context(EXPIRING)?;
        let mut voters: BTreeSet<(Uuid, String)> = BTreeSet::new();
        for row in &rows {
            let insight = row.try_get("", "insight_id").context(EXPIRING)?;
            let device = row.try_get("", "device_id").context(EXPIRING)?;
            voters.insert((insight, device));
        }
        for (insight, device) in voters {
            self.expire_voter(&transaction, insight, &device).await?;
        }
        transaction.commit().await.context(EXPIRING)?;
        Ok(rows.len() as u64)
    }
}

impl Database {
    /// Replaces the device of all votes of it on one insight.
    async fn expire_voter(
        &self,
        transaction: &impl ConnectionTrait,
        insight: Uuid,
        device: &str,
    ) -> PortResult<()> {
        let random = format!("{EXPIRED}{}", Uuid::new_v4().simple());
        // A key is derived from the device unless the voter has a name.
        let key = Voter::Device(random.clone()).key_for(InsightId(insight));
        let votes = self.statement(VOTES_OF_DEVICE, [insight.into(), device.into()]);
        let votes = transaction.query_all_raw(votes).await.context(EXPIRING)?;
        for vote in votes {
            let id: Uuid = vote.try_get("", "id").context(EXPIRING)?;
            let addresses: Option<String> = vote.try_get("", "address_hash").context(EXPIRING)?;
            let salt = new_salt();
            let mark = |value: &str| Marker::of(value).mark(salt);
            let values: [Value; 6] = [
                id.into(),
                random.as_str().into(),
                key.into(),
                salt.into(),
                mark(device).into(),
                addresses.as_deref().map(mark).into(),
            ];
            let expired = self.statement(EXPIRE_VOTE, values);
            transaction.execute_raw(expired).await.context(EXPIRING)?;
        }
        Ok(())
    }
}

fn goal(mission: &Mission) -> Option<i32> {
    mission.goal.and_then(|goal| i32::try_from(goal).ok())
}
