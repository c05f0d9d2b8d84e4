//! `GET /api/v1/insights/dump`: an export of insights, however many there are
//! (`docs/reference/api.md` 2.11).
//!
//! The rows are read in batches and written as they come, so that memory does not grow with
//! their number, and a slow reader holds no statement open. An export that broke off is
//! resumed behind the last row that arrived.

mod csv;

use std::str::FromStr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use chrono::NaiveDateTime;
use futures_util::stream;
use robotoff_app::App;
use robotoff_core::insight::{Insight, InsightId};
use robotoff_ports::store::{InsightBatch, InsightCursor, InsightFilter};
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::InsightBody;
use super::kinds;
use crate::Api;
use crate::error::ApiError;
use crate::request_context::RequestContext;

/// Rows that are read at a time.
const BATCH: u64 = 1000;

/// Format of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DumpFormat {
    Csv,
    JsonLines,
}

/// Parameters of `/insights/dump`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct DumpQuery {
    /// Only these types, at most 10; separated by commas. By default all.
    insight_types: Option<String>,
    barcode: Option<String>,
    /// True: answered ones; false: open ones.
    annotated: Option<bool>,
    value_tag: Option<String>,
    /// Largest number of rows; by default all.
    #[param(minimum = 0)]
    count: Option<u64>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// One of csv, jsonl.
    #[param(default = "csv")]
    format: Option<String>,
    /// Rows behind this one: its `timestamp`, an underscore, its `id`.
    #[param(example = "2024-01-01T15:00:01.000137_f0769ac8-f7eb-5453-a273-54697ce420d2")]
    after: Option<String>,
}

/// Exports insights, by time, then id: a line for each.
#[utoipa::path(
    get,
    path = "/api/v1/insights/dump",
    operation_id = "dump_insights",
    tag = "insights",
    params(DumpQuery),
    responses(
        (status = OK, content(
            (String = "text/csv"),
            (String = "application/x-ndjson"),
        )),
        (status = NO_CONTENT, description = "no insight matches"),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn dump(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Response<Body>, ApiError> {
    let params = &request.params;
    let format = match params.filled("format").as_deref() {
        None | Some("csv") => DumpFormat::Csv,
        Some("jsonl") => DumpFormat::JsonLines,
        Some(_) => return Err(ApiError::invalid("format", "must be csv or jsonl")),
    };
    let limit = params.int_within("count", 0, i64::MAX)?;
    let limit = limit.map_or(u64::MAX, i64::unsigned_abs);
    let after = params
        .filled("after")
        .map(|text| cursor(&text))
        .transpose()?;
    // A blank flag is false here, and true everywhere else.
    let answered = match params.scalar("annotated").as_deref() {
        Some("") => Some(false),
        Some(_) | None => params.flag("annotated")?,
    };
    let filter = InsightFilter {
        server_type: request.server_type()?,
        barcodes: request.barcodes(),
        kinds: params.list("insight_types").map(|names| kinds(&names)),
        answered,
        value_tag: params.filled("value_tag"),
        ..InsightFilter::default()
    };
    let mut export = Export {
        app: api.app,
        filter,
        format,
        after,
        left: limit,
        head: format.head(),
    };
    // Before the response begins: no rows, and a failing store, have a status of their own.
    let first = export.next_batch().await?;
    let Some(first) = first else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let rows = stream::try_unfold((export, Some(first)), |(mut export, ready)| async move {
        let batch = match ready {
            Some(batch) => Some(batch),
            None => export.next_batch().await?,
        };
        anyhow::Ok(batch.map(|batch| (batch, (export, None))))
    });
    let media_type = [(header::CONTENT_TYPE, format.media_type())];
    Ok((media_type, Body::from_stream(rows)).into_response())
}

/// Place behind the row: its time, if it has one, an underscore, its id.
fn cursor(text: &str) -> Result<InsightCursor, ApiError> {
    let parse = || {
        let (at, id) = text.rsplit_once('_')?;
        let timestamp = match at {
            "" => None,
            at => Some(NaiveDateTime::from_str(at).ok()?),
        };
        Some(InsightCursor {
            rank: None,
            timestamp,
            id: InsightId(Uuid::parse_str(id).ok()?),
        })
    };
    parse()
        .ok_or_else(|| ApiError::invalid("after", "must be a timestamp, an underscore and an id"))
}

/// An export in progress.
struct Export {
    app: Arc<App>,
    filter: InsightFilter,
    format: DumpFormat,
    after: Option<InsightCursor>,
    /// Number of rows that may still be written.
    left: u64,
    /// Text before the first row.
    head: String,
}

impl Export {
    /// Lines of the next rows; `None` behind the last one.
    async fn next_batch(&mut self) -> anyhow::Result<Option<Bytes>> {
        let mut lines = String::new();
        while self.left > 0 && lines.is_empty() {
            let limit = self.left.min(BATCH);
            let batch = self.app.insights.batch(&self.filter, self.after, limit);
            let InsightBatch { insights, next } = batch.await?;
            self.left -= limit;
            if next.is_none() {
                self.left = 0;
            }
            self.after = next;
            if !insights.is_empty() {
                lines.push_str(&std::mem::take(&mut self.head));
            }
            for insight in insights {
                self.format.write(insight, &mut lines)?;
            }
        }
        Ok((!lines.is_empty()).then(|| Bytes::from(lines)))
    }
}

impl DumpFormat {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    fn head(self) -> String {
        match self {
            Self::Csv => csv::head(),
            Self::JsonLines => String::new(),
        }
    }

    fn write(self, insight: Insight, lines: &mut String) -> anyhow::Result<()> {
        let insight = InsightBody::from(insight);
        match self {
            // By its text: a 4-byte number becomes another one as a value.
            Self::Csv => {
                let text = serde_json::to_string(&insight)?;
                csv::write(&serde_json::from_str(&text)?, lines);
            }
            Self::JsonLines => {
                lines.push_str(&serde_json::to_string(&insight)?);
                lines.push('\n');
            }
        }
        Ok(())
    }
}
