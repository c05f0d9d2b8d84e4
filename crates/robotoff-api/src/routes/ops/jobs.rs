//! `/api/v1/ops/jobs`: jobs listed by filter, and changed one by one or all that match.

use axum::extract::State;
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_app::job_changes::{ChangedJob, JobChange, change_job, changeable_jobs};
use robotoff_ports::job::{JobFilter, JobId, JobRecord, JobState, Queue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ChangeReport, MAX_CHANGED, check_expected, require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsJob {
    pub(super) id: i64,
    #[schema(examples("import_image"))]
    kind: String,
    queue: &'static str,
    /// `waiting`, `running`, `done`, `dead` or `cancelled`.
    state: &'static str,
    priority: i16,
    /// Jobs of one key never run at the same time.
    #[schema(examples("product:off:3017620422003"))]
    key: Option<String>,
    attempts: u32,
    max_attempts: u32,
    /// Attempts in a row that an outage ended; they are not among `attempts`.
    postponed: u32,
    #[schema(format = DateTime)]
    enqueued_at: String,
    /// Time from which it may run.
    #[schema(format = DateTime)]
    run_at: String,
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// Process that runs it, or ran it last.
    worker: Option<String>,
    last_error: Option<String>,
}

impl From<&JobRecord> for OpsJob {
    fn from(job: &JobRecord) -> Self {
        Self {
            id: job.id.0,
            kind: job.kind.clone(),
            queue: job.queue.name(),
            state: job.state.name(),
            priority: job.priority,
            key: job.key.clone(),
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            postponed: job.postponed,
            enqueued_at: utc(job.enqueued_at),
            run_at: utc(job.run_at),
            finished_at: job.finished_at.map(utc),
            worker: job.worker.clone(),
            last_error: job.last_error.clone(),
        }
    }
}

/// A page of jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsJobs {
    jobs: Vec<OpsJob>,
    /// Value of `below` for the next page; null behind the last one.
    next: Option<i64>,
}

/// Jobs that are looked for; what is absent filters out no job.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"state": "dead", "kind": "import_image"}))]
pub(crate) struct JobSelection {
    state: Option<String>,
    queue: Option<String>,
    kind: Option<String>,
    key: Option<String>,
    /// Text in the last error.
    error: Option<String>,
    /// Jobs that were enqueued so many seconds ago or earlier.
    older_than_secs: Option<u32>,
}

impl JobSelection {
    fn of(request: &RequestContext) -> Result<Self, ApiError> {
        let text = |name: &str| request.params.filled(name);
        let secs = request
            .params
            .int_within("older_than_secs", 0, u32::MAX.into())?;
        Ok(Self {
            state: text("state"),
            queue: text("queue"),
            kind: text("kind"),
            key: text("key"),
            error: text("error"),
            older_than_secs: secs.and_then(|secs| u32::try_from(secs).ok()),
        })
    }

    fn filter(self, now: NaiveDateTime) -> Result<JobFilter, ApiError> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let state = match filled(self.state) {
            None => None,
            Some(name) => Some(JobState::from_name(&name).ok_or_else(|| {
                let why = "must be waiting, running, done, dead or cancelled";
                ApiError::invalid("state", why)
            })?),
        };
        let queue = match filled(self.queue) {
            None => None,
            Some(name) => Some(
                Queue::from_name(&name)
                    .ok_or_else(|| ApiError::invalid("queue", "must be high, ml or low"))?,
            ),
        };
        let age = self
            .older_than_secs
            .map(|secs| TimeDelta::seconds(secs.into()));
        Ok(JobFilter {
            state,
            queue,
            kind: filled(self.kind),
            key: filled(self.key),
            error: filled(self.error),
            enqueued_before: age.map(|age| now - age),
            below: None,
        })
    }
}

