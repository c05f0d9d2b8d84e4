//! `robotoff edits`: edits listed, shown, settled by hand, sent again.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use chrono::NaiveDateTime;
use clap::{Args, Subcommand, ValueEnum};
use robotoff_app::outbox::{OperatorResult, Outbox, SettledAs};
use robotoff_core::edit::{EditId, EditState, ProductEdit};
use robotoff_core::product::{Barcode, ServerType};
use robotoff_ports::store::{EditCursor, EditFilter, EditReads};
use robotoff_ports::{Clock, SystemClock};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::bulk::{Age, BulkFlags, BulkReport, PAGE, check_selection, named, shortened};
use super::{ExitStatus, span};
use crate::config::Config;
use crate::database;

#[derive(Subcommand)]
pub(super) enum EditsCommand {
    /// List edits, newest first.
    List(EditListArgs),
    /// Show one edit.
    Show(EditShowArgs),
    /// Settle edits that wait for a person: look at the product first.
    Settle(EditSettleArgs),
    /// Compare edits with their products again, and send what is missing.
    Retry(EditChangeArgs),
}

#[derive(Args)]
pub(super) struct EditFilterArgs {
    /// sending, retry, accepted, refused, failed, partial, unknown or recorded.
    #[arg(long, value_name = "STATE", value_parser = state_named)]
    state: Option<EditState>,
    /// The product, as stored.
    #[arg(long, value_name = "CODE", value_parser = barcode)]
    barcode: Option<Barcode>,
    /// off, obf, opff, opf or off_pro.
    #[arg(long, value_name = "NAME")]
    server_type: Option<ServerType>,
    /// Edits made longer ago: 15m, 2h, 7d.
    #[arg(long, value_name = "AGE")]
    older_than: Option<Age>,
}

#[derive(Args)]
pub(super) struct EditListArgs {
    #[command(flatten)]
    filter: EditFilterArgs,
    /// The number of edits at most.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u64,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct EditShowArgs {
    id: Uuid,
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct EditSettleArgs {
    /// accepted: the product has it, its insight is closed. refused: it does not have it,
    /// its insight may be asked again.
    #[arg(long = "as", value_name = "RESULT")]
    settled_as: SettledAsName,
    #[command(flatten)]
    change: EditChangeArgs,
}

#[derive(Args)]
pub(super) struct EditChangeArgs {
    /// The ids of the edits.
    ids: Vec<Uuid>,
    #[command(flatten)]
    filter: EditFilterArgs,
    #[command(flatten)]
    bulk: BulkFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SettledAsName {
    Accepted,
    Refused,
}

impl From<SettledAsName> for SettledAs {
    fn from(name: SettledAsName) -> Self {
        match name {
            SettledAsName::Accepted => Self::Accepted,
            SettledAsName::Refused => Self::Refused,
        }
    }
}

fn state_named(text: &str) -> Result<EditState, String> {
    named(text, &EditState::ALL, EditState::name)
}

fn barcode(text: &str) -> Result<Barcode, String> {
    Barcode::as_stored(text).map_err(|error| error.to_string())
}

impl EditFilterArgs {
    fn filter(&self) -> EditFilter {
        EditFilter {
            state: self.state,
            barcode: self.barcode.clone(),
            server_type: self.server_type,
            created_before: self.older_than.map(Age::ago),
            behind: None,
        }
    }
}

/// Change of edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Settle(SettledAs),
    Retry,
}

impl Action {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Settle(SettledAs::Accepted) => ("settle", "settled as accepted"),
            Self::Settle(SettledAs::Refused) => ("settle", "settled as refused"),
            Self::Retry => ("retry", "retried"),
        }
    }

    fn can_act_on(self, state: EditState) -> bool {
        match self {
            Self::Settle(_) => Outbox::can_settle(state),
            Self::Retry => Outbox::can_retry(state),
        }
    }

    async fn run(self, outbox: &Outbox, edit: &ProductEdit) -> Result<OperatorResult> {
        match self {
            Self::Settle(settled_as) => outbox.settle(edit, settled_as).await,
            Self::Retry => outbox.retry(edit).await,
        }
    }
}

pub(super) async fn run(
    config: &Config,
    command: EditsCommand,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let outbox = Outbox::new(Arc::new(database.clone()), Arc::new(SystemClock));
    let done = match command {
        EditsCommand::List(arguments) => list(&database, &arguments).await,
        EditsCommand::Show(arguments) => show(&database, &arguments).await,
        EditsCommand::Settle(arguments) => {
            let action = Action::Settle(arguments.settled_as.into());
            change(&database, &outbox, action, &arguments.change, stop).await
        }
        EditsCommand::Retry(arguments) => {
            change(&database, &outbox, Action::Retry, &arguments, stop).await
        }
    };
    drop(outbox);
    database.close().await?;
    done
}

