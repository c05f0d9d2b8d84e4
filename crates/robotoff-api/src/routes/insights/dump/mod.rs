//! `GET /api/v1/insights/dump`: an export of insights, however many there are
//! (`docs/reference/api.md` 2.11).
//!
//! The rows are read in batches and written as they come, so that memory does not grow with
//! their number, and a slow reader holds no statement open. An export that broke off is
//! resumed behind the last row that arrived.

mod csv;
mod parquet;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use futures_util::stream;
use robotoff_app::App;
use robotoff_core::insight::Insight;
use robotoff_ports::BlockingPool;
use robotoff_ports::store::{InsightBatch, InsightCursor, InsightFilter};
use utoipa::IntoParams;

use self::parquet::ParquetFile;
use super::body::InsightBody;
use super::kinds;
use crate::Api;
use crate::cursor::place;
use crate::error::ApiError;
use crate::request_context::RequestContext;

/// Rows that are read at a time.
const BATCH: u64 = 1000;

/// Rows as bytes of the format.
enum Encoder {
    /// With the line of names, until it is written.
    Csv(String),
    JsonLines,
    /// The file, until it is finished.
    Parquet(Option<Box<ParquetFile>>),
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
    /// One of csv, jsonl, parquet.
    #[param(default = "csv")]
    format: Option<String>,
    /// Rows behind this one: its `timestamp`, an underscore, its `id`.
    #[param(example = "2024-01-01T15:00:01.000137_f0769ac8-f7eb-5453-a273-54697ce420d2")]
    after: Option<String>,
}

/// Exports insights, by time, then id.
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
            (String = "application/vnd.apache.parquet"),
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
    let encoder = match params.filled("format").as_deref() {
        None | Some("csv") => Encoder::Csv(csv::head()),
        Some("jsonl") => Encoder::JsonLines,
        Some("parquet") => Encoder::Parquet(Some(Box::new(ParquetFile::new()?))),
        Some(_) => return Err(ApiError::invalid("format", "must be csv, jsonl or parquet")),
    };
    let limit = params.int_within("count", 0, i64::MAX)?;
    let limit = limit.map_or(u64::MAX, i64::unsigned_abs);
    let after = params
        .filled("after")
        .map(|text| place(&text))
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
        after,
        left: limit,
        is_empty: true,
    };
    let media_type = [(header::CONTENT_TYPE, encoder.media_type())];
    // Before the response begins: no rows, and a failing store, have a status of their own.
    let (first, encoder) = export.next_bytes(encoder).await?;
    let Some(first) = first else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let start = (export, encoder, Some(first));
    let bytes = stream::try_unfold(start, |(mut export, encoder, ready)| async move {
        let (bytes, encoder) = match ready {
            Some(bytes) => (Some(bytes), encoder),
            None => export.next_bytes(encoder).await?,
        };
        anyhow::Ok(bytes.map(|bytes| (bytes, (export, encoder, None))))
    });
    Ok((media_type, Body::from_stream(bytes)).into_response())
}

/// An export in progress.
struct Export {
    app: Arc<App>,
    filter: InsightFilter,
    after: Option<InsightCursor>,
    /// Number of rows that may still be written.
    left: u64,
    /// No row has been read.
    is_empty: bool,
}

impl Export {
    /// The next bytes, and the encoder of those behind them; `None` behind the last ones.
    async fn next_bytes(
        &mut self,
        mut encoder: Encoder,
    ) -> anyhow::Result<(Option<Bytes>, Encoder)> {
        let mut bytes = Vec::new();
        while self.left > 0 && bytes.is_empty() {
            let limit = self.left.min(BATCH);
            let batch = self.app.insights.batch(&self.filter, self.after, limit);
            let InsightBatch { insights, next } = batch.await?;
            self.left -= limit;
            if next.is_none() {
                self.left = 0;
            }
            self.after = next;
            if insights.is_empty() {
                continue;
            }
            self.is_empty = false;
            (bytes, encoder) = encoder.encode(insights).await?;
        }
        if self.left == 0 && !self.is_empty {
            (bytes, encoder) = encoder.finish(bytes).await?;
        }
        Ok(((!bytes.is_empty()).then(|| bytes.into()), encoder))
    }
}

impl Encoder {
    const fn media_type(&self) -> &'static str {
        match self {
            Self::Csv(_) => "text/csv",
            Self::JsonLines => "application/x-ndjson",
            Self::Parquet(_) => "application/vnd.apache.parquet",
        }
    }

    /// Bytes of the insights that are ready. On a thread of its own: 1,000 rows take some
    /// milliseconds, and a group of a Parquet file some hundred.
    async fn encode(mut self, insights: Vec<Insight>) -> anyhow::Result<(Vec<u8>, Self)> {
        let encode = move || {
            let bytes = self.encode_now(insights)?;
            anyhow::Ok((bytes, self))
        };
        BlockingPool::shared().run(encode).await?
    }

    fn encode_now(&mut self, insights: Vec<Insight>) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Csv(head) => {
                let mut lines = std::mem::take(head);
                for insight in insights {
                    // By its text: a 4-byte number becomes another one as a value.
                    let text = serde_json::to_string(&InsightBody::from(insight))?;
                    csv::write(&serde_json::from_str(&text)?, &mut lines);
                }
                Ok(lines.into_bytes())
            }
            Self::JsonLines => {
                let mut lines = Vec::new();
                for insight in insights {
                    serde_json::to_writer(&mut lines, &InsightBody::from(insight))?;
                    lines.push(b'\n');
                }
                Ok(lines)
            }
            Self::Parquet(Some(file)) => file.write(insights),
            Self::Parquet(None) => Ok(Vec::new()),
        }
    }

    /// The bytes, and those behind the last row, once.
    async fn finish(mut self, mut bytes: Vec<u8>) -> anyhow::Result<(Vec<u8>, Self)> {
        if let Self::Parquet(file) = &mut self
            && let Some(file) = file.take()
        {
            let rest = BlockingPool::shared().run(move || file.finish()).await??;
            bytes.extend(rest);
        }
        Ok((bytes, self))
    }
}
