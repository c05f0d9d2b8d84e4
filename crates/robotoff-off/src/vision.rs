//! The text of images by the Google Cloud Vision API (`images:annotate`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use robotoff_ports::parts::{ImageText, ImageTextReader};
use robotoff_ports::{Clock, PortError, PortResult};
use serde::Deserialize;
use serde_json::json;

use crate::google::ServiceAccount;
use crate::http::{Http, url};

const WHAT: &str = "the Vision API";
const TIMEOUT: Duration = Duration::from_secs(60);
const MAX_REPLY_BYTES: usize = 32 << 20;

/// Largest file: the API takes requests of 10 MB, and base64 adds a third.
const MAX_FILE_BYTES: usize = 7 << 20;

/// Parts of the documents of Product Opener: text, and those that flags and logos are read from.
const FEATURES: [&str; 5] = [
    "TEXT_DETECTION",
    "LOGO_DETECTION",
    "LABEL_DETECTION",
    "SAFE_SEARCH_DETECTION",
    "FACE_DETECTION",
];

/// Code of an image that the API cannot use (`google.rpc.Code`).
const INVALID_ARGUMENT: i64 = 3;

/// Credentials of the caller of the API.
pub enum VisionAccess {
    Key(String),
    Account(Box<ServiceAccount>),
}

/// Client of the API.
pub struct VisionApi {
    http: Http,
    url: String,
    access: VisionAccess,
    clock: Arc<dyn Clock>,
}

/// The errors of a response; the rest is the document.
#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    responses: Vec<ImageReply>,
}

#[derive(Deserialize)]
struct ImageReply {
    error: Option<ImageError>,
}

#[derive(Deserialize)]
struct ImageError {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

impl VisionApi {
    /// The API at a URL such as `https://vision.googleapis.com`.
    pub fn new(http: Http, url: &str, access: VisionAccess, clock: Arc<dyn Clock>) -> Self {
        Self {
            http,
            url: format!("{}/v1/images:annotate", url.trim_end_matches('/')),
            access,
            clock,
        }
    }
}

#[async_trait]
impl ImageTextReader for VisionApi {
    async fn text_of(&self, file: Arc<[u8]>) -> PortResult<ImageText> {
        if file.len() > MAX_FILE_BYTES {
            let why = format!("the file has {} bytes, more than {WHAT} takes", file.len());
            return Ok(ImageText::Unreadable(why));
        }
        let url = url(WHAT, &self.url)?;
        let features = FEATURES.map(|feature| json!({"type": feature}));
        let image = json!({"content": STANDARD.encode(&file)});
        let body = json!({"requests": [{"image": image, "features": features}]});
        let request = self
            .http
            .edit(Method::POST, &url)
            .header("content-type", "application/json")
            .body(body.to_string());
        // In a header: addresses are logged.
        let request = match &self.access {
            VisionAccess::Key(key) => request.header("x-goog-api-key", key),
            VisionAccess::Account(account) => {
                request.bearer_auth(account.token(&self.http, self.clock.now()).await?)
            }
        };
        let answer = self
            .http
            .send(WHAT, request, TIMEOUT, MAX_REPLY_BYTES)
            .await?;
        if !answer.status.is_success() {
            return Err(PortError::denied(WHAT, answer.summary()));
        }
        text_of(answer.body)
    }
}

/// The document, unless it holds an error of its image.
fn text_of(document: Vec<u8>) -> PortResult<ImageText> {
    let reply: Reply =
        serde_json::from_slice(&document).map_err(|error| PortError::defect(WHAT, error))?;
    let Some(image) = reply.responses.into_iter().next() else {
        return Err(PortError::defect(WHAT, "a reply without a response"));
    };
    match image.error {
        None => Ok(ImageText::Document(document)),
        Some(error) if error.code == INVALID_ARGUMENT => Ok(ImageText::Unreadable(error.message)),
        Some(error) => Err(PortError::unavailable(
            WHAT,
            format!("code {}: {}", error.code, error.message),
        )),
    }
}

#[cfg(test)]
mod tests;
