//! One download: conditional, resumed, bounded.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use reqwest::header::{
    CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use reqwest::{Response, StatusCode};
use robotoff_ports::{PortError, PortResult};

use super::PullSettings;
use super::asset::Asset;
use super::folder::{FilePlaces, PartRecord};
use crate::http::{Http, passing_failure, url};

pub(super) struct Download<'a> {
    pub(super) http: &'a Http,
    pub(super) settings: &'a PullSettings,
    pub(super) asset: &'a Asset,
    pub(super) places: &'a FilePlaces,
    pub(super) url: &'a str,
    /// ETag of the present file.
    pub(super) known_etag: Option<&'a str>,
    pub(super) progress: &'a (dyn Fn(u64, Option<u64>) + Sync),
}

/// A response whose body is the file, from some byte on.
struct Body {
    response: Response,
    etag: Option<String>,
    from: u64,
    /// Bytes of the whole file.
    total: Option<u64>,
}

impl Download<'_> {
    /// Fetches the file into its part; its ETag. `None`: the present file is the server's.
    pub(super) async fn run(&self) -> PortResult<Option<Option<String>>> {
        let mut pause = self.settings.first_pause;
        let mut attempts_left = self.settings.attempts;
        loop {
            attempts_left = attempts_left.saturating_sub(1);
            match self.attempt().await {
                Err(error) if error.is_retryable() && attempts_left > 0 => {
                    tokio::time::sleep(pause).await;
                }
                ended => return ended,
            }
            pause *= 2;
        }
    }

    async fn attempt(&self) -> PortResult<Option<Option<String>>> {
        let part = self.places.resumable(self.url);
        let Some(body) = self.request(part).await? else {
            return Ok(None);
        };
        let etag = body.etag.clone();
        self.save(body).await?;
        Ok(Some(etag))
    }

    /// Asks for the file, or for the rest of the part.
    async fn request(&self, part: Option<(PartRecord, u64)>) -> PortResult<Option<Body>> {
        let mut headers = HeaderMap::new();
        match (&part, self.known_etag) {
            (Some((record, bytes)), _) => {
                insert(&mut headers, RANGE, &format!("bytes={bytes}-"));
                insert(&mut headers, IF_RANGE, &record.etag);
            }
            (None, Some(etag)) => insert(&mut headers, IF_NONE_MATCH, etag),
            (None, None) => {}
        }
        let address = url(self.url, self.url)?;
        let response = self.http.open(self.url, &address, headers).await?;
        let etag = response.headers().get(ETAG);
        let etag = etag.and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let status = response.status();
        if let Some(why) = passing_failure(status) {
            return Err(PortError::unavailable(self.url, why));
        }
        match (status, part) {
            (StatusCode::NOT_MODIFIED, _) => Ok(None),
            // A server that knows no conditions names the same file.
            (StatusCode::OK, _) if etag.is_some() && etag.as_deref() == self.known_etag => Ok(None),
            (StatusCode::OK, _) => Ok(Some(Body {
                from: 0,
                total: response.content_length(),
                etag,
                response,
            })),
            (StatusCode::PARTIAL_CONTENT, Some((record, bytes))) => {
                let total = range_after(&response, bytes);
                if total.is_none() || etag.as_ref().is_some_and(|etag| *etag != record.etag) {
                    self.places.discard_part();
                    let why = "its answer is not the rest of the file";
                    return Err(PortError::unavailable(self.url, why));
                }
                Ok(Some(Body {
                    from: bytes,
                    total,
                    etag: Some(record.etag),
                    response,
                }))
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => {
                self.places.discard_part();
                Err(PortError::unavailable(self.url, "it has no such range"))
            }
            (status, _) => Err(PortError::denied(self.url, format!("HTTP {status}"))),
        }
    }

    /// Writes the body behind the part. What was written stays when it breaks off.
    async fn save(&self, body: Body) -> PortResult<()> {
        let failed = |error: io::Error| {
            let what = format!("cannot write {}", self.places.part.display());
            PortError::defect(what, error)
        };
        let file = match body.from {
            0 => {
                let strong = body.etag.clone().filter(|etag| !etag.starts_with("W/"));
                let record = strong.map(|etag| PartRecord {
                    url: self.url.to_owned(),
                    etag,
                });
                self.places.begin_part(record.as_ref())
            }
            _ => self.places.resume_part(),
        };
        let mut file = BufWriter::with_capacity(256 << 10, file.map_err(failed)?);
        let (from, total) = (body.from, body.total);
        let saved = self.copy(body, &mut file).await;
        let flushed = file.flush().map_err(failed);
        let bytes = saved?;
        flushed?;
        match total {
            Some(total) if from + bytes != total => Err(PortError::unavailable(
                self.url,
                format!("it ended after {} of {total} bytes", from + bytes),
            )),
            _ => Ok(()),
        }
    }

    async fn copy(&self, body: Body, file: &mut BufWriter<File>) -> PortResult<u64> {
        let mut response = body.response;
        let mut bytes = 0;
        loop {
            let chunk = within(self.settings.idle_timeout, response.chunk()).await;
            let chunk = chunk.map_err(|why| PortError::unavailable(self.url, why))?;
            let Some(chunk) = chunk else {
                return Ok(bytes);
            };
            bytes += chunk.len() as u64;
            if body.from + bytes > self.asset.max_bytes {
                self.places.discard_part();
                let why = format!("more than {} bytes", self.asset.max_bytes);
                return Err(PortError::defect(self.url, why));
            }
            file.write_all(&chunk).map_err(|error| {
                let what = format!("cannot write {}", self.places.part.display());
                PortError::defect(what, error)
            })?;
            (self.progress)(body.from + bytes, body.total);
        }
    }
}

/// The size of the whole file, if the response begins at this byte.
fn range_after(response: &Response, from: u64) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (span, total) = range.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = span.split_once('-')?;
    (start.parse() == Ok(from)).then(|| total.parse().ok())?
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

async fn within<T>(
    limit: Duration,
    read: impl Future<Output = Result<T, reqwest::Error>>,
) -> Result<T, String> {
    match tokio::time::timeout(limit, read).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => Err(format!("the download broke off: {error}")),
        Err(_) => Err(format!("no byte within {} s", limit.as_secs_f32())),
    }
}
