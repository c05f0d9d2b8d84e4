//! Indexes that the steps have built and that are not there any more, or only half-built.

use robotoff_ports::PortResult;
use sea_orm::{ConnectionTrait, Statement};

use super::list;
use super::runner::build_indexes;
use super::step::{IndexSpec, StepWork};
use super::steps::STEPS;
use crate::connect::Database;
use crate::error::Context;

/// Names of the indexes of taken steps that are missing. On PostgreSQL, one that was left
/// half-built is there without being used.
pub async fn missing_indexes(database: &Database) -> PortResult<Vec<String>> {
    let missing = missing(database).await?;
    Ok(missing.iter().map(|index| index.name.to_owned()).collect())
}

/// Builds them beside the traffic; returns the names of those that were built.
pub async fn build_missing_indexes(database: &Database) -> PortResult<Vec<String>> {
    let missing = missing(database).await?;
    build_indexes(database, &missing).await?;
    Ok(missing.iter().map(|index| index.name.to_owned()).collect())
}

async fn missing(database: &Database) -> PortResult<Vec<&'static IndexSpec>> {
    let doing = "read the indexes";
    let backend = database.dialect.backend();
    let statement = Statement::from_string(backend, database.dialect.indexes());
    let rows = database
        .read
        .query_all_raw(statement)
        .await
        .context(doing)?;
    let mut present = Vec::new();
    for row in rows {
        let name: String = row.try_get_by_index(0).context(doing)?;
        present.push(name);
    }
    let taken = list(database).await?;
    let is_taken = |name: &str| {
        let step = taken.iter().find(|step| step.name == name);
        step.is_some_and(|step| step.applied_at.is_some())
    };
    let mut specs: Vec<&IndexSpec> = Vec::new();
    for step in STEPS.iter().filter(|step| is_taken(step.name)) {
        if let StepWork::Indexes(indexes) = &step.work {
            specs.extend(indexes.iter());
        }
    }
    let is_missing = |index: &&IndexSpec| {
        index.is_of(database.dialect) && !present.iter().any(|name| name == index.name)
    };
    Ok(specs.into_iter().filter(is_missing).collect())
}
