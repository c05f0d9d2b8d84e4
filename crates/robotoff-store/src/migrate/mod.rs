//! Bringing a database up to date: an empty one, our own older one, or that of
//! an existing Robotoff, which is adopted in place.
//!
//! The steps are in `steps` (`step` says of what they are made), their execution in `runner`, the copy that is made of an
//! SQLite file before in `backup`.

mod backup;
mod indexes;
mod runner;
mod step;
mod steps;

use chrono::NaiveDateTime;
use robotoff_ports::{PortError, PortResult};
use sea_orm::ConnectionTrait;

use crate::connect::Database;
use crate::dialect::Dialect;
use crate::error::Context;
pub use backup::back_up;
pub use indexes::{build_missing_indexes, missing_indexes};
use runner::Schema;
use step::StepWork;
use steps::STEPS;

/// The state of a database's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// These steps have not been taken.
    Behind(Vec<&'static str>),
    /// A newer program has taken these steps, which this one cannot work with.
    Beyond(Vec<String>),
}

/// Ends the name of a step that programs of the version before cannot work with. Every other
/// step only adds, so that old and new processes run side by side.
const BREAKING: &str = "_breaking";

/// A step, and the time at which it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRecord {
    pub name: &'static str,
    pub applied_at: Option<NaiveDateTime>,
}

/// A step that would be taken, with its statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSql {
    pub name: &'static str,
    pub statements: Vec<String>,
}

/// Lists all steps in their order.
pub async fn list(database: &Database) -> PortResult<Vec<StepRecord>> {
    let taken = Schema::of(&database.read, database.dialect).taken().await?;
    let record = |name: &'static str| StepRecord {
        name,
        applied_at: taken
            .iter()
            .find(|(taken, _)| taken == name)
            .map(|(_, at)| *at),
    };
    Ok(STEPS.iter().map(|step| record(step.name)).collect())
}

/// Returns whether all steps have been taken.
pub async fn state(database: &Database) -> PortResult<SchemaState> {
    let taken = Schema::of(&database.read, database.dialect).taken().await?;
    let is_known = |name: &str| STEPS.iter().any(|step| step.name == name);
    let is_taken = |name: &str| taken.iter().any(|(taken, _)| taken == name);
    let newer = taken
        .iter()
        .map(|(name, _)| name)
        .filter(|name| name.ends_with(BREAKING) && !is_known(name));
    let newer: Vec<String> = newer.cloned().collect();
    if !newer.is_empty() {
        return Ok(SchemaState::Beyond(newer));
    }
    let names = STEPS.iter().map(|step| step.name);
    let missing: Vec<&str> = names.filter(|name| !is_taken(name)).collect();
    if missing.is_empty() {
        return Ok(SchemaState::Current);
    }
    Ok(SchemaState::Behind(missing))
}

/// Tells whether this program knows a step.
pub(crate) fn is_known(step: &str) -> bool {
    STEPS.iter().any(|known| known.name == step)
}

/// A step that the database has taken and this program does not know.
pub(crate) async fn unknown_step(database: &Database) -> PortResult<Option<String>> {
    let taken = Schema::of(&database.read, database.dialect).taken().await?;
    let mut names = taken.into_iter().map(|(name, _)| name);
    Ok(names.find(|name| !is_known(name)))
}

/// Refuses a database that is not up to date, and names the command that helps.
pub async fn require_current(database: &Database) -> PortResult<()> {
    match state(database).await? {
        SchemaState::Current => Ok(()),
        SchemaState::Behind(missing) => Err(PortError::denied(
            "database",
            format!(
                "its schema lacks {}; run `robotoff migrate`",
                missing.join(", ")
            ),
        )),
        SchemaState::Beyond(newer) => Err(too_old(&newer)),
    }
}

fn too_old(newer: &[String]) -> PortError {
    PortError::denied(
        "database",
        format!(
            "its schema has {}, for which this program is too old; use a newer one",
            newer.join(", ")
        ),
    )
}

/// Returns the SQL of the steps that are missing, and changes no table.
pub async fn dry_run(database: &Database) -> PortResult<Vec<StepSql>> {
    let schema = Schema::of(&database.read, database.dialect);
    let is_adopted =
        database.dialect == Dialect::Postgres && schema.has_table("product_insight").await?;
    let taken = schema.taken().await?;
    let missing = STEPS
        .iter()
        .filter(|step| !taken.iter().any(|(name, _)| name == step.name));
    let steps = missing.map(|step| StepSql {
        name: step.name,
        statements: match step.work {
            StepWork::ServiceTables(_) if is_adopted => {
                vec!["-- the tables of the existing service stay as they are".to_owned()]
            }
            _ => step.sql(database.dialect),
        },
    });
    Ok(steps.collect())
}

/// Takes the steps that are missing, and returns their names. Reports each as it begins.
pub async fn migrate(
    database: &Database,
    begun: impl FnMut(&'static str) + Send,
) -> PortResult<Vec<&'static str>> {
    if let SchemaState::Beyond(newer) = state(database).await? {
        return Err(too_old(&newer));
    }
    runner::migrate(database, begun).await
}

/// Gives up to `limit` adopted insights their random key; returns how many.
pub(crate) async fn fill_random_keys(
    connection: &impl ConnectionTrait,
    dialect: Dialect,
    limit: u64,
) -> PortResult<u64> {
    let filled = connection
        .execute_unprepared(&dialect.fill_random_keys(limit))
        .await
        .context("fill random keys")?;
    Ok(filled.rows_affected())
}
