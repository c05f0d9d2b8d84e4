//! The moderation service: flagged images are reported to it (`docs/reference/pipeline.md`
//! 4.6).

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use robotoff_core::moderation::ModerationNotice;
use robotoff_core::product::{ProductId, ServerType, SourceImage};
use robotoff_ports::parts::Moderation;
use robotoff_ports::{PortError, PortResult};
use serde_json::{Value, json};

use crate::http::{Http, url};

const TIMEOUT: Duration = Duration::from_secs(15);
const MAX_REPLY_BYTES: usize = 1 << 20;
const WHAT: &str = "the moderation service";

/// Client of the moderation service.
#[derive(Clone)]
pub struct ModerationService {
    http: Http,
    url: String,
    token: Option<String>,
}

impl ModerationService {
    /// The service at a URL, whose token is sent if there is one.
    pub fn new(http: Http, url: &str, token: Option<String>) -> Self {
        Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
            token,
        }
    }
}

#[async_trait]
impl Moderation for ModerationService {
    async fn notify(
        &self,
        product: &ProductId,
        image: &SourceImage,
        notice: &ModerationNotice,
    ) -> PortResult<()> {
        let image_url = self.http.addresses().image(product.server_type, image);
        let body = body(product, image, notice, &image_url);
        let url = url(WHAT, &self.url)?;
        let mut request = self
            .http
            .edit(Method::POST, &url)
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = self
            .http
            .send(WHAT, request, TIMEOUT, MAX_REPLY_BYTES)
            .await?;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(PortError::denied(WHAT, answer.summary()))
    }
}

fn body(product: &ProductId, image: &SourceImage, notice: &ModerationNotice, url: &str) -> Value {
    let flavor = match product.server_type {
        ServerType::OffPro => "off-pro",
        public => public.name(),
    };
    json!({
        "barcode": product.barcode.as_str(),
        "type": "image",
        "url": url,
        "user_id": "roboto-app",
        "source": "robotoff",
        "confidence": notice.confidence,
        "image_id": image.image_id(),
        "flavor": flavor,
        "reason": notice.reason.name(),
        "comment": notice.comment,
    })
}

#[cfg(test)]
mod tests {
    use robotoff_core::moderation::ModerationReason;
    use robotoff_core::product::Barcode;

    use super::*;

    #[test]
    fn a_notice_is_sent_as_the_existing_service_sends_it() {
        let product = ProductId {
            barcode: Barcode::as_stored("3001234567890").unwrap(),
            server_type: ServerType::Off,
        };
        let image = SourceImage::new("/300/123/456/7890/4.jpg");
        let notice = ModerationNotice {
            reason: ModerationReason::Human,
            comment: "Robotoff detection: face".to_owned(),
            confidence: Some(0.8),
        };
        let url = "https://images.openfoodfacts.org/images/products/300/123/456/7890/4.jpg";
        let sent = body(&product, &image, &notice, url);
        let expected = json!({
            "barcode": "3001234567890", "type": "image", "url": url, "user_id": "roboto-app",
            "source": "robotoff", "confidence": 0.8, "image_id": "4", "flavor": "off",
            "reason": "human", "comment": "Robotoff detection: face",
        });
        assert_eq!(sent, expected);
    }
}
