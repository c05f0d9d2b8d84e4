//! `GET /api/v1/ops/jobs/{id}`: one job, its product, and what it and its like changed there.

use axum::extract::State;
use chrono::NaiveDateTime;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::job::{JobFilter, JobId, JobRecord};
use robotoff_ports::store::EditFilter;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::edits::OpsEdit;
use super::jobs::OpsJob;
use super::{require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};

/// Rows of each list.
const MAX_ROWS: u64 = 50;

/// A job with everything about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsJobDetail {
    job: OpsJob,
    /// Arguments, as stored.
    #[schema(value_type = Object, example = json!({"barcode": "3017620422003", "server_type": "off"}))]
    args: Value,
    /// At most one job of this key waits.
    unique_key: Option<String>,
    #[schema(format = DateTime)]
    lease_until: Option<String>,
    /// Id that the job shares with the request or event that led to it.
    correlation_id: Option<String>,
    product: Option<OpsProduct>,
    /// Insights of the product that were created while the job waited or ran.
    insights: Vec<OpsInsight>,
    /// Edits of the product of the same origin.
    edits: Vec<OpsEdit>,
    /// Other jobs of the same key, newest first.
    related: Vec<OpsJob>,
}

/// Product of a job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsProduct {
    barcode: String,
    server_type: &'static str,
    /// Insights that are stored for it.
    insights: usize,
}

/// An insight.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsInsight {
    id: String,
    kind: String,
    value: Option<String>,
    /// `null` as long as no one has answered.
    annotation: Option<i32>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// Returns a job.
#[utoipa::path(
    get,
    path = "/api/v1/ops/jobs/{id}",
    operation_id = "ops_job",
    tag = "operation",
    params(("id" = i64, Path, example = 17)),
    responses(
        (status = OK, body = OpsJobDetail),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = NOT_FOUND, description = "there is no such job, or no longer", body = ApiError),
    ),
)]
pub(crate) async fn job(
    State(api): State<Api>,
    PathSegment(id): PathSegment,
    request: RequestContext,
) -> Result<Json<OpsJobDetail>, ApiError> {
    require_operator(&request, &api)?;
    let id: i64 = id.parse().map_err(|_| ApiError::not_found())?;
    let job = api.app.ports.queue.job(JobId(id)).await?;
    let job = job.ok_or_else(ApiError::not_found)?;
    let product = product_of(&job);
    let (insights, stored) = match &product {
        Some(product) => insights_of(&api, product, &job).await?,
        None => (Vec::new(), 0),
    };
    Ok(Json(OpsJobDetail {
        edits: match &product {
            Some(product) => edits_of(&api, product, &job).await?,
            None => Vec::new(),
        },
        related: related_to(&api, &job).await?,
        product: product.map(|product| OpsProduct {
            barcode: product.barcode.as_str().to_owned(),
            server_type: product.server_type.name(),
            insights: stored,
        }),
        insights,
        unique_key: job.unique_key.clone(),
        lease_until: job.lease_until.map(utc),
        correlation_id: job.correlation_id.clone(),
        job: OpsJob::from(&job),
        args: job.args,
    }))
}

/// Product in the arguments of a job, or in its key.
fn product_of(job: &JobRecord) -> Option<ProductId> {
    let from_key = || {
        let (server_type, barcode) = job
            .key
            .as_deref()?
            .strip_prefix("product:")?
            .split_once(':')?;
        Some((server_type, barcode))
    };
    let (server_type, barcode) = match job.args.get("barcode").and_then(Value::as_str) {
        Some(barcode) => {
            let server_type = job.args.get("server_type").and_then(Value::as_str);
            (server_type.unwrap_or("off"), barcode)
        }
        None => from_key()?,
    };
    Some(ProductId {
        barcode: Barcode::as_stored(barcode).ok()?,
        server_type: server_type.parse::<ServerType>().ok()?,
    })
}

/// True for what was created from the enqueuing of the job to its end.
fn is_of(job: &JobRecord, at: NaiveDateTime) -> bool {
    at >= job.enqueued_at && job.finished_at.is_none_or(|end| at <= end)
}

async fn insights_of(
    api: &Api,
    product: &ProductId,
    job: &JobRecord,
) -> Result<(Vec<OpsInsight>, usize), ApiError> {
    let snapshot = api.app.ports.store.product_snapshot(product).await?;
    let stored = snapshot.insights.len();
    let created = snapshot.insights.into_iter();
    let created = created.filter(|it| it.timestamp.is_some_and(|at| is_of(job, at)));
    let insights = created.take(MAX_ROWS as usize).map(|insight| OpsInsight {
        id: insight.id.0.to_string(),
        kind: insight.kind.name().to_owned(),
        annotation: insight.verdict.map(|verdict| verdict.code()),
        created_at: insight.timestamp.map(utc).unwrap_or_default(),
        value: insight.value_tag.or(insight.value),
    });
    Ok((insights.collect(), stored))
}

async fn edits_of(
    api: &Api,
    product: &ProductId,
    job: &JobRecord,
) -> Result<Vec<OpsEdit>, ApiError> {
    let filter = EditFilter {
        barcode: Some(product.barcode.clone()),
        server_type: Some(product.server_type),
        ..EditFilter::default()
    };
    let edits = api.app.ports.store.edits(&filter, MAX_ROWS).await?;
    let is_caused = |edit: &&robotoff_core::edit::ProductEdit| {
        let shares = job.correlation_id.is_some() && edit.correlation_id == job.correlation_id;
        shares || is_of(job, edit.created_at)
    };
    Ok(edits.iter().filter(is_caused).map(OpsEdit::from).collect())
}

async fn related_to(api: &Api, job: &JobRecord) -> Result<Vec<OpsJob>, ApiError> {
    let Some(key) = &job.key else {
        return Ok(Vec::new());
    };
    let filter = JobFilter {
        key: Some(key.clone()),
        ..JobFilter::default()
    };
    let jobs = api.app.ports.queue.jobs(&filter, 20).await?;
    let others = jobs.iter().filter(|other| other.id != job.id);
    Ok(others.map(OpsJob::from).collect())
}
