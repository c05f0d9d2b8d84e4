//! Names of the metrics, and the functions that record them.
//!
//! A recorder is installed by the program; without one, recording costs a branch. Labels
//! have few values: kinds and results, never products, users or addresses. Metrics of the
//! state of tables are read when they are scraped, by queries whose cost does not grow with
//! the table.

use std::time::Duration;

use ::metrics::{counter, gauge, histogram};
use robotoff_core::event::EventStream;
use robotoff_core::insight::AnswerResult;
use robotoff_ports::BlockingCounts;
use robotoff_ports::events::StreamState;
use robotoff_ports::job::{JobCount, JobState, Queue, Report};
use robotoff_ports::store::{EventCounts, InsightTally};

use crate::tally;

/// A metric, as its help text describes it.
pub struct MetricHelp {
    pub name: &'static str,
    pub help: &'static str,
}

const fn metric(name: &'static str, help: &'static str) -> MetricHelp {
    MetricHelp { name, help }
}

const JOBS: &str = "robotoff_jobs_total";
const JOB_SECONDS: &str = "robotoff_job_duration_seconds";
const QUEUED: &str = "robotoff_queued_jobs";
const PAUSED: &str = "robotoff_queue_paused";
const ANSWERS: &str = "robotoff_answers_total";
const EDITS: &str = "robotoff_edits_total";
const EXTRACTION_SECONDS: &str = "robotoff_extraction_duration_seconds";
const PREDICTIONS: &str = "robotoff_predictions_total";
const PLANNED: &str = "robotoff_planned_insights_total";
const INSIGHTS: &str = "robotoff_insights";
const REQUESTS: &str = "robotoff_http_requests_total";
const REQUEST_SECONDS: &str = "robotoff_http_request_duration_seconds";
const CONNECTIONS: &str = "robotoff_database_connections";
const UNREADABLE: &str = "robotoff_unreadable_rows";
const OUTLIVING: &str = "robotoff_blocking_work_outliving";
const OUTLIVED: &str = "robotoff_blocking_work_outlived_total";
const BUILD: &str = "robotoff_build_info";
const EVENTS: &str = "robotoff_events_total";
const EVENT_LAG: &str = "robotoff_event_lag_seconds";
const EVENTS_WAITING: &str = "robotoff_events_waiting";
const EVENTS_PENDING: &str = "robotoff_events_pending";
const DATA_AGE: &str = "robotoff_data_age_seconds";
const SCHEDULES: &str = "robotoff_schedule_fired_total";

/// Start of the routes of the dashboard.
const OPS_ROUTES: &str = "/api/v1/ops/";

/// Every metric that this program records by itself.
pub const METRICS: &[MetricHelp] = &[
    metric(JOBS, "Attempts of jobs, by kind and result."),
    metric(JOB_SECONDS, "Duration of attempts of jobs, by kind."),
    metric(QUEUED, "Jobs by queue and state; counting stops at 1001."),
    metric(PAUSED, "1 for a queue that is paused."),
    metric(ANSWERS, "Answers of people, by result."),
    metric(EDITS, "Edits that were sent, by outcome."),
    metric(
        EXTRACTION_SECONDS,
        "Duration of reading the text of one image.",
    ),
    metric(PREDICTIONS, "Predictions that were read, by kind."),
    metric(
        PLANNED,
        "Insights that were created, updated and deleted by plans.",
    ),
    metric(
        INSIGHTS,
        "Insights by kind, verdict and origin, as counted once a day.",
    ),
    metric(
        REQUESTS,
        "Requests of the API, by route, method and status.",
    ),
    metric(
        REQUEST_SECONDS,
        "Duration of requests of the API, by route.",
    ),
    metric(
        CONNECTIONS,
        "Connections to the database, by pool and state.",
    ),
    metric(
        UNREADABLE,
        "Rows that were left out of answers because they cannot be read.",
    ),
    metric(
        OUTLIVING,
        "Pieces of work that hold a thread although their job or request has ended.",
    ),
    metric(
        OUTLIVED,
        "Pieces of work that held a thread after the end of their job or request.",
    ),
    metric(BUILD, "1; the version is a label."),
    metric(EVENTS, "Events that were read from streams, by result."),
    metric(
        EVENT_LAG,
        "Time between an entry of a stream and the commit of its jobs; 0 when none waits.",
    ),
    metric(
        EVENTS_WAITING,
        "Entries of a stream that no listener has taken.",
    ),
    metric(
        EVENTS_PENDING,
        "Entries of a stream that are taken and not acknowledged.",
    ),
    metric(DATA_AGE, "Time since a file of data was fetched."),
    metric(SCHEDULES, "Firings of periodic jobs, by name."),
];

/// Records an attempt of a job. `None`: its lease was lost.
pub(crate) fn job_attempt(kind: &str, report: Option<&Report>, took: Duration) {
    let result = match report {
        Some(Report::Done) => "done",
        Some(Report::Skipped { .. }) => "skipped",
        Some(Report::Failed { .. }) => "failed",
        Some(Report::Postponed { .. }) => "postponed",
        Some(Report::Discard { .. }) => "discarded",
        Some(Report::Released) => "released",
        Some(Report::Cancelled) => "cancelled",
        None => "lease_lost",
    };
    counter!(JOBS, "kind" => kind.to_owned(), "result" => result).increment(1);
    histogram!(JOB_SECONDS, "kind" => kind.to_owned()).record(took.as_secs_f64());
    tally::count(&format!("job:{kind}:{result}"));
    tally::time(&["job", &format!("job:{kind}")], took);
}