async fn list(edits: &dyn EditReads, arguments: &EditListArgs) -> Result<ExitStatus> {
    let filter = arguments.filter.filter();
    let found = edits.edits(&filter, arguments.limit);
    let found = found.await.context("cannot list edits")?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let found = found.iter().map(as_json).collect::<Result<Vec<_>>>()?;
        writeln!(out, "{}", json!({ "edits": found }))?;
        return Ok(ExitStatus::Success);
    }
    if found.is_empty() {
        writeln!(out, "no edits")?;
        return Ok(ExitStatus::Success);
    }
    writeln!(
        out,
        "{:<36} {:<8} {:<20} {:<7} {:>8} {:>8}  ERROR",
        "EDIT", "STATE", "PRODUCT", "ACCOUNT", "ATTEMPTS", "AGE"
    )?;
    let now = SystemClock.now();
    for edit in &found {
        writeln!(out, "{}", row(edit, now))?;
    }
    Ok(ExitStatus::Success)
}

fn row(edit: &ProductEdit, now: NaiveDateTime) -> String {
    format!(
        "{:<36} {:<8} {:<20} {:<7} {:>8} {:>8}  {}",
        edit.id.to_string(),
        edit.state.name(),
        format!("{}:{}", edit.product.server_type, edit.product.barcode),
        edit.account.name(),
        edit.attempts,
        span(now - edit.created_at),
        shortened(edit.last_error.as_deref().unwrap_or_default(), 80)
    )
}

async fn show(edits: &dyn EditReads, arguments: &EditShowArgs) -> Result<ExitStatus> {
    let Some(edit) = edits.edit(EditId(arguments.id)).await? else {
        bail!("there is no edit {}", arguments.id);
    };
    let edit = as_json(&edit)?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{edit}")?;
        return Ok(ExitStatus::Success);
    }
    for (name, value) in edit.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::String(text) => writeln!(out, "{name:<16} {text}")?,
            value => writeln!(out, "{name:<16} {value}")?,
        }
    }
    Ok(ExitStatus::Success)
}

fn as_json(edit: &ProductEdit) -> Result<Value> {
    Ok(json!({
        "id": edit.id, "state": edit.state, "barcode": edit.product.barcode.as_str(),
        "server_type": edit.product.server_type.name(), "insight_id": edit.insight.0,
        "account": edit.account, "changes": serde_json::to_value(&edit.changes)?,
        "made": edit.made, "closure": serde_json::to_value(&edit.closure)?, "attempts": edit.attempts,
        "lease_until": edit.lease_until, "last_error": edit.last_error,
        "correlation_id": edit.correlation_id, "created_at": edit.created_at,
        "settled_at": edit.settled_at,
    }))
}

/// Acts on the named edits, or on those that the filter finds.
async fn change(
    edits: &dyn EditReads,
    outbox: &Outbox,
    action: Action,
    arguments: &EditChangeArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let filter = arguments.filter.filter();
    let has_names = !arguments.ids.is_empty();
    if let Err(error) = check_selection(has_names, filter != EditFilter::default(), "edits") {
        eprintln!("robotoff: {error}");
        return Ok(ExitStatus::UsageError);
    }
    let (name, done) = action.words();
    let is_dry_run = !has_names && !arguments.bulk.yes;
    let mut report = BulkReport::new(name, done, "edit", is_dry_run);
    if has_names {
        for id in &arguments.ids {
            match edits.edit(EditId(*id)).await? {
                Some(edit) => change_one(outbox, action, &edit, &mut report).await?,
                None => report.refused(id, "there is no such edit"),
            }
        }
        return report.print(arguments.bulk.json);
    }
    if let Some(state) = filter.state
        && !action.can_act_on(state)
    {
        eprintln!("robotoff: edits that are {state} cannot be {done}");
        return Ok(ExitStatus::UsageError);
    }
    for state in EditState::ALL {
        if action.can_act_on(state) && filter.state.is_none_or(|wanted| wanted == state) {
            let filter = EditFilter {
                state: Some(state),
                ..filter.clone()
            };
            change_found(edits, outbox, action, filter, &mut report, stop).await?;
        }
    }
    report.print(arguments.bulk.json)
}

/// Goes through the pages from the newest edit down, so that none is met twice.
async fn change_found(
    edits: &dyn EditReads,
    outbox: &Outbox,
    action: Action,
    mut filter: EditFilter,
    report: &mut BulkReport,
    stop: &CancellationToken,
) -> Result<()> {
    loop {
        let page = edits.edits(&filter, PAGE).await;
        let page = page.context("cannot read edits")?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        filter.behind = Some(EditCursor::of(last));
        for edit in &page {
            if stop.is_cancelled() {
                report.interrupted();
                return Ok(());
            }
            if report.is_dry_run {
                report.found(|| row(edit, SystemClock.now()));
                continue;
            }
            change_one(outbox, action, edit, report).await?;
        }
    }
}

async fn change_one(
    outbox: &Outbox,
    action: Action,
    edit: &ProductEdit,
    report: &mut BulkReport,
) -> Result<()> {
    let result = action.run(outbox, edit).await;
    match result.with_context(|| format!("cannot {} edit {}", action.words().0, edit.id))? {
        OperatorResult::Done(follows) => report.done(edit.id, follows),
        OperatorResult::NotDone(why) => report.refused(edit.id, why),
    }
    Ok(())
}
