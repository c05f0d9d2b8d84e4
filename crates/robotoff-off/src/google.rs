//! Access tokens of a Google service account (OAuth 2.0, JWT bearer grant of RFC 7523).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{NaiveDateTime, TimeDelta};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use robotoff_ports::{PortError, PortResult};
use serde::Deserialize;
use serde_json::json;
use thiserror::Error;
use tokio::sync::Mutex;

use crate::http::{Http, url};

const WHAT: &str = "an access token of Google";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-vision";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TIMEOUT: Duration = Duration::from_secs(15);
const MAX_REPLY_BYTES: usize = 1 << 16;

/// Life of an assertion, the longest that Google takes.
const ASSERTION_LIFE: TimeDelta = TimeDelta::hours(1);

/// A token is replaced so long before its end.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(1);

/// Text that is no key of a service account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no key of a service account: {0}")]
pub struct InvalidAccount(String);

/// A service account and its current token.
pub struct ServiceAccount {
    email: String,
    key_id: String,
    token_url: String,
    key: RsaKeyPair,
    token: Mutex<Option<Token>>,
}

struct Token {
    text: String,
    renew_at: NaiveDateTime,
}

/// The file that Google's console makes; other members are ignored.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    #[serde(default)]
    private_key_id: String,
    private_key: String,
    token_uri: String,
}

#[derive(Deserialize)]
struct TokenReply {
    access_token: String,
    expires_in: i64,
}

impl ServiceAccount {
    /// The account of a key file.
    ///
    /// # Errors
    /// The text is no such file, or its key is unreadable.
    pub fn from_json(text: &str) -> Result<Self, InvalidAccount> {
        let invalid = |why: &dyn std::fmt::Display| InvalidAccount(why.to_string());
        let file: KeyFile = serde_json::from_str(text).map_err(|error| invalid(&error))?;
        // PEM: base64 between two lines.
        let lines = file.private_key.lines();
        let base64: String = lines.filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(base64.trim());
        let der = der.map_err(|error| invalid(&format!("its private key: {error}")))?;
        let key = RsaKeyPair::from_pkcs8(&der);
        Ok(Self {
            key: key.map_err(|error| invalid(&format!("its private key: {error}")))?,
            email: file.client_email,
            key_id: file.private_key_id,
            token_url: file.token_uri,
            token: Mutex::default(),
        })
    }

    /// Its key, whose public part tests verify signatures with.
    #[cfg(test)]
    pub(crate) const fn key(&self) -> &RsaKeyPair {
        &self.key
    }

    /// A token that holds for a minute at least. The lock is held while one is fetched, so that
    /// concurrent callers wait for it instead of fetching their own.
    pub(crate) async fn token(&self, http: &Http, now: NaiveDateTime) -> PortResult<String> {
        let mut current = self.token.lock().await;
        if let Some(token) = current.as_ref().filter(|token| token.renew_at > now) {
            return Ok(token.text.clone());
        }
        let assertion = self.assertion(now)?;
        let url = url(WHAT, &self.token_url)?;
        let form = [("grant_type", GRANT), ("assertion", &assertion)];
        let request = http.edit(reqwest::Method::POST, &url).form(&form);
        let answer = http.send(WHAT, request, TIMEOUT, MAX_REPLY_BYTES).await?;
        if !answer.status.is_success() {
            return Err(PortError::denied(WHAT, answer.summary()));
        }
        let reply: TokenReply =
            serde_json::from_slice(&answer.body).map_err(|error| PortError::defect(WHAT, error))?;
        let life = TimeDelta::seconds(reply.expires_in.clamp(0, 86_400));
        *current = Some(Token {
            text: reply.access_token.clone(),
            renew_at: now + life - RENEW_BEFORE,
        });
        Ok(reply.access_token)
    }

    /// The signed claim to be this account.
    fn assertion(&self, now: NaiveDateTime) -> PortResult<String> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id});
        let claims = json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": self.token_url,
            "iat": now.and_utc().timestamp(),
            "exp": (now + ASSERTION_LIFE).and_utc().timestamp(),
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &random,
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|error| PortError::defect(WHAT, error))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