/// Lists jobs, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/ops/jobs",
    operation_id = "ops_jobs",
    tag = "operation",
    params(
        ("state" = Option<String>, Query, description = "`waiting`, `running`, `done`, `dead` or `cancelled`", example = "dead"),
        ("queue" = Option<String>, Query, description = "`high`, `ml` or `low`"),
        ("kind" = Option<String>, Query, example = "import_image"),
        ("key" = Option<String>, Query, example = "product:off:3017620422003"),
        ("error" = Option<String>, Query, description = "text in the last error"),
        ("older_than_secs" = Option<u32>, Query, description = "seconds since it was enqueued"),
        ("count" = Option<u64>, Query, description = "rows of the page, 25 by default, 500 at most"),
        ("below" = Option<i64>, Query, description = "jobs with lower numbers: `next` of the page before"),
    ),
    responses(
        (status = OK, body = OpsJobs),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn jobs(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsJobs>, ApiError> {
    require_operator(&request, &api)?;
    let count = request.count()?;
    let below = request.params.int_within("below", 0, i64::MAX)?;
    let filter = JobFilter {
        below: below.map(JobId),
        ..JobSelection::of(&request)?.filter(api.app.ports.clock.now())?
    };
    // One more than the page tells whether there is another one.
    let found = api.app.ports.queue.jobs(&filter, count + 1).await?;
    let page = &found[..found.len().min(count as usize)];
    let has_more = found.len() > page.len();
    Ok(Json(OpsJobs {
        next: page.last().filter(|_| has_more).map(|last| last.id.0),
        jobs: page.iter().map(OpsJob::from).collect(),
    }))
}

/// Change of jobs: of those that are named, or of all that a filter finds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "retry", "filter": {"state": "dead"}, "expected": 3}))]
pub(crate) struct JobsChange {
    /// `retry` dead or cancelled jobs, `cancel` waiting or running ones, `discard` those that
    /// wait, are dead or are cancelled: their work is given up.
    action: String,
    /// Numbers of jobs, at most 2000.
    #[serde(default)]
    #[schema(max_items = 2000)]
    ids: Vec<i64>,
    #[serde(default)]
    filter: Option<JobSelection>,
    /// Count the rows and change none.
    #[serde(default)]
    dry_run: bool,
    /// Number of rows that a dry run has found. When another number matches by now, no row is
    /// changed.
    #[serde(default)]
    expected: Option<usize>,
}

/// Retries, cancels or discards jobs. A filter changes jobs only if as many match as `expected`
/// says, which a dry run returns.
#[utoipa::path(
    post,
    path = "/api/v1/ops/jobs",
    operation_id = "ops_change_jobs",
    tag = "operation",
    request_body = JobsChange,
    responses(
        (status = OK, body = ChangeReport),
        (status = BAD_REQUEST, description = "the body is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = CONFLICT, description = "another number of jobs matches by now", body = ApiError),
    ),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<ChangeReport>, ApiError> {
    require_operator(&request, &api)?;
    let body: JobsChange = request.json()?;
    let change = JobChange::from_name(&body.action)
        .ok_or_else(|| ApiError::invalid_body("`action` must be retry, cancel or discard"))?;
    let queue = &*api.app.ports.queue;
    let stop = &api.live.stop();
    let (ids, is_found) = match (body.ids.is_empty(), body.filter) {
        (false, None) if body.ids.len() <= MAX_CHANGED => (body.ids, false),
        (true, Some(selection)) => {
            let filter = selection.filter(api.app.ports.clock.now())?;
            let found = changeable_jobs(queue, change, &filter, MAX_CHANGED, stop).await?;
            (found.iter().map(|job| job.id.0).collect(), true)
        }
        _ => {
            let why = format!("either `ids`, at most {MAX_CHANGED}, or `filter` is expected");
            return Err(ApiError::invalid_body(why));
        }
    };
    let mut report = ChangeReport::of(ids.len(), body.dry_run);
    if report.is_dry_run {
        return Ok(Json(report));
    }
    if is_found {
        check_expected(body.expected, ids.len())?;
    }
    for id in ids {
        if stop.is_cancelled() {
            report.is_capped = true;
            break;
        }
        report.add(
            id,
            match change_job(queue, change, JobId(id)).await? {
                ChangedJob::Done(_) => Ok(()),
                ChangedJob::Refused(why) => Err(why),
            },
        );
    }
    request.note_subject(format!("{} {} jobs", body.action, report.changed));
    Ok(Json(report))
}
