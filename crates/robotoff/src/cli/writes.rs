//! `robotoff writes`: the record of the requests that wrote.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use robotoff_ports::store::AccessStore;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::database;

#[derive(Args)]
pub(super) struct WritesArgs {
    /// One actor: "user NAME", "token NAME" or "device ID".
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// The number of records at most.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u64,
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    config: &Config,
    arguments: &WritesArgs,
    stop: &CancellationToken,
) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    let actor = arguments.actor.as_deref();
    let records = database.writes(actor, arguments.limit).await?;
    database.close().await?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let records = records.iter().map(|record| {
            json!({
                "at": record.at.and_utc().to_rfc3339(), "actor": record.actor,
                "action": record.action, "status": record.status,
                "request_id": record.request_id,
            })
        });
        let records: Vec<Value> = records.collect();
        writeln!(out, "{}", json!({ "writes": records }))?;
        return Ok(());
    }
    for record in &records {
        let at = record.at.format("%F %T");
        let (actor, action, status) = (&record.actor, &record.action, record.status);
        writeln!(
            out,
            "{at}  {status}  {actor}  {action}  {}",
            record.request_id
        )?;
    }
    Ok(())
}
