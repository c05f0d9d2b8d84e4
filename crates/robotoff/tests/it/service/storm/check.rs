//! The state after a storm: jobs, edits, votes, processes.

use std::collections::BTreeSet;
use std::process::Command;

use robotoff_core::edit::EditState;
use robotoff_core::insight::{InsightId, Verdict};
use robotoff_core::product::ProductId;
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobFilter, JobRecord, JobState};
use robotoff_ports::store::{EditFilter, EditReads, InsightReads};
use robotoff_store::Database;
use serde_json::Value;

use super::super::TestService;
use super::crowd::AcknowledgedVote;
use super::{Parts, TAG, open};
use crate::processes::wait_for_at_most;

/// Retries of an outage, and of jobs whose worker was killed, take their time.
pub(super) const SETTLE: std::time::Duration = std::time::Duration::from_secs(150);
const ALL: u64 = 100_000;

pub(super) fn check(
    service: &TestService,
    products: &[ProductId],
    votes: &BTreeSet<AcknowledgedVote>,
    parts: &mut Parts<'_>,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let database = runtime.block_on(open(&service.url));
    wait_for_at_most(SETTLE, "the end of all jobs", || {
        runtime.block_on(open_jobs(&database)).is_empty()
    });
    runtime.block_on(async {
        check_ended_jobs(&database).await;
        check_edits(service, &database, products).await;
        check_insights(&database, products).await;
        check_votes(&database, votes).await;
    });
    service.check_no_violations();
    check_processes(service, parts);
    runtime.block_on(database.close()).expect("it closes");
}

/// Jobs that wait or run, those of the schedule left out: they come again and again.
async fn open_jobs(database: &Database) -> Vec<JobRecord> {
    let mut open = Vec::new();
    for state in [JobState::Waiting, JobState::Running] {
        let filter = JobFilter::in_state(state);
        open.extend(database.jobs(&filter, ALL).await.expect("a read"));
    }
    let is_of_schedule = |key: &String| key.starts_with("schedule:");
    open.retain(|job| !job.key.as_ref().is_some_and(is_of_schedule));
    open
}

/// Every job is done, or ended otherwise and says why.
async fn check_ended_jobs(database: &Database) {
    let mut done = 0;
    for state in [JobState::Done, JobState::Dead, JobState::Cancelled] {
        let jobs = database.jobs(&JobFilter::in_state(state), ALL).await;
        for job in jobs.expect("a read") {
            done += usize::from(state == JobState::Done);
            let has_reason = job.last_error.as_ref().is_some_and(|why| !why.is_empty());
            assert!(state == JobState::Done || has_reason, "{job:?}");
        }
    }
    eprintln!("{done} jobs done");
}

/// Each product got its label by exactly one edit, at Product Opener and in our books.
async fn check_edits(service: &TestService, database: &Database, products: &[ProductId]) {
    let edits = service.opener.edits();
    let filter = EditFilter::default();
    let stored = database.edits(&filter, ALL).await.expect("a read");
    for product in products {
        let code = product.barcode.as_str();
        let made = edits.iter().filter(|edit| {
            edit.code == code && edit.fields.get("add_labels").is_some_and(|tag| tag == TAG)
        });
        assert_eq!(made.count(), 1, "edits of {code}");
        let snapshot = database.product_snapshot(product).await.expect("a read");
        let of_tag = |tag: &Option<String>| tag.as_deref() == Some(TAG);
        let insight = snapshot.insights.iter().find(|one| of_tag(&one.value_tag));
        let insight = insight.expect("the insight of the label");
        assert_eq!(insight.verdict, Some(Verdict::Accepted), "{code}");
        let states = stored.iter().filter(|edit| edit.insight == insight.id);
        let states: Vec<EditState> = states.map(|edit| edit.state).collect();
        let live = states.iter().filter(|state| state.is_live()).count();
        let unknown = states.iter().filter(|state| **state == EditState::Unknown);
        assert_eq!((live, unknown.count()), (0, 0), "{code}: {states:?}");
    }
}

/// The text is the same for all products, and so are their insights, each once.
async fn check_insights(database: &Database, products: &[ProductId]) {
    let mut first = None;
    for product in products {
        let snapshot = database.product_snapshot(product).await.expect("a read");
        let insights = snapshot.insights.iter();
        let mut insights: Vec<String> = insights
            .map(|one| format!("{:?} {:?} {:?}", one.kind, one.value_tag, one.value))
            .collect();
        insights.sort();
        let all = insights.clone();
        insights.dedup();
        assert_eq!(all, insights, "an insight of {product} is there twice");
        let first = first.get_or_insert_with(|| all.clone());
        assert_eq!(*first, all, "insights of {product}");
    }
    let count = first.map_or(0, |one| one.len());
    eprintln!("{count} insights of each product");
}

async fn check_votes(database: &Database, votes: &BTreeSet<AcknowledgedVote>) {
    for vote in votes {
        let id = InsightId(vote.insight.parse().expect("an id"));
        let stored = database.votes_on(id).await.expect("a read");
        let is_there = stored.iter().any(|one| one.device_id == vote.device);
        assert!(is_there, "{vote:?} is lost");
    }
    eprintln!("{} votes were acknowledged and stored", votes.len());
}

/// `ps` lists the processes that run; they end in order, and leave no job open.
fn check_processes(service: &TestService, parts: &mut Parts<'_>) {
    let ps = || -> Value { serde_json::from_str(&service.done(&["ps", "--json"])).expect("JSON") };
    let listed = ps();
    let listed = listed["services"].as_array().expect("a list");
    for (name, process) in &parts.running {
        let id = process.0.id();
        let is_listed = listed
            .iter()
            .any(|service| service["process"] == id && service["runs"] == true);
        assert!(is_listed, "{name} ({id}) is not listed: {listed:?}");
    }
    let mut ids = Vec::new();
    for (name, mut process) in std::mem::take(&mut parts.running) {
        ids.push(process.0.id());
        let stop = Command::new("kill")
            .arg(process.0.id().to_string())
            .status();
        assert!(stop.expect("kill runs").success());
        assert!(process.0.wait().expect("it ends").success(), "{name}");
    }
    let after = ps();
    let services = after["services"].as_array().expect("a list");
    let has_left = services
        .iter()
        .all(|service| ids.iter().all(|id| service["process"] != *id));
    assert!(has_left, "{after}");
    let jobs = after["jobs"].as_array().expect("a list");
    let is_running = |count: &Value| count["state"] == "running";
    assert!(!jobs.iter().any(is_running), "{after}");
    assert_eq!(after["paused"].as_array().map(Vec::len), Some(0));
}