/// Sets the numbers of jobs. A queue and state without jobs is set to zero, or it would keep
/// the number that it had before.
pub fn queued_jobs(counts: &[JobCount], paused: &[Queue]) {
    for queue in Queue::ALL {
        let is_paused = paused.contains(&queue);
        gauge!(PAUSED, "queue" => queue.name()).set(f64::from(u8::from(is_paused)));
        for state in JobState::ALL {
            let count = counts
                .iter()
                .find(|count| count.queue == queue && count.state == state);
            let jobs = count.map_or(0, |count| count.jobs + u64::from(count.is_capped));
            gauge!(QUEUED, "queue" => queue.name(), "state" => state.name()).set(jobs as f64);
        }
    }
}

/// Sets the numbers of connections of a pool.
pub fn connections(pool: &'static str, open: u32, idle: usize) {
    let busy = f64::from(open) - idle as f64;
    gauge!(CONNECTIONS, "pool" => pool, "state" => "idle").set(idle as f64);
    gauge!(CONNECTIONS, "pool" => pool, "state" => "busy").set(busy.max(0.0));
}

/// Sets the number of rows that cannot be read.
pub fn unreadable_rows(rows: u64) {
    gauge!(UNREADABLE).set(rows as f64);
}

/// Sets the numbers of pieces of work on threads that nobody waits for.
pub fn blocking_work(counts: &BlockingCounts) {
    gauge!(OUTLIVING).set(counts.outliving() as f64);
    counter!(OUTLIVED).absolute(counts.outlived());
}

/// Sets the version of this program and the part that the process runs.
pub fn version(version: &'static str, part: &'static str) {
    gauge!(BUILD, "version" => version, "part" => part).set(1.0);
}

/// Records the answer of a person. `None`: the service failed.
pub(crate) fn answer(result: Option<AnswerResult>) {
    let result = result.map_or("error".to_owned(), |result| format!("{result:?}"));
    tally::count(&format!("answer:{result}"));
    counter!(ANSWERS, "result" => result).increment(1);
}

/// Records an edit that was sent.
pub(crate) fn edit(outcome: &'static str) {
    counter!(EDITS, "outcome" => outcome).increment(1);
    tally::count(&format!("edit:{outcome}"));
}

/// Records the reading of a text.
pub(crate) fn extraction(took: Duration, kinds: impl Iterator<Item = &'static str>) {
    histogram!(EXTRACTION_SECONDS).record(took.as_secs_f64());
    for kind in kinds {
        counter!(PREDICTIONS, "kind" => kind).increment(1);
    }
}

/// Records changes of insights that a plan made.
pub(crate) fn planned(change: &'static str, insights: u64) {
    if insights > 0 {
        counter!(PLANNED, "change" => change).increment(insights);
    }
}

/// Sets the numbers of insights.
pub(crate) fn insight_tallies(tallies: &[InsightTally]) {
    for tally in tallies {
        let verdict = tally.verdict.map(|verdict| verdict.to_string());
        gauge!(
            INSIGHTS,
            "type" => tally.kind.clone(),
            "annotation" => verdict.unwrap_or_default(),
            "automatic_processing" => tally.automatic.to_string(),
            "predictor" => tally.predictor.clone().unwrap_or_default(),
            "reserved_barcode" => tally.reserved_barcode.to_string(),
            "server_type" => tally.server_type.clone().unwrap_or_default(),
        )
        .set(tally.insights as f64);
    }
}

/// Records a request of the API. The route is its pattern, not its path.
pub fn request(method: &'static str, route: &str, status: u16, took: Duration) {
    counter!(
        REQUESTS, "method" => method, "route" => route.to_owned(), "status" => status.to_string()
    )
    .increment(1);
    histogram!(REQUEST_SECONDS, "route" => route.to_owned()).record(took.as_secs_f64());
    // Those of the dashboard itself would hide those of people in quiet hours.
    if !route.starts_with(OPS_ROUTES) {
        tally::count(&format!("request:{}xx", status / 100));
        tally::time(&["request"], took);
    }
}

/// Records events that were stored.
pub(crate) fn events_stored(counts: &EventCounts) {
    for (result, events) in [
        ("new", counts.new),
        ("known", counts.known),
        ("parked", counts.parked),
    ] {
        if events > 0 {
            counter!(EVENTS, "result" => result).increment(events);
        }
    }
}

/// Sets the lag of a stream.
pub(crate) fn event_lag(stream: EventStream, lag: Duration) {
    gauge!(EVENT_LAG, "stream" => stream.name()).set(lag.as_secs_f64());
}

/// Sets the numbers of entries of a stream that are on their way.
pub(crate) fn event_stream(state: &StreamState) {
    let stream = state.stream.name();
    if let Some(waiting) = state.waiting {
        gauge!(EVENTS_WAITING, "stream" => stream).set(waiting as f64);
    }
    gauge!(EVENTS_PENDING, "stream" => stream).set(state.pending as f64);
}

/// Sets the age of a file of data.
pub fn data_age(file: &'static str, age: Duration) {
    gauge!(DATA_AGE, "file" => file).set(age.as_secs_f64());
}

/// Records the firing of a periodic job.
pub(crate) fn schedule_fired(name: &'static str) {
    counter!(SCHEDULES, "name" => name).increment(1);
}
